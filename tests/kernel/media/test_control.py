"""The relay: sound between two legs over real sockets, its numbering, codecs, hold and silence."""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
from multiprocessing.connection import Connection

import pytest

from kernel.media import g711
from kernel.media.control import (
    CLOSED,
    INACTIVE,
    RECEIVING,
    RECVONLY,
    SENDONLY,
    SENDRECV,
    SILENT,
    Media,
)
from kernel.media.peer import Peer
from tests.kernel.media.far_end import HOST, FarEnd, Switchboard, rtp

SOUND = bytes(range(160))


def test_sound_passes_both_ways_between_bridged_legs(board: Switchboard):
    one, two = board.call()
    one.send(rtp(SOUND))
    two.send(rtp(SOUND[::-1]))
    assert two.receive().payload == SOUND
    assert one.receive().payload == SOUND[::-1]


def test_nothing_passes_between_legs_that_are_not_bridged(board: Switchboard):
    one, two = board.leg(1), board.leg(2)
    one.send(rtp())
    assert board.wait(RECEIVING, 1) == 0
    assert two.is_quiet()


def test_what_a_leg_hears_is_one_stream_of_our_own(board: Switchboard):
    one, two = board.call()
    one.send(*(rtp(number=65_530 + i, ssrc=0xABC) for i in range(12)))
    heard = two.take(12)
    assert {packet.ssrc for packet in heard} & {0xABC, 0xFA12} == set()
    assert [(p.number - heard[0].number) % 65536 for p in heard] == list(range(12))
    assert [(p.time - heard[0].time) % 2**32 for p in heard] == [160 * i for i in range(12)]
    assert [packet.marker for packet in heard] == [True] + 11 * [False]


def test_gaps_and_disorder_stay_as_they_were(board: Switchboard):
    one, two = board.call()
    numbers = [10, 11, 14, 13, 13, 20]
    one.send(*(rtp(number=number) for number in numbers))
    heard = two.take(6)
    assert [(p.number - heard[0].number) % 65536 for p in heard] == [n - 10 for n in numbers]
    figures = board.media.figures(1)
    assert (figures.packets_in, figures.lost, figures.late) == (6, 5, 2)


def test_the_marker_of_a_talk_spurt_is_kept(board: Switchboard):
    one, two = board.call()
    one.send(rtp(number=1), rtp(number=2, marker=1), rtp(number=3))
    assert [packet.marker for packet in two.take(3)] == [True, True, False]


def test_sources_extension_and_padding_are_not_passed_on(board: Switchboard):
    one, two = board.call()
    plain = rtp(b"")
    one.send(bytes([0xB1]) + plain[1:] + bytes(4) + b"\xbe\xde\x00\x00" + SOUND + b"\x00\x02")
    assert two.receive().payload == SOUND


@pytest.mark.parametrize(
    ("payloads", "change"), [((0, 8), g711.ulaw_to_alaw), ((8, 0), g711.alaw_to_ulaw)]
)
def test_unlike_codecs_are_transcoded_exactly(board: Switchboard, payloads, change):
    one, two = board.call(payloads=payloads)
    wire, expected = bytes(range(256)), bytearray(256)
    change(wire, expected)
    one.send(rtp(wire, kind=payloads[0]))
    heard = two.receive()
    assert (heard.kind, heard.payload) == (payloads[1], bytes(expected))


def test_a_far_end_may_send_the_other_law_than_it_hears(board: Switchboard):
    one, two = board.call(payloads=(8, 0))
    one.send(rtp(SOUND, kind=0))
    assert two.receive().payload == SOUND


def test_a_payload_of_any_length_is_passed_on_whole(board: Switchboard):
    one, two = board.call()
    for number, length in enumerate((1, 80, 240, 1488)):
        one.send(rtp(bytes(length), number=number))
        assert len(two.receive().payload) == length


def test_digits_get_the_number_the_other_side_knows(board: Switchboard):
    one, two = board.leg(1, event_payload=101), board.leg(2, event_payload=96)
    board.bridge(1, 2)
    digit = b"\x05\x0a\x00\xa0"
    one.send(rtp(number=1), rtp(digit, number=2, kind=101, time=320), rtp(number=3))
    sound, event, after = two.take(3)
    assert (event.kind, event.payload) == (96, digit)
    assert [event.number - sound.number, after.number - event.number] == [1, 1]
    assert event.time - sound.time == 160


def test_digits_end_where_the_other_side_takes_none(board: Switchboard):
    one, two = board.leg(1, event_payload=101), board.leg(2)
    board.bridge(1, 2)
    one.send(rtp(b"\x05\x0a\x00\xa0", kind=101, number=1), rtp(SOUND, number=2))
    assert two.receive().payload == SOUND


def test_a_new_line_of_numbers_is_taken_from_its_second_packet_on(board: Switchboard):
    one, two = board.call()
    one.send(rtp(number=1), rtp(number=2))
    one.send(*(rtp(number=30_000 + i, ssrc=0xBEEF) for i in range(3)))
    heard = two.take(4)
    assert [packet.number - heard[0].number for packet in heard] == [0, 1, 2, 3]
    assert [packet.marker for packet in heard] == [True, False, True, False]
    assert heard[2].time - heard[1].time >= 160
    assert len({packet.ssrc for packet in heard}) == 1


