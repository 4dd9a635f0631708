"""The two Unix sockets, control and monitor: who may connect, and events out to who follows them.

The daemon opens it, publishes to it and closes it:

    server = Server(site, clock=clock, accounts=Accounts(settings.user))
    await server.open(control, monitor)
    server.publish_note(note, t)            # or publish("trunk.changed", {...}, t)
    server.accounts = Accounts(settings.user)   # after a reload
    server.close()

Publishing is an append to a list; encoding and sending come later in the turn, and only for
clients that asked.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

from pbx.events import Refused
from pbx.notes import Note
from pbx.service.socket.accounts import Accounts, Person, peer_uid
from pbx.service.socket.connection import Connection
from pbx.service.socket.contract import Site
from pbx.service.socket.dispatch import Dispatch
from pbx.service.socket.event_line import EVENT_NAMES, Data
from pbx.service.socket.event_ring import EventRing
from pbx.service.socket.socket_file import listen, remove

CLIENTS_MAX = 64
CONTROL_GROUP = "pbx-admin"
MONITOR_GROUP = "pbx-monitor"


class Server:
    """Serves a site to at most `clients_max` clients on each socket."""

    def __init__(
        self,
        site: Site,
        *,
        clock: Callable[[], int],
        accounts: Accounts,
        clients_max: int = CLIENTS_MAX,
        events: EventRing | None = None,
    ) -> None:
        self.clock = clock
        self.accounts = accounts
        self.masks: frozenset[str] = frozenset()  # roles that see callers masked
        self.dispatch = Dispatch(site)
        self.events = events or EventRing()
        self._clients_max = clients_max
        self._clients: dict[Connection, None] = {}
        self._listeners: list[tuple[Path, int, asyncio.Server]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._flush_due = False

    @property
    def clients(self) -> int:
        """How many clients are connected."""
        return len(self._clients)

    async def open(
        self,
        control: Path,
        monitor: Path,
        *,
        control_group: str = CONTROL_GROUP,
        monitor_group: str = MONITOR_GROUP,
    ) -> None:
        """Accept clients; raises SocketError if a path cannot be bound or is served already."""
        self._loop = asyncio.get_running_loop()
        try:
            await self._listen(control, control_group, is_control=True)
            await self._listen(monitor, monitor_group, is_control=False)
        except BaseException:
            self.close()
            raise

    async def _listen(self, path: Path, group: str, *, is_control: bool) -> None:
        listener = listen(path, group=group)
        served = await asyncio.get_running_loop().create_unix_server(
            lambda: Connection(self, is_control=is_control), sock=listener
        )
        self._listeners.append((path, path.stat().st_ino, served))

    def publish(self, kind: str, data: Data, *, t: float) -> int:
        """Number an event (epoch seconds `t`) and send it to its followers; return its number."""
        seq = self.events.append(kind, data, t=t)
        self._flush_soon()
        return seq

    def publish_note(self, note: Note, t: float) -> int:
        """Publish a note of the exchange under its event name."""
        return self.publish(EVENT_NAMES[type(note)], note, t=t)

    def publish_notes(self, notes: Iterable[Note], t: float) -> None:
        """Publish what the exchange noted in one turn."""
        self.events.extend([(t, EVENT_NAMES[type(note)], note) for note in notes])
        self._flush_soon()

    def _flush_soon(self) -> None:
        if self._clients and not self._flush_due and self._loop:
            self._flush_due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Send what was published in this turn."""
        self._flush_due = False
        for client in self._clients:
            client.pump()

    def close(self) -> None:
        """Close every connection and take the socket files away."""
        for path, inode, served in self._listeners:
            served.close()
            remove(path, inode)
        self._listeners.clear()
        for client in list(self._clients):
            client.close()

    # ---- what a connection asks

    def admit(self, connection: Connection, peer: socket.socket) -> Person | Refused:
        """Who has connected, by its uid; refused if its socket has all the clients it may."""
        control = connection.is_control
        if sum(client.is_control == control for client in self._clients) >= self._clients_max:
            return Refused("too_many_clients", f"{self._clients_max} clients are connected")
        self._clients[connection] = None
        return self.accounts.person(peer_uid(peer), is_control=control)

    def gone(self, connection: Connection) -> None:
        """Forget a connection."""
        self._clients.pop(connection, None)
