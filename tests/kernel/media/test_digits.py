"""Digits heard and sent (RFC 4733): each key press once, whatever the network does to it."""

from __future__ import annotations

import array
import errno
import itertools
import random
import select
import struct

import pytest

from kernel.media.control import DIGIT, DIGITS_MAX, INACTIVE, KEY_PASSED, PLAYED, Media
from kernel.media.peer import Peer
from tests.kernel.media.far_end import HOST, FarEnd, Rtp, Switchboard, rtp
from tests.kernel.media.test_sound import heard, wire

EVENTS = "0123456789*#ABCD"
KIND = 101
MUSIC = 3
SAMPLES = array.array("h", (i * 37 % 60_000 - 30_000 for i in range(4_000)))


def event(number: int, length: int, *, is_end: bool = False) -> bytes:
    return struct.pack("!BBH", number, 10 | is_end << 7, length)


def press(key: str, *, number: int, time: int, packets: int = 5) -> list[bytes]:
    """A key press as a phone sends it: `packets` while it is down, the last of them thrice."""
    code = EVENTS.index(key)
    parts = [event(code, 160 * (i + 1), is_end=i == packets - 1) for i in range(packets)]
    parts += 2 * parts[-1:]
    return [
        rtp(part, number=number + i, time=time, kind=KIND, marker=i == 0)
        for i, part in enumerate(parts)
    ]


class Typist(FarEnd):
    """A far end that knows how many datagrams it has sent."""

    sent = 0

    def send(self, *datagrams: bytes, to: int = 0, host: str = HOST) -> None:
        self.sent += len(datagrams)
        super().send(*datagrams, to=to, host=host)


def typed(board: Switchboard, end: Typist, leg: int = 1) -> str:
    """The digits told of everything the far end has sent so far."""
    board.came(leg, end.sent)
    board.settle()
    keys = "".join(chr(value) for kind, who, value in board.seen if (kind, who) == (DIGIT, leg))
    board.seen = [report for report in board.seen if report[:2] != (DIGIT, leg)]
    return keys


@pytest.fixture
def one(board: Switchboard) -> Typist:
    """The far end of leg 1, which sends and takes events of payload type 101."""
    end = Typist()
    board.all.append(end)
    board.ends[1] = end
    end.to = board.media.open(1)
    board.media.connect(1, Peer(HOST, end.port, payload=0, event_payload=KIND))
    board.settle()
    return end


# ---- heard -----------------------------------------------------------------------------------


def test_every_key_is_told_once(board: Switchboard, one: Typist):
    number = 1
    for i, key in enumerate(EVENTS):
        one.send(*press(key, number=number, time=8000 * i))
        number += 7
        assert typed(board, one) == key
        select.select([], [], [], 0.03)  # a leg brings at most twelve in 250 ms


def test_lost_doubled_and_disordered_packets_change_nothing(board: Switchboard, one: Typist):
    chance = random.Random(4733)
    number, when = 1, 0
    for _ in range(40):
        key = chance.choice(EVENTS)
        packets = press(key, number=number, time=when)
        kept = [packet for packet in packets if chance.random() < 0.6] or [packets[3]]
        kept += [packet for packet in kept if chance.random() < 0.4]
        chance.shuffle(kept)
        one.send(*kept)
        number, when = number + 7, when + 1600
        assert typed(board, one) == key
        select.select([], [], [], 0.03)


@pytest.mark.parametrize("survivor", range(7))
def test_one_packet_of_a_key_press_is_enough(board: Switchboard, one: Typist, survivor: int):
    one.send(press("7", number=1, time=0)[survivor])
    assert typed(board, one) == "7"


def test_the_same_key_pressed_twice_is_two_digits(board: Switchboard, one: Typist):
    one.send(*press("5", number=1, time=0, packets=2), *press("5", number=5, time=480, packets=2))
    assert typed(board, one) == "55"


def test_a_late_end_of_the_key_before_is_no_new_digit(board: Switchboard, one: Typist):
    first, second = press("1", number=1, time=0), press("2", number=8, time=1600)
    one.send(*first[:4], *second[:3], *first[4:], *second[3:])
    assert typed(board, one) == "12"


def test_a_key_held_long_is_one_digit_in_all_its_pieces(board: Switchboard, one: Typist):
    """RFC 4733, 2.5.1.3: a new timestamp every 65,535 units, no end bit before the last."""
    for piece in range(3):
        one.send(
            *(
                rtp(event(9, length), number=10 * piece + i, time=65_535 * piece, kind=KIND)
                for i, length in enumerate((160, 30_000, 65_535))
            )
        )
    one.send(rtp(event(9, 500, is_end=True), number=40, time=65_535 * 2, kind=KIND))
    one.send(*press("9", number=41, time=65_535 * 3))
    assert typed(board, one) == "99"


def test_a_far_end_that_starts_anew_may_press_the_same_key(board: Switchboard, one: Typist):
    one.send(*press("3", number=1, time=900_000))
    old = press("3", number=30_000, time=900_000)
    one.send(*(packet[:8] + b"\0\0\xbe\xef" + packet[12:] for packet in old))
    assert typed(board, one) == "33"
    one.send(*press("3", number=60_000, time=1_000))
    assert typed(board, one) == "3"


