"""The sockets of SIP: datagrams and streams in, and out again when the journal is written.

    socket readable -> up to 64 datagrams -> UserAgent.receive -> on_turn (the daemon: facts,
    journal, commands) -> flush: what the user agent has to say leaves

UDP goes straight to and from the sockets, by one system call a turn each way
(`kernel.sip.datagrams`). Where more waits than a turn takes, turn after turn, we are behind; the
user agent is told since when, and lets no new calls in until it is over. Streams are cut into
messages by `pbx.sip.message.framing` in `drivers.sip_stream`. Our own address, as a far end sees
it, is found by asking the system for the way there, once for each host.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence

from config.settings import Settings
from drivers.hosts import split_place
from drivers.sip_stream import Streams
from kernel.sip.datagrams import Datagrams
from pbx.sip.agent import UserAgent
from pbx.sip.dialog.dialog import is_private, place_of
from pbx.sip.message.received import Flow

BATCH = 64
SHORTEST = 16  # octets; shorter datagrams are keep-alives
BUFFER = 4 << 20
ADDRESSES_MAX = 10_000
WILD = ("0.0.0.0", "::", "")


class SipPort:
    """All SIP sockets of the exchange. `clock` gives the exchange's ms; `on_turn` is called after
    each batch of input and must call `flush` once the journal is written."""

    def __init__(
        self,
        agent: UserAgent,
        settings: Settings,
        *,
        clock: Callable[[], int],
        on_turn: Callable[[], None],
    ) -> None:
        self.received = 0
        self.unsent = 0
        self._agent = agent
        self._settings = settings
        self._clock = clock
        self._on_turn = on_turn
        self._sockets: list[socket.socket] = []
        self._datagrams: list[Datagrams] = []
        self._is_open = False
        self._places = places_of(settings.sip.listen)
        self._addresses: dict[str, str] = {}
        self._full: set[int] = set()  # sockets whose last reading took all that a turn may
        self._flows: dict[tuple[bytes, int], Flow] = {}
        self._far_places: dict[Flow, bytes] = {}
        self.streams = Streams(agent, settings.limits, clock=clock, on_turn=on_turn)
        agent.identity.address = self.address

    async def open(self) -> None:
        """Listen as configured. OSError says which port is taken, or not allowed, and by whom it
        was asked for."""
        for transport, places in self._places.items():
            for number, (host, port) in enumerate(places):
                try:
                    place = host, await self._listen(transport, host, port=port, number=number)
                except OSError as error:
                    self.close()
                    listen = f"{transport}:{place_of(host, port)}"
                    raise OSError(error.errno, complaint(listen, error)) from error
                places[number] = place
        self._is_open = True
        self._agent.identity.forget_places()

    async def _listen(self, transport: str, host: str, *, port: int, number: int) -> int:
        if transport == "tls":
            raise OSError(errno.EPROTONOSUPPORT, "TLS is not served yet")
        if transport == "udp":
            sock = udp_socket(host, port, dscp=self._settings.sip.dscp)
            datagrams = Datagrams(
                sock.fileno(), is_ipv6=sock.family == socket.AF_INET6, batch=BATCH
            )
            self._sockets.append(sock)
            self._datagrams.append(datagrams)
            asyncio.get_running_loop().add_reader(sock, self._readable, datagrams, number)
            return int(sock.getsockname()[1])
        return await self.streams.listen(host, port, number=number)

    def close(self) -> None:
        """Close everything; what is still to be sent is sent before."""
        self.flush()
        for sock in self._sockets:
            asyncio.get_running_loop().remove_reader(sock)
            sock.close()
        self._sockets.clear()
        self._datagrams.clear()
        self._is_open = False
        self.streams.close()

    def places(self, transport: str) -> list[tuple[str, int]]:
        """The host and port of each listening socket, in the order of the configuration."""
        return list(self._places.get(transport, ()))

    def _readable(self, datagrams: Datagrams, number: int) -> None:
        """Take what waits, as much as makes one turn."""
        now = self._clock()
        receive = self._agent.receive
        taken = datagrams.receive()
        if len(taken) == BATCH or self._full:
            self._note_rush(number, now, is_full=len(taken) == BATCH)
        for data, place in taken:
            if len(data) >= SHORTEST:
                receive(data, self._flow(datagrams, place, number=number), now)
        self.received += len(taken)
        self._on_turn()

    def _note_rush(self, number: int, now: int, *, is_full: bool) -> None:
        """A turn that took all it may has left more behind."""
        if is_full:
            self._full.add(number)
        else:
            self._full.discard(number)
        self._agent.transactions.rush(bool(self._full), now)

    def _flow(self, datagrams: Datagrams, place: bytes, *, number: int) -> Flow:
        """The flow of a far end on a socket: one value for all its messages."""
        flow = self._flows.get((place, number))
        if flow is None:
            if len(self._flows) >= ADDRESSES_MAX:
                self._flows.clear()
            host, port = datagrams.address(place)
            flow = self._flows[place, number] = Flow("udp", host, port, 0, number)
        return flow

    def flush(self) -> None:
        """Send what the user agent has to say; before `open` it waits. A datagram that the system
        does not take is dropped: it is sent again until answered."""
        outbox = self._agent.outbox
        if not outbox or not self._is_open:
            return
        messages = outbox[:]
        outbox.clear()
        by_socket: dict[int, list[tuple[bytes, bytes]]] = {}
        for flow, data in messages:
            if flow.transport != "udp":
                self.streams.send(flow, data)
            elif flow.local < len(self._sockets):
                place = self._far_place(flow)
                by_socket.setdefault(flow.local, []).append((data, place))
        for number, sent in by_socket.items():
            self.unsent += self._datagrams[number].send(sent)

    def _far_place(self, flow: Flow) -> bytes:
        """The system's form of where a flow leads; b"", which is nowhere, for what is no address
        of the socket's kind."""
        place = self._far_places.get(flow)
        if place is None:
            if len(self._far_places) >= ADDRESSES_MAX:
                self._far_places.clear()
            try:
                place = self._datagrams[flow.local].place(flow.host, flow.port)
            except ValueError:
                place = b""
            self._far_places[flow] = place
        return place

    def tick(self, now: int) -> None:
        """Let the user agent and the streams do what is due."""
        self._agent.tick(now)
        self.streams.tick(now)

    def next_deadline(self) -> int | None:
        """When `tick` is due (ms)."""
        first, other = self._agent.next_deadline(), self.streams.due
        if first is None or other is None:
            return other if first is None else first
        return first if first < other else other

    def address(self, flow: Flow) -> tuple[str, int]:
        """Our host and port as the far end of `flow` sees them."""
        places = self._places.get(flow.transport) or next(iter(self._places.values()))
        host, port = places[flow.local if flow.local < len(places) else 0]
        external = self._settings.sip.external
        if external and is_outside(flow.host):
            return external, port
        return (self._way_to(flow.host) if host in WILD else host), port

    def _way_to(self, host: str) -> str:
        found = self._addresses.get(host)
        if found is None:
            if len(self._addresses) >= ADDRESSES_MAX:
                self._addresses.clear()
            found = self._addresses[host] = local_address(host)
        return found


