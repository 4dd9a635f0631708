"""Notes as rows of the database: pure functions, in the order of the tables' columns."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec

from pbx.notes import CallClosed, Note, WrapUpEnded
from pbx.service.printable import printable

SEGMENTS_MAX = 10_000  # of one call, without its wrap-ups

_json = msgspec.json.Encoder()

_Getter = Callable[[Note], Any]

CallRow = tuple[str | int | float | None, ...]
SegmentRow = tuple[str, int, str, str, str, float, float, str]
BesideRow = tuple[str | int | float | None, ...]
EventRow = tuple[int, float, str, str, str, str, str]


class Recording(msgspec.Struct, frozen=True):
    """A row of `recordings`; times are epoch seconds, `path` is below the recordings' folder."""

    call: str
    path: str
    started: float
    ended: float | None = None
    seconds: float = 0.0
    bytes: int = 0
    state: str = "recording"  # kept, deleted, failed
    deleted: float | None = None
    why: str = ""


class Sound(msgspec.Struct, frozen=True):
    """A row of `sounds`: what went over one leg, told when its sockets are closed."""

    leg: int
    call: str
    party: str
    codec: str
    packets_in: int
    packets_out: int
    lost: int
    loss: float
    far_loss: float
    jitter_ms: float
    rtt_ms: float | None
    mos: float | None


class Written(msgspec.Struct, frozen=True):
    """A row of `writes`: what a client asked to be done under a key, and what it was answered."""

    who: str
    idem: str
    t: float
    method: str
    params: str
    result: str


class Forgotten(msgspec.Struct, frozen=True):
    """A row of `writes` that goes."""

    who: str
    idem: str


class OldEvent(msgspec.Struct, frozen=True):
    """A row of `events` that goes."""

    seq: int


class OldCall(msgspec.Struct, frozen=True):
    """A row of `calls` that goes."""

    id: str


class OldSegments(msgspec.Struct, frozen=True):
    """The rows of `segments` of a call, which go."""

    call: str


class OldSounds(msgspec.Struct, frozen=True):
    """The rows of `sounds` of a call, which go."""

    call: str


class OldRecording(msgspec.Struct, frozen=True):
    """A row of `recordings` that goes, if its file has."""

    call: str


class OldStates(msgspec.Struct, frozen=True):
    """The rows of `agent_states` that began then, which go if they have ended."""

    started: float


Old = OldStates | OldEvent | OldCall | OldSegments | OldSounds | OldRecording


class InForce(msgspec.Struct, frozen=True):
    """A row of `configurations`; `n` is given by the table. See `pbx.service.record.versions`."""

    n: int | None
    version: str
    t: float
    who: str
    bytes: int
    overrides: str
    files: str


# rows that follow from no note
Beside = Recording | Sound | Written | Forgotten | InForce | Old


def _seconds(wall_ms: int) -> float | None:
    """Epoch seconds; None for a time that was never reached (below 0)."""
    return wall_ms / 1000 if wall_ms >= 0 else None


def call_row(note: CallClosed) -> CallRow:
    """The row of `calls`."""
    return (
        note.call,
        note.direction,
        note.source,
        printable(note.calling),
        printable(note.called),
        note.trunk,
        note.queue,
        note.agent,
        _seconds(note.started_wall_ms),
        _seconds(note.answered_wall_ms),
        _seconds(note.connected_wall_ms),
        _seconds(note.ended_wall_ms),
        note.outcome,
        note.cause,
        note.ended_by,
        note.wait_ms / 1000,
        note.talk_ms / 1000,
        note.hold_ms / 1000,
        note.recording,
        printable(note.name),
        note.extension,
        printable(note.sip_call_id),
    )


def segment_rows(note: CallClosed) -> list[SegmentRow]:
    """The rows of `segments`, numbered from 1."""
    return [
        (
            note.call,
            n,
            segment.kind,
            segment.queue,
            segment.agent,
            segment.started_wall_ms / 1000,
            segment.ended_wall_ms / 1000,
            segment.detail,
        )
        for n, segment in enumerate(note.segments[:SEGMENTS_MAX], 1)
    ]


def wrap_up_row(seq: int, note: WrapUpEnded) -> SegmentRow:
    """The row of `segments` for the work after a call, which may end before or after the call:
    its number is made of its note's, so that it meets no other."""
    started, ended = note.started_wall_ms / 1000, note.ended_wall_ms / 1000
    n = SEGMENTS_MAX + seq
    return note.call, n, "wrap_up", note.queue, note.agent, started, ended, ""


def beside_row(row: Beside) -> BesideRow:
    """The row of any of these tables, or the key of one that goes."""
    return msgspec.structs.astuple(row)


def event_row(seq: int, note: Note) -> EventRow:
    """The row of `events`: what all notes have in columns, the rest as a JSON object."""
    kind = type(note)
    name, wall_ms, names, values = _columns(kind)
    data = printable(_json.encode(dict(zip(names, values(note), strict=True))).decode())
    call, queue = getattr(note, "call", ""), getattr(note, "queue", "")
    return seq, wall_ms(note) / 1000, name, call, queue, getattr(note, "agent", ""), data


@cache
def _columns(kind: type[Note]) -> tuple[str, _Getter, tuple[str, ...], _Getter]:
    """A kind of note: its name, what gets its time, the fields for the JSON, what gets these.

    A getter gives a tuple for two fields or more only; a field alone is put into one."""
    fields = kind.__struct_fields__
    wall_ms = "wall_ms" if "wall_ms" in fields else "ended_wall_ms"
    rest = tuple(name for name in fields if name not in ("wall_ms", "call", "queue", "agent"))
    assert rest, kind
    values = attrgetter(*rest)
    if len(rest) > 1:
        return kind.__name__, attrgetter(wall_ms), rest, values
    return kind.__name__, attrgetter(wall_ms), rest, lambda note: (values(note),)
