"""An event as the socket shows it: a note's name, its scope, its fields as JSON.

Inside, times are milliseconds; outside, `wall_ms` and `*_wall_ms` are epoch seconds (null if they
never came) and `*_ms` become `*_s`, as everywhere on the socket.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Union

import msgspec

from pbx import notes
from pbx.notes import Note
from pbx.service.socket.masked import masked

EVENT_NAMES: dict[type[Note], str] = {
    notes.CallOpened: "call.opened",
    notes.Offered: "call.offered",
    notes.OfferEnded: "call.offer_ended",
    notes.TalkStarted: "call.answered",
    notes.TalkEnded: "call.talk_ended",
    notes.CallClosed: "call.ended",
    notes.QueueEntered: "queue.entered",
    notes.QueueLeft: "queue.left",
    notes.MenuPassed: "call.menu",
    notes.Announced: "call.announced",
    notes.Transferred: "call.transferred",
    notes.RecordingChanged: "call.recording",
    notes.SoundMissed: "call.sound_missed",
    notes.SoundElsewhere: "call.sound_elsewhere",
    notes.TrunkChanged: "trunk.changed",
    notes.TrunkFilled: "trunk.filled",
    notes.NightChanged: "system.night",
    notes.AgentChanged: "agent.changed",
    notes.AgentPaused: "agent.paused",
    notes.AgentLogged: "agent.logged",
    notes.DeviceChanged: "phone.changed",
    notes.SiteConfigured: "system.configured",
    notes.WrapUpEnded: "agent.wrapped_up",
    notes.AlarmRaised: "alarm.raised",
}

Data = Note | dict[str, Any]
Event = tuple[float, str, Data]  # epoch seconds, type, fields

_pack = msgspec.msgpack.Encoder().encode
_data: Any = Union[(*EVENT_NAMES, dict[str, Any])]
_unpack = msgspec.msgpack.Decoder(list[tuple[float, str, _data]]).decode
_json = msgspec.json.Encoder().encode


def pack(block: list[Event]) -> bytes:
    """Events as compact bytes; `unpack` undoes it."""
    return _pack(block)


def unpack(data: bytes) -> list[Event]:
    """The events of `pack`."""
    return _unpack(data)


def scope_of(kind: str, data: Data) -> str:
    """The queue of an event, or the agent of an `agent.` event; empty for none."""
    field = "agent" if kind.startswith("agent.") else "queue"
    found = data.get(field, "") if isinstance(data, dict) else getattr(data, field, "")
    return found if isinstance(found, str) else ""


def line(seq: int, event: Event, *, is_masked: bool = False) -> bytes:
    """The JSON-RPC notification of an event, with its newline; callers may be masked in it."""
    t, kind, data = event
    fields = data if isinstance(data, dict) else shown(data)
    params = _json({"seq": seq, "t": t, "type": kind, **(masked(fields) if is_masked else fields)})
    return b'{"jsonrpc":"2.0","method":"event","params":' + params + b"}\n"


def lagged_line(first: int, last: int) -> bytes:
    """The notification that events `first` to `last` were dropped for a client that is slow."""
    return _json({"jsonrpc": "2.0", "method": "lagged", "params": {"from": first, "to": last}}) + (
        b"\n"
    )


def shown(value: msgspec.Struct) -> dict[str, Any]:
    """A value's fields in the socket's names and units."""
    return {
        name: convert(getattr(value, field)) if convert else getattr(value, field)
        for field, name, convert in _columns(type(value))
    }


@cache
def _columns(cls: type[msgspec.Struct]) -> list[tuple[str, str, Any]]:
    """For each field: its name inside, its name outside, how to convert it (None: as it is)."""
    return [_column(field) for field in cls.__struct_fields__ if field != "wall_ms"]


def _column(field: str) -> tuple[str, str, Any]:
    """One field's column."""
    if field.endswith("_wall_ms"):
        return field, field.removesuffix("_wall_ms"), _epoch_seconds
    if field.endswith("_ms"):
        return field, field.removesuffix("_ms") + "_s", _seconds
    return field, field, _rows if field == "segments" else None


def _epoch_seconds(wall_ms: int) -> float | None:
    return wall_ms / 1000 if wall_ms > 0 else None


def _seconds(duration_ms: int) -> float:
    return duration_ms / 1000


def _rows(values: tuple[msgspec.Struct, ...]) -> list[dict[str, Any]]:
    return [shown(value) for value in values]
