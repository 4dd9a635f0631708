"""Played sound: what is heard, at which pace, and how it joins with what a leg hears otherwise."""

from __future__ import annotations

import array
import itertools
import time

import pytest

from kernel.media import g711
from kernel.media.control import PLAYED, RECVONLY, SOUNDS_MAX
from kernel.media.peer import Peer
from tests.kernel.media.far_end import HOST, Rtp, Switchboard, rtp

MUSIC, PROMPT = 3, 4
SAMPLES = array.array("h", (i * 37 % 60_000 - 30_000 for i in range(1_000)))


def wire(samples: array.array[int], payload: int = 0) -> bytes:
    octets = bytearray(len(samples))
    (g711.encode_alaw if payload else g711.encode_ulaw)(samples, octets)
    return bytes(octets)


def heard(packets: list[Rtp]) -> bytes:
    return b"".join(packet.payload for packet in packets)


def is_gapless(packets: list[Rtp], units: int = 160) -> bool:
    first = packets[0]
    return all(
        (packet.number - first.number) % 65536 == i
        and (packet.time - first.time) % 2**32 == i * units
        and packet.ssrc == first.ssrc
        for i, packet in enumerate(packets)
    )


@pytest.mark.parametrize("payload", [0, 8])
def test_music_is_the_sound_over_and_over(board: Switchboard, payload):
    one = board.leg(1, payload=payload)
    board.media.load(MUSIC, SAMPLES)
    board.media.play(1, MUSIC)
    packets = one.take(15)
    assert heard(packets) == (wire(SAMPLES, payload) * 3)[:2400]
    assert is_gapless(packets)
    assert [packet.marker for packet in packets] == [True] + 14 * [False]
    assert {packet.kind for packet in packets} == {payload}


def test_music_keeps_its_pace(board: Switchboard):
    one = board.leg(1)
    board.media.load(MUSIC, SAMPLES)
    board.media.play(1, MUSIC)
    one.receive()
    start = time.monotonic()
    one.take(50)
    assert 0.9 < time.monotonic() - start < 2


def test_many_legs_are_each_played_to(board: Switchboard):
    board.media.load(MUSIC, SAMPLES)
    ends = [board.leg(leg, payload=leg % 2 * 8) for leg in range(15)]
    for leg in range(15):
        board.media.play(leg, MUSIC)
    for leg, end in enumerate(ends):
        packets = end.take(25)
        assert is_gapless(packets)
        assert heard(packets).startswith(wire(SAMPLES, leg % 2 * 8))


@pytest.mark.parametrize(
    ("ptime", "octets"), [(10, 80), (30, 240), (60, 480), (0, 80), (25, 160), (400, 480)]
)
def test_packets_last_as_long_as_the_far_end_asks(board: Switchboard, ptime, octets):
    one = board.leg(1, ptime=ptime)
    board.media.load(MUSIC, SAMPLES)
    board.media.play(1, MUSIC)
    packets = one.take(5)
    assert heard(packets) == (wire(SAMPLES) * 3)[: 5 * octets]
    assert is_gapless(packets, octets)


def test_a_prompt_ends_with_silence_and_is_reported(board: Switchboard):
    one, two = board.leg(1), board.leg(2, payload=8)
    board.media.load(PROMPT, SAMPLES, loop=False)
    board.media.play(1, PROMPT)
    board.media.play(2, PROMPT)
    assert board.wait(PLAYED, 1) == PROMPT
    assert board.wait(PLAYED, 2) == PROMPT
    assert heard(one.take(7)) == wire(SAMPLES) + 120 * b"\xff"
    assert heard(two.take(7)) == wire(SAMPLES, 8) + 120 * b"\xd5"
    assert one.is_quiet()


def test_a_prompt_played_again_starts_at_its_start(board: Switchboard):
    one = board.leg(1)
    board.media.load(PROMPT, SAMPLES, loop=False)
    board.media.play(1, PROMPT)
    one.take(3)
    board.media.play(1, PROMPT)
    board.wait(PLAYED, 1)
    packets = one.take(board.media.figures(1).packets_out - 3)
    assert heard(packets[-7:]) == wire(SAMPLES) + 120 * b"\xff"


