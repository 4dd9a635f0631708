"""The wire: the user agent, its sockets and the drivers on it, as one thing for the daemon.

commands -> the driver of their target -> user agent -> outbox -> flush (after the journal)
sockets -> user agent -> facts
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from config.settings import Settings
from drivers.phones import Phones
from drivers.sip_gateway import SipGateway
from drivers.sip_port import SipPort
from drivers.trunk import Driver
from pbx.commands import Command, Ring
from pbx.events import Bound, Fact
from pbx.sip.agent import UserAgent

RESTART = 41


class Wire:
    """All drivers of a site. `facts` fills as things happen; whoever reads them empties it."""

    def __init__(
        self,
        agent: UserAgent,
        settings: Settings,
        *,
        clock: Callable[[], int],
        on_turn: Callable[[], None],
    ) -> None:
        now = clock()
        self.facts: list[Fact] = agent.facts
        self._agent = agent
        self._port = SipPort(agent, settings, clock=clock, on_turn=on_turn)
        self._phones = Phones(agent, settings, now)
        self._trunks = SipGateway(agent, settings, now)
        self._drivers: tuple[Driver, ...] = (self._phones, self._trunks)

    async def open(self) -> None:
        """Open the ports; OSError says which could not be."""
        await self._port.open()

    def close(self) -> None:
        """Send what is left and close the ports."""
        self._port.close()

    def farewell(self, now: int) -> None:
        """Let no more calls be led here: take back our registrations with providers."""
        self._trunks.farewell(now)

    @property
    def is_gone(self) -> bool:
        """Whether every provider has heard the farewell."""
        return self._trunks.is_gone

    def take_over(
        self, bindings: Iterable[Bound], dialogs: Iterable[bytes], wall_ms: int, now: int
    ) -> None:
        """Go on from an earlier process: its registrations stand, its dialogs end."""
        self._phones.set_wall(wall_ms, now)
        for bound in bindings:
            self._phones.restore(bound, now)
        for dialog in dialogs:
            self._agent.release_dialog(dialog, RESTART, now)

    def set_wall(self, wall_ms: int, now: int) -> None:
        """Say what the wall clock shows: registrations name their end by it."""
        self._phones.set_wall(wall_ms, now)

    def obey(self, command: Command, now: int) -> None:
        """Hand a command to the driver that it is for."""
        if isinstance(command, Ring) and command.target.startswith("trunk:"):
            self._trunks.obey(command, now)
        else:
            self._phones.obey(command, now)

    def reconfigure(self, settings: Settings, now: int) -> None:
        """Take a new configuration; ports and calls in progress stay as they are."""
        self._phones.reconfigure(settings, now)
        self._trunks.reconfigure(settings, now)

    def tick(self, now: int) -> None:
        """Do what is due."""
        self._port.tick(now)
        self._phones.tick(now)
        self._trunks.tick(now)

    def next_deadline(self) -> int | None:
        """When `tick` is due (ms)."""
        first = self._port.next_deadline()
        for driver in self._drivers:
            when = driver.next_deadline()
            if when is not None and (first is None or when < first):
                first = when
        return first

    def flush(self) -> None:
        """Let out what there is to send."""
        self._port.flush()
