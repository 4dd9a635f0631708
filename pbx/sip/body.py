"""What a message's body says: a session description, alone or as one part of several (RFC 5621),
or a key that was pressed (the bodies of INFO that phones agreed on without an RFC)."""

from __future__ import annotations

from pbx.sip.message import Message
from pbx.sip.sdp import Description, parse

PARTS_MAX = 8
KEYS = "0123456789*#ABCD"  # at the places of their event numbers (RFC 4733)
FLASH = "16"
KEY_TYPES = ("application/dtmf-relay", "application/dtmf")


def description_of(message: Message) -> Description | None:
    """The description a message carries; None if its body is of another type, or empty.

    Raises ValueError when it says it is one, or holds parts, and cannot be read."""
    if not message.body:
        return None
    kind = (message.header("content-type") or "").strip()
    media_type = _media_type(kind)
    encoding = message.header("content-encoding") or ""
    if encoding.strip().lower() not in ("", "identity"):
        return None
    if media_type == "application/sdp":
        return parse(message.body)
    if media_type == "multipart/mixed" or media_type == "multipart/alternative":
        return _part(message.body, _boundary(kind))
    return None


def key_of(message: Message) -> str | None:
    """The key that an INFO brings: one of `KEYS`, "" for an empty body or the hook flash; None
    for a body of another type. Raises ValueError for a key that there is not.

        application/dtmf-relay    Signal=5, Duration=160 on lines of their own
        application/dtmf          5
    """
    if not message.body:
        return ""
    media_type = _media_type(message.header("content-type") or "")
    if media_type not in KEY_TYPES:
        return None
    text = message.body.decode("ascii", "replace").strip()
    if media_type == "application/dtmf-relay":
        pairs = (line.partition("=") for line in text.splitlines())
        signals = [value for name, _, value in pairs if name.strip().lower() == "signal"]
        text = signals[0].strip() if signals else ""
    return _key(text)


def _key(text: str) -> str:
    text = text.upper()
    if text in (FLASH, "!"):
        return ""
    if len(text) == 2 and text.isdigit() and 10 <= int(text) < len(KEYS):
        return KEYS[int(text)]
    if len(text) != 1 or text not in KEYS:
        raise ValueError(f"no key {text[:20]!r}")
    return text


def _media_type(kind: str) -> str:
    return kind.partition(";")[0].strip().lower()


def _boundary(kind: str) -> bytes:
    for param in kind.split(";")[1:]:
        name, _, value = param.partition("=")
        value = value.strip().strip('"')
        if name.strip().lower() == "boundary" and 0 < len(value) <= 70:
            return b"--" + value.encode()
    raise ValueError("multipart without boundary")


def _part(body: bytes, boundary: bytes) -> Description | None:
    pieces = (b"\r\n" + body).split(b"\r\n" + boundary, PARTS_MAX + 1)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise ValueError("multipart without end")
    for piece in pieces[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.strip() == b"content-type" and value.strip().startswith(b"application/sdp"):
                return parse(content)
    return None
