"""What is measured of a leg: loss, jitter, the score, sound that goes one way; and its DSCP."""

from __future__ import annotations

import os
import select
import socket
import struct
import time

import pytest

from kernel.media.control import INACTIVE, ONE_WAY, RECEIVING, RECVONLY, SENDONLY, SILENT, Media
from kernel.media.mos import mos_x100
from kernel.media.peer import Peer
from tests.kernel.media.far_end import HOST, FarEnd, Switchboard, rtp

EXPEDITED = 46


def talk(end: FarEnd, count: int, *, first: int = 1) -> None:
    end.send(*(rtp(number=first + i) for i in range(count)))


# ---- loss, jitter, score ---------------------------------------------------------------------


def test_a_leg_that_was_just_opened_has_no_loss_and_no_codec(board: Switchboard):
    board.media.open(1)
    figures = board.media.figures(1)
    assert (figures.loss_permille, figures.codec, figures.mos_x100) == (0, -1, mos_x100(0, 20))


@pytest.mark.parametrize("payload", [0, 8])
def test_the_codec_is_what_we_send(board: Switchboard, payload: int):
    board.leg(1, payload=payload)
    board.settle()
    assert board.media.figures(1).codec == payload


def test_loss_is_told_in_thousandths_of_what_was_expected(board: Switchboard):
    one = board.leg(1)
    one.send(*(rtp(number=n) for n in range(200) if n % 10 != 5))
    board.came(1, 180)
    figures = board.media.figures(1)
    assert (figures.lost, figures.loss_permille, figures.late) == (20, 100, 0)


def test_what_comes_late_is_not_lost(board: Switchboard):
    one = board.leg(1)
    numbers = list(range(100))
    numbers[10:14] = [13, 12, 11, 10]
    numbers.append(numbers.pop(50))
    one.send(*(rtp(number=n) for n in numbers))
    board.came(1, 100)
    figures = board.media.figures(1)
    assert (figures.packets_in, figures.lost, figures.loss_permille) == (100, 0, 0)
    assert figures.late == 4


def test_loss_counts_through_a_new_line_of_numbers(board: Switchboard):
    one = board.leg(1)
    one.send(*(rtp(number=n) for n in (0, 1, 2, 8, 9)))
    one.send(*(rtp(number=500 + n, ssrc=0x99) for n in range(4)))
    board.came(1, 9)
    figures = board.media.figures(1)
    assert (figures.packets_in, figures.lost, figures.loss_permille) == (8, 5, 384)


def test_jitter_is_that_of_rfc_3550(board: Switchboard):
    """Packets that claim 20 ms each and come at once: it closes in on 20 ms, by a 16th a packet."""
    one = board.leg(1)
    talk(one, 101)
    board.came(1, 101)
    assert 18_000 <= board.media.figures(1).jitter_us <= 20_500


