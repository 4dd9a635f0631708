"""Legs, ports and the thread's life: limits, wrong arguments, start and stop, RTCP."""

from __future__ import annotations

import errno
import gc
import os
import resource
import select
import socket
import struct
import time

import pytest

from kernel.media.control import BRIDGED, CLOSED, RECEIVING, Media, raise_descriptor_limit
from kernel.media.peer import Peer
from tests.kernel.media.far_end import HOST, Switchboard, rtp

SR, RR, SDES, BYE = 200, 201, 202, 203


@pytest.fixture
def media(free_ports):
    made = Media(host=HOST, ports=free_ports.block(12))
    yield made
    made.stop()


def test_ports_are_even_in_turn_and_rest_before_their_next_use(free_ports):
    low, high = free_ports.block(12)
    media = Media(host=HOST, ports=(low + 1, high))
    media.start()
    first = [media.open(leg) for leg in range(3)]
    assert first == [low + 2, low + 4, low + 6]
    media.close(0)
    assert media.open(3) == low + 8
    media.stop()


def test_a_port_in_use_is_passed_over(free_ports):
    low, high = free_ports.block(12)
    media = Media(host=HOST, ports=(low, high))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp_port:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtcp_port:
            rtp_port.bind((HOST, low))
            rtcp_port.bind((HOST, low + 3))
            assert media.open(1) == low + 4
    media.stop()


def test_when_no_port_is_left_it_is_said_and_a_closed_one_serves_again(free_ports):
    low, high = free_ports.block(4)
    board = Switchboard((low, high))  # its barrier takes both pairs
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match="every media port is in use") as refused:
        board.media.open(1)
    assert refused.value.errno == errno.EADDRNOTAVAIL
    assert len(os.listdir("/proc/self/fd")) == before
    board.close(9_000_001)
    assert board.media.open(1) == low
    board.stop()


def test_when_no_leg_is_left_it_is_said(free_ports):
    media = Media(host=HOST, ports=free_ports.block(8), legs_max=1)
    media.open(1)
    with pytest.raises(OSError, match="all legs") as refused:
        media.open(2)
    assert refused.value.errno == errno.EMFILE
    media.stop()


def test_when_no_descriptor_is_left_it_is_said(media):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open("/dev/null", os.O_RDONLY)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 1, hard))  # room for RTP, not for RTCP
    try:
        with pytest.raises(OSError) as refused:
            media.open(1)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert refused.value.errno == errno.EMFILE
    assert media.open(1) > 0


def test_an_address_that_is_not_ours_is_said_at_once():
    media = Media(host="192.0.2.1")
    with pytest.raises(OSError) as refused:
        media.open(1)
    assert refused.value.errno == errno.EADDRNOTAVAIL


@pytest.mark.parametrize("others", [True, False])
def test_a_gathered_close_wakes_nobody_while_others_talk_and_is_done_all_the_same(
    free_ports, others: bool
):
    media = Media(host=HOST, ports=free_ports.block(4), gather=True)
    media.start()
    for leg in (1, 2) if others else (1,):
        media.open(leg)
        media.connect(leg, Peer(HOST, 9, payload=0))
    media.flush()
    media.close(1)
    media.flush()
    reports: list[tuple[int, int, int]] = []
    until = time.monotonic() + 5
    while not reports and time.monotonic() < until:
        select.select([media.fileno()], [], [], 0.02)
        reports += media.reports()
    assert reports == [(CLOSED, 1, 0)]
    media.stop()


def test_a_thousand_legs_open_and_close_and_leave_nothing(free_ports):
    raise_descriptor_limit()
    board = Switchboard((33_000, 60_000))
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for turn in range(2):
        legs = range(turn * 1000 + 1, turn * 1000 + 1001)
        assert len({board.media.open(leg) for leg in legs}) == 1000
        for leg in legs:
            board.media.connect(leg, Peer(HOST, 9, payload=0))
        for leg in legs[::2]:
            board.media.bridge(leg, leg + 1)
        for leg in legs:
            board.media.close(leg)
        for leg in legs:
            assert board.wait(CLOSED, leg) == 0
        assert len(os.listdir("/proc/self/fd")) == before
    board.stop()


