"""What must not reach a call: foreign senders, malformed packets, floods; and whom a leg learns."""

from __future__ import annotations

import select

import pytest

from kernel.media.peer import Peer
from tests.kernel.media.far_end import HOST, Switchboard, rtp
from tests.shared import needs

SOUND = bytes(range(160))


def behind_nat(port: int) -> Peer:
    """A far end that promises an address nobody can send to, and signals from another."""
    return Peer("192.168.7.7", port, payload=0, signaller="127.0.0.2", is_natted=True)


@pytest.mark.parametrize("event", [b"\x05", b"\x05\x0a\x00", b"\x11\x8a\xff\xff"])
def test_a_digit_that_is_none_is_dropped(board: Switchboard, event):
    one, two = board.call(event_payload=101)
    one.send(rtp(event, kind=101), rtp(SOUND, number=2))
    assert two.receive().payload == SOUND
    assert board.media.figures(1).dropped == 1


def test_a_single_leap_takes_no_state(board: Switchboard):
    one, two = board.call()
    one.send(rtp(number=1), rtp(number=40_000), rtp(number=2))
    first, second = two.take(2)
    assert (second.number - first.number, second.marker) == (1, False)
    assert board.media.figures(1).lost == 0


def test_a_foreign_sender_is_not_heard(board: Switchboard):
    one, two = board.call()
    stranger = board.end("127.0.0.9")
    stranger.send(rtp(b"\x11" * 160), to=one.to)
    board.end().send(rtp(b"\x22" * 160), to=one.to)
    one.send(rtp(SOUND))
    assert two.receive().payload == SOUND
    assert two.is_quiet()


def test_what_came_before_the_address_was_known_is_taken_from_the_far_end_only(
    board: Switchboard,
):
    far, stranger = board.end(), board.end("127.0.0.9")
    port = board.media.open(1)
    stranger.send(rtp(), to=port)
    far.send(rtp(), rtp(number=2), to=port)
    board.media.connect(1, Peer(HOST, far.port, payload=0))
    board.came(1, 3)
    figures = board.media.figures(1)
    assert (figures.packets_in, figures.dropped) == (2, 1)


def test_a_new_address_is_heard_and_the_old_one_is_not(board: Switchboard):
    one, two = board.call()
    one.send(rtp(number=5))
    two.receive()
    moved = board.end()
    board.media.connect(1, Peer(HOST, moved.port, payload=0))
    board.settle()
    one.send(rtp(b"\x01" * 160, number=6))
    moved.send(rtp(SOUND, number=900, ssrc=0x77), to=one.to)
    assert two.receive().payload == SOUND
    two.send(rtp(SOUND))
    assert moved.receive().payload == SOUND


def test_a_port_is_learnt_once_and_from_the_given_address_only(board: Switchboard):
    behind, other, stranger = board.end("127.0.0.2"), board.end("127.0.0.2"), board.end("127.0.0.3")
    port, two = board.media.open(1), board.leg(2)
    board.media.connect(1, behind_nat(4000))
    board.bridge(1, 2)
    board.settle()
    two.send(rtp())
    stranger.send(*(rtp(b"\x33" * 160, number=i) for i in range(9)), to=port)
    behind.send(b"\x00\x01not RTP", *(rtp(SOUND, number=i) for i in range(5)), to=port)
    assert two.receive().payload == SOUND
    other.send(*(rtp(b"\x22" * 160, number=i) for i in range(9)), to=port)
    assert two.is_quiet()
    two.send(rtp(SOUND, number=2))
    assert behind.receive().payload == SOUND
    assert behind.is_quiet()
    assert other.is_quiet(0)


def test_a_learnt_port_is_learnt_again_after_the_next_connect(board: Switchboard):
    behind, moved = board.end("127.0.0.2"), board.end("127.0.0.2")
    port, two = board.media.open(1), board.leg(2)
    board.bridge(1, 2)
    board.media.connect(1, behind_nat(4000))
    behind.send(*(rtp(number=i) for i in range(5)), to=port)
    two.receive()
    board.media.connect(1, behind_nat(4002))
    board.settle()
    two.send(rtp(SOUND))
    assert behind.receive().payload == SOUND, "until it has moved it is where it was"
    moved.send(*(rtp(SOUND, number=i, ssrc=0x55) for i in range(5)), to=port)
    assert two.receive().payload == SOUND
    two.send(rtp(SOUND, number=2))
    assert moved.receive().payload == SOUND


def test_hostile_datagrams_are_dropped_and_the_call_goes_on(board: Switchboard):
    one, two = board.call(event_payload=101)
    one.send(rtp(number=1))
    two.receive()
    corpus = sorted(needs("data/sip/rtp").glob("*.bin"))
    assert len(corpus) >= 20
    for path in corpus:
        one.send(path.read_bytes())
        one.sock.sendto(path.read_bytes(), (HOST, one.to + 1))
        one.rtcp.sendto(path.read_bytes(), (HOST, one.to + 1))
    one.send(rtp(SOUND, number=2))
    heard = two.receive()
    assert (heard.payload, heard.marker) == (SOUND, False)
    board.settle()
    figures = board.media.figures(1)
    assert (figures.packets_in, figures.late, figures.lost) == (2, 0, 0)
    assert figures.dropped >= len(corpus)


def test_a_flood_is_cut_off_and_passes(board: Switchboard):
    one, two = board.call()
    heard = 0
    for number in range(1500):
        one.send(rtp(b"\xff", number=number))
        if number % 50 == 49:
            board.came(1, number + 1)
            heard += two.drain()
    figures = board.media.figures(1)
    assert 500 <= figures.packets_in == heard
    assert figures.dropped == 1500 - heard > 0
    select.select([], [], [], 0.3)
    one.send(rtp(SOUND, number=1501))
    assert two.receive().payload == SOUND


def test_a_far_end_that_refuses_packets_harms_nobody(board: Switchboard):
    one, two = board.call()
    two.close()
    one.send(*(rtp(number=i) for i in range(20)))
    board.came(1, 20)
    returned = board.end()
    board.media.connect(2, Peer(HOST, returned.port, payload=0))
    board.settle()
    one.send(rtp(SOUND, number=20))
    assert returned.receive().payload == SOUND


def test_closing_amid_traffic_is_safe(board: Switchboard):
    for turn in range(20):
        one, two = board.call()
        one.send(*(rtp(number=turn * 50 + i) for i in range(50)))
        two.send(*(rtp(number=turn * 50 + i) for i in range(50)))
        board.close(turn % 2 + 1)
        board.close(2 - turn % 2)
        one.close()
        two.close()