def test_flash_and_other_events_are_no_digits(board: Switchboard, one: Typist):
    one.send(rtp(event(16, 160, is_end=True), kind=KIND, number=1))
    one.send(rtp(event(17, 160, is_end=True), kind=KIND, number=2))
    assert typed(board, one) == ""
    assert board.media.figures(1).dropped == 1


def test_digits_are_not_told_of_a_bridged_leg_but_passed_on(board: Switchboard, one: Typist):
    two = board.leg(2, event_payload=96)
    board.bridge(1, 2)
    one.send(*press("4", number=1, time=0))
    packets = two.take(7)
    assert {packet.kind for packet in packets} == {96}
    assert typed(board, one) == ""
    assert board.wait(KEY_PASSED, 1) == ord("4")
    assert not board.has(KEY_PASSED, 1, 0.1)


def test_a_key_that_went_down_in_a_bridge_is_not_told_after_it(board: Switchboard, one: Typist):
    board.leg(2)
    board.bridge(1, 2)
    first, second = press("4", number=1, time=0), press("6", number=20, time=4000)
    one.send(*first[:3])
    assert typed(board, one) == ""
    board.media.silence(1)
    board.settle()
    one.send(*first[3:], *second)
    assert typed(board, one) == "6"


def test_a_flood_of_keys_is_told_fifty_times_a_second_at_most(board: Switchboard, one: Typist):
    for i in range(50):
        one.send(rtp(event(1, 160, is_end=True), number=i, time=160 * i, kind=KIND))
    assert 12 <= len(typed(board, one)) <= 36
    assert not select.select([], [], [], 0.3)[0]
    one.send(*press("8", number=100, time=80_000))
    assert typed(board, one) == "8"


def test_sound_and_digits_are_counted_as_what_they_are(board: Switchboard, one: Typist):
    one.send(rtp(number=1), *press("2", number=2, time=160), rtp(number=9))
    assert typed(board, one) == "2"
    figures = board.media.figures(1)
    assert (figures.packets_in, figures.lost, figures.dropped) == (9, 0, 0)


def test_a_digit_wakes_who_gathers(free_ports):
    media = Media(host=HOST, ports=free_ports.block(4), gather=True)
    media.start()
    end = FarEnd()
    end.to = media.open(1)
    media.connect(1, Peer(HOST, end.port, payload=0, event_payload=KIND))
    media.flush()
    end.send(*press("0", number=1, time=0))
    board = Switchboard.__new__(Switchboard)
    board.media, board.seen = media, []
    assert board.wait(DIGIT, 1) == ord("0")
    media.stop()
    end.close()


# ---- sent ------------------------------------------------------------------------------------


def presses(packets: list[Rtp]) -> str:
    """The keys of some packets of events; every one of them must be as the RFC wants it."""
    keys = ""
    for _, group in itertools.groupby(packets, key=lambda packet: packet.time):
        each = list(group)
        assert [packet.marker for packet in each] == [True] + 6 * [False]
        parts = [struct.unpack("!BBH", packet.payload) for packet in each]
        assert [length for _, _, length in parts] == [160, 320, 480, 640, 800, 800, 800]
        assert [second >> 7 for _, second, _ in parts] == [0, 0, 0, 0, 1, 1, 1]
        assert len({first for first, _, _ in parts}) == 1
        keys += EVENTS[parts[0][0]]
    return keys


def is_one_stream(packets: list[Rtp]) -> bool:
    """No number left out or given twice, no time that goes back, one source."""
    pairs = list(itertools.pairwise(packets))
    return (
        all((later.number - sooner.number) % 65536 == 1 for sooner, later in pairs)
        and all((later.time - sooner.time) % 2**32 < 2**31 for sooner, later in pairs)
        and len({packet.ssrc for packet in packets}) == 1
    )


def test_digits_are_sent_as_the_rfc_says(board: Switchboard, one: Typist):
    board.media.send_digits(1, "0*D")
    packets = one.take(21)
    assert presses(packets) == "0*D"
    assert is_one_stream(packets)
    starts = sorted({packet.time for packet in packets})
    gaps = [later - sooner for sooner, later in itertools.pairwise(starts)]
    assert all(1200 < gap < 8000 for gap in gaps), gaps
    assert {packet.kind for packet in packets} == {KIND}
    assert one.is_quiet(0.3)


def test_digits_keep_their_pace(board: Switchboard, one: Typist):
    board.media.send_digits(1, "12345")
    one.receive()
    end = select.select([], [], [], 0.86)
    assert end == ([], [], [])
    assert 28 <= one.drain() + 1 <= 35


def test_every_key_can_be_pressed_and_what_is_over_the_limit_is_left_out(
    board: Switchboard, one: Typist
):
    board.media.send_digits(1, EVENTS)
    board.media.send_digits(1, EVENTS + "1234")
    assert presses(one.take(7 * DIGITS_MAX)) == EVENTS + EVENTS
    assert one.is_quiet(0.3)


