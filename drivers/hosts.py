"""Addresses as the configuration writes them, resolved when it is read and never during a call."""

from __future__ import annotations

import socket

from pbx.sip.message.received import Flow
from pbx.sip.message.sdp import is_address

SIP_PORT = 5060


def split_place(text: str, port: int = SIP_PORT) -> tuple[str, int]:
    """`host`, `host:port`, `[v6]:port` or a bare IPv6 address as (host, port); ValueError."""
    if text.startswith("["):
        host, mark, rest = text[1:].partition("]")
        if not mark or (rest and not rest.startswith(":")):
            raise ValueError(f"{text!r} is no host:port")
        return host, _port(rest[1:], text) if rest else port
    if text.count(":") == 1:
        host, _, digits = text.partition(":")
        return host, _port(digits, text)
    return text, port


def _port(digits: str, text: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) < 6 and int(digits) < 65536):
        raise ValueError(f"{text!r} has no port number")
    return int(digits)


def resolve(host: str) -> str:
    """The address of a host: itself if it is one, else the first that the system finds for the
    name; "" if there is none. May wait for a name server."""
    if is_address(host):
        return host
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return ""
    return str(found[0][4][0])


def flow_to(place: str, transport: str = "udp") -> Flow | None:
    """The flow to `host:port`, `tcp:host:port` …; None if the host cannot be resolved."""
    transport, place = _split_transport(place, transport)
    try:
        host, port = split_place(place)
    except ValueError:
        return None
    address = resolve(host)
    return Flow(transport, address, port) if address else None


def is_place(place: str) -> bool:
    """Whether a text is a place at all, whatever its name leads to."""
    try:
        split_place(_split_transport(place)[1])
    except ValueError:
        return False
    return True


def is_name(place: str) -> bool:
    """Whether a place has a host that must be asked for: a name, not an address."""
    try:
        return not is_address(split_place(_split_transport(place)[1])[0])
    except ValueError:
        return False


def domain_of(place: str) -> tuple[str, str]:
    """What a provider at `sip.example.net:5070` calls itself, for URIs: its domain as it is
    written, and the same with the port where that is not 5060. ValueError."""
    host, port = split_place(_split_transport(place)[1])
    domain = f"[{host}]" if ":" in host else host
    return domain, domain if port == SIP_PORT else f"{domain}:{port}"


def _split_transport(place: str, transport: str = "udp") -> tuple[str, str]:
    for name in ("udp", "tcp", "tls"):
        if place.startswith(f"{name}:"):
            return name, place[len(name) + 1 :]
    return transport, place