def test_a_steady_far_end_has_no_jitter_whatever_is_lost(board: Switchboard):
    one = board.leg(1)
    one.send(*(rtp(number=n, time=n // 40) for n in range(150) if n % 7))
    board.came(1, 128)
    figures = board.media.figures(1)
    assert figures.jitter_us < 4_000
    assert figures.loss_permille > 100


def test_the_score_is_made_of_loss_jitter_and_delay(board: Switchboard):
    one = board.leg(1)
    one.send(*(rtp(number=n) for n in range(100) if n % 20 != 7))
    board.came(1, 95)
    figures = board.media.figures(1)
    assert figures.rtt_us == -1
    assert figures.loss_permille == 50
    assert figures.mos_x100 == mos_x100(50, 2 * figures.jitter_us // 1000 + 20) < 250


def test_the_worse_loss_of_both_ways_counts(board: Switchboard):
    one, two = board.call()
    talk(one, 50)
    two.take(50)
    board.settle()
    assert board.media.figures(2).mos_x100 > 430
    ssrc = struct.unpack("!I", two.report()[4:8])[0]
    block = struct.pack("!IIIIII", ssrc, 10, 0, 0, 0, 0)
    two.rtcp.sendto(struct.pack("!BBHI", 0x81, 201, 7, 1) + block, (HOST, two.to + 1))
    figures = board.until(2, lambda figures: figures.far_lost != 0)
    assert (figures.far_lost, figures.loss_permille) == (10, 0)
    assert figures.mos_x100 == mos_x100(200, 20)


def test_the_last_figures_have_the_score_too(board: Switchboard):
    one = board.leg(1)
    one.send(*(rtp(number=n, time=0) for n in (1, 2, 3, 5)))
    board.came(1, 4)
    board.close(1)
    assert (board.media.figures(1).loss_permille, board.media.figures(1).codec) == (200, 0)
    assert 100 <= board.media.figures(1).mos_x100 < 200


# ---- sound that goes one way -----------------------------------------------------------------


@pytest.fixture
def quick(board: Switchboard) -> Switchboard:
    """A board that finds sound one-way after 400 ms."""
    board.media.one_way_after(400)
    return board


def test_sound_that_goes_one_way_is_told_of_the_leg_that_brings_none(quick: Switchboard):
    one, _ = quick.call()
    talk(one, 60)
    assert 400 <= quick.wait(ONE_WAY, 2) < 1500
    talk(one, 60, first=100)
    assert not quick.has(ONE_WAY, 2, 0.8), "once for a bridge"
    assert not quick.has(ONE_WAY, 1, 0)


def test_a_far_end_that_was_heard_before_the_bridge_counts_from_there(quick: Switchboard):
    two, three = quick.leg(2), quick.leg(3)
    talk(two, 100)
    quick.came(2, 100)
    quick.bridge(2, 3)
    talk(three, 50)
    assert quick.wait(ONE_WAY, 2) >= 400


def test_it_is_told_again_of_the_next_bridge(quick: Switchboard):
    one, _ = quick.call()
    for turn in range(2):
        talk(one, 60, first=1 + 60 * turn)
        assert quick.wait(ONE_WAY, 2) >= 400
        quick.bridge(1, 2)


def test_a_single_packet_of_sound_is_enough_to_be_heard(quick: Switchboard):
    one, two = quick.call()
    two.send(rtp())
    talk(one, 60)
    assert not quick.has(ONE_WAY, 2, 1)


def test_digits_are_no_sound(quick: Switchboard):
    one, two = quick.call(event_payload=101)
    two.send(*(rtp(struct.pack("!BBH", 1, 10, 160), number=n, time=1, kind=101) for n in range(5)))
    talk(one, 60)
    assert quick.wait(ONE_WAY, 2) >= 400


def test_forty_nine_packets_prove_nothing(quick: Switchboard):
    one, _ = quick.call()
    talk(one, 49)
    assert not quick.has(ONE_WAY, 2, 0.8)
    talk(one, 1, first=50)
    assert quick.has(ONE_WAY, 2, 0.8)


def test_two_silent_legs_are_no_one_way_talk(quick: Switchboard):
    quick.call()
    assert not quick.has(ONE_WAY, 1, 0.8)
    assert not quick.has(ONE_WAY, 2, 0)


@pytest.mark.parametrize("leg", [1, 2])
@pytest.mark.parametrize("direction", [INACTIVE, SENDONLY, RECVONLY])
def test_on_hold_it_may_go_one_way(quick: Switchboard, leg: int, direction: int):
    one, _ = quick.call()
    quick.again(leg, direction=direction)
    talk(one, 60)
    assert not quick.has(ONE_WAY, 2, 0.8)


def test_after_hold_it_counts_anew(quick: Switchboard):
    one, two = quick.call()
    two.send(rtp())
    quick.again(2, direction=INACTIVE)
    quick.again(2)
    talk(one, 60)
    assert quick.wait(ONE_WAY, 2) >= 400


def test_a_leg_whose_port_was_never_learnt_is_told(quick: Switchboard):
    one = quick.leg(1)
    quick.media.open(2)
    behind_nat = Peer("192.168.7.7", 4000, payload=0, signaller="127.0.0.2", is_natted=True)
    quick.media.connect(2, behind_nat)
    quick.bridge(1, 2)
    talk(one, 60)
    assert quick.wait(ONE_WAY, 2) >= 400


def test_zero_turns_it_off(quick: Switchboard):
    quick.media.one_way_after(0)
    one, _ = quick.call()
    talk(one, 60)
    assert not quick.has(ONE_WAY, 2, 0.8)
    with pytest.raises(ValueError, match="-1 ms"):
        quick.media.one_way_after(-1)


def test_while_reports_are_gathered_it_wakes_nobody(free_ports):
    media = Media(host=HOST, ports=free_ports.block(8), gather=True)
    media.one_way_after(300)
    media.silence_after(900)
    media.start()
    ends = {leg: FarEnd() for leg in (1, 2)}
    for leg, end in ends.items():
        end.to = media.open(leg)
        media.connect(leg, Peer(HOST, end.port, payload=0))
    media.bridge(1, 2)
    media.flush()
    until = time.monotonic() + 5
    while not media.reports() and time.monotonic() < until:
        select.select([], [], [], 0.01)
    talk(ends[1], 60)
    assert select.select([media.fileno()], [], [], 5)[0]
    kinds = [kind for kind, _, _ in media.reports()]
    assert kinds == [RECEIVING, ONE_WAY, SILENT], "all with the one that is urgent"
    media.stop()
    for end in ends.values():
        end.close()


# ---- DSCP ------------------------------------------------------------------------------------


def has_ipv6() -> bool:
    return os.path.exists("/proc/net/if_inet6")


@pytest.mark.parametrize(
    ("host", "family", "level", "ask", "kind"),
    [
        (HOST, socket.AF_INET, socket.IPPROTO_IP, socket.IP_RECVTOS, socket.IP_TOS),
        (
            "::1",
            socket.AF_INET6,
            socket.IPPROTO_IPV6,
            socket.IPV6_RECVTCLASS,
            socket.IPV6_TCLASS,
        ),
    ],
    ids=["ipv4", "ipv6"],
)
def test_sound_bears_the_dscp_that_was_asked_for(free_ports, host, family, level, ask, kind):
    if family == socket.AF_INET6 and not has_ipv6():
        pytest.skip("no IPv6 here")
    for dscp in (EXPEDITED, 0):
        media = Media(host=host, ports=free_ports.block(4), dscp=dscp)
        media.load(1, memoryview(bytes(640)).cast("h"))
        with socket.socket(family, socket.SOCK_DGRAM) as far:
            far.bind((host, 0))
            far.settimeout(5)
            far.setsockopt(level, ask, 1)
            media.open(1)
            media.connect(1, Peer(host, far.getsockname()[1], payload=0))
            media.play(1, 1)
            media.start()
            _, marks, _, _ = far.recvmsg(2048, 256)
        media.stop()
        assert [mark[0] for *what, mark in marks if what == [level, kind]] == [dscp << 2]
