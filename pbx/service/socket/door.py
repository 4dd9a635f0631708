"""The sockets as a door of the site: control and monitor, opened, reloaded, told and closed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from pbx.notes import Note
from pbx.service.ask.socket_path import CONTROL, MONITOR
from pbx.service.inside import Inside
from pbx.service.socket.accounts import Accounts
from pbx.service.socket.done_writes import DoneWrites
from pbx.service.socket.event_ring import EventRing
from pbx.service.socket.live_site import LiveSite
from pbx.service.socket.server import Server


class SocketDoor:
    """A `Door`: the server of the two sockets, with the site it serves."""

    def __init__(self, inside: Inside) -> None:
        settings = inside.settings()
        self._inside = inside
        self.site = LiveSite(inside.turns, inside.reload)
        self.server = Server(
            self.site,
            clock=inside.turns.clock.now,
            accounts=Accounts(settings.user),
            clients_max=settings.limits.clients,
            events=EventRing(kept=settings.limits.events),
        )
        self.server.masks = frozenset(settings.api.mask)
        self.server.dispatch.done_writes = self._done_writes(settings.limits.idem_keys)

    def _done_writes(self, kept: int) -> DoneWrites:
        turns = self._inside.turns
        done = DoneWrites(
            kept=kept,
            put=turns.store.put_beside,
            wall_ms=turns.clock.wall_ms,
            on_full=self._too_many_writes,
        )
        done.restore(turns.store.writes(), turns.clock.now())
        return done

    def _too_many_writes(self, kept: int) -> None:
        text = f"more than {kept} writes with an idem key in 24 h: the oldest keys are forgotten"
        self._inside.turns.alarm("idem_keys", f"{text}; fix: raise [limits] idem_keys")

    @property
    def where(self) -> str:
        """Where the control socket is."""
        return self._inside.settings().api.control or str(self._inside.folder / CONTROL)

    @property
    def monitor(self) -> str:
        """Where the monitor socket is."""
        return self._inside.settings().api.monitor or str(self._inside.folder / MONITOR)

    async def open(self) -> None:
        """Accept clients. Raises SocketError: a path cannot be bound or is served already."""
        api = self._inside.settings().api
        await self.server.open(
            Path(self.where),
            Path(self.monitor),
            control_group=api.control_group,
            monitor_group=api.monitor_group,
        )
        self._say_unknown()

    async def reload(self) -> None:
        """Read the accounts of the users anew, which a directory may keep."""
        self.server.masks = frozenset(self._inside.settings().api.mask)
        self.server.accounts = await asyncio.to_thread(Accounts, self._inside.settings().user)
        self._say_unknown()

    def _say_unknown(self) -> None:
        for name in self.server.accounts.unknown:
            text = f'user "{name}": this machine has no such account; nobody has that role'
            print(text, file=sys.stderr, flush=True)

    def notes(self, notes: Sequence[Note], wall_ms: int) -> None:
        """Keep what explains calls, and publish."""
        self.site.notes(notes)
        self.server.publish_notes(notes, wall_ms / 1000)

    def close(self) -> None:
        """Close every connection and take the socket files away."""
        self.server.close()
        self.site.close()
