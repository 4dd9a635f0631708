"""Whose sound a leg takes while the promised address is silent: who may teach it, and when."""

from __future__ import annotations

import select

import pytest

from kernel.media.control import ALWAYS, AUTO, ELSEWHERE, LEARNT, NEVER, RECEIVING
from kernel.media.peer import Peer
from tests.kernel.media.far_end import HOST, FarEnd, Switchboard, rtp

SOUND, FALSE = bytes(range(160)), b"\x99" * 160
SIGNALLER, STRANGER = "127.0.0.2", "127.0.0.9"
FIVE = tuple(rtp(SOUND, number=i) for i in range(5))


def a_leg(board: Switchboard, **rest: int | str) -> FarEnd:
    """Leg 1, whose far end has promised to be at a port where it is silent; bridged with leg 2."""
    promised = board.end()
    promised.to = board.media.open(1)
    board.media.connect(1, Peer(HOST, promised.port, payload=0, **{"signaller": SIGNALLER, **rest}))
    board.leg(2)
    board.bridge(1, 2)
    return promised


def heard(board: Switchboard) -> set[bytes]:
    """What leg 2 has been sent."""
    board.settle()
    said = set()
    while not board.ends[2].is_quiet(0.05):
        said.add(board.ends[2].receive().payload)
    return said


@pytest.mark.parametrize(("rule", "host", "is_learnt"), [
    (AUTO, HOST, True), (AUTO, SIGNALLER, True), (AUTO, STRANGER, False),
    (NEVER, HOST, False), (NEVER, SIGNALLER, False), (NEVER, STRANGER, False),
    (ALWAYS, HOST, True), (ALWAYS, SIGNALLER, True), (ALWAYS, STRANGER, True),
])  # fmt: skip
def test_who_may_teach_where_the_far_end_is(
    board: Switchboard, rule: int, host: str, is_learnt: bool
) -> None:
    promised = a_leg(board, symmetric=rule)
    other = board.end(host)
    other.send(*FIVE, to=promised.to)
    board.came(1, 5)
    figures = board.media.figures(1)
    assert figures is not None
    place = f"{host}:{other.port}"
    assert (figures.elsewhere, figures.elsewhere_packets) == (place, 5)
    assert figures.learnt == is_learnt == (heard(board) == {SOUND})
    board.ends[2].send(rtp(SOUND))
    listener, deaf = (other, promised) if is_learnt else (promised, other)
    assert listener.receive().payload == SOUND
    assert deaf.is_quiet()
    assert board.has(LEARNT, 1, 0.05) == is_learnt


def test_four_packets_teach_nothing(board: Switchboard) -> None:
    promised = a_leg(board)
    board.end().send(*FIVE[:4], to=promised.to)
    assert heard(board) == set()
    assert not board.has(LEARNT, 1, 0.05)


@pytest.mark.parametrize("odd", [
    {"kind": 8}, {"ssrc": 7}, {"number": 900, "time": 480}, {"time": 320}, {"number": 2},
])  # fmt: skip
def test_one_packet_that_does_not_fit_breaks_the_row(
    board: Switchboard, odd: dict[str, int]
) -> None:
    promised = a_leg(board)
    third = rtp(SOUND, **{"number": 3, "time": 480, **odd})
    packets = [rtp(SOUND, number=n) for n in (1, 2)] + [third]
    packets += [rtp(SOUND, number=n) for n in (4, 5)]
    board.end().send(*packets, to=promised.to)
    assert heard(board) == set()


def test_packets_that_were_lost_on_the_way_break_no_row(board: Switchboard) -> None:
    promised = a_leg(board)
    board.end().send(*(rtp(SOUND, number=65_530 + 3 * i) for i in range(5)), to=promised.to)
    assert heard(board) == {SOUND}


def test_five_packets_over_more_than_half_a_second_teach_nothing(board: Switchboard) -> None:
    promised, other = a_leg(board), board.end()
    for packet in FIVE:
        other.send(packet, to=promised.to)
        select.select([], [], [], 0.15)
    assert heard(board) == set()


def test_two_senders_that_take_turns_are_two(board: Switchboard) -> None:
    promised, one, two = a_leg(board), board.end(), board.end()
    for number in range(8):
        (one, two)[number % 2].send(rtp(SOUND, number=number), to=promised.to)
    assert heard(board) == set()


def test_the_promised_address_comes_first_and_nobody_is_learnt_after_it(board: Switchboard) -> None:
    promised, other = a_leg(board, symmetric=ALWAYS), board.end()
    promised.send(rtp(SOUND))
    board.wait(RECEIVING, 1)
    other.send(*(rtp(FALSE, number=i) for i in range(20)), to=promised.to)
    assert heard(board) == {SOUND}
    figures = board.media.figures(1)
    assert figures is not None
    assert (figures.elsewhere, figures.dropped) == ("", 0), "the system refused them"


def test_who_was_learnt_gives_way_when_the_promised_address_sends(board: Switchboard) -> None:
    promised, other = a_leg(board), board.end()
    other.send(*FIVE, to=promised.to)
    board.wait(LEARNT, 1)
    promised.send(rtp(b"\x01" * 160, number=7_000, ssrc=5))
    board.wait(RECEIVING, 1)
    other.send(rtp(FALSE, number=5), to=promised.to)
    assert heard(board) == {SOUND, b"\x01" * 160}
    board.ends[2].send(rtp(SOUND))
    assert promised.receive().payload == SOUND
    assert other.is_quiet()


