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
    without any call is a row of zeros: closed. Of a week or more without any the log is lost, or
    nobody was there to be called: they are `missing`, and say nothing of days to come.
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

    def missing(self) -> NDArray[np.bool_]:
        """True for the days of each stretch of a week or more without any call."""
        return _stretches(self.counts.sum(1) == 0, WEEK)

    def gaps(self) -> list[tuple[date, date]]:
        """The first and the last day of each such stretch."""
        edges = np.flatnonzero(np.diff(np.concatenate([[0], self.missing(), [0]]).astype(int)))
        return [(self.day(int(a)), self.day(int(b) - 1)) for a, b in edges.reshape(-1, 2)]

    def before(self, day: date) -> History:
        """The days before `day`."""
        return History(self.first, self.counts[: max(0, (day - self.first).days)])

    def until(self, day: date) -> History:
        """The same up to the day before `day`; those that it lacks had no calls."""
        lacking = max(0, (day - self.next_day).days)
        return History(self.first, np.pad(self.counts, ((0, lacking), (0, 0))))


def _stretches(flags: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """The flags of those stretches that are at least so long."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags, [0]]).astype(int)))
    kept = np.zeros(len(flags), dtype=bool)
    for first, last in edges.reshape(-1, 2):
        kept[first:last] = last - first >= least
    return kept


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

    def flags(self, first: date, days: int, *, is_alike: bool = False) -> NDArray[np.bool_]:
        """True for the special days among `days` from `first` on; `is_alike`: only for those
        without a factor."""
        chosen = {day for day, factor in self.special.items() if factor is None or not is_alike}
        return np.array([first + timedelta(n) in chosen for n in range(days)], dtype=bool)


def checked_calendar(special: Mapping[date, float | None]) -> Calendar:
    """A calendar of these days; raises ValueError for a factor below 0 or without measure."""
    for day, factor in special.items():
        if factor is not None and not 0 <= factor <= 100:
            raise ValueError(f"{day}: a day of {factor} times the calls, 0 to 100 are allowed")
    return Calendar(dict(special))
