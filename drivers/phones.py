"""Phones: extensions that register or sit at a fixed contact, as one leg however many devices.

Ring(leg, "extension:201")  ->  INVITE to each device that 201 has; the first 200 wins
no device                   ->  Released, cause 20, at once
DeviceLost                  ->  OPTIONS, again every 10 s, until the phone answers: DeviceFound
"""

from __future__ import annotations

from config.settings import Extension, Settings
from drivers.hosts import flow_to
from drivers.lookup import Look, Lookup
from drivers.sip_leg import obey
from kernel.named_timers import NamedTimers
from pbx.commands import Command, Ring
from pbx.events import Bound, Fact
from pbx.sip.access.callers import Limits, Phone
from pbx.sip.access.registrar import Binding
from pbx.sip.agent import UserAgent
from pbx.sip.dialog.dialog import place_of
from pbx.sip.dialog.leg import Line
from pbx.sip.dialog.uac import Target
from pbx.sip.message.received import Flow
from pbx.sip.message.uri import Uri, escape, parse_uri
from pbx.sip.registration.ping import ping

PROBE_MS = 10_000


class Phones:
    """The extensions of an installation; a `Driver`. Its facts are those of the user agent."""

    def __init__(
        self, agent: UserAgent, settings: Settings, now: int, *, look: Look = flow_to
    ) -> None:
        self.facts: list[Fact] = agent.facts
        self._agent = agent
        self._fixed: dict[str, Target] = {}
        self._lookup = Lookup(look)
        self._places: dict[str, Flow] = {}  # of fixed contacts, as `_place_of` writes them
        self._timers = NamedTimers()
        self._probe_at = 0
        self._settings = settings
        self.reconfigure(settings, now)

    def obey(self, command: Command, now: int) -> None:
        """Carry out a command for a leg."""
        if isinstance(command, Ring):
            self._agent.ring(command, self.targets(command.target.partition(":")[2]), now)
        else:
            obey(self._agent, command, now)

    def targets(self, number: str) -> list[Target]:
        """Where an extension can be reached now."""
        fixed = self._fixed.get(number)
        if fixed is not None:
            return [fixed]
        return [
            Target(b.contact, b.hop, (b.path,) if b.path else ())
            for b in self._agent.registrar.bindings(number)
        ]

    def bindings(self, number: str) -> list[Binding]:
        """The devices registered for an extension."""
        return self._agent.registrar.bindings(number)

    def restore(self, fact: Bound, now: int) -> None:
        """Take back a registration of an earlier process; after `set_wall`."""
        self._agent.registrar.restore(fact, now)

    def set_wall(self, wall_ms: int, now: int) -> None:
        """Say what the wall clock shows at `now`: registrations name their end by it."""
        self._agent.registrar.wall_offset_ms = wall_ms - now

    def tick(self, now: int) -> None:
        """Ask the phones that are to be asked, and those taken for lost."""
        found = self._lookup.tick(now)
        if found:
            self._places |= found
            self._place()
        for number, _ in self._timers.due(now):
            self._ask(str(number), now)
            self._schedule(str(number), now)
        agent = self._agent
        parties = list(agent.newly_missing)
        agent.newly_missing.clear()
        if agent.missing and now >= self._probe_at:
            self._probe_at = now + PROBE_MS
            parties = list(agent.missing)
        for party in parties:
            who, _, name = party.partition(":")
            if who == "extension":
                self._ask(name, now)

    def next_deadline(self) -> int | None:
        """When the next phone is to be asked (ms)."""
        ping = self._timers.next_deadline()
        lookup = self._lookup.due
        if lookup is not None:
            ping = lookup if ping is None else min(ping, lookup)
        if self._agent.newly_missing:
            return 0
        if not self._agent.missing:
            return ping
        return self._probe_at if ping is None else min(ping, self._probe_at)

    def reconfigure(self, settings: Settings, now: int) -> None:
        """Take new extensions; registrations of those that remain are kept."""
        self._settings = settings
        agent, sip = self._agent, settings.sip
        registrar = agent.registrar
        registrar.min_s, registrar.max_s = int(sip.register_min_s), int(sip.register_max_s)
        registrar.contacts_max = settings.limits.contacts_per_extension
        agent.transactions.most = settings.limits.transactions
        agent.access.digests = sip.digest
        agent.access.realm.name = sip.realm
        agent.access.limits = Limits(
            failures=settings.limits.login_failures,
            failures_ms=int(settings.limits.login_failures_s * 1000),
            ban_ms=int(settings.limits.ban_s * 1000),
        )
        for number, extension in settings.extension.items():
            agent.lines[f"extension:{number}"] = self._line(extension)
        contacts = (_contact(each.contact) for each in settings.extension.values())
        self._places = self._lookup.take([_place_of(uri) for uri in contacts if uri], now)
        self._place()
        registrar.keep_only(set(settings.extension))
        self._timers = NamedTimers()
        for place, number in enumerate(settings.extension):
            self._schedule(number, now + place % 97 * 11)

    def _place(self) -> None:
        """Use the fixed phones where they have been found."""
        extensions = self._settings.extension
        self._fixed = {}
        for number, extension in extensions.items():
            uri = _contact(extension.contact)
            flow = self._places.get(_place_of(uri)) if uri else None
            if uri is not None and flow is not None:
                self._fixed[number] = _fixed_target(number, uri, flow=flow)
        digests = self._settings.digest_for
        self._agent.access.set_phones(
            {n: Phone(each.password, digests(each)) for n, each in extensions.items()},
            [(t.flow.host, t.flow.port, n) for n, t in self._fixed.items()],
        )

    def _line(self, extension: Extension) -> Line:
        settings = self._settings
        calls = 0 if extension.contact else settings.limits.calls_per_extension
        return Line(
            settings.codecs_for(extension), extension.name, None,
            int(settings.sip.session_expires_s), calls, symmetric=extension.symmetric,
        )  # fmt: skip

    def _schedule(self, number: str, now: int) -> None:
        extension = self._settings.extension.get(number)
        if extension is not None and extension.ping_ms:
            self._timers.set((number, "ping"), now + extension.ping_ms)

    def _ask(self, number: str, now: int) -> None:
        for target in self.targets(number):
            ping(self._agent, f"extension:{number}", target=target, now=now)


def _contact(text: str) -> Uri | None:
    """A fixed contact as a URI; None if there is none, or it is no URI."""
    try:
        return parse_uri(text) if text else None
    except ValueError:
        return None


def _place_of(uri: Uri) -> str:
    """Where a fixed contact is, as `flow_to` reads it."""
    transport = uri.params.get("transport", "udp").lower()
    return f"{transport}:{place_of(uri.host.strip('[]'), uri.port or 5060)}"


def _fixed_target(number: str, uri: Uri, *, flow: Flow) -> Target:
    """The device at a fixed contact; without a user in it the number is asked for."""
    user = uri.user or escape(number)
    asked = Uri(uri.scheme, user, uri.password, uri.host, uri.port, uri.params, uri.headers)
    return Target(str(asked), flow)