def test_the_descriptor_limit_is_raised_to_the_hard_one():
    assert raise_descriptor_limit() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def test_commands_given_before_the_start_are_carried_out_then(media):
    media.open(1)
    media.open(2)
    media.bridge(1, 2)
    assert media.reports() == []
    media.start()
    board = Switchboard.__new__(Switchboard)
    board.media, board.seen = media, []
    assert board.wait(BRIDGED, 1) == 2


def test_start_and_stop_may_be_repeated(board: Switchboard):
    board.media.start()
    one, two = board.call()
    board.media.stop()
    board.media.stop()
    assert board.media.figures(1) is None
    board.media.close(1)
    board.media.start()
    one, two = board.call()
    one.send(rtp())
    assert two.receive().payload == b"\xff" * 160


def test_a_leg_is_opened_once(media):
    media.open(1)
    with pytest.raises(ValueError, match="leg 1 is open"):
        media.open(1)


def test_a_leg_that_is_not_open_is_an_error_but_may_be_closed(media):
    media.open(1)
    media.close(7)
    for wish in (
        lambda: media.connect(7, Peer(HOST, 9, payload=0)),
        lambda: media.bridge(1, 7),
        lambda: media.bridge(7, 1),
        lambda: media.silence(7),
    ):
        with pytest.raises(KeyError):
            wish()
    assert media.figures(7) is None


def test_a_leg_number_may_have_an_epoch_above(media):
    leg = (77 << 32) | 5
    media.open(leg)
    media.start()
    media.close(leg)
    board = Switchboard.__new__(Switchboard)
    board.media, board.seen = media, []
    assert board.wait(CLOSED, leg) == 0


@pytest.mark.parametrize(
    ("host", "port", "rest"),
    [
        ("localhost", 9, {}),
        ("", 9, {}),
        ("1.2.3", 9, {}),
        ("224.0.0.1", 9, {}),
        ("255.255.255.255", 9, {}),
        ("ff02::1", 9, {}),
        ("::1", 9, {}),
        (HOST, 0, {}),
        (HOST, 65536, {}),
        (HOST, 9, {"payload": 3}),
        (HOST, 9, {"event_payload": 128}),
        (HOST, 9, {"event_payload": 8}),
        (HOST, 9, {"event_payload": -2}),
        (HOST, 9, {"direction": 4}),
        (HOST, 9, {"direction": -1}),
        (HOST, 9, {"signaller": "nowhere"}),
        (HOST, 9, {"symmetric": 3}),
        (HOST, 9, {"symmetric": -1}),
    ],
)
def test_what_no_far_end_can_be_is_refused(media, host, port, rest):
    media.open(1)
    with pytest.raises(ValueError):
        media.connect(1, Peer(host, port, **{"payload": 0, **rest}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "localhost"},
        {"ports": (0, 10)},
        {"ports": (20, 10)},
        {"ports": (9, 10)},
        {"ports": (65535, 65536)},
        {"legs_max": 0},
        {"legs_max": 100_000},
        {"dscp": 64},
        {"dscp": -1},
    ],
)
def test_what_no_site_can_have_is_refused(wrong):
    with pytest.raises(ValueError):
        Media(**wrong)


def test_a_leg_cannot_be_bridged_with_itself_and_a_time_out_is_not_negative(media):
    media.open(1)
    with pytest.raises(ValueError, match="with itself"):
        media.bridge(1, 1)
    with pytest.raises(ValueError, match="-1 ms"):
        media.silence_after(-1)


def test_too_many_commands_for_a_thread_that_stands_still_are_refused(media):
    media.open(1)
    with pytest.raises(OSError, match="does not keep up") as refused:
        for _ in range(20_000):
            media.silence(1)
    assert refused.value.errno == errno.ENOBUFS


