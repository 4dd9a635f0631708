"""Who is calling: a fixed contact, a trunk's address, or a login; and what strangers may cost us.

    known address    -> its party, no questions
    unknown address  -> so many messages a second are read, the rest dropped unread
      no credentials -> one 401, which tells nothing of the name, computed and forgotten
      wrong hash     -> 401 again; after ten in a minute silence, longer each time
      old, of a form we do not know, for another resource -> 401 or 400: that is no guess
      right ones     -> the extension

A ban is for an address and a name; for the address alone only while no phone is registered there,
so that one bad phone in an office locks nobody else out. All tables are bounded.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence

import msgspec

from pbx.sip.message.digest import Realm, Verdict
from pbx.sip.message.outgoing import Reply
from pbx.sip.message.received import Flow, Message
from pbx.sip.message.uri import number_of
from pbx.sip.troubles import Troubles

TABLE_MAX = 10_000
FRIEND_MS = 600_000
BAN_MS_MAX = 24 * 3600 * 1000
CHALLENGED = 401


class Limits(msgspec.Struct, frozen=True):
    """What strangers may do: messages per second of one address and of all, and when they are
    banned. A ban doubles each time, up to a day."""

    per_address: int = 60
    in_total: int = 3_000
    failures: int = 10
    failures_ms: int = 60_000
    ban_ms: int = 900_000


class Phone(msgspec.Struct, frozen=True):
    """What access knows of an extension."""

    password: str
    digests: tuple[str, ...]


class Suspect(msgspec.Struct):
    """The wrong guesses of an address (and name) lately, and its ban."""

    count: int = 0
    since: int = 0
    banned_until: int = 0
    ban_ms: int = 0


class AccessList:
    """The doorkeeper; `is_home` tells whether a phone is registered from an address."""

    def __init__(
        self, realm: Realm, is_home: Callable[[str], bool], *, troubles: Troubles | None = None
    ) -> None:
        self.realm = realm
        self.troubles = troubles or Troubles([])
        self.limits = Limits()
        self.phones: dict[str, Phone] = {}
        self.digests: tuple[str, ...] = ("md5", "sha-256")
        self.dropped = 0
        self._asked: list[tuple[str, ...]] = []  # the digests of every extension that logs in
        self._is_home = is_home
        self._places: dict[tuple[str, int], list[str]] = {}
        self._networks: list[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, str]] = []
        self._trunks: dict[str, str] = {}  # address -> party, as found in the networks
        self._friends: dict[str, int] = {}  # address of a right login -> until when
        self._suspects: dict[tuple[str, str], Suspect] = {}
        self._counts: dict[str, int] = {}  # address -> messages in this second
        self._second = 0
        self._read = 0

    # ---- configuration

    def set_phones(self, phones: dict[str, Phone], places: Sequence[tuple[str, int, str]]) -> None:
        """The extensions, and the (host, port, number) of fixed contacts; several extensions may
        share one. Replaces those before; bans stay."""
        self.phones = phones
        self._asked = sorted(phone.digests for phone in phones.values() if phone.password)
        self._places = {}
        for host, port, number in places:
            self._places.setdefault((host, port), []).append(number)

    def set_trunks(self, networks: Sequence[tuple[str, str]]) -> None:
        """The (CIDR, party) that calls are taken from. Replaces those before; ValueError if one
        is no network."""
        found = [(ipaddress.ip_network(cidr, strict=False), party) for cidr, party in networks]
        self._networks = sorted(found, key=lambda entry: -entry[0].prefixlen)
        self._trunks = {}

    # ---- before a message is read

    def may_read(self, flow: Flow, now: int) -> bool:
        """Whether bytes from there are worth reading now; costs a look-up or two."""
        host = flow.host
        if self._trunks.get(host) or self._is_known(flow, now):
            return True
        if now - self._second >= 1000:
            self._second, self._read = now, 0
            self._counts.clear()
        count = self._counts.get(host, 0)
        allowed = count < self.limits.per_address and self._read < self.limits.in_total
        if allowed and not self._is_banned(host, "", now):
            self._read += 1
            self._counts[host] = count + 1
            return True
        self.dropped += 1
        if count >= self.limits.per_address:
            text = f"{host}, where no phone is known, sends more than {count} messages in a second"
            self.troubles.tell("strangers", host, text=f"{text}: the rest is not read", now=now)
        elif not allowed:
            text = f"strangers send more than {self._read} messages in a second, {host} among them"
            self.troubles.tell("strangers", "", text=f"{text}: the rest is not read", now=now)
        return False

    def _is_known(self, flow: Flow, now: int) -> bool:
        host = flow.host
        if (host, flow.port) in self._places or self._is_home(host) or self.trunk_at(host):
            return True
        until = self._friends.get(host)
        return until is not None and until > now

    def trunk_at(self, host: str) -> str:
        """The trunk that an address belongs to, by the longest prefix; "" if none."""
        party = self._trunks.get(host)
        if party is None:
            party = self._search(host)
            if len(self._trunks) >= TABLE_MAX:
                self._trunks.clear()
            self._trunks[host] = party
        return party

    def _search(self, host: str) -> str:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return ""
        for network, party in self._networks:
            if address in network:
                return party
        return ""

    # ---- a message

    def numbers_at(self, flow: Flow) -> Sequence[str]:
        """The extensions whose fixed contact this is."""
        return self._places.get((flow.host, flow.port), ())

    def party_at(self, message: Message) -> str:
        """The party whose address a request comes from; "" for strangers. Where several
        extensions share one contact the From tells which."""
        assert message.flow is not None
        flow = message.flow
        numbers = self._places.get((flow.host, flow.port))
        if numbers is None:
            return self.trunk_at(flow.host)
        if len(numbers) > 1:
            user = number_of(message.from_address.uri)
            return f"extension:{user if user in numbers else numbers[0]}"
        return f"extension:{numbers[0]}"

    def login(self, message: Message, now: int, number: str = "") -> str | Reply | None:
        """Who proves to be calling: `extension:NUMBER`, or the reply that asks for a proof, or None
        for silence. `number` is who should, where that is known already."""
        assert message.flow is not None
        host = message.flow.host
        claim = self.realm.claimed(message)
        name = number or number_of(message.from_address.uri)
        if claim is not None:
            name = claim["username"]
        if self._is_banned(host, name, now):
            self.dropped += 1
            return None
        if claim is None:
            return self._challenge(message, name, now)
        phone = self.phones.get(name)
        verdict = self.realm.judge(
            message, claim, password=phone.password if phone else None, now=now
        )
        if verdict is Verdict.RIGHT:
            self._befriend(host, name, now)
            return f"extension:{name}"
        if verdict is Verdict.ASTRAY:
            return Reply(400, reason="Login For Another Resource")
        if verdict is Verdict.WRONG:
            self._suspect(host, name, now)
        return self._challenge(message, name, now, stale=verdict is Verdict.STALE)

    def can_log_in(self, number: str) -> bool:
        """Whether an extension has a password to prove."""
        phone = self.phones.get(number)
        return phone is not None and phone.password != ""

    def _digests_of(self, name: str) -> Sequence[str]:
        """What a name is challenged with. A name that nobody has gets what some extension gets,
        always the same and as often as there are such extensions: a challenge tells nothing of
        the names that there are."""
        if self.can_log_in(name):
            return self.phones[name].digests
        if not self._asked:
            return self.digests
        return self._asked[self.realm.chance(name) * len(self._asked) >> 32]

    def _challenge(
        self, message: Message, name: str, now: int, *, stale: bool = False
    ) -> Reply:
        headers = self.realm.challenge(message, self._digests_of(name), now, stale=stale)
        return Reply(CHALLENGED, headers=headers)

    def _befriend(self, host: str, name: str, now: int) -> None:
        self._suspects.pop((host, name), None)
        self._friends.pop(host, None)  # whoever came last is the last to be forgotten
        if len(self._friends) >= TABLE_MAX:
            self._friends.pop(next(iter(self._friends)))
            self._tell_full("addresses of phones", now)
        self._friends[host] = now + FRIEND_MS

    # ---- guesses

    def _is_banned(self, host: str, name: str, now: int) -> bool:
        suspect = self._suspects.get((host, name))
        if suspect is None or suspect.banned_until <= now:
            return False
        return bool(name) or not self._is_home(host)

    def _suspect(self, host: str, name: str, now: int) -> None:
        for key in ((host, name), (host, "")):
            suspect = self._suspects.get(key)
            if suspect is None:
                if len(self._suspects) >= TABLE_MAX:
                    self._make_room(now)
                suspect = self._suspects[key] = Suspect(0, now)
            if now - suspect.since >= self.limits.failures_ms:
                suspect.count, suspect.since = 0, now
            suspect.count += 1
            if suspect.count >= self.limits.failures:
                suspect.ban_ms = min(suspect.ban_ms * 2 or self.limits.ban_ms, BAN_MS_MAX)
                suspect.banned_until = now + suspect.ban_ms
                suspect.count, suspect.since = 0, now
                text = f"{host} is not heard as {name!r} for {suspect.ban_ms // 1000} s"
                why = f"{self.limits.failures} wrong passwords, [limits] login_failures"
                self.troubles.tell("ban", host, text=f"{text}: {why}", now=now)

    def _make_room(self, now: int) -> None:
        """Forget a suspect: the oldest that is not banned, so that nobody guesses himself free by
        guessing at many names; the oldest of all only where all are."""
        free = (key for key, each in self._suspects.items() if each.banned_until <= now)
        del self._suspects[next(free, next(iter(self._suspects)))]
        self._tell_full("those who guessed passwords", now)

    def _tell_full(self, what: str, now: int) -> None:
        text = f"the table of {what} is full ({TABLE_MAX}): the oldest are forgotten"
        self.troubles.tell("access", what, text=text, now=now)