@pytest.mark.parametrize(
    ("direction", "hears", "is_heard"),
    [
        (SENDRECV, True, True),
        (SENDONLY, True, False),
        (RECVONLY, False, True),
        (INACTIVE, False, False),
    ],
)
def test_a_direction_opens_and_shuts_each_way(board: Switchboard, direction, hears, is_heard):
    one, two = board.call()
    board.again(1, direction=direction)
    one.send(rtp(SOUND))
    two.send(rtp(SOUND))
    assert one.is_quiet() is not hears
    assert two.is_quiet() is not is_heard


def test_after_hold_the_stream_goes_on_where_it_was(board: Switchboard):
    one, two = board.call()
    one.send(rtp(number=100))
    before = two.receive()
    board.again(1, direction=INACTIVE)
    one.send(*(rtp(number=101 + i) for i in range(5)))
    assert two.is_quiet()
    board.again(1)
    one.send(rtp(number=9_000, ssrc=0x99))
    after = two.receive()
    assert (after.number - before.number) % 65536 == 1
    assert after.marker
    assert (after.time - before.time) % 2**32 >= 8 * 100


def test_the_address_zero_is_hold_in_the_old_manner(board: Switchboard):
    one, two = board.call()
    board.media.connect(1, Peer("0.0.0.0", 9, payload=0))
    board.settle()
    two.send(rtp(SOUND))
    one.send(rtp(SOUND))
    assert one.is_quiet()
    assert two.receive().payload == SOUND
    board.again(1)
    two.send(rtp(SOUND, number=2))
    assert one.receive().payload == SOUND


def test_silence_is_reported_once_until_sound_returns(board: Switchboard):
    board.media.silence_after(300)
    one, two = board.call()
    assert not board.has(SILENT, 1, 0.8), "it had sent nothing before"
    one.send(rtp(number=1))
    assert 300 <= board.wait(SILENT, 1) < 1500
    assert not board.has(SILENT, 1, 0.6)
    one.send(rtp(number=2))
    assert board.wait(SILENT, 1) >= 300
    assert two.drain() == 2


def test_a_held_leg_may_be_silent(board: Switchboard):
    board.media.silence_after(200)
    one, _ = board.call()
    one.send(rtp())
    board.again(1, direction=RECVONLY)
    assert not board.has(SILENT, 1, 0.8)


def test_zero_turns_the_time_out_off(board: Switchboard):
    board.media.silence_after(0)
    one, _ = board.call()
    one.send(rtp())
    assert not board.has(SILENT, 1, 0.6)


def test_python_at_work_does_not_stop_the_sound(board: Switchboard):
    one, two = board.call()
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=talk, args=(theirs, one, two))
    child.start()
    assert ours.recv() == "ready"
    ours.send("go")
    while not ours.poll():
        sum(range(8_000_000))  # one instruction: keeps the interpreter for itself throughout
    assert ours.recv() < 0.1
    child.join()


def talk(pipe: Connection, one: FarEnd, two: FarEnd) -> None:
    """Tell the longest time a packet took."""
    longest = 0.0
    pipe.send("ready")
    pipe.recv()
    for number in range(100):
        start = time.monotonic()
        one.send(rtp(number=number))
        two.receive()
        longest = max(longest, time.monotonic() - start)
    pipe.send(longest)


def test_closing_a_leg_silences_the_other_and_tells_the_last_figures(board: Switchboard):
    one, two = board.call()
    one.send(rtp(number=1), rtp(number=2))
    two.take(2)
    board.media.close(1)
    assert board.wait(CLOSED, 1) == 2
    last = board.media.figures(1)
    assert (last.packets_in, last.octets_in, last.lost) == (2, 320, 0)
    assert 0 <= last.last_in_ms < 5000
    two.send(rtp())
    board.came(2, 1)
    board.settle()
    assert board.media.figures(2).packets_in == 1
    assert board.media.figures(1) is None
    three = board.leg(3)
    board.bridge(2, 3)
    two.send(rtp(SOUND, number=2))
    assert three.receive().payload == SOUND


def test_a_leg_can_be_bridged_elsewhere(board: Switchboard):
    one, two = board.call()
    three = board.leg(3)
    one.send(rtp(number=1))
    two.receive()
    board.bridge(3, 1)
    one.send(rtp(SOUND, number=2))
    assert three.receive().payload == SOUND
    assert two.is_quiet()
    two.send(rtp(number=1))
    assert one.is_quiet()


def test_ipv6_sockets_take_ipv4_far_ends_too(free_ports):
    if not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("no IPv6 here")
    six = Switchboard(free_ports.block(40), host="::")
    one, two = six.call()
    one.send(rtp(SOUND))
    assert two.receive().payload == SOUND
    six.stop()


def test_a_door_thrown_away_closes_all_by_itself(free_ports):
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    media = Media(host=HOST, ports=free_ports.block(10))
    media.start()
    media.open(1)
    media.open(2)
    del media
    assert len(os.listdir("/proc/self/fd")) == before
