"""What a log's last days came to, by interval: agents at work, calls answered within T, abandoned.

A plan looks back on them (`pbx.planning.lookback`). Of each day are kept its calls' times, four
small numbers a call, until the log is read: who was at work is told by all calls of a day together.
"""

from __future__ import annotations

from array import array
from datetime import date

import numpy as np

from pbx.planning.history import DAY_S, WEEK, Array, History
from pbx.planning.lookback import WEEKS, WEEKS_BEFORE, Past
from pbx.planning.presence import Taken, at_work, presence
from pbx.service.planning.call_rows import LoggedCall

DAYS_MAX = (2 * WEEKS + WEEKS_BEFORE) * WEEK  # more of a log says nothing to a plan
AGENTS_MAX = 10_000
_WIDTH = 4  # second, wait, handle time, agent by number or -1


class CallDays:
    """The calls of one queue, or of all, by day."""

    def __init__(self, queue: str = "") -> None:
        self._queue = queue
        self._days: dict[date, array[float]] = {}
        self._names: dict[str, int] = {}

    def add(self, call: LoggedCall) -> None:
        """Keep one call. One whose wait is not known tells nothing."""
        if call.wait_s < 0 or (self._queue and call.queue != self._queue):
            return
        day = self._days.get(call.day)
        if day is None:
            day = self._days[call.day] = array("d")
            if len(self._days) > DAYS_MAX:
                del self._days[min(self._days)]
        agent, gone = -1, -2  # of others, whom nobody answered and who did not hang up, the first
        if call.outcome == "answered" and len(self._names) < AGENTS_MAX:
            agent = self._names.setdefault(call.agent, len(self._names))
        elif call.outcome == "abandoned":
            agent = gone
        day.extend((call.second, call.wait_s, call.handle_s, agent))

    def past(self, history: History, within_s: float) -> Past:
        """The log as a plan looks back on it, as far as its calls tell."""
        if not self._days or len(self._names) < 2:  # nobody is named
            return Past(history)
        agents, within, abandoned = (np.zeros(history.counts.shape) for _ in range(3))
        for day, kept in self._days.items():
            number = (day - history.first).days
            if 0 <= number < history.days:
                calls = np.array(kept).reshape(-1, _WIDTH)
                agents[number], within[number], abandoned[number] = _day(
                    calls, within_s, per_day=history.per_day
                )
        return Past(history, agents, within, abandoned)


def _day(calls: Array, within_s: float, *, per_day: int) -> tuple[Array, Array, Array]:
    """Of one day: agents at work, calls answered within T and abandoned, by interval."""
    second, wait, handle, agent = calls.T
    place = np.minimum(second * per_day // DAY_S, per_day - 1).astype(int)
    soon = np.bincount(place[(agent >= 0) & (wait <= within_s)], minlength=per_day)
    gone = np.bincount(place[agent == -2], minlength=per_day)
    waiting = np.column_stack([second, second + wait])[wait > 0].tolist()
    there = np.zeros(per_day)
    begin, end = second + wait, second + wait + np.maximum(handle, 0)
    for number in np.unique(agent[agent >= 0]):
        own = [Taken(*each) for each in np.column_stack([begin, end])[agent == number].tolist()]
        there += at_work(presence(own, waiting), DAY_S // per_day, per_day=per_day)
    return there, soon.astype(float), gone.astype(float)
