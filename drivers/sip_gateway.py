"""Trunks on SIP: gateways and providers known by their address.

Ring(leg, "trunk:gateway", number="5551000")  ->  INVITE sip:5551000@192.168.1.20
INVITE from an address in `allow`             ->  CallArrived, source "trunk:gateway"
more calls than channels                      ->  Released, cause 34 (out); 503 (in)
"""

from __future__ import annotations

import msgspec

from config.settings import Settings, Trunk
from drivers.hosts import flow_to
from kernel.alarms import Alarms
from pbx.commands import Alert, Answer, Command, Release, Ring, TransferResult
from pbx.events import Fact, Released
from pbx.sip.agent import UserAgent
from pbx.sip.dialog import place_of
from pbx.sip.digest import Credentials
from pbx.sip.leg import Line
from pbx.sip.message import Flow
from pbx.sip.ping import ping
from pbx.sip.uac import Target
from pbx.sip.uri import escape

DRIVER = "sip_gateway"
NO_ROUTE = 38
NO_CHANNEL = 34


class SipGateway:
    """All trunks whose driver is `sip_gateway`; a `Driver`. Its facts are the user agent's."""

    def __init__(self, agent: UserAgent, settings: Settings, now: int) -> None:
        self.facts: list[Fact] = agent.facts
        self._agent = agent
        self._trunks: dict[str, Trunk] = {}
        self._flows: dict[str, Flow] = {}
        self._channels: dict[str, int] = {}
        self._alarms = Alarms()
        self.reconfigure(settings, now)

    def obey(self, command: Command, now: int) -> None:
        """Ring, alert, answer, release … a leg; what is not for a leg of ours is left alone."""
        match command:
            case Ring():
                self._ring(command, now)
            case Alert(leg=leg):
                self._agent.alert(leg, now)
            case Answer(leg=leg, partner=partner):
                self._agent.answer(leg, partner, now)
            case Release(leg=leg, cause=cause, elsewhere=elsewhere):
                self._agent.release(leg, cause, now, elsewhere=elsewhere)
            case TransferResult(leg=leg, code=code):
                self._agent.transfer_result(leg, code, now)

    def _ring(self, ring: Ring, now: int) -> None:
        name = ring.target.partition(":")[2]
        flow, trunk = self._flows.get(name), self._trunks.get(name)
        if flow is None or trunk is None:
            self.facts.append(Released(ring.leg, NO_ROUTE))
        elif self._agent.legs_of(ring.target) >= self._channels[name]:
            self.facts.append(Released(ring.leg, NO_CHANNEL))
        else:
            if trunk.caller_id:
                ring = msgspec.structs.replace(ring, calling=trunk.caller_id)
            self._agent.ring(ring, [_target(flow, ring.number)], now)

    def is_up(self, name: str) -> bool:
        """Whether a trunk answered when last asked; without pings it is taken to be up."""
        return name in self._flows and f"trunk:{name}" not in self._agent.missing

    def channels_used(self, name: str) -> int:
        """How many calls a trunk carries now."""
        return self._agent.legs_of(f"trunk:{name}")

    def tick(self, now: int) -> None:
        """Ask the gateways that are to be asked."""
        for name, _ in self._alarms.due(now):
            ping(self._agent, f"trunk:{name}", _target(self._flows[str(name)], ""), now)
            self._alarms.set((name, "ping"), now + self._trunks[str(name)].ping_ms)

    def next_deadline(self) -> int | None:
        """When the next gateway is to be asked (ms)."""
        return self._alarms.next_deadline()

    def reconfigure(self, settings: Settings, now: int) -> None:
        """Take new trunks. Names of hosts are looked up here, once."""
        self._trunks = {
            name: trunk for name, trunk in settings.trunk.items() if trunk.driver == DRIVER
        }
        self._channels = {n: settings.channels_of(trunk) for n, trunk in self._trunks.items()}
        self._flows = {}
        self._alarms = Alarms()
        networks: list[tuple[str, str]] = []
        for name, trunk in self._trunks.items():
            party = f"trunk:{name}"
            flow = flow_to(trunk.host) if trunk.host else None
            if flow is not None:
                self._flows[name] = flow
                if trunk.ping_ms:
                    self._alarms.set((name, "ping"), now + trunk.ping_ms)
            allowed = trunk.allow or ((flow.host,) if flow is not None else ())
            networks += [(cidr, party) for cidr in allowed]
            self._agent.lines[party] = self._line(trunk, settings)
        self._agent.access.set_trunks(networks)

    def _line(self, trunk: Trunk, settings: Settings) -> Line:
        login = None
        if trunk.username:
            login = Credentials(trunk.username, trunk.password, trunk.realm)
        return Line(
            settings.codecs_for(trunk), "", login, int(settings.sip.session_expires_s),
            settings.channels_of(trunk),
        )  # fmt: skip


def _target(flow: Flow, number: str) -> Target:
    place = place_of(flow.host, flow.port)
    uri = f"sip:{escape(number)}@{place}" if number else f"sip:{place}"
    return Target(uri if flow.transport == "udp" else f"{uri};transport={flow.transport}", flow)
