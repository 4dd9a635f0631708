"""Signs of life: who is silent for good, who is only muted, and what may be silent."""

from __future__ import annotations

import select
import struct

import pytest

from kernel.media.control import INACTIVE, SENDONLY, SILENT, UNANSWERED
from tests.kernel.media.far_end import HOST, FarEnd, Switchboard, rtp

TIMEOUT_MS = 500
REPORT = struct.pack("!BBHI", 0x80, 201, 1, 0xFA12)
FAREWELL = REPORT + struct.pack("!BBHI", 0x81, 203, 1, 0xFA12)
COMFORT, UNKNOWN = 13, 97


@pytest.fixture
def ends(board: Switchboard) -> tuple[FarEnd, FarEnd]:
    """A call whose ends have both sent."""
    board.media.silence_after(TIMEOUT_MS)
    one, two = board.call()
    one.send(rtp(number=1))
    two.send(rtp(number=1))
    return one, two


def lives(board: Switchboard, end: FarEnd, *datagrams: bytes, is_rtcp: bool = False) -> None:
    """Send one after the other, for three times as long as the time-out."""
    for number in range(3 * TIMEOUT_MS // 100):
        sock, port = (end.rtcp, end.to + 1) if is_rtcp else (end.sock, end.to)
        sock.sendto(datagrams[number % len(datagrams)], (HOST, port))
        select.select([], [], [], 0.1)


def told(board: Switchboard) -> set[tuple[int, int]]:
    board.seen += board.media.reports()
    return {(kind, leg) for kind, leg, _ in board.seen if kind in (SILENT, UNANSWERED)}


def test_two_silent_ends_are_told_each(
    board: Switchboard, ends: tuple[FarEnd, FarEnd]
) -> None:
    assert TIMEOUT_MS <= board.wait(SILENT, 1) < 3 * TIMEOUT_MS
    assert TIMEOUT_MS <= board.wait(SILENT, 2) < 3 * TIMEOUT_MS


def test_reports_of_a_muted_end_are_its_life(
    board: Switchboard, ends: tuple[FarEnd, FarEnd]
) -> None:
    lives(board, ends[0], REPORT, is_rtcp=True)
    assert (SILENT, 1) not in told(board) and (UNANSWERED, 1) not in told(board)
    assert (UNANSWERED, 2) in told(board), "which is silent, and whose partner lives"
    assert board.wait(SILENT, 1) >= TIMEOUT_MS


def test_a_farewell_and_reports_of_others_are_no_life(
    board: Switchboard, ends: tuple[FarEnd, FarEnd]
) -> None:
    stranger = board.end("127.0.0.9")
    stranger.to = ends[0].to
    for number in range(15):
        lives_from = (ends[0], stranger)[number % 2]
        data = FAREWELL if lives_from is ends[0] else REPORT
        lives_from.rtcp.sendto(data, (HOST, ends[0].to + 1))
        select.select([], [], [], 0.1)
    assert (SILENT, 1) in told(board)


@pytest.mark.parametrize("kind", [COMFORT, UNKNOWN])
def test_any_packet_of_the_far_end_is_its_life_and_only_sound_is_heard(
    board: Switchboard, ends: tuple[FarEnd, FarEnd], kind: int
) -> None:
    one, two = ends
    two.receive()
    lives(board, one, *(rtp(b"\x40", number=n, kind=kind) for n in range(2, 20)))
    assert (SILENT, 1) not in told(board) and (UNANSWERED, 1) not in told(board)
    assert two.is_quiet()


def test_sound_behind_comfort_noise_goes_on_without_a_gap(
    board: Switchboard, ends: tuple[FarEnd, FarEnd]
) -> None:
    one, two = ends
    before = two.receive()
    one.send(rtp(b"\x40", number=2, kind=COMFORT), rtp(number=3))
    after = two.receive()
    assert (after.number, after.marker) == (before.number + 1, True)
    figures = board.media.figures(1)
    assert figures is not None and (figures.lost, figures.dropped) == (0, 0)


def test_an_end_that_is_silent_alone_is_asked_for_again_and_again(
    board: Switchboard, ends: tuple[FarEnd, FarEnd]
) -> None:
    lives(board, ends[1], *(rtp(number=n) for n in range(2, 20)))
    seen = [report[0] for report in board.seen + board.media.reports() if report[1] == 1]
    assert 2 <= seen.count(UNANSWERED) <= 3
    assert SILENT not in seen


@pytest.mark.parametrize("direction", [SENDONLY, INACTIVE])
def test_the_silence_of_one_that_need_not_speak_says_nothing_of_the_other(
    board: Switchboard, ends: tuple[FarEnd, FarEnd], direction: int
) -> None:
    board.again(2, direction=direction)
    assert board.wait(UNANSWERED, 1) >= TIMEOUT_MS
    select.select([], [], [], 0.6)
    assert {kind for kind, leg in told(board)} <= {UNANSWERED}
