"""What a message's body says: a session description, alone or as one part of several (RFC 5621),
or a key that was pressed (the bodies of INFO that phones agreed on without an RFC)."""

from __future__ import annotations

from pbx.sip.message.mime import described, type_of
from pbx.sip.message.received import Message
from pbx.sip.message.sdp import Description, parse

KEYS = "0123456789*#ABCD"  # at the places of their event numbers (RFC 4733)
FLASH = "!"  # the hook flash, also written 16
LASTED_MS_MAX = 60_000
KEY_TYPES = ("application/dtmf-relay", "application/dtmf")


def description_of(message: Message) -> Description | None:
    """The description a message carries; None if its body is of another type, or empty.

    Raises ValueError when it says it is one, or holds parts, and cannot be read."""
    if not message.body:
        return None
    text = described(message.head, message.body)
    return parse(text) if text is not None else None


def key_of(message: Message) -> str | None:
    """The key that an INFO brings: one of `KEYS`, `FLASH`, or "" for an empty body; None for a
    body of another type. Raises ValueError for a key that there is not, or more than one.

        application/dtmf-relay    Signal=5, Duration=160 on lines of their own
        application/dtmf          5
    """
    if not message.body:
        return ""
    media_type = type_of(message.header("content-type") or "")[0]
    if media_type not in KEY_TYPES:
        return None
    if media_type == "application/dtmf-relay":
        signals = _relayed(message, "signal")
        return _key(signals[0] if len(signals) == 1 else "")
    return _key(message.body.decode("ascii", "replace").strip())


def lasted_ms(message: Message) -> int:
    """How long the key of an INFO was pressed, as far as it says; 0 where it does not."""
    texts = _relayed(message, "duration") if message.body else []
    if len(texts) != 1 or not (texts[0].isascii() and texts[0].isdigit()):
        return 0
    return min(int(texts[0][:6]), LASTED_MS_MAX)


def _relayed(message: Message, wanted: str) -> list[str]:
    """The values of one name among the lines of a relayed key."""
    lines = message.body.decode("ascii", "replace").splitlines()
    pairs = (line.partition("=") for line in lines)
    return [value.strip() for name, _, value in pairs if name.strip().lower() == wanted]


def _key(text: str) -> str:
    text = text.upper()
    if text in ("16", FLASH):
        return FLASH
    if len(text) == 2 and text.isdigit() and 10 <= int(text) < len(KEYS):
        return KEYS[int(text)]
    if len(text) != 1 or text not in KEYS:
        raise ValueError(f"no key {text[:20]!r}")
    return text
