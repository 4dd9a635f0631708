"""Visits to queues one by one, as their last event tells, where counts of quarters do not do."""

from __future__ import annotations

from typing import NamedTuple

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


# A visit counts when it entered, which a day before it ended is soon enough to look for; old
# events do not say when they entered, and entered as long before as they waited.
_ENDED = """WITH ended AS (
    SELECT t AS left_at, call, queue, data ->> 'outcome' AS outcome, data ->> 'wait_ms' AS wait_ms,
        data ->> 'position' AS position,
        CASE WHEN coalesce(data ->> 'entered_wall_ms', -1) >= 0 THEN
            (data ->> 'entered_wall_ms') / 1000.0 ELSE t - (data ->> 'wait_ms') / 1000.0 END AS at
    FROM events WHERE type = 'QueueLeft' AND t >= :start AND t < :end + 86400
        AND (:queue = '' OR queue = :queue))
SELECT at, left_at, call, queue, outcome, wait_ms, position FROM ended
    WHERE at >= :start AND at < :end"""


def visits(asked: Asked, rows: Rows, *, outcome: str = "") -> list[Visit]:
    """The visits that entered in the days asked for, by when; of one outcome, or of all."""
    which = " AND outcome = :outcome" if outcome else ""
    found = rows(f"{_ENDED}{which} ORDER BY at", {**asked.params, "outcome": outcome})
    return [Visit(*row) for row in found]
