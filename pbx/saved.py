"""The exchange's memory as bytes, and back: today's, and what earlier releases have left.

    version 1   a call had its recording, and what rings for it, as fields of its own
    version 2   `Call.recording` and `Call.hunt`
"""

from __future__ import annotations

from typing import Any

import msgspec

from pbx.state import State

VERSION = 2
_RECORDING = (  # of version 1: its name, and ours
    ("recording", "file"), ("recording_state", "state"), ("is_told", "is_told"),
    ("is_past_notice", "is_past_notice"),
)  # fmt: skip
_HUNT = (
    ("ringing", "legs"), ("targets", "trunks"), ("number", "number"), ("group", "group"),
    ("members", "members"), ("diverted", "diverted"), ("diverts", "diverts"),
    ("refused_code", "refused_code"), ("refused_cause", "refused_cause"),
)  # fmt: skip


class _Head(msgspec.Struct, array_like=True):
    """What stands before everything else."""

    version: int


def save(state: State, engine: bytes) -> bytes:
    """The state and the engine's own snapshot as bytes for `load`."""
    return msgspec.msgpack.encode((VERSION, state, engine))


def load(data: bytes) -> tuple[State, bytes]:
    """What `save` was given, by this release or an earlier one. Raises ValueError for other bytes
    (msgspec's errors are such) and for later versions."""
    version = msgspec.msgpack.decode(data, type=_Head).version
    if version == VERSION:
        _, state, engine = msgspec.msgpack.decode(data, type=tuple[int, State, bytes])
        return state, engine
    if version != 1:
        raise ValueError(f"a snapshot of version {version}; this is {VERSION}")
    _, whole, engine = msgspec.msgpack.decode(data)
    for call in whole["calls"].values():
        _gather(call, "recording", fields=_RECORDING)
        _gather(call, "hunt", fields=_HUNT)
    return msgspec.convert(whole, State), engine


def _gather(call: dict[str, Any], name: str, *, fields: tuple[tuple[str, str], ...]) -> None:
    """Put fields of a call into one value of it."""
    call[name] = {ours: call.pop(theirs) for theirs, ours in fields if theirs in call}