def test_played_sound_pauses_for_a_digit_and_goes_on(board: Switchboard, one: Typist):
    board.media.load(MUSIC, SAMPLES)
    board.media.play(1, MUSIC)
    packets = one.take(4)
    board.media.send_digits(1, "42")
    packets += one.take(40)
    assert is_one_stream(packets)
    assert presses([packet for packet in packets if packet.kind == KIND]) == "42"
    sound = [packet for packet in packets if packet.kind == 0]
    assert heard(sound) == (wire(SAMPLES) * 3)[: len(sound) * 160]
    for before, after in itertools.pairwise(packets):
        if before.kind == 0:
            assert (after.time - before.time) % 2**32 >= 160
        elif after.kind == 0:
            assert (after.time - before.time) % 2**32 >= 800
            assert after.marker


def test_a_prompt_is_told_as_played_behind_the_digits(board: Switchboard, one: Typist):
    board.media.load(MUSIC, SAMPLES[:480], loop=False)
    board.media.say(1, 31, [MUSIC])
    board.media.send_digits(1, "5")
    assert board.wait(PLAYED, 1) == 31
    packets = one.take(10)
    assert presses([packet for packet in packets if packet.kind == KIND]) == "5"
    assert heard([packet for packet in packets if packet.kind == 0]) == wire(SAMPLES[:480])


def test_digits_go_on_when_the_prompt_is_over(board: Switchboard, one: Typist):
    board.media.load(MUSIC, SAMPLES[:160], loop=False)
    board.media.say(1, 31, [MUSIC])
    board.media.send_digits(1, "123")
    assert board.wait(PLAYED, 1) == 31
    packets = one.take(22)
    assert presses([packet for packet in packets if packet.kind == KIND]) == "123"
    assert is_one_stream(packets)


def test_relayed_sound_is_left_out_for_a_digit_and_goes_on(board: Switchboard, one: Typist):
    two = board.leg(2)
    board.bridge(1, 2)
    two.send(rtp(number=0))
    packets = [one.receive()]
    board.media.send_digits(1, "8")
    packets.append(one.receive())
    for number in range(1, 200):
        two.send(rtp(number=number))
        packets += [] if one.is_quiet(0.02) else [one.receive()]
        if len(packets) > 12:
            break
    events = [packet for packet in packets if packet.kind == KIND]
    assert presses(events) == "8"
    assert is_one_stream(packets)
    assert [packet.kind for packet in packets[1:8]] == 7 * [KIND], "no sound amid the digit"
    assert packets[8].marker
    assert packets[8].time - events[0].time >= 800


def test_digits_survive_a_bridge_made_meanwhile(board: Switchboard, one: Typist):
    board.leg(2)
    board.media.send_digits(1, "19")
    packets = one.take(3)
    board.bridge(1, 2)
    packets += one.take(11)
    assert presses(packets) == "19"


def test_digits_wait_while_a_leg_is_on_hold(board: Switchboard, one: Typist):
    board.again(1, event_payload=KIND, direction=INACTIVE)
    board.media.send_digits(1, "7")
    assert one.is_quiet(0.3)
    board.again(1, event_payload=KIND)
    assert presses(one.take(7)) == "7"


def test_a_digit_cut_short_by_hold_is_not_taken_up_again(board: Switchboard, one: Typist):
    board.media.send_digits(1, "78")
    one.receive()
    board.again(1, event_payload=KIND, direction=INACTIVE)
    select.select([], [], [], 0.3)
    one.drain()
    board.again(1, event_payload=KIND)
    assert presses(one.take(7)) == "8"


def test_digits_end_with_a_far_end_that_takes_none_any_more(board: Switchboard, one: Typist):
    board.media.send_digits(1, "999")
    one.receive()
    board.again(1)
    one.drain()
    assert one.is_quiet(0.4)
    with pytest.raises(OSError) as refused:
        board.media.send_digits(1, "1")
    assert refused.value.errno == errno.EOPNOTSUPP


def test_closing_a_leg_amid_its_digits_leaves_the_others_theirs(board: Switchboard, one: Typist):
    two = board.leg(2, event_payload=96)
    board.media.send_digits(1, "123")
    board.media.send_digits(2, "456")
    one.receive()
    board.close(1)
    assert presses(two.take(21)) == "456"


@pytest.mark.parametrize("digits", ["x", "12 3", "a", "１", "5" * (DIGITS_MAX + 1)])
def test_what_is_no_digit_is_refused(board: Switchboard, one: Typist, digits: str):
    with pytest.raises(ValueError, match="cannot be dialled"):
        board.media.send_digits(1, digits)


def test_no_digit_is_sent_to_a_far_end_that_knows_none(board: Switchboard):
    board.leg(1)
    with pytest.raises(OSError, match="takes no digits"):
        board.media.send_digits(1, "1")
    with pytest.raises(KeyError):
        board.media.send_digits(99, "1")


def test_no_digits_at_all_are_nothing(board: Switchboard, one: Typist):
    board.media.send_digits(1, "")
    assert one.is_quiet()
