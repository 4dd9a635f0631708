"""Recorded calls through the media thread: who is heard, when, and that no call is touched."""

from __future__ import annotations

import array
import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.media.control import BRIDGED, RECVONLY, SENDONLY, Media
from kernel.media.recorder import RECORD_FAILED, RECORDED
from tests.kernel.media.far_end import HOST, FarEnd, Switchboard, rtp
from tests.kernel.media.tapes import LEFT, RIGHT, samples
from tests.ports import Ports

LOUD = b"\x80" * 160
LOUD_ALAW = b"\xaa" * 160
QUIET = b"\xff" * 160
PACE_S = 0.02
MS = 8


class Talk:
    """Far ends that talk at a phone's pace."""

    def __init__(self, board: Switchboard, *ends: FarEnd) -> None:
        self.board, self.ends = board, ends
        self.sent = 0

    def go(self, packets: int, *payloads: bytes, kinds: tuple[int, ...] = (0, 0, 0)) -> None:
        """Each end sends so many packets, 20 ms apart, of its payload."""
        pause, due = threading.Event(), time.monotonic()
        for _ in range(packets):
            due += PACE_S
            pause.wait(max(0, due - time.monotonic()))
            for end, payload, kind in zip(self.ends, payloads, kinds, strict=False):
                end.send(rtp(payload, number=self.sent, kind=kind, ssrc=end.port))
            self.sent += 1


@pytest.fixture
def talk(board: Switchboard) -> Iterator[Talk]:
    """Two bridged legs, 1 and 2, and a third one."""
    ends = [board.leg(leg) for leg in (1, 2, 3)]
    board.bridge(1, 2)
    yield Talk(board, *ends)


def finished(board: Switchboard, path: Path, recording: int = 7) -> tuple[array.array[int], ...]:
    """End the recording; left and right."""
    board.media.stop_recording(recording)
    length = board.wait(RECORDED, recording)
    left, right = samples(path)
    assert length == len(left)
    return left, right


def loud_ms(sound: array.array[int]) -> int:
    return sum(abs(sample) > 1_000 for sample in sound) // MS


def test_both_ends_of_a_call_are_heard_on_their_sides(talk: Talk, tmp_path: Path) -> None:
    board, path = talk.board, tmp_path / "2026" / "11" / "call.wav"
    board.media.record(7, path, 1, 2)
    board.settle()
    talk.go(20, LOUD, QUIET)
    talk.go(10, QUIET, LOUD)
    board.came(2, 30)
    left, right = finished(board, path)
    assert 390 <= loud_ms(left) <= 400
    assert 190 <= loud_ms(right) <= 200
    assert next(i for i, sample in enumerate(right) if sample > 1_000) > 390 * MS
    assert board.ends[2].drain() == board.ends[1].drain() == 30


def test_sound_is_recorded_as_it_came_also_where_it_is_transcoded(
    board: Switchboard, tmp_path: Path
) -> None:
    ends = board.call(payloads=(0, 8))
    talk, path = Talk(board, *ends), tmp_path / "call.wav"
    board.media.record(7, str(path), 1, 2)
    board.settle()
    talk.go(10, LOUD, LOUD_ALAW, kinds=(0, 8))
    board.came(2, 10)
    left, right = finished(board, path)
    assert {sample for sample in left if sample} == {32_124}
    assert {sample for sample in right if sample} == {32_256}


def test_what_is_said_out_of_a_bridge_or_on_hold_is_not_recorded(
    talk: Talk, tmp_path: Path
) -> None:
    board, path = talk.board, tmp_path / "call.wav"
    board.media.record(7, str(path), 1, 2)
    board.media.silence(1)
    board.settle()
    talk.go(10, LOUD, LOUD)
    board.bridge(1, 2)
    board.again(2, direction=SENDONLY)
    talk.go(10, QUIET, LOUD)
    board.again(2, direction=RECVONLY)
    talk.go(10, QUIET, LOUD)
    board.came(1, 30)
    board.came(2, 30)
    left, right = finished(board, path)
    assert loud_ms(left) == 0
    assert 180 <= loud_ms(right) <= 200
    assert len(left) >= 600 * MS


def test_a_pause_is_silence_until_it_is_said_again(talk: Talk, tmp_path: Path) -> None:
    board, path = talk.board, tmp_path / "call.wav"
    board.media.record(7, str(path), 1, 2)
    board.media.pause_recording(7)
    board.settle()
    talk.go(10, LOUD, LOUD)
    board.came(1, 10)
    board.media.record(7, "not looked at", 1, 2)
    board.settle()
    talk.go(10, LOUD, LOUD)
    board.came(1, 20)
    board.came(2, 20)
    left, right = finished(board, path)
    assert 190 <= loud_ms(left) <= 200
    assert 190 <= loud_ms(right) <= 200


