"""Trunks on SIP: gateways and providers known by their address.

Ring(leg, "trunk:gateway", number="5551000")  ->  INVITE sip:5551000@192.168.1.20
INVITE from an address in `allow`             ->  CallArrived, source "trunk:gateway"
more calls than channels                      ->  Released, cause 34 (out); 503 (in)
no answer, no registration                    ->  TrunkLost, and TrunkFound when that is over
"""

from __future__ import annotations

import msgspec

from config.settings import Settings, Trunk
from drivers.hosts import domain_of, flow_to
from drivers.lookup import Look, Lookup
from drivers.registration import Registrations
from drivers.sip_leg import obey
from drivers.trunk_health import TrunkHealth
from pbx.commands import Command, Ring
from pbx.events import Fact, Released
from pbx.sip.agent import UserAgent
from pbx.sip.dialog.dialog import place_of
from pbx.sip.dialog.leg import Line
from pbx.sip.dialog.uac import Target
from pbx.sip.message.digest import Credentials
from pbx.sip.message.received import Flow
from pbx.sip.message.uri import escape

DRIVER = "sip_gateway"
NO_ROUTE = 38
NO_CHANNEL = 34
NO_HOST = "its host has no address"


class SipGateway:
    """All trunks whose driver is `sip_gateway`; a `Driver`. Its facts are the user agent's."""

    def __init__(
        self, agent: UserAgent, settings: Settings, now: int, *, look: Look = flow_to
    ) -> None:
        self.facts: list[Fact] = agent.facts
        self._agent = agent
        self._trunks: dict[str, Trunk] = {}
        self._places: dict[str, Flow] = {}  # of hosts as they are written
        self._flows: dict[str, Flow] = {}
        self._lookup = Lookup(look)
        self._channels: dict[str, int] = {}
        self._registrations = Registrations(agent)
        self._health = TrunkHealth(agent, self._reason)
        self.reconfigure(settings, now)

    def obey(self, command: Command, now: int) -> None:
        """Carry out a command for a leg."""
        if isinstance(command, Ring):
            self._ring(command, now)
        else:
            obey(self._agent, command, now)

    def _ring(self, ring: Ring, now: int) -> None:
        name = ring.target.partition(":")[2]
        flow, trunk = self._flows.get(name), self._trunks.get(name)
        if flow is None or trunk is None:
            self.facts.append(Released(ring.leg, NO_ROUTE))
        elif self._agent.legs_of(ring.target) >= self._channels[name]:
            self.facts.append(Released(ring.leg, NO_CHANNEL))
            text = f"all {self._channels[name]} channels of trunk {name} are in use"
            self._agent.troubles.tell(
                "channels", name, text=f"{text}: no more calls go out", now=now
            )
        else:
            if trunk.caller_id:
                ring = msgspec.structs.replace(ring, calling=trunk.caller_id)
            self._agent.ring(ring, [_target(trunk, flow, number=ring.number)], now)

    def is_up(self, name: str) -> bool:
        """Whether a trunk carries calls out, as far as we know."""
        return name in self._flows and not self.why(name)

    def why(self, name: str) -> str:
        """Why a trunk carries no calls out; "" if it does."""
        return self._health.why(name)

    def registered_until(self, name: str) -> int:
        """Until when we are registered with a trunk's provider (ms); 0 if we are not."""
        return self._registrations.registered_until(name)

    def _reason(self, name: str) -> str:
        """Why a trunk cannot be used, whatever it answers."""
        trunk = self._trunks.get(name)
        if trunk is not None and trunk.host and name not in self._flows:
            return NO_HOST
        return self._registrations.why(name)

    def farewell(self, now: int) -> None:
        """Take our registrations back: no calls shall come in any more."""
        self._registrations.farewell(now)

    @property
    def is_gone(self) -> bool:
        """Whether no provider leads calls to us any more, as far as we know."""
        return self._registrations.are_over

    def tick(self, now: int) -> None:
        """Register, ask the gateways that are to be asked, tell what is news of them."""
        found = self._lookup.tick(now)
        if found:
            self._places |= found
            self._place(now)
        self._registrations.tick(now)
        self._health.tick(now)

    def next_deadline(self) -> int | None:
        """When `tick` is due (ms)."""
        first = self._lookup.due
        for part in (self._health, self._registrations):
            when = part.next_deadline()
            if when is not None and (first is None or when < first):
                first = when
        return first

    def reconfigure(self, settings: Settings, now: int) -> None:
        """Take new trunks. At a reload no name is waited for: `tick` finds where it leads."""
        self._settings = settings
        self._trunks = {
            name: trunk for name, trunk in settings.trunk.items() if trunk.driver == DRIVER
        }
        self._channels = {n: settings.channels_of(trunk) for n, trunk in self._trunks.items()}
        hosts = (trunk.host for trunk in self._trunks.values() if trunk.host)
        self._places = self._lookup.take(hosts, now)
        self._place(now)

    def _place(self, now: int) -> None:
        """Use the trunks where they have been found."""
        self._flows = {}
        networks: list[tuple[str, str]] = []
        for name, trunk in self._trunks.items():
            party = f"trunk:{name}"
            flow = self._places.get(trunk.host)
            if flow is not None:
                self._flows[name] = flow
            allowed = trunk.allow or ((flow.host,) if flow is not None else ())
            networks += [(cidr, party) for cidr in allowed]
            self._agent.lines[party] = self._line(trunk, is_placed=flow is not None)
        self._agent.access.set_trunks(networks)
        self._registrations.reconfigure(self._trunks, self._flows, now)
        targets = {n: _target(self._trunks[n], flow, number="") for n, flow in self._flows.items()}
        self._health.reconfigure(self._trunks, targets, now)

    def _line(self, trunk: Trunk, *, is_placed: bool) -> Line:
        settings = self._settings
        login, domain = None, ""
        if trunk.username:
            domain = domain_of(trunk.host)[0] if is_placed else ""
            login = Credentials(trunk.username, trunk.password, trunk.realm)
        return Line(
            settings.codecs_for(trunk), "", login, int(settings.sip.session_expires_s),
            settings.channels_of(trunk), domain, trunk.symmetric,
        )  # fmt: skip


def _target(trunk: Trunk, flow: Flow, *, number: str) -> Target:
    """Where to send a request; a provider is asked for by its own name."""
    place = domain_of(trunk.host)[1] if trunk.username else place_of(flow.host, flow.port)
    uri = f"sip:{escape(number)}@{place}" if number else f"sip:{place}"
    return Target(uri + flow.uri_transport, flow)
