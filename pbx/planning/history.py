"""Calls counted by day and interval, and the calendar of days that are not like others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

WEEK = 7
DAY_S = 86_400
DAYS_MAX = 3_660  # ten years

Array = NDArray[np.float64]


class History(NamedTuple):
    """`counts[day, interval]`: calls by the wall clock, days without a gap from `first` on.

    An hour that summer time repeats counts twice into its intervals, one left out is empty. A day
    without any call is a row of zeros: it may have been closed, or its log may be lost.
    """

    first: date
    counts: Array

    @property
    def days(self) -> int:
        """How many days it spans."""
        return len(self.counts)

    @property
    def per_day(self) -> int:
        """Intervals in a day."""
        return int(self.counts.shape[1])

    @property
    def next_day(self) -> date:
        """The day after the last."""
        return self.first + timedelta(self.days)

    def day(self, number: int) -> date:
        """The date of a row."""
        return self.first + timedelta(number)

    def before(self, day: date) -> History:
        """The days before `day`."""
        return History(self.first, self.counts[: max(0, (day - self.first).days)])


def history_of(days: Mapping[date, Iterable[float]], per_day: int) -> History:
    """Counts by date as a history: dates in between that are not there had no calls.

    Raises ValueError where there is no day at all, a row has another length, a count is negative
    or the days span more than ten years.
    """
    if not days:
        raise ValueError("no calls: there is nothing to plan by")
    first, last = min(days), max(days)
    span = (last - first).days + 1
    if span > DAYS_MAX:
        raise ValueError(f"{first} to {last} is more than {DAYS_MAX} days: is a date wrong?")
    counts = np.zeros((span, per_day))
    for day, row in days.items():
        values = np.fromiter(row, dtype=np.float64)
        if values.shape != (per_day,):
            raise ValueError(f"{day} has {values.size} intervals, not {per_day}")
        if not np.isfinite(values).all() or (values < 0).any():
            raise ValueError(f"{day} has a count that is no number of calls")
        counts[(day - first).days] = values
    return History(first, counts)


class Calendar(NamedTuple):
    """Days not like others, known beforehand: date -> factor on an ordinary day's calls.

    0 is closed, 1.5 a sale; None: as such days were in the past. They stay out of every profile.
    """

    special: Mapping[date, float | None] = {}

    def flags(self, first: date, days: int) -> NDArray[np.bool_]:
        """True for the special days among `days` from `first` on."""
        return np.array([first + timedelta(n) in self.special for n in range(days)], dtype=bool)


def checked_calendar(special: Mapping[date, float | None]) -> Calendar:
    """A calendar of these days; raises ValueError for a factor below 0 or without measure."""
    for day, factor in special.items():
        if factor is not None and not 0 <= factor <= 100:
            raise ValueError(f"{day}: a day of {factor} times the calls, 0 to 100 are allowed")
    return Calendar(dict(special))