def test_reports_nobody_reads_hold_commands_back_and_lose_none(board: Switchboard):
    board.call()
    wanted = 0
    for _ in range(20_000):
        try:
            board.media.bridge(1, 2)
            wanted += 1
        except OSError:
            break
    came = 0
    while came < wanted:
        board.wait(BRIDGED, 1)
        came += 1 + sum(report[:2] == (BRIDGED, 1) for report in board.seen)
        board.seen.clear()
    board.settle()
    assert came == wanted > 15_000


# ---- RTCP ------------------------------------------------------------------------------------


def parts(report: bytes) -> dict[int, bytes]:
    """Packet type -> packet, of a compound whose lengths must add up."""
    found = {}
    while report:
        first, kind, words = struct.unpack_from("!BBH", report)
        assert first >> 6 == 2
        found[kind] = report[: 4 * words + 4]
        report = report[4 * words + 4 :]
    return found


def receiver_report(ssrc: int, *, lost: int, since: int) -> bytes:
    block = struct.pack("!IIIIII", ssrc, 64 << 24 | lost & 0xFFFFFF, 0, 0, since, 0)
    return struct.pack("!BBHI", 0x81, RR, 7, 0xFA12) + block


def test_reports_go_out_and_those_that_come_are_understood(board: Switchboard):
    one, two = board.call()
    one.send(*(rtp(number=n) for n in (1, 2, 3, 5)))
    ssrc = two.take(4)[0].ssrc
    found = parts(two.report())
    assert struct.unpack_from("!I", found[SR], 4) == (ssrc,)
    _, middle, _, _, packets, octets = struct.unpack_from("!HIHIII", found[SR], 8)
    assert (packets, octets) == (4, 640)
    assert found[SDES][8:10] == b"\x01\x10"
    back = parts(one.report())
    assert struct.unpack_from("!I", back[RR], 8) == (0xFA12,)
    assert struct.unpack_from("!I", back[RR], 12)[0] == (256 // 5) << 24 | 1
    two.rtcp.sendto(receiver_report(ssrc, lost=-2, since=middle), (HOST, two.to + 1))
    figures = board.until(2, lambda figures: figures.far_lost != 0)
    assert (figures.far_lost, figures.far_loss_permille) == (-2, 250)
    assert 0 <= figures.rtt_us < 5_000_000


def test_a_leg_that_ends_says_goodbye(board: Switchboard):
    one = board.leg(1)
    one.send(rtp())
    board.wait(RECEIVING, 1)
    board.close(1)
    found = parts(one.report())
    assert list(found) == [RR, SDES, BYE]
    assert found[BYE][4:] == found[RR][4:8] == found[SDES][4:8]


@pytest.mark.parametrize(
    "report",
    [
        b"",
        b"\x80",
        b"\x80\xc9\x00\x02" + bytes(4),
        b"\x81\xc9\x00\x01" + bytes(4),
        b"\x81\xc8\x00\x06" + bytes(24),
        b"\xa0\xc9\x00\x01" + bytes(4),
        b"\x40\xc9\x00\x01" + bytes(4),
        b"\x80\xca\x00\x01" + bytes(4),
        b"\x80\xc9\x00\x01" + bytes(4) + b"\x00\xca\x00\x00",
        b"\x80\xc9\x00\x01" + bytes(4) + b"\x80\xca",
        b"\x9f\xc8\xff\xff" + bytes(1400),
        b"\x80\xc9\x00\x01" + bytes(1600),
    ],
)
def test_a_malformed_report_is_dropped(board: Switchboard, report):
    one = board.leg(1)
    board.settle()
    one.rtcp.sendto(report, (HOST, one.to + 1))
    board.came(1, 1)
    assert board.media.figures(1).dropped == 1
    assert board.media.figures(1).rtt_us == -1


def test_a_report_about_other_streams_tells_us_nothing(board: Switchboard):
    one = board.leg(1)
    board.settle()
    one.rtcp.sendto(receiver_report(1, lost=5, since=9), (HOST, one.to + 1))
    one.rtcp.sendto(b"\x80\xc9\x00\x02" + bytes(4), (HOST, one.to + 1))
    board.came(1, 1)
    figures = board.media.figures(1)
    assert (figures.far_lost, figures.rtt_us, figures.dropped) == (0, -1, 1)
