"""How well a forecast would have done: each of the last weeks forecast from the days before it.

WAPE: the sum of |forecast - came| / the sum of what came, per interval and per day.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pbx.planning.forecast import METHODS, forecast
from pbx.planning.history import WEEK, Array, Calendar, History

ORIGINS = 10

Method = Callable[[History], Array]


class Accuracy(NamedTuple):
    """Shares of the calls that came; `weeks` were forecast, those missing in the log left out."""

    per_interval: float
    per_day: float
    weeks: int


def accuracy(history: History, method: Method, *, origins: int = ORIGINS) -> Accuracy:
    """`method` gives a week's `[day, interval]` from a history. Raises ValueError for fewer than
    two weeks, or weeks without calls."""
    possible = min(origins, history.days // WEEK - 1)
    if possible < 1:
        raise ValueError(f"{history.days} days of calls: it takes {2 * WEEK} to test a forecast")
    missed = missed_days = came = 0.0
    missing, left_out = history.missing(), 0
    for back in range(possible, 0, -1):
        start = history.days - back * WEEK
        real = history.counts[start : start + WEEK]
        if missing[start : start + WEEK].any():
            left_out += 1
            continue
        expected = method(History(history.first, history.counts[:start]))
        missed += float(np.abs(expected - real).sum())
        missed_days += float(np.abs(expected.sum(1) - real.sum(1)).sum())
        came += float(real.sum())
    if came == 0:
        raise ValueError("no calls in the weeks to test by")
    return Accuracy(missed / came, missed_days / came, possible - left_out)


def measures(calendar: Calendar) -> dict[str, Method]:
    """What forecasts are measured against, and ours by name."""
    simple: dict[str, Method] = {
        "last week": lambda history: history.counts[-WEEK:],
        "mean of 4 weeks": lambda history: np.asarray(_weeks(history, 4).mean(0)),
        "median of 6 weeks": lambda history: np.asarray(np.median(_weeks(history, 6), axis=0)),
    }
    ours: dict[str, Method] = {
        name: lambda history, name=name: (
            forecast(  # type: ignore[misc]
                history, calendar=calendar, method=name
            ).counts
        )
        for name in METHODS
    }
    return simple | ours


def _weeks(history: History, number: int) -> Array:
    number = min(number, history.days // WEEK)
    return history.counts[-number * WEEK :].reshape(number, WEEK, -1)
