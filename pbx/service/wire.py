"""The wire: the user agent, its sockets and all drivers, as one thing for the daemon.

Ring -> the driver of its target, whose the leg is from here on -> its wire, after the journal
any other command -> the driver that has the leg
what drivers notice -> `take`; a leg that came is its trunk's driver's
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from config.settings import Settings
from drivers import DRIVERS
from drivers.phones import Phones
from drivers.sip_port import SipPort
from drivers.trunk import Carrier, Driver
from pbx.commands import Command, Ring
from pbx.events import Bound, CallArrived, Fact, Released, TrunkFound, TrunkLost
from pbx.sip.agent import UserAgent

Opening = Callable[[UserAgent, Settings, int], Carrier]  # of a driver, at a time in ms

RESTART = 41
NO_ROUTE = 38


class Wire:
    """All drivers of a site."""

    def __init__(
        self,
        agent: UserAgent,
        settings: Settings,
        *,
        clock: Callable[[], int],
        on_turn: Callable[[], None],
        drivers: Mapping[str, Opening] = DRIVERS,
    ) -> None:
        now = clock()
        self.agent = agent
        self._facts: list[Fact] = []  # what no driver has noticed
        self._port = SipPort(agent, settings, clock=clock, on_turn=on_turn)
        self._phones = Phones(agent, settings, now)
        self._carriers: dict[str, Carrier] = {
            name: driver(agent, settings, now) for name, driver in drivers.items()
        }
        self._drivers: tuple[Driver, ...] = (self._phones, *self._carriers.values())
        lists = (self._facts, *(driver.facts for driver in self._drivers))
        self._sources = list({id(facts): facts for facts in lists}.values())  # some share theirs
        self._carrier_of: dict[str, Carrier] = {}
        self._driver_of: dict[int, Driver] = {}  # of each leg
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
        self, bindings: Iterable[Bound], dialogs: Iterable[bytes], *, wall_ms: int, now: int
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

    def take(self) -> list[Fact]:
        """What has happened since last asked, of each driver in its order."""
        taken: list[Fact] = []
        for facts in self._sources:
            taken += facts
            facts.clear()
        for fact in taken:
            if isinstance(fact, CallArrived):
                self._owns(fact.leg, fact.source)
            elif isinstance(fact, Released):
                self._driver_of.pop(fact.leg, None)
        return taken

    def _owns(self, leg: int, party: str) -> bool:
        """Give a leg to the driver of its party; False where that has none."""
        kind, _, name = party.partition(":")
        driver = self._carrier_of.get(name) if kind == "trunk" else self._phones
        if driver is not None:
            self._driver_of[leg] = driver
        return driver is not None

    def obey(self, command: Command, now: int) -> None:
        """Hand a command to the driver that it is for; one for a leg that is gone is no error."""
        if isinstance(command, Ring) and not self._owns(command.leg, command.target):
            self._facts.append(Released(command.leg, NO_ROUTE))
        driver = self._driver_of.get(getattr(command, "leg", 0))
        if driver is not None:
            driver.obey(command, now)

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
                self._facts.append(TrunkLost(name, why))
            elif name in before and name not in self._idle:
                self._facts.append(TrunkFound(name))

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