def places_of(listen: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
    """The host and port of each `transport:host:port`, by transport; ValueError."""
    places: dict[str, list[tuple[str, int]]] = {}
    for text in listen:
        transport, _, place = text.partition(":")
        places.setdefault(transport, []).append(split_place(place))
    return places


def udp_socket(host: str, port: int, *, dscp: int = 0) -> socket.socket:
    """A bound, non-blocking UDP socket with large buffers; OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << 2)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def local_address(host: str) -> str:
    """The address this machine would use towards a host; loopback if it knows no way."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect((host, 9))
            return str(sock.getsockname()[0])
        except OSError:
            return "::1" if family == socket.AF_INET6 else "127.0.0.1"


def is_outside(host: str) -> bool:
    """Whether a host is neither on this machine nor in a private network."""
    if ":" in host:
        return host != "::1" and not host.lower().startswith(("fe80:", "fc", "fd"))
    return not host.startswith("127.") and not is_private(host)


def complaint(listen: str, error: OSError) -> str:
    """What a person needs to know about a socket that could not be opened."""
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"{listen} is in use: another program listens there; "
                "stop it (ss -lnp shows it) or change [sip] listen"
            )
        case errno.EACCES | errno.EPERM:
            return f"{listen} is not allowed: ports below 1024 need a privilege"
        case errno.EADDRNOTAVAIL:
            return f"{listen} is not an address of this machine; change [sip] listen"
    return f"{listen}: {error.strerror or error}"
