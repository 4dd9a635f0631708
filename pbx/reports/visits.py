"""Visits to queues one by one, as their last event tells, where counts of quarters do not do."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from pbx.reports.asked import Asked, Rows


class Visit(NamedTuple):
    """A visit that has ended: times in epoch seconds, the wait in ms."""

    entered: float
    left: float
    call: str
    queue: str
    outcome: str
    wait_ms: int
    position: int


class _Left(msgspec.Struct):
    """What of a QueueLeft counts here; old events do not say when the visit entered."""

    outcome: str
    wait_ms: int
    position: int = 0
    entered_wall_ms: int = -1


# A visit counts when it entered; it ended a day later at the most. Events have numbers in the order
# of time, an import's are below 0: read by number they come off the disk in one go.
_NUMBERS = """
    SELECT min(seq), max(seq) FROM events WHERE t >= :start AND t < :end + 86400 AND seq > 0
    UNION ALL
    SELECT min(seq), max(seq) FROM events WHERE t >= :start AND t < :end + 86400 AND seq < 0
        AND EXISTS (SELECT 1 FROM imports)"""
_ENDED = """SELECT t, call, queue, data FROM events WHERE seq BETWEEN :first AND :last
    AND type = 'QueueLeft' AND (:queue = '' OR queue = :queue)"""
_ALL = ("answered", "abandoned", "overflowed", "exited")
_decode = msgspec.json.Decoder(_Left).decode


def visits(asked: Asked, rows: Rows, *, outcome: str = "") -> list[Visit]:
    """The visits that entered in the days asked for, by when; of one outcome, or of all."""
    found: list[Visit] = []
    meant = (outcome,) if outcome else _ALL
    for first, last in rows(_NUMBERS, asked.params):
        ended = rows(_ENDED, {**asked.params, "first": first, "last": last})
        found += (visit for row in ended if (visit := _visit(row)).outcome in meant)
    return sorted(visit for visit in found if asked.start <= visit.entered < asked.end)


def _visit(row: tuple[Any, ...]) -> Visit:
    t, call, queue, data = row
    left = _decode(data)
    is_known = left.entered_wall_ms >= 0
    entered = left.entered_wall_ms / 1000 if is_known else t - left.wait_ms / 1000
    return Visit(entered, t, call, queue, left.outcome, left.wait_ms, left.position)
