"""The small texts inside settings, parsed: addresses, contacts, targets, networks, opening hours.

Each function takes one text and raises `ValueError` with a reason a person can act on.
"""

from __future__ import annotations

import datetime
import ipaddress
import re

import msgspec

SIP_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}
TARGETS = ("extension", "menu", "queue", "group", "voicemail", "trunk", "announce", "hangup")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MIN = 24 * 60

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?\Z")
_NAME = re.compile(r"[\w-]{1,64}\Z")
_NUMBER = re.compile(r"[0-9A-Za-z+*#_]{1,32}\Z")
_CONTACT = re.compile(r"(sips?):(?:([^@\s<>\"]+)@)?([^;?\s<>\"@]+)((?:;[^;?\s<>\"]+)*)\Z")
_TIMES = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Address(msgspec.Struct, frozen=True):
    """A place on the network; `transport` is udp, tcp, tls, or srv (then `port` is 0)."""

    transport: str
    host: str
    port: int
    user: str = ""


class Target(msgspec.Struct, frozen=True):
    """Where a call is led: one of `TARGETS`, and its name; a trunk target may name several."""

    kind: str
    names: tuple[str, ...]


class Opening(msgspec.Struct, frozen=True):
    """Weekdays (0 = Monday) and their times: minutes from midnight, to over 1440 past the next."""

    days: tuple[int, ...]
    times: tuple[tuple[int, int], ...]


class Dates(msgspec.Struct, frozen=True):
    """Days from `first` to `last`, both included, and their times (none: the whole day)."""

    first: datetime.date
    last: datetime.date
    times: tuple[tuple[int, int], ...] = ()


def check_name(text: str) -> str:
    """The name of a queue, trunk, agent …: it stands in targets, topics and log files."""
    if not _NAME.match(text):
        raise ValueError("a name has letters, digits, _ and - only, at most 64")
    return text


def check_number(text: str) -> str:
    """An extension's number: what can be dialled."""
    if not _NUMBER.match(text):
        raise ValueError("a number has digits, letters, + * # and _ only, at most 32")
    return text


def is_address(host: str) -> bool:
    """Whether `host` is an IPv4 or IPv6 address and not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def parse_host_port(text: str, default_port: int = 0) -> tuple[str, int]:
    """`host:port`, `[v6]:port` or, with a default port, `host`; brackets are taken off."""
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise ValueError(f'expected "[address]:port", got "{text}"')
        port = rest[1:]
    else:
        host, colon, port = text.partition(":")
        rest = colon + port
        if ":" in port:
            raise ValueError(f'an IPv6 address stands in brackets: "[{text}]"')
    if not host or not (is_address(host) or _HOST_NAME.match(host)):
        raise ValueError(f'"{host}" is neither an address nor a host name')
    if not rest and default_port:
        return host, default_port
    return host, _port(port)


def parse_listen(text: str) -> Address:
    """`udp:ADDRESS:PORT`, also tcp and tls."""
    transport, _, place = text.partition(":")
    if transport not in SIP_PORTS:
        raise ValueError(f'expected "udp:ADDRESS:PORT" (or tcp, tls), got "{text}"')
    host, port = parse_host_port(place, SIP_PORTS[transport])
    if not is_address(host):
        raise ValueError(f'"{host}" is no address: a listener needs one, or 0.0.0.0 for all')
    return Address(transport, host, port)


def parse_host(text: str) -> Address:
    """A trunk's far end: `host`, `host:port`, either after `tcp:` or `tls:`, or `srv:NAME`."""
    transport, colon, place = text.partition(":")
    if transport == "srv":
        if not _HOST_NAME.match(place):
            raise ValueError(f'expected "srv:example.net", got "{text}"')
        return Address("srv", place, 0)
    if not colon or transport not in SIP_PORTS:
        transport, place = "udp", text
    host, port = parse_host_port(place, SIP_PORTS[transport])
    return Address(transport, host, port)


