"""The session description in a message's body, alone or as one part of several (RFC 5621)."""

from __future__ import annotations

from pbx.sip.message import Message
from pbx.sip.sdp import Description, parse

PARTS_MAX = 8


def description_of(message: Message) -> Description | None:
    """The description a message carries; None if its body is of another type, or empty.

    Raises ValueError when it says it is one, or holds parts, and cannot be read."""
    if not message.body:
        return None
    kind = (message.header("content-type") or "").strip()
    media_type = kind.partition(";")[0].strip().lower()
    encoding = message.header("content-encoding") or ""
    if encoding.strip().lower() not in ("", "identity"):
        return None
    if media_type == "application/sdp":
        return parse(message.body)
    if media_type == "multipart/mixed" or media_type == "multipart/alternative":
        return _part(message.body, _boundary(kind))
    return None


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
