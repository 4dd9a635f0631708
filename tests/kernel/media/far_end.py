"""Real sockets at the far end of a media leg, and a media thread whose work can be waited for."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Callable
from typing import NamedTuple

from kernel.media.control import BRIDGED, CLOSED, Figures, Media
from kernel.media.peer import Peer

HOST = "127.0.0.1"
WAIT_S = 5.0
QUIET_S = 0.12
BARRIER = (9_000_001, 9_000_002)


class Rtp(NamedTuple):
    """A packet as it stands on the wire."""

    kind: int
    marker: bool
    number: int
    time: int
    ssrc: int
    payload: bytes


def rtp(payload: bytes = b"\xff" * 160, *, number: int = 1, kind: int = 0, **rest: int) -> bytes:
    """A plain packet; its time goes with its number unless `time` is given."""
    head = struct.pack(
        "!BBHII",
        0x80,
        kind | rest.get("marker", 0) << 7,
        number & 0xFFFF,
        rest.get("time", number * 160) & 0xFFFFFFFF,
        rest.get("ssrc", 0xFA12),
    )
    return head + payload


def parsed(data: bytes) -> Rtp:
    first, second, number, when, ssrc = struct.unpack_from("!BBHII", data)
    assert first == 0x80, "we send neither padding, extension nor contributing sources"
    return Rtp(second & 0x7F, second >> 7 == 1, number, when, ssrc, data[12:])


class FarEnd:
    """A phone's RTP socket, and one on the next port for RTCP."""

    def __init__(self, host: str = HOST) -> None:
        self.host, self.to = host, 0
        for _ in range(100):
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.rtcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.sock.bind((host, 0))
            self.port = self.sock.getsockname()[1]
            try:
                self.rtcp.bind((host, self.port + 1))
                return
            except (OSError, OverflowError):
                self.close()
        raise OSError("no two ports in a row")

    def send(self, *datagrams: bytes, to: int = 0, host: str = HOST) -> None:
        for datagram in datagrams:
            self.sock.sendto(datagram, (host, to or self.to))

    def raw(self, wait_s: float = WAIT_S) -> bytes:
        assert select.select([self.sock], [], [], wait_s)[0], "nothing came"
        return self.sock.recv(4096)

    def receive(self) -> Rtp:
        return parsed(self.raw())

    def take(self, count: int) -> list[Rtp]:
        return [self.receive() for _ in range(count)]

    def report(self, wait_s: float = WAIT_S) -> bytes:
        """The next RTCP datagram."""
        assert select.select([self.rtcp], [], [], wait_s)[0], "no report came"
        return self.rtcp.recv(4096)

    def is_quiet(self, wait_s: float = QUIET_S) -> bool:
        return not select.select([self.sock], [], [], wait_s)[0]

    def drain(self) -> int:
        """Throw away what has come; how many packets that was."""
        count = 0
        while select.select([self.sock], [], [], 0)[0]:
            self.sock.recv(4096)
            count += 1
        return count

    def close(self) -> None:
        self.sock.close()
        self.rtcp.close()


class Switchboard:
    """A running media thread with its far ends, by leg."""

    def __init__(self, ports: tuple[int, int], host: str = HOST, *, spare: int = 0) -> None:
        self.media = Media(host=host, ports=ports, legs_max=2048, spare=spare)
        self.seen: list[tuple[int, int, int]] = []
        self.ends: dict[int, FarEnd] = {}
        self.all: list[FarEnd] = []
        for leg in BARRIER:
            self.media.open(leg)
        self.media.start()

    def end(self, host: str = HOST) -> FarEnd:
        """A far end that is not yet anyone's."""
        self.all.append(FarEnd(host))
        return self.all[-1]

    def leg(self, leg: int, *, payload: int = 0, **rest: int) -> FarEnd:
        """Open a leg and connect it to a far end of its own."""
        end = self.ends[leg] = self.end()
        end.to = self.media.open(leg)
        self.media.connect(leg, Peer(HOST, end.port, payload=payload, **rest))
        return end

    def again(self, leg: int, *, payload: int = 0, **rest: int) -> None:
        """A re-INVITE: connect once more, elsewhere the same."""
        self.media.connect(leg, Peer(HOST, self.ends[leg].port, payload=payload, **rest))
        self.settle()

    def call(self, *, payloads: tuple[int, int] = (0, 0), **rest: int) -> tuple[FarEnd, FarEnd]:
        """Legs 1 and 2, bridged."""
        ends = [self.leg(n, payload=kind, **rest) for n, kind in zip((1, 2), payloads, strict=True)]
        self.bridge(1, 2)
        return ends[0], ends[1]

    def bridge(self, leg: int, other: int) -> None:
        """Join two legs, and wait until they are."""
        self.media.bridge(leg, other)
        assert self.wait(BRIDGED, leg) == other

    def wait(self, kind: int, leg: int, wait_s: float = WAIT_S) -> int:
        """Until the report has come; its value."""
        end = time.monotonic() + wait_s
        while True:
            for report in self.seen:
                if report[:2] == (kind, leg):
                    self.seen.remove(report)
                    return report[2]
            left = end - time.monotonic()
            assert left > 0 and select.select([self.media], [], [], left)[0], "no such report"
            self.seen += self.media.reports()

    def has(self, kind: int, leg: int, wait_s: float) -> bool:
        """Whether the report comes in that time."""
        try:
            self.wait(kind, leg, wait_s)
        except AssertionError:
            return False
        return True

    def settle(self) -> None:
        """Until every command given so far has been carried out."""
        self.bridge(*BARRIER)

    def came(self, leg: int, count: int) -> None:
        """Until the leg has been brought so many datagrams, good and bad."""
        self.until(leg, lambda figures: figures.packets_in + figures.dropped >= count)

    def until(self, leg: int, ready: Callable[[Figures], bool]) -> Figures:
        """Until the leg's figures are so; they. `settle` waits for commands, not for datagrams."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            figures = self.media.figures(leg)
            if figures and ready(figures):
                return figures
            self.settle()
        raise AssertionError(f"not yet: {figures}")

    def close(self, leg: int) -> None:
        self.media.close(leg)
        self.wait(CLOSED, leg)

    def stop(self) -> None:
        self.media.stop()
        for end in self.all:
            end.close()