def test_what_a_leg_hears_stays_one_stream_whatever_it_is(board: Switchboard):
    board.media.load(MUSIC, SAMPLES)
    one, two = board.leg(1), board.leg(2)
    board.media.play(1, MUSIC)
    packets = one.take(4)
    board.bridge(1, 2)
    while not one.is_quiet(0.05):
        packets.append(one.receive())
    two.send(*(rtp(number=61_000 + i, time=7 + i * 160, ssrc=0xCAFE) for i in range(5)))
    packets += one.take(5)
    board.media.play(1, MUSIC)
    packets += one.take(4)
    numbers = [(packet.number - packets[0].number) % 65536 for packet in packets]
    times = [(packet.time - packets[0].time) % 2**32 for packet in packets]
    assert numbers == list(range(len(packets)))
    assert all(later - sooner >= 160 for sooner, later in itertools.pairwise(times))
    marks = [i for i, packet in enumerate(packets) if packet.marker]
    assert marks == [0, len(packets) - 9, len(packets) - 4]
    assert len({packet.ssrc for packet in packets}) == 1


def test_playing_to_one_leg_of_a_bridge_silences_the_other(board: Switchboard):
    board.media.load(MUSIC, SAMPLES)
    one, two = board.call()
    board.media.play(1, MUSIC)
    board.settle()
    one.send(rtp())
    two.send(rtp(b"\x01" * 160))
    assert heard(one.take(5)) == wire(SAMPLES)[:800]
    assert two.is_quiet()


def test_silence_ends_both_music_and_bridge(board: Switchboard):
    board.media.load(MUSIC, SAMPLES)
    one, two = board.call()
    board.media.silence(2)
    board.settle()
    one.send(rtp())
    two.send(rtp())
    assert two.is_quiet()
    assert one.is_quiet(0)
    board.media.play(1, MUSIC)
    one.take(2)
    board.media.silence(1)
    board.settle()
    one.drain()
    assert one.is_quiet()


def test_a_held_leg_hears_no_music_until_it_is_taken_back(board: Switchboard):
    board.media.load(MUSIC, SAMPLES)
    one = board.leg(1)
    board.media.play(1, MUSIC)
    before = one.take(3)
    board.again(1, direction=RECVONLY)
    while not one.is_quiet(0.05):
        before.append(one.receive())
    board.again(1)
    after = one.take(3)
    assert (after[0].number - before[-1].number) % 65536 == 1
    assert after[0].marker
    assert (after[0].time - before[-1].time) % 2**32 >= 320
    assert is_gapless(after)
    assert heard(before + after) == (wire(SAMPLES) * 30)[: len(heard(before + after))]


def test_music_begins_when_the_far_end_is_known(board: Switchboard):
    board.media.load(MUSIC, SAMPLES)
    end = board.end()
    board.media.open(1)
    board.media.play(1, MUSIC)
    assert end.is_quiet()
    board.media.connect(1, Peer(HOST, end.port, payload=0))
    assert heard(end.take(3)) == wire(SAMPLES)[:480]


def test_a_sound_can_be_replaced_while_it_is_heard(board: Switchboard):
    board.media.load(MUSIC, SAMPLES)
    one = board.leg(1)
    board.media.play(1, MUSIC)
    one.take(5)
    board.media.load(MUSIC, array.array("h", 100 * [8_000]))
    board.settle()
    one.drain()
    assert set(heard(one.take(3))) == set(wire(array.array("h", [8_000])))


def test_a_sound_shorter_than_a_packet_fills_it(board: Switchboard):
    short = SAMPLES[:7]
    board.media.load(MUSIC, short)
    one = board.leg(1)
    board.media.play(1, MUSIC)
    assert heard(one.take(3)) == (wire(short) * 100)[:480]


def test_closing_a_leg_that_plays_leaves_the_others_playing(board: Switchboard):
    board.media.load(MUSIC, SAMPLES)
    ends = [board.leg(leg) for leg in range(3)]
    for leg in range(3):
        board.media.play(leg, MUSIC)
    ends[0].receive()
    board.close(0)
    for end in ends[1:]:
        assert is_gapless(end.take(10))
    ends[0].drain()
    assert ends[0].is_quiet()


def test_what_cannot_be_a_sound_is_refused(board: Switchboard):
    media = board.media
    for number in (-1, SOUNDS_MAX):
        with pytest.raises(ValueError, match="cannot be"):
            media.load(number, SAMPLES)
    with pytest.raises(ValueError, match="0 samples"):
        media.load(MUSIC, array.array("h"))
    with pytest.raises(ValueError, match="dtype"):
        media.load(MUSIC, array.array("i", [1]))
    board.leg(1)
    with pytest.raises(ValueError, match="sound 5 is not loaded"):
        media.play(1, 5)
