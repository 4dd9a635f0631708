"""SIP over TCP: connections with limits, used again for whoever registered over them.

accepted, too many (in all, or of one address without a phone)  -> the one longest silent that
                       nobody needs makes room; closed at once where there is none
a message begun and not complete in 20 s, or nonsense           -> closed
silent for two minutes, no phone and no call on it              -> closed
lost                                                            -> its phones are unbound
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from config.settings import Limits
from pbx.sip.agent import UserAgent
from pbx.sip.message.framing import PING, PONG, Stream
from pbx.sip.message.received import Flow

IDLE_MS = 120_000
SWEEP_MS = 1_000
QUIET_MS = 5_000  # so long a stranger may take to say who he is before he has to make room
ROOM_MS = 50  # room is looked for so often: looking costs more than refusing
UNSENT_MAX = 256 << 10
CONNECT_S = 10


class Connection(asyncio.Protocol):
    """One TCP connection, whichever side opened it."""

    def __init__(self, streams: Streams, flow: Flow) -> None:
        self.flow = flow  # of an accepted connection known once it is made
        self.heard = streams.clock()
        self.waiting: list[bytes] = []  # to be sent when the connection stands
        self._streams = streams
        self._stream = Stream()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands: known from here on, or refused."""
        self._transport = stream = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        if peer is None or not self._streams.made(self, peer[0], port=peer[1]):
            stream.abort()
            return
        for data in self.waiting:
            stream.write(data)
        self.waiting.clear()

    def data_received(self, data: bytes) -> None:
        """Cut the bytes into messages and hand them up."""
        now = self._streams.clock()
        self.heard = now
        for message in self._stream.feed(data, now):
            if message == PING:
                self.send(PONG)
            else:
                self._streams.agent.receive(message, self.flow, now)
        fault = self._stream.fault
        if fault is not None:
            self._streams.agent.refuse(fault, self.flow)
        self._streams.on_turn()
        if fault is not None:
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        """It is gone, and what depends on it with it."""
        self._streams.lost(self)

    def send(self, data: bytes) -> None:
        """Send, or keep until the connection stands; a peer that reads nothing is cut off."""
        transport = self._transport
        if transport is None:
            if sum(map(len, self.waiting)) < UNSENT_MAX:
                self.waiting.append(data)
        elif transport.get_write_buffer_size() > UNSENT_MAX:
            transport.abort()
        elif not transport.is_closing():
            transport.write(data)

    def is_late(self, now: int) -> bool:
        """Whether a message begun took too long."""
        return self._stream.is_late(now)

    def close(self) -> None:
        """Close it when what was written has been sent."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close it at once."""
        if self._transport is not None:
            self._transport.abort()


