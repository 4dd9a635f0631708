"""The verdict on a message that parsed: the rules of RFC 3261 that every element must keep."""

from __future__ import annotations

from kernel.sip.plain import LIMITS, MANDATORY, SINGLE, plain
from pbx.sip.message.received import BITS, Message

VIAS_MAX = 70
SCHEMES = ("sip", "sips", "tel")
NUMBERS = BITS["max-forwards"] | BITS["expires"] | BITS["min-expires"]
ROUTES = BITS["route"] | BITS["record-route"] | BITS["path"]


def check(message: Message) -> None:
    """Raise `Malformed`: 400, 483 for too many Vias, then 416 for the Request-URI's scheme.

    405, 415, 420, 481 and 483 by Max-Forwards depend on the element and are the user agent's.
    After this call no value of the message raises, nor `values` of the headers with addresses.
    """
    found = plain(message.head)
    if found is None:
        check_all(message)
    else:
        message.take(found)


def check_all(message: Message) -> None:
    """Rule by rule: what is not of the plain form may still be sound."""
    _check_lines(message)
    if message.head.seen & NUMBERS:
        _check_numbers(message)
    _check_cseq(message)
    _check_vias(message)
    _check_addresses(message)
    if message.is_request and message.request_uri.scheme not in SCHEMES:
        raise message.malformed(416, "Unsupported URI Scheme")


def _check_lines(message: Message) -> None:
    head = message.head
    if missing := MANDATORY & ~head.seen:
        raise message.malformed(400, f"Missing {_names(missing)}")
    if twice := head.twice & SINGLE:
        raise message.malformed(400, f"More Than One {_names(twice)}")


def _names(bits: int) -> str:
    return ", ".join(name.title() for name, bit in BITS.items() if bits & bit)


def _check_numbers(message: Message) -> None:
    """Whole numbers in their ranges (RFC 3261 20.22, 20.19)."""
    for name, limit in LIMITS.items():
        if not message.has(name):
            continue
        text = message.header(name) or ""
        if not (text.isascii() and text.isdigit()) or len(text) > 18 or int(text) > limit:
            raise message.malformed(400, f"Bad {name.title()}")


def _check_cseq(message: Message) -> None:
    if message.cseq_method != message.method:
        raise message.malformed(400, "CSeq Method Does Not Match")
    call_id = message.call_id
    if not call_id or " " in call_id or "\t" in call_id:
        raise message.malformed(400, "Bad Call-ID")


def _check_vias(message: Message) -> None:
    _ = message.via  # raises
    is_list = message.head.twice & BITS["via"] or "," in (message.header("via") or "")
    if is_list and len(message.values("via")) > VIAS_MAX:  # raises
        raise message.malformed(483, "Too Many Hops")


def _check_addresses(message: Message) -> None:
    """From, To, Contact and the route headers can be read; `*` only in REGISTER (20.10)."""
    _ = message.from_address, message.to_address  # raise
    is_star = message.method == "REGISTER" and message.header("contact") == "*"
    if message.has("contact") and not message.contacts and not is_star:
        raise message.malformed(400, "Bad Contact")
    if message.head.seen & ROUTES:
        for name in ("route", "record-route", "path"):
            _check_route(message, name)


def _check_route(message: Message, name: str) -> None:
    for value in message.values(name):
        message.address(value, name.title())
