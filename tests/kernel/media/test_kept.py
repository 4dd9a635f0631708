"""Sockets of closed legs that are kept: who gets them next, what they hear meanwhile, how many."""

from __future__ import annotations

import errno
import os
import select
import socket
from collections.abc import Iterator

import pytest

from kernel.media.control import CLOSED, Media
from kernel.media.peer import Peer
from tests.kernel.media.far_end import HOST, WAIT_S, Switchboard, rtp
from tests.ports import Ports

SPARE = 4


class Keeping(Switchboard):
    """A switchboard that keeps the sockets of a few closed legs."""

    def __init__(self, ports: tuple[int, int]) -> None:
        super().__init__(ports, spare=SPARE)
        self.settle()

    def used(self, leg: int) -> int:
        """Open a leg, let it be connected, close it; its port."""
        port = self.leg(leg).to
        self.close(leg)
        return port


@pytest.fixture
def board(free_ports: Ports) -> Iterator[Keeping]:
    started = Keeping(free_ports.block(60))
    yield started
    started.stop()


def sockets() -> int:
    """How many this process has open."""
    links = (f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd"))
    return sum(os.path.lexists(link) and os.readlink(link).startswith("socket:") for link in links)


def test_ports_are_bound_anew_until_enough_rest_and_then_the_longest_at_rest_serves(
    board: Keeping,
) -> None:
    ports = [board.used(leg) for leg in range(1, 9)]
    first = ports[:3]
    assert len(set(first)) == 3, "half of the spare ones rest before any is used again"
    assert ports == (first * 3)[:8]


def test_a_kept_leg_binds_nothing_and_its_sound_goes_both_ways(board: Keeping) -> None:
    for leg in range(1, 5):
        board.used(leg)
    for end in board.all:
        end.close()
    board.all.clear()
    before = sockets()
    ports = [board.media.open(leg) for leg in (11, 12)]
    assert sockets() == before + 2, "one of two came from the kept ones"
    ends = [board.end(), board.end()]
    for leg, end, port in zip((11, 12), ends, ports, strict=True):
        end.to = port
        board.media.connect(leg, Peer(HOST, end.port, payload=0))
    board.bridge(11, 12)
    for number in range(20):
        ends[0].send(rtp(number=number))
        ends[1].send(rtp(number=number))
        assert ends[1].receive().payload and ends[0].receive().payload


def test_nobody_reaches_a_kept_socket_and_the_next_leg_hears_nothing_of_before(
    board: Keeping,
) -> None:
    ports = [board.used(leg) for leg in range(1, 4)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.connect((HOST, ports[0]))
        stranger.send(rtp())
        select.select([stranger], [], [], WAIT_S)
        with pytest.raises(ConnectionRefusedError):
            stranger.recv(100)
    end = board.leg(4)
    assert end.to == ports[0]
    board.settle()
    figures = board.media.figures(4)
    assert figures is not None
    assert (figures.packets_in, figures.dropped, figures.packets_out) == (0, 0, 0)


def test_what_comes_in_the_moment_of_the_end_is_not_the_next_legs(board: Keeping) -> None:
    for leg in range(1, 4):
        end = board.leg(leg)
        end.send(*[rtp(number=number) for number in range(50)])
        board.media.close(leg)
        board.wait(CLOSED, leg)
    board.leg(4)
    board.settle()
    figures = board.media.figures(4)
    assert figures is not None and figures.packets_in == 0


def test_no_more_are_kept_than_may_be(board: Keeping) -> None:
    before = sockets()
    for leg in range(1, 11):
        board.leg(leg)
    board.settle()
    for leg in range(1, 11):
        board.media.close(leg)
    for leg in range(1, 11):
        board.wait(CLOSED, leg)
    for end in board.all:
        end.close()
    assert sockets() == before + 2 * SPARE


def test_where_no_port_is_left_a_kept_one_serves_at_once(free_ports: Ports) -> None:
    board = Keeping(free_ports.block(6))  # its barrier has two pairs of three
    port = board.used(1)
    assert board.used(2) == port
    board.leg(3)
    with pytest.raises(OSError, match="every media port is in use") as refused:
        board.media.open(4)
    assert refused.value.errno == errno.EADDRNOTAVAIL
    board.stop()


def test_when_it_stops_the_kept_ones_are_closed_too(free_ports: Ports) -> None:
    before = sockets()
    board = Keeping(free_ports.block(20))
    for leg in range(1, 4):
        board.used(leg)
    board.stop()
    assert sockets() == before


def test_figures_of_a_closed_leg_are_there_with_its_report_whoever_looked_before(
    free_ports: Ports,
) -> None:
    media = Media(host=HOST, ports=free_ports.block(20), legs_max=1)
    media.start()
    media.open(1)
    media.close(1)
    taken: list[tuple[int, int, int]] = []
    for _ in range(1_000):  # to open another looks for a slot, and takes the report
        try:
            media.open(2)
            break
        except OSError:
            select.select([media], [], [], 0.01)
    taken = media.reports()
    assert (CLOSED, 1, 0) in taken
    assert media.figures(1) is not None
    media.reports()
    assert media.figures(1) is None
    media.stop()


def test_what_is_in_stock_serves_and_nothing_more_is_open_as_calls_come_and_go(
    board: Keeping,
) -> None:
    board.media.stock()
    board.settle()
    before = sockets()
    ports = {board.used(leg) for leg in range(1, 9)}
    for end in board.all:
        end.close()
    board.all.clear()
    assert len(ports) > 1 and sockets() == before
    assert all(leg > 0 for _, leg, _ in board.seen + board.media.reports())


def test_a_stock_leaves_half_of_the_ports_alone(free_ports: Ports) -> None:
    first, _ = free_ports.block(8)
    board = Keeping((first, first + 7))  # four pairs, two of them the switchboard's own
    before = sockets()
    board.media.stock()
    assert sockets() == before + 2 * 2
    board.settle()
    assert board.media.open(1) % 2 == 0
    board.stop()