def parse_contact(text: str) -> Address:
    """A fixed contact: `sip:HOST:PORT` or `sip:USER@HOST:PORT;transport=tcp`."""
    match = _CONTACT.match(text)
    if not match:
        raise ValueError(f'expected "sip:HOST:PORT" or "sip:USER@HOST:PORT", got "{text}"')
    scheme, user, place, parameters = match.groups()
    transport = "tls" if scheme == "sips" else "udp"
    for parameter in parameters.lower().split(";"):
        name, _, value = parameter.partition("=")
        if name == "transport":
            transport = value
    if transport not in SIP_PORTS:
        raise ValueError(f'unknown transport "{transport}": udp, tcp or tls')
    host, port = parse_host_port(place, SIP_PORTS[transport])
    return Address(transport, host, port, user or "")


def parse_target(text: str) -> Target:
    """`queue:sales`, `trunk:a,b`, `hangup` …: where a call is led."""
    kind, colon, rest = text.partition(":")
    if kind not in TARGETS:
        raise ValueError(f'expected one of {", ".join(TARGETS)} as in "queue:NAME", got "{text}"')
    if kind == "hangup":
        if colon:
            raise ValueError(f'"hangup" stands alone, got "{text}"')
        return Target(kind, ())
    names = tuple(name.strip() for name in rest.split(",")) if kind == "trunk" else (rest,)
    if not all(names):
        raise ValueError(f'a name is missing in "{text}"')
    return Target(kind, names)


def parse_network(text: str) -> Network:
    """An address or a network in CIDR form."""
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f'"{text}" is neither an address nor a network') from None
    host = text.partition("/")[0]
    raise ValueError(f'"{text}" is no network: "{network}", or "{host}" for one host')


def parse_opening(text: str) -> Opening:
    """`mon-fri 08:30-12:00 13:30-18:00`; days also as `sat,sun`; a range may pass midnight."""
    days, *times = text.lower().split() or [""]
    if not times:
        raise ValueError(f'expected days and times as in "mon-fri 08:30-18:00", got "{text}"')
    return Opening(_days(days), tuple(_times(each) for each in times))


def parse_dates(text: str, *, may_have_times: bool = False) -> Dates:
    """`2026-10-01` or `2026-10-01..2026-10-07`, with `may_have_times` also followed by times."""
    days, *times = text.split() or [""]
    if times and not may_have_times:
        raise ValueError(f'expected a date or "DATE..DATE" and nothing after it, got "{text}"')
    first, dots, last = days.partition("..")
    dates = Dates(
        _date(first), _date(last) if dots else _date(first), tuple(_times(each) for each in times)
    )
    if dates.last < dates.first:
        raise ValueError(f'"{text}" ends before it begins')
    return dates


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:6]) <= 65535:
        raise ValueError(f'expected a port from 1 to 65535, got "{text}"')
    return int(text)


def _days(text: str) -> tuple[int, ...]:
    days: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        last = last if dash else first
        if first not in DAYS or last not in DAYS:
            raise ValueError(f'"{part}" is no day or range of days ({" ".join(DAYS)})')
        start, end = DAYS.index(first), DAYS.index(last)
        days += [day % 7 for day in range(start, end + (8 if end < start else 1))]
    return tuple(sorted(dict.fromkeys(days)))


def _times(text: str) -> tuple[int, int]:
    match = _TIMES.match(text)
    if not match:
        raise ValueError(f'expected times as in "08:30-18:00", got "{text}"')
    hours, minutes, to_hours, to_minutes = map(int, match.groups())
    start, end = hours * 60 + minutes, to_hours * 60 + to_minutes
    if max(minutes, to_minutes) > 59 or start >= DAY_MIN or end > DAY_MIN or start == end:
        raise ValueError(f'"{text}" is no range of times from 00:00 to 24:00')
    return start, end if end > start else end + DAY_MIN


def _date(text: str) -> datetime.date:
    try:
        if not _DATE.match(text):
            raise ValueError
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f'"{text}" is no date; write it as 2026-10-01') from None
