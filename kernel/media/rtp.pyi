"""RTP (RFC 3550): check a packet once, follow the far end's numbering, write our own."""

from __future__ import annotations

from typing import Any

def read(datagram: Any) -> tuple[int, bool, int, int, int, bytes] | None:
    """What the media thread makes of a datagram: (payload type, marker, sequence number,
    timestamp, SSRC, payload), or None if it would drop it as malformed."""
