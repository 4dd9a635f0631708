"""When agents were at work, as far as the calls that they took tell.

Between two calls an agent was idle or away. Away, if the next call had been waiting for longer than
the time after which agents take the next one, or if others waited meanwhile; idle, if nobody did.
Before the first call and after the last one the log knows nothing.

    call ───┐    ┌── call         nobody waits: idle, at work
            └────┘
    call ───┐ ▒▒▒▒▒▒ ┌── call     somebody waits: away for the gap
            └────────┘
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pbx.planning.history import Array

AWAY_S = 120.0  # a gap this short is work after the call
WAITED_S = 30.0  # in a gap: others waited for so long, so the agent was not there
GAP_MAX_S = 3600.0  # beyond it nobody is idle


class Taken(NamedTuple):
    """A call as its agent had it: seconds of the day."""

    start: float
    end: float


def presence(calls: list[Taken], waiting: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The spans in which an agent was at work. `calls` of one agent; `waiting`: from when to when
    each caller of the day waited."""
    spans: list[tuple[float, float]] = []
    queue = _Queue(waiting)
    for call in sorted(calls):
        end = max(call.start + 1.0, call.end)
        if spans and not _is_away(spans[-1][1], call.start, queue=queue):
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            begin = max(call.start, spans[-1][1]) if spans else call.start
            spans.append((begin, max(begin + 1.0, end)))
    return spans


def after_call(calls: list[Taken], waits: list[float]) -> list[tuple[float, bool]]:
    """The gaps between calls, cut at AWAY_S, and whether work after the call is known to have ended
    with the gap: it did if the next call had waited, for then nobody was ready before. Else the
    agent was ready for some part of it. `waits[n]` is the wait of `calls[n]`, by their starts."""
    gaps = []
    for before, call, wait in zip(calls, calls[1:], waits[1:], strict=False):
        gap = call.start - before.end
        if gap >= 0:
            gaps.append((min(gap, AWAY_S), wait > 0 and gap <= AWAY_S))
    return gaps


class _Queue:
    """For how long anybody waited up to a time."""

    def __init__(self, waiting: list[tuple[float, float]]) -> None:
        merged: list[tuple[float, float]] = []
        for start, end in sorted(waiting):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((start, end))
        spans = np.array(merged, dtype=np.float64).reshape(-1, 2)
        edges = np.concatenate([[-1.0], spans.ravel()])
        lengths = np.cumsum(spans[:, 1] - spans[:, 0])
        sums = np.concatenate([[0.0], np.column_stack([lengths, lengths]).ravel()])
        sums[1::2] -= spans[:, 1] - spans[:, 0]
        self._edges: Array = edges
        self._sums: Array = sums

    def waited(self, start: float, end: float) -> float:
        before, after = np.interp((start, end), self._edges, self._sums)
        return float(after - before)


def _is_away(end: float, start: float, *, queue: _Queue) -> bool:
    """Whether nobody was there from the end of a call to the start of the next."""
    gap = start - end
    if gap <= AWAY_S:
        return False
    return gap > GAP_MAX_S or queue.waited(end, start) > WAITED_S


def at_work(spans: list[tuple[float, float]], interval_s: int, *, per_day: int) -> Array:
    """How much of each of a day's intervals the spans fill; what passes midnight is left out."""
    edges = np.arange(per_day + 1) * float(interval_s)
    filled = np.zeros(per_day)
    for begin, end in spans:
        filled += np.clip(np.minimum(end, edges[1:]) - np.maximum(begin, edges[:-1]), 0, None)
    return np.asarray(filled / interval_s)
