"""Where a 3xx response says that the caller may be found: the numbers in its Contacts.

    302 Moved Temporarily    Contact: <sip:203@192.0.2.1>;q=0.7, <sip:204@192.0.2.1>   ->  204, 203

Best first by `q` (RFC 3261 section 20.10; without one a Contact is as good as can be). Only the
user part counts: it is dialled as the diverting phone would dial it, whatever host stands behind
it. A 305 names a proxy and no other party (21.3.4), so it leads nowhere.
"""

from __future__ import annotations

from pbx.sip.message.received import Malformed, Message
from pbx.sip.message.uri import Address, parse_address, plain_user

USE_PROXY = 305
TARGETS_MAX = 10
NUMBERED = ("sip", "sips", "tel")


def is_redirection(code: int) -> bool:
    """Whether a final status says where else to try, or that it is elsewhere."""
    return code // 100 == 3


def targets_of(message: Message) -> tuple[str, ...]:
    """The numbers that a redirection names, each once, best first; what cannot be read names
    none."""
    if not is_redirection(message.code) or message.code == USE_PROXY:
        return ()
    try:
        values = message.values("contact")
    except Malformed:
        return ()
    addresses = [address for address in map(_read, values) if address is not None]
    addresses.sort(key=_quality, reverse=True)  # stable: of equals the first one written
    numbers = [plain_user(each.uri.user) for each in addresses if each.uri.scheme in NUMBERED]
    return tuple(dict.fromkeys(number for number in numbers if number))[:TARGETS_MAX]


def _read(value: str) -> Address | None:
    try:
        return parse_address(value)
    except ValueError:
        return None


def _quality(address: Address) -> int:
    """`q` in thousandths: `0.7`, `1`, `0.333`; anything else is no quality, and as good as none."""
    whole, _, part = address.params.get("q", "1").partition(".")
    if whole not in ("0", "1") or not (part + "0").isascii() or not (part + "0").isdigit():
        return 1000
    return min(int(whole) * 1000 + int(part.ljust(3, "0")[:3]), 1000)
