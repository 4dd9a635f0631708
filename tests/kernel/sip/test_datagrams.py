"""Datagrams in batches, over real sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from kernel.sip.datagrams import Datagrams

FAMILIES = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]


class Ends:
    """A socket of ours with its datagrams, and a far end's."""

    def __init__(self, stack: ExitStack, family: socket.AddressFamily, host: str) -> None:
        self.ours, self.far = (
            stack.enter_context(socket.socket(family, socket.SOCK_DGRAM)) for _ in "12"
        )
        self.host = host
        for each in (self.ours, self.far):
            each.bind((host, 0))
            each.setblocking(False)
        self.datagrams = Datagrams(
            self.ours.fileno(), is_ipv6=family == socket.AF_INET6, batch=4
        )

    def say(self, *messages: bytes) -> None:
        for each in messages:
            self.far.sendto(each, (self.host, self.port_of(self.ours)))

    @staticmethod
    def port_of(sock: socket.socket) -> int:
        return int(sock.getsockname()[1])

    @property
    def far_place(self) -> bytes:
        return self.datagrams.place(self.host, self.port_of(self.far))


@pytest.fixture(params=FAMILIES, ids=["IPv4", "IPv6"])
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    with ExitStack() as stack:
        try:
            made = Ends(stack, *request.param)
        except OSError as error:
            pytest.skip(f"this machine has no {request.param[1]}: {error}")
        yield made


def test_what_waits_comes_in_order_with_its_sender_and_at_most_a_batch_at_once(ends: Ends) -> None:
    said = [b"one", b"", b"three" * 1_000, b"4", b"5", b"6"]
    ends.say(*said)
    first, rest = ends.datagrams.receive(), ends.datagrams.receive()
    assert [data for data, _ in first] == said[:4]
    assert [data for data, _ in rest] == said[4:]
    assert {place for _, place in first + rest} == {ends.far_place}
    assert ends.datagrams.address(ends.far_place) == (ends.host, ends.port_of(ends.far))
    assert ends.datagrams.receive() == []


def test_the_largest_datagram_comes_whole_and_a_short_one_after_it_is_short(ends: Ends) -> None:
    large = bytes(range(256)) * 255
    ends.say(large, b"short")
    assert [data for data, _ in ends.datagrams.receive()] == [large, b"short"]


def test_what_is_sent_arrives_in_order_however_many(ends: Ends) -> None:
    said = [f"message {n}".encode() for n in range(11)]
    assert ends.datagrams.send([(each, ends.far_place) for each in said]) == 0
    assert [ends.far.recv(100) for _ in said] == said
    assert ends.datagrams.send([]) == 0


def test_one_that_the_system_refuses_is_counted_and_keeps_no_other_back(ends: Ends) -> None:
    place = ends.far_place
    too_large = bytes(65_536)
    said = [(b"1", place), (too_large, place), (b"2", b""), (b"3", place), (too_large, place)]
    assert ends.datagrams.send(said) == 3
    assert [ends.far.recv(100) for _ in range(2)] == [b"1", b"3"]


def test_a_refusal_by_the_far_host_costs_no_datagram_of_another(ends: Ends) -> None:
    gone = ends.far_place
    with socket.socket(ends.far.family, socket.SOCK_DGRAM) as other:
        other.bind((ends.host, 0))
        place = ends.datagrams.place(ends.host, ends.port_of(other))
        ends.far.close()
        for _ in range(3):
            assert ends.datagrams.send([(b"lost", gone), (b"kept", place)]) == 0
        assert [other.recv(100) for _ in range(3)] == [b"kept"] * 3
        other.sendto(b"back", (ends.host, ends.port_of(ends.ours)))
        assert [data for data, _ in ends.datagrams.receive()] == [b"back"]


@pytest.mark.parametrize("host", ["localhost", "", "127.0.0", "fe80::1%", "1::2::3"])
def test_only_an_address_has_a_place(ends: Ends, host: str) -> None:
    with pytest.raises(ValueError):
        ends.datagrams.place(host, 5060)


@pytest.mark.parametrize(("fd", "batch"), [(-1, 4), (0, 0), (0, 257)])
def test_impossible_sizes_are_refused(fd: int, batch: int) -> None:
    with pytest.raises(ValueError):
        Datagrams(fd, batch=batch)


def test_messages_that_are_none_are_refused(ends: Ends) -> None:
    for wrong in [(b"x",), (None, ends.far_place), (b"x", b"y" * 29), (b"x", None)]:
        with pytest.raises((ValueError, TypeError)):
            ends.datagrams.send([wrong])  # type: ignore[list-item]
    for place in [b"", b"x" * 15, b"x" * 29]:
        with pytest.raises(ValueError):
            ends.datagrams.address(place)