def test_a_call_that_is_led_to_another_agent_goes_on_in_its_file(
    talk: Talk, tmp_path: Path
) -> None:
    board, path = talk.board, tmp_path / "call.wav"
    board.media.record(7, str(path), 1, 2)
    board.settle()
    talk.go(10, QUIET, LOUD, LOUD)
    board.close(2)
    talk.go(10, QUIET, LOUD, LOUD)
    board.media.record(7, str(path), 1, 3)
    board.bridge(1, 3)
    talk.go(10, QUIET, LOUD, LOUD)
    board.came(3, 30)
    left, right = finished(board, path)
    assert loud_ms(left) == 0
    assert 380 <= loud_ms(right) <= 400
    quiet = right[200 * MS + 160 : 400 * MS]
    assert loud_ms(quiet) == 0


def test_a_leg_is_in_the_recording_that_named_it_last(talk: Talk, tmp_path: Path) -> None:
    board, paths = talk.board, [tmp_path / f"{n}.wav" for n in range(2)]
    board.media.record(0, str(paths[0]), 1, 2)
    board.media.record(1, str(paths[1]), 2, 0)
    board.settle()
    talk.go(10, LOUD, LOUD)
    board.came(1, 10)
    board.came(2, 10)
    first, second = (finished(board, paths[n], n) for n in range(2))
    assert [loud_ms(sound) >= 190 for sound in (*first, *second)] == [True, False, True, False]


def test_a_leg_may_take_the_other_side(talk: Talk, tmp_path: Path) -> None:
    board, path = talk.board, tmp_path / "call.wav"
    board.media.record(7, str(path), 1, 2)
    board.media.record(7, str(path), 2, 1)
    board.settle()
    talk.go(10, LOUD, QUIET)
    board.came(1, 10)
    sides = finished(board, path)
    assert (loud_ms(sides[LEFT]), loud_ms(sides[RIGHT]) >= 190) == (0, True)


def test_a_call_goes_on_where_its_recording_cannot(talk: Talk, tmp_path: Path) -> None:
    board = talk.board
    (tmp_path / "file").touch()
    board.media.record(7, str(tmp_path / "file" / "call.wav"), 1, 2)
    assert board.wait(RECORD_FAILED, 7) == 20  # ENOTDIR
    talk.go(10, LOUD, LOUD)
    board.came(1, 10)
    board.came(2, 10)
    board.settle()
    board.media.stop_recording(7)
    assert board.wait(RECORDED, 7) == 0
    assert board.ends[1].drain() == board.ends[2].drain() == 10


def test_what_cannot_be_is_refused(talk: Talk, tmp_path: Path) -> None:
    media = talk.board.media
    with pytest.raises(ValueError):
        media.record(7, str(tmp_path / "call.wav"), 1, 1)
    with pytest.raises(ValueError):
        media.record(7, "", 1, 2)
    for order in (media.pause_recording, media.stop_recording):
        with pytest.raises(KeyError):
            order(7)
    media.record(7, str(tmp_path / "call.wav"), 0, 0)
    media.stop_recording(7)
    for order in (media.pause_recording, media.stop_recording):
        with pytest.raises(KeyError):
            order(7)
    with pytest.raises(KeyError):
        media.record(7, str(tmp_path / "call.wav"), 1, 2)
    talk.board.wait(RECORDED, 7)


def test_more_recordings_than_there_may_be_are_refused(tmp_path: Path, free_ports: Ports) -> None:
    media = Media(host=HOST, ports=free_ports.block(4), recordings_max=2)
    for number in range(2):
        media.record(number, str(tmp_path / f"{number}.wav"), 0, 0)
    with pytest.raises(OSError):
        media.record(2, str(tmp_path / "2.wav"), 0, 0)


def test_a_stop_completes_every_file_and_tells_it(tmp_path: Path, free_ports: Ports) -> None:
    media = Media(host=HOST, ports=free_ports.block(4))
    media.start()
    for number in range(5):
        media.record(number, str(tmp_path / f"{number}.wav"), 0, 0)
    media.stop_recording(3)
    media.stop()
    told = [report[:2] for report in media.reports()]
    assert sorted(told) == [(RECORDED, number) for number in range(5)]
    assert len(list(tmp_path.glob("*.wav"))) == 5


def test_who_forgets_to_stop_loses_no_more_than_a_second(
    tmp_path: Path, free_ports: Ports
) -> None:
    media = Media(host=HOST, ports=free_ports.block(4))
    media.start()
    media.record(1, str(tmp_path / "1.wav"), 0, 0)
    del media
    gc.collect()
    assert samples(tmp_path / "1.wav")


def test_recordings_begin_and_end_while_others_go_on(talk: Talk, tmp_path: Path) -> None:
    board = talk.board
    board.media.record(7, str(tmp_path / "call.wav"), 1, 2)
    for number in range(100, 160):
        board.media.record(number, str(tmp_path / f"{number}.wav"), 3, 0)
        talk.go(1, LOUD, LOUD, LOUD)
        board.media.stop_recording(number)
    for number in range(100, 160):
        board.wait(RECORDED, number)
    board.came(1, 60)
    board.came(2, 60)
    left, right = finished(board, tmp_path / "call.wav")
    assert loud_ms(left) >= 1_180
    assert loud_ms(right) >= 1_180
    assert board.has(BRIDGED, 1, 0) is False