def test_it_is_learnt_once_for_each_negotiation(board: Switchboard) -> None:
    promised, one, two = a_leg(board), board.end(), board.end()
    one.send(*FIVE, to=promised.to)
    board.wait(LEARNT, 1)
    two.send(*(rtp(FALSE, number=i) for i in range(9)), to=promised.to)
    assert heard(board) == {SOUND}
    board.media.connect(1, Peer(HOST, promised.port, payload=0, signaller=SIGNALLER))
    board.settle()
    board.ends[2].send(rtp(SOUND))
    assert one.receive().payload == SOUND, "until it has moved it is where it was"
    two.send(*(rtp(SOUND[::-1], number=i) for i in range(5)), to=promised.to)
    board.wait(LEARNT, 1)
    assert heard(board) == {SOUND[::-1]}


def test_one_who_goes_on_where_it_was_learnt_is_not_pushed_out_after_a_refresh(
    board: Switchboard,
) -> None:
    promised, one, two = a_leg(board), board.end(), board.end()
    one.send(*FIVE, to=promised.to)
    board.wait(LEARNT, 1)
    board.media.connect(1, Peer(HOST, promised.port, payload=0, signaller=SIGNALLER))
    board.settle()
    one.send(rtp(SOUND, number=6), to=promised.to)
    two.send(*(rtp(FALSE, number=i) for i in range(9)), to=promised.to)
    assert heard(board) == {SOUND}
    figures = board.media.figures(1)
    assert figures is not None and figures.elsewhere == f"{HOST}:{one.port}"


def test_a_silent_phone_s_call_cannot_be_stolen(board: Switchboard) -> None:
    """The victim never sends; thieves at other addresses flood its port, RTP and RTCP."""
    victim = a_leg(board, event_payload=101)
    thieves = [board.end(f"127.0.0.{n}") for n in range(10, 18)]
    for number in range(60):
        for thief in thieves:
            thief.send(rtp(FALSE, number=number), to=victim.to)
            thief.send(rtp(b"\x05\x0a\x00\xa0", number=number, kind=101), to=victim.to)
            thief.rtcp.sendto(b"\x81\xcb\x00\x01\x00\x00\xfa\x12", (HOST, victim.to + 1))
    assert board.wait(ELSEWHERE, 1) >= 50
    board.ends[2].send(*(rtp(SOUND, number=n) for n in range(20)))
    assert {packet.payload for packet in victim.take(20)} == {SOUND}
    assert heard(board) == set()
    assert all(thief.is_quiet(0) for thief in thieves)
    figures = board.media.figures(1)
    assert figures is not None and (figures.packets_in, figures.learnt) == (0, False)
    assert figures.elsewhere.startswith("127.0.0.1")
    victim.send(rtp(SOUND[::-1]))
    assert heard(board) == {SOUND[::-1]}, "and when it speaks at last it is heard"


def test_strangers_push_out_none_who_may_teach(board: Switchboard) -> None:
    promised, other = a_leg(board), board.end(SIGNALLER)
    strangers = [board.end(f"127.0.0.{n}") for n in range(10, 18)]
    for number in range(5):
        other.send(rtp(SOUND, number=number), to=promised.to)
        for stranger in strangers:
            stranger.send(rtp(FALSE, number=number), to=promised.to)
    assert heard(board) == {SOUND}


def test_many_senders_that_may_teach_take_no_more_room_than_there_is(board: Switchboard) -> None:
    promised = a_leg(board)
    ends = [board.end() for _ in range(20)]
    for number in range(4):
        for end in ends:
            end.send(rtp(FALSE, number=number), to=promised.to)
    assert heard(board) == set()
    select.select([], [], [], 0.6)
    ends[-1].send(*FIVE, to=promised.to)
    assert heard(board) == {SOUND}


def test_sound_from_elsewhere_that_is_not_taken_is_told_once(board: Switchboard) -> None:
    promised, other = a_leg(board, symmetric=NEVER), board.end(SIGNALLER)
    other.send(*(rtp(number=n) for n in range(49)), to=promised.to)
    assert not board.has(ELSEWHERE, 1, 0.4)
    other.send(rtp(number=49), to=promised.to)
    assert board.wait(ELSEWHERE, 1) == 50
    other.send(*(rtp(number=n) for n in range(50, 150)), to=promised.to)
    assert not board.has(ELSEWHERE, 1, 0.4)


def test_behind_nat_nothing_is_sent_to_where_it_says_until_it_sends(board: Switchboard) -> None:
    promised = a_leg(board, is_natted=True)
    board.ends[2].send(rtp(number=1))
    assert promised.is_quiet()
    promised.send(rtp(SOUND))
    assert heard(board) == {SOUND}
    board.ends[2].send(rtp(SOUND, number=2))
    assert promised.receive().payload == SOUND


def test_reports_go_where_the_sound_goes_and_are_taken_from_there(board: Switchboard) -> None:
    promised, other = a_leg(board), board.end()
    assert promised.report(4)[1] in (200, 201)
    other.send(*FIVE, to=promised.to)
    board.wait(LEARNT, 1)
    assert other.report(9)[1] in (200, 201)
