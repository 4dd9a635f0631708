"""G.711: PCMU and PCMA to and from 16-bit linear samples, by table."""

from __future__ import annotations

from typing import Any

def decode_ulaw(wire: Any, linear: Any) -> None:
    """Expand `wire` (bytes) into `linear` (writable int16); ValueError unless as long."""

def decode_alaw(wire: Any, linear: Any) -> None:
    """Expand `wire` (bytes) into `linear` (writable int16); ValueError unless as long."""

def encode_ulaw(linear: Any, wire: Any) -> None:
    """Compress `linear` (int16) into `wire` (writable bytes); ValueError unless as long."""

def encode_alaw(linear: Any, wire: Any) -> None:
    """Compress `linear` (int16) into `wire` (writable bytes); ValueError unless as long."""

def ulaw_to_alaw(wire: Any, other: Any) -> None:
    """Turn PCMU into PCMA; `other` may be `wire` itself; ValueError unless as long."""

def alaw_to_ulaw(wire: Any, other: Any) -> None:
    """Turn PCMA into PCMU; `other` may be `wire` itself; ValueError unless as long."""
