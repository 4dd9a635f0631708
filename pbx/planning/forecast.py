"""Calls of the days to come, by interval: what such weekdays were like, in these parts.

    profile      day of week x interval: median of the last weeks, smoothed over the day
    day of month its usual part above or below (paydays), from all weeks, drawn towards none
    calendar     special days stay out of both; to come, they are an ordinary day times a factor
    missing      weeks of which the log has nothing stay out too (`History.missing`)

The last weeks' median by itself and an EWMA level times a profile are here too, as a measure.
All figures are calls per interval; a forecast needs one whole week of history.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pbx.planning.history import WEEK, Array, Calendar, History
from pbx.planning.smoothing import smoothed

WEEKS = 12  # of the profile
WEEKS_MAX = 26  # half a year tells the day of the month
AHEAD_MAX = 366
EWMA_SHARE = 0.3  # of the newest week in the level
DAMPING = 8.0  # days of no effect that a day of the month is averaged with
EFFECT_MAX = 0.5  # a day's logarithm beyond is taken for an accident, not for a date
SMOOTH_MONTH = (1.0, 2.0, 3.0, 2.0, 1.0)
SPECIAL = 0.3  # factor of a special day when none is on record

Flags = NDArray[np.bool_]


class Forecast(NamedTuple):
    """`counts[day, interval]` from the day `first` on; `band[day]` is a day's 80 % interval as
    factors (low, high), from how far weeks before strayed from their own median."""

    first: date
    counts: Array
    band: tuple[float, float]

    def day(self, number: int) -> date:
        """The date of a row."""
        return self.first + timedelta(number)


class _Weeks(NamedTuple):
    """The last whole weeks: `counts[week, day, interval]`. `usual[week, day]` is False for special
    and for missing days; `alike` True for those special days that tell what others will be: the
    calendar gives them no factor. `known`: the weeks that are not missing altogether."""

    first: date
    counts: Array
    usual: Flags
    alike: Flags
    known: NDArray[np.int64]

    def last(self, number: int) -> tuple[Array, Flags]:
        """Counts and usual days of the last so many weeks that are known."""
        chosen = self.known[-number:]
        return self.counts[chosen], self.usual[chosen]


def forecast(
    history: History, days: int = WEEK, *, calendar: Calendar | None = None, method: str = "dated"
) -> Forecast:
    """The `days` after the history. `method`: one of METHODS. Raises ValueError."""
    if method not in METHODS:
        raise ValueError(f"no method {method}: there are {' '.join(METHODS)}")
    if not 1 <= days <= AHEAD_MAX:
        raise ValueError(f"{days} days ahead: 1 to {AHEAD_MAX} are allowed")
    calendar = calendar or Calendar()
    weeks = _weeks(history, calendar)
    ahead = [history.next_day + timedelta(n) for n in range(days)]
    week = METHODS[method](weeks, ahead)
    counts = week[np.arange(days) % WEEK] if len(week) == WEEK else week
    return Forecast(
        ahead[0], counts * _factors(weeks, ahead, calendar=calendar)[:, None], _band(weeks)
    )


def _weeks(history: History, calendar: Calendar) -> _Weeks:
    """The last weeks, so that day 0 is the weekday of the first day ahead."""
    number = min(history.days // WEEK, WEEKS_MAX)
    if number == 0:
        raise ValueError(f"{history.days} days of calls: a forecast needs {WEEK} at least")
    first = history.next_day - timedelta(number * WEEK)
    counts = history.counts[-number * WEEK :].reshape(number, WEEK, -1)
    size = number * WEEK
    missing = history.missing()[-size:]
    missing &= ~missing.all()  # a log without a single call says that none come
    special, alike = calendar.flags(first, size), calendar.flags(first, size, is_alike=True)
    usual, alike, gone = (
        flags.reshape(number, WEEK) for flags in (~special & ~missing, alike & ~missing, missing)
    )
    return _Weeks(first, counts, usual, alike, np.flatnonzero(~gone.all(1)))


def _median_of_six(weeks: _Weeks, _ahead: list[date]) -> Array:
    return _median(*weeks.last(6))


def _ewma(weeks: _Weeks, _ahead: list[date]) -> Array:
    """Level of each weekday, the newest weeks counting most, times the smoothed profile."""
    totals = weeks.counts.sum(2)
    level = totals[weeks.known[0]]
    for total, usual in zip(totals, weeks.usual, strict=True):
        level = np.where(usual, level + EWMA_SHARE * (total - level), level)
    profile = smoothed(_median(*weeks.last(WEEKS)))
    whole = profile.sum(1, keepdims=True)
    return np.asarray(profile / np.where(whole > 0, whole, 1) * level[:, None])


def _dated(weeks: _Weeks, ahead: list[date]) -> Array:
    """Profile of the weekday times the effect of the day of the month."""
    profile = smoothed(_median(*weeks.last(WEEKS)))
    effects = day_of_month_effects(weeks.first, weeks.counts.sum(2), usual=weeks.usual)
    month_days = [day.day - 1 for day in ahead]
    weekday = np.arange(len(ahead)) % WEEK
    return np.asarray(profile[weekday] * effects[month_days][:, None])


def day_of_month_effects(first: date, totals: Array, *, usual: Flags) -> Array:
    """31 factors about 1: days of the month against the median of their weekday.

    `totals[week, day]` of the days from `first` on. With few months little is known, so each is
    averaged with DAMPING days without effect, and with its neighbours.
    """
    median = _median(totals[:, :, None], usual)[:, 0]
    ratio = np.log(np.maximum(totals, 1) / np.maximum(median, 1))
    strays = np.where(usual, np.clip(ratio, -EFFECT_MAX, EFFECT_MAX), 0).ravel()
    dates = [(first + timedelta(n)).day - 1 for n in range(totals.size)]
    seen = np.bincount(dates, weights=usual.ravel(), minlength=31)
    sums = np.bincount(dates, weights=strays, minlength=31)
    effects = sums / (seen + DAMPING)
    reach = len(SMOOTH_MONTH) // 2
    turned = np.concatenate([effects[-reach:], effects, effects[:reach]])
    return np.exp(np.convolve(turned, np.array(SMOOTH_MONTH) / sum(SMOOTH_MONTH), "valid"))


def _median(counts: Array, usual: Flags) -> Array:
    """Median over the weeks of each weekday's intervals, special days left out; a weekday that has
    only special days is taken as they are."""
    if usual.all():
        return np.asarray(np.median(counts, axis=0))
    weekdays = []
    for weekday in range(counts.shape[1]):
        rows = counts[usual[:, weekday], weekday]
        weekdays.append(np.median(rows if len(rows) else counts[:, weekday], axis=0))
    return np.array(weekdays)


def _factors(weeks: _Weeks, ahead: list[date], *, calendar: Calendar) -> Array:
    """1 for an ordinary day ahead, else what the calendar or the past says."""
    if not any(day in calendar.special for day in ahead):
        return np.ones(len(ahead))
    learnt = special_factor(weeks.counts.sum(2), weeks.usual, alike=weeks.alike)
    given = [calendar.special.get(day, 1.0) for day in ahead]
    return np.array([learnt if factor is None else factor for factor in given])


def special_factor(totals: Array, usual: Flags, *, alike: Flags) -> float:
    """What special days `alike` in the past were of an ordinary day of their weekday, at the
    median. Those of which the calendar knows a factor are not: a closed day tells nothing of a
    holiday on which calls come."""
    median = _median(totals[:, :, None], usual)[:, 0]
    ratios = (totals / np.maximum(median, 1))[alike]
    return float(np.median(ratios)) if ratios.size else SPECIAL


def _band(weeks: _Weeks) -> tuple[float, float]:
    """Factors between which eight ordinary days of ten came to lie."""
    totals = weeks.counts.sum(2)
    median = _median(totals[:, :, None], weeks.usual)[:, 0]
    is_known = weeks.usual & (median > 0)
    ratios = (totals / np.maximum(median, 1e-9))[is_known]
    if ratios.size < WEEK:
        return 0.0, 2.0
    low, high = np.quantile(ratios, (0.1, 0.9))
    return float(low), float(high)


METHODS: dict[str, Callable[[_Weeks, list[date]], Array]] = {
    "dated": _dated,
    "median": _median_of_six,
    "ewma": _ewma,
}
