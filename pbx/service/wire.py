"""The wire: the user agent, its sockets and the drivers on it, as one thing for the daemon.

commands -> the driver of their target -> user agent -> outbox -> flush (after the journal)
sockets -> user agent -> facts
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from config.settings import Settings
from drivers import DRIVERS
from drivers.phones import Phones
from drivers.sip_port import SipPort
from drivers.trunk import Carrier, Driver
from pbx.commands import Command, Ring
from pbx.events import Bound, Fact, Released, TrunkFound, TrunkLost
from pbx.sip.agent import UserAgent

RESTART = 41
NO_ROUTE = 38


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
        self.agent = agent
        self._port = SipPort(agent, settings, clock=clock, on_turn=on_turn)
        self._phones = Phones(agent, settings, now)
        self._carriers: dict[str, Carrier] = {
            name: driver(agent, settings, now) for name, driver in DRIVERS.items()
        }
        self._drivers: tuple[Driver, ...] = (self._phones, *self._carriers.values())
        self._carrier_of: dict[str, Carrier] = {}
        self._idle: dict[str, None] = {}  # the trunks that no driver carries
        self._share_out(settings)

    async def open(self) -> None:
        """Open the ports; OSError says which could not be."""
        await self._port.open()

    def close(self) -> None:
        """Send what is left and close the ports."""
        self._port.close()

    def farewell(self, now: int) -> None:
        """Let no more calls be led here: take back our registrations with providers."""
        for carrier in self._carriers.values():
            carrier.farewell(now)

    @property
    def is_gone(self) -> bool:
        """Whether every provider has heard the farewell."""
        return all(carrier.is_gone for carrier in self._carriers.values())

    def take_over(
        self, bindings: Iterable[Bound], dialogs: Iterable[bytes], wall_ms: int, now: int
    ) -> None:
        """Go on from an earlier process: its registrations stand, its dialogs end."""
        self._phones.set_wall(wall_ms, now)
        for bound in bindings:
            self._phones.restore(bound, now)
        for dialog in dialogs:
            self.agent.release_dialog(dialog, RESTART, now)

    def set_wall(self, wall_ms: int, now: int) -> None:
        """Say what the wall clock shows: registrations name their end by it."""
        self._phones.set_wall(wall_ms, now)

    def obey(self, command: Command, now: int) -> None:
        """Hand a command to the driver that it is for."""
        if not isinstance(command, Ring) or not command.target.startswith("trunk:"):
            self._phones.obey(command, now)
            return
        carrier = self._carrier_of.get(command.target.partition(":")[2])
        if carrier is None:
            self.facts.append(Released(command.leg, NO_ROUTE))
        else:
            carrier.obey(command, now)

    def reconfigure(self, settings: Settings, now: int) -> None:
        """Take a new configuration; ports and calls in progress stay as they are."""
        for driver in self._drivers:
            driver.reconfigure(settings, now)
        self._share_out(settings)

    def _share_out(self, settings: Settings) -> None:
        """Each trunk to its driver; one whose driver is not served carries nothing, and is told
        lost until it has another."""
        trunks = settings.trunk
        carriers = {n: self._carriers.get(trunk.driver) for n, trunk in trunks.items()}
        self._carrier_of = {n: carrier for n, carrier in carriers.items() if carrier is not None}
        before, self._idle = self._idle, dict.fromkeys(trunks.keys() - self._carrier_of.keys())
        for name, trunk in trunks.items():
            if name in self._idle and name not in before:
                why = f"its driver {trunk.driver} is not served yet"
                self.facts.append(TrunkLost(name, why))
            elif name in before and name not in self._idle:
                self.facts.append(TrunkFound(name))

    def tick(self, now: int) -> None:
        """Do what is due."""
        self._port.tick(now)
        for driver in self._drivers:
            driver.tick(now)

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