class Streams:
    """All TCP connections."""

    def __init__(
        self,
        agent: UserAgent,
        limits: Limits,
        *,
        clock: Callable[[], int],
        on_turn: Callable[[], None],
    ) -> None:
        self.agent = agent
        self.limits = limits
        self.clock = clock
        self.on_turn = on_turn
        self.refused = 0
        self._servers: list[asyncio.Server] = []
        self._open: dict[int, Connection] = {}
        self._ours: dict[tuple[str, int], Connection] = {}  # those we opened, by their far end
        self._tasks: set[asyncio.Task[None]] = set()
        self._per_host: dict[str, int] = {}
        self._count = 0
        self.due: int | None = None  # when the connections are looked through (ms)
        self._room_at = 0

    async def listen(self, host: str, port: int, *, number: int) -> int:
        """Accept connections; the port, which matters when 0 was asked for. OSError."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Connection(self, Flow("tcp", "", 0, 0, number)), host, port, backlog=1024
        )
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Stop accepting and close all connections."""
        for task in self._tasks:
            task.cancel()
        for server in self._servers:
            server.close()
        self._servers.clear()
        for connection in list(self._open.values()):
            connection.close()

    def __len__(self) -> int:
        return len(self._open)

    # ---- connections come and go

    def made(self, connection: Connection, host: str, *, port: int) -> bool:
        """Give a new connection its number; False when there are too many."""
        is_ours = connection.flow.port != 0
        if not is_ours and not self._has_room(host):
            self.refused += 1
            return False
        self._count += 1
        self._per_host[host] = self._per_host.get(host, 0) + 1
        connection.flow = Flow("tcp", host, port, self._count, connection.flow.local)
        self._open[self._count] = connection
        if self.due is None:
            self.due = connection.heard + SWEEP_MS
            self.on_turn()
        return True

    def _has_room(self, host: str) -> bool:
        """Whether another connection may come from a host, perhaps in the place of an idle one;
        an address that crowds others out makes room for its own."""
        crowded = self._per_host.get(host, 0) >= self.limits.connections_per_address
        crowded = crowded and not self.agent.registrar.has_host(host)
        if not crowded and len(self._open) < self.limits.connections:
            return True
        now = self.clock()
        what = f"of {host}" if crowded else f"in all ({self.limits.connections})"
        text = f"too many TCP connections {what}: idle ones are closed, new ones refused"
        self.agent.troubles.tell("connections", host if crowded else "", text=text, now=now)
        if now < self._room_at:
            return False
        self._room_at = now + ROOM_MS
        busiest = max(self._per_host, key=self._per_host.__getitem__, default=host)
        idle = self._idle_of(host if crowded else busiest, now)
        if idle is None:
            return False
        idle.abort()
        self.lost(idle)
        return True

    def _idle_of(self, host: str, now: int) -> Connection | None:
        """The connection of a host that was silent for longest, with neither phone nor call."""
        idle = (
            each
            for each in self._open.values()
            if each.flow.host == host and now - each.heard >= QUIET_MS
        )
        for each in sorted(idle, key=lambda each: each.heard):
            if not self.agent.uses(each.flow):
                return each
        return None

    def lost(self, connection: Connection) -> None:
        """A connection is closed: requests on it fail, its phones go."""
        flow = connection.flow
        if self._open.pop(flow.connection, None) is None:
            return
        left = self._per_host[flow.host] - 1
        if left:
            self._per_host[flow.host] = left
        else:
            del self._per_host[flow.host]
        now = self.clock()
        if self._ours.get((flow.host, flow.port)) is connection:
            del self._ours[flow.host, flow.port]
            self.agent.connection_lost(Flow("tcp", flow.host, flow.port, 0, flow.local), now)
        self.agent.connection_lost(flow, now)
        self.on_turn()

    # ---- bytes

    def send(self, flow: Flow, data: bytes) -> None:
        """Send on a connection; without a number, on one of ours to that place, new if need be."""
        if flow.connection:
            connection = self._open.get(flow.connection)
        else:
            connection = self._ours.get((flow.host, flow.port)) or self._connect(flow)
        if connection is not None:
            connection.send(data)
        else:
            self._fail_soon(flow)

    def _fail_soon(self, flow: Flow) -> None:
        """The connection went while something was on its way to it: not within `flush`."""
        asyncio.get_running_loop().call_soon(self._fail, flow)

    def _fail(self, flow: Flow) -> None:
        self.agent.connection_lost(flow, self.clock())
        self.on_turn()

    def _connect(self, flow: Flow) -> Connection:
        connection = Connection(self, flow)
        self._ours[flow.host, flow.port] = connection
        task = asyncio.get_running_loop().create_task(self._open_one(connection, flow))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return connection

    async def _open_one(self, connection: Connection, flow: Flow) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S):
                await loop.create_connection(lambda: connection, flow.host, flow.port)
        except OSError:
            if self._ours.get((flow.host, flow.port)) is connection:
                del self._ours[flow.host, flow.port]
            self._fail(flow)

    # ---- time

    def tick(self, now: int) -> None:
        """Close what is late or idle."""
        if self.due is None or now < self.due:
            return
        self.due = now + SWEEP_MS if self._open else None
        for connection in list(self._open.values()):
            if connection.is_late(now):
                connection.abort()
            elif now - connection.heard > IDLE_MS and not self.agent.uses(connection.flow):
                connection.close()
            elif now - connection.heard > IDLE_MS:
                connection.heard = now
