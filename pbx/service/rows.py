"""Notes as rows of the database: pure functions, in the order of the tables' columns."""

from __future__ import annotations

import msgspec

from pbx.notes import CallClosed, Note, WrapUpEnded
from pbx.service.plain import plain

SEGMENTS_MAX = 10_000  # of one call, without its wrap-ups

_json = msgspec.json.Encoder()

CallRow = tuple[str | int | float | None, ...]
SegmentRow = tuple[str, int, str, str, str, float, float, str]
EventRow = tuple[int, float, str, str, str, str, str]


def _seconds(wall_ms: int) -> float | None:
    """Epoch seconds; None for a time that was never reached (below 0)."""
    return wall_ms / 1000 if wall_ms >= 0 else None


def call_row(note: CallClosed) -> CallRow:
    """The row of `calls`."""
    return (
        note.call,
        note.direction,
        note.source,
        plain(note.calling),
        plain(note.called),
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
        "",
        plain(note.name),
        note.extension,
        plain(note.sip_call_id),
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


def event_row(seq: int, note: Note) -> EventRow:
    """The row of `events`: what all notes have in columns, the rest as a JSON object."""
    fields = msgspec.structs.asdict(note)
    t = (fields.pop("wall_ms", None) or fields["ended_wall_ms"]) / 1000
    call, queue, agent = (fields.pop(name, "") for name in ("call", "queue", "agent"))
    data = plain(_json.encode(fields).decode())
    return seq, t, type(note).__name__, call, queue, agent, data
