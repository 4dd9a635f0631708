"""The registrar: which devices an extension has, where they are and until when (RFC 3261 10.3).

    REGISTER Contact: <sip:201@10.0.0.7>;expires=3600   -> Bound
    (again within the hour: Bound; expires=0 or *: Unbound; silence: Unbound when it expires)

Several devices per extension; a REGISTER is taken whole or not at all. Bindings are facts, so they
survive a restart: `restore` takes them back. Times are the exchange's ms; only the facts speak of
the wall clock, so a stepped clock moves no binding.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from kernel.named_timers import NamedTimers
from pbx.events import Bound, Fact, Unbound
from pbx.sip.dialog.dialog import toward
from pbx.sip.message.outgoing import Reply
from pbx.sip.message.received import Flow, Message
from pbx.sip.message.uri import Address, Uri, parse_uri, same, uri_of
from pbx.sip.troubles import Troubles

DEFAULT_S = 3600


class Binding(msgspec.Struct):
    """One device of an extension; `hop` is where requests to it go, `flow` where it was heard."""

    contact: str
    uri: Uri
    flow: Flow
    hop: Flow
    expires: int
    call_id: str
    cseq: int
    path: str = ""
    user_agent: str = ""
    instance: str = ""  # which device it is, whatever its address (RFC 5626)
    heard: int = 0
    is_silent: bool = False  # a call to it was not answered by anything


class Registrar:
    """All bindings. `facts` takes what changes; `wall_offset_ms` is wall clock minus `now`."""

    def __init__(self, facts: list[Fact], troubles: Troubles | None = None) -> None:
        self.facts = facts
        self.troubles = troubles or Troubles(facts)
        self.min_s = 60
        self.max_s = 3600
        self.contacts_max = 10
        self.wall_offset_ms = 0
        self._bindings: dict[str, list[Binding]] = {}
        self._hosts: dict[str, int] = {}  # address -> how many bindings it has
        self._timers = NamedTimers()
        self.next_deadline = self._timers.next_deadline  # when the next binding expires (ms)

    def bindings(self, number: str) -> list[Binding]:
        """The devices of an extension, in the order they registered."""
        return self._bindings.get(number, [])

    def numbers(self) -> list[str]:
        """The extensions that have a device."""
        return list(self._bindings)

    def is_at(self, number: str, host: str) -> bool:
        """Whether a device of an extension is registered from this address."""
        return any(binding.flow.host == host for binding in self.bindings(number))

    def silent(self, number: str, contact: str) -> None:
        """A device has not answered a call by anything: the first to go when there are many."""
        for binding in self.bindings(number):
            binding.is_silent |= binding.contact == contact

    def has_host(self, host: str) -> bool:
        """Whether any device is registered from this address."""
        return host in self._hosts

    def has_flow(self, flow: Flow) -> bool:
        """Whether any device is registered over this very connection."""
        return any(b.flow == flow for devices in self._bindings.values() for b in devices)

    def register(self, number: str, message: Message, now: int) -> Reply:
        """Carry out a REGISTER of the (already proven) extension; the reply to send."""
        contacts = message.values("contact")
        if not contacts:
            return self._listing(number, now)
        if "*" in contacts:
            return self._clear(number, message, now)
        wanted: list[Wish] = []
        for value, address in zip(contacts, message.contacts, strict=True):
            if address.uri.scheme not in ("sip", "sips"):
                return Reply(400, reason="Unusable Contact")
            seconds = self._seconds(address.params.get("expires"), message)
            if 0 < seconds < self.min_s:
                return Reply(423, headers=[("Min-Expires", str(self.min_s))])
            wanted = [wish for wish in wanted if not same(wish.uri, address.uri)]
            wanted.append(Wish(uri_of(value), address.uri, seconds, _instance(address)))
        return self._apply(number, wanted, message=message, now=now)

    def _seconds(self, param: str | None, message: Message) -> int:
        for text in (param, message.header("expires")):
            if text and text.isascii() and text.isdigit():
                return min(int(text[:10]), self.max_s)
        return min(DEFAULT_S, self.max_s)

    def _apply(
        self, number: str, wanted: list[Wish], *, message: Message, now: int
    ) -> Reply:
        kept = list(self.bindings(number))
        changes = [(next((b for b in kept if wish.is_of(b)), None), wish) for wish in wanted]
        if any(old and _is_stale(old, message) for old, _ in changes):
            return Reply(500, reason="Out Of Order")
        if sum(1 for wish in wanted if wish.seconds) > self.contacts_max:
            self._crowded(number, "a phone that registers more at a time is refused", now)
            return Reply(403, reason="Too Many Contacts")
        for old, wish in changes:
            if wish.seconds:
                self._bind(number, self._binding(wish, message, now), old=old)
            elif old:
                self._unbind(number, old, reason="unregistered")
        self._make_room(number, wanted, now)
        return self._listing(number, now)

    def _make_room(self, number: str, wanted: list[Wish], now: int) -> None:
        """With too many devices those go that are surely or most likely not there any more: first
        who did not answer a call, then who was not heard for longest. Whoever registers now is
        there."""
        new = [wish.contact for wish in wanted]
        old = [b for b in self.bindings(number) if b.contact not in new]
        old.sort(key=lambda binding: (not binding.is_silent, binding.heard))
        for binding in old[: max(0, len(self.bindings(number)) - self.contacts_max)]:
            self._unbind(number, binding, reason="too many contacts")
            self._crowded(number, f"{binding.contact} has given way to a newer one", now)

    def _crowded(self, number: str, what: str, now: int) -> None:
        text = f"extension {number} has more than {self.contacts_max} contacts: {what}"
        fix = "is it a phone that never takes its old ones back? [limits] contacts_per_extension"
        self.troubles.tell("contacts", number, text=f"{text}; {fix}", now=now)

    def _binding(self, wish: Wish, message: Message, now: int) -> Binding:
        assert message.flow is not None
        flow, contact, uri = message.flow, wish.contact, wish.uri
        expires = now + wish.seconds * 1000
        natted = message.via.host.strip("[]") != flow.host or uri.host.strip("[]") != flow.host
        hop = toward(contact, flow, natted=natted)
        path = ", ".join(message.values("path"))
        agent = "".join(filter(str.isprintable, message.header("user-agent") or ""))[:64]
        return Binding(
            contact, uri, flow, hop, expires, message.call_id, message.cseq, path, agent,
            wish.instance, now,
        )  # fmt: skip

    def _bind(self, number: str, new: Binding, *, old: Binding | None) -> None:
        devices = self._bindings.setdefault(number, [])
        if old and old.contact == new.contact:
            devices[devices.index(old)] = new
            self._uncount(old)
            self._timers.cancel((number, old.contact))
        else:
            devices.append(new)
        self._hosts[new.flow.host] = self._hosts.get(new.flow.host, 0) + 1
        self._timers.set((number, new.contact), new.expires)
        self.facts.append(Bound(
            number, new.contact, flow_text(new.flow), new.expires + self.wall_offset_ms,
            new.call_id, new.cseq, new.user_agent, new.path, new.instance,
        ))  # fmt: skip
        if old and old.contact != new.contact:  # the same device by another name
            self._unbind(number, old, reason="moved")

    def _unbind(self, number: str, old: Binding, *, reason: str) -> None:
        devices = self._bindings[number]
        devices.remove(old)
        if not devices:
            del self._bindings[number]
        self._uncount(old)
        self._timers.cancel((number, old.contact))
        self.facts.append(Unbound(number, old.contact, reason))

    def _uncount(self, old: Binding) -> None:
        left = self._hosts.get(old.flow.host, 0) - 1
        if left > 0:
            self._hosts[old.flow.host] = left
        else:
            self._hosts.pop(old.flow.host, None)

    def _clear(self, number: str, message: Message, now: int) -> Reply:
        if len(message.values("contact")) > 1 or message.header("expires") != "0":
            return Reply(400, reason="Bad Wildcard")
        if any(_is_stale(old, message) for old in self.bindings(number)):
            return Reply(500, reason="Out Of Order")
        for old in list(self.bindings(number)):
            self._unbind(number, old, reason="unregistered")
        return self._listing(number, now)

    def _listing(self, number: str, now: int) -> Reply:
        return Reply(200, headers=[
            ("Contact", f"<{b.contact}>;expires={max(0, (b.expires - now) // 1000)}")
            for b in self.bindings(number)
        ])  # fmt: skip

    def restore(self, fact: Bound, now: int) -> None:
        """Take back a binding that an earlier process journalled; one that has run out is let go.
        A connection is gone with its process: such a device is called at its Contact."""
        flow = flow_of(fact.flow)
        expires = fact.expires_wall_ms - self.wall_offset_ms
        try:
            uri = parse_uri(fact.contact)
        except ValueError:
            return
        if flow is None or expires <= now:
            return
        natted = flow.transport == "udp" and uri.host.strip("[]") != flow.host
        hop = toward(fact.contact, flow, natted=natted)
        binding = Binding(
            fact.contact, uri, flow, hop, expires, fact.call_id, fact.cseq, fact.path,
            fact.user_agent, fact.instance,
        )  # fmt: skip
        devices = self._bindings.setdefault(fact.extension, [])
        devices[:] = [b for b in devices if b.contact != fact.contact] + [binding]
        self._hosts[flow.host] = self._hosts.get(flow.host, 0) + 1
        self._timers.set((fact.extension, fact.contact), expires)

    def connection_lost(self, flow: Flow) -> None:
        """A stream has gone, and with it the devices that registered over it."""
        self._drop(lambda number, binding: binding.flow == flow, "connection lost")

    def keep_only(self, numbers: set[str]) -> None:
        """Forget the devices of extensions that are no longer configured."""
        self._drop(lambda number, binding: number not in numbers, "extension removed")

    def _drop(self, gone: Callable[[str, Binding], bool], reason: str) -> None:
        for number in list(self._bindings):
            for binding in list(self.bindings(number)):
                if gone(number, binding):
                    self._unbind(number, binding, reason=reason)

    def tick(self, now: int) -> None:
        """Let go of what has expired."""
        for number, contact in self._timers.due(now):
            for binding in list(self.bindings(str(number))):
                if binding.contact == contact:
                    self._unbind(str(number), binding, reason="expired")


class Wish(msgspec.Struct, frozen=True):
    """One Contact of a REGISTER: for how many seconds, 0 to take it back."""

    contact: str
    uri: Uri
    seconds: int
    instance: str

    def is_of(self, binding: Binding) -> bool:
        """Whether a binding is of the same Contact, or of the same device (RFC 5626 section 6)."""
        is_device = self.instance != "" and self.instance == binding.instance
        return is_device or same(binding.uri, self.uri)


def _instance(address: Address) -> str:
    """What stays the same of a device that moves: its instance and the number of its way here;
    "" where it does not say both, for then several contacts may be meant."""
    instance, way = (address.params.get(name, "") for name in ("+sip.instance", "reg-id"))
    return f"{way} {instance}"[:200] if instance and way else ""


def _is_stale(old: Binding, message: Message) -> bool:
    """Whether a REGISTER comes out of order after the one that made `old` (step 7)."""
    return old.call_id == message.call_id and message.cseq <= old.cseq


def flow_text(flow: Flow) -> str:
    """A flow as text for facts: `udp/0/192.0.2.7/5060`; the connection's number does not last."""
    return f"{flow.transport}/{flow.local}/{flow.host}/{flow.port}"


def flow_of(text: str) -> Flow | None:
    """The flow that `flow_text` wrote; None for other texts."""
    parts = text.split("/")
    if len(parts) != 4 or not (parts[1].isdigit() and parts[3].isdigit()):
        return None
    return Flow(parts[0], parts[2], int(parts[3]), 0, int(parts[1]))
