"""Opening hours: whether they are open at a local time, and when that changes next.

Each day has its ranges: those of `open_dates` if the day stands there, else none if it is in
`closed`, else those of its weekday. A range belongs to the day it began on, so what passes
midnight goes on into a closed day, and does not begin on one. Times are read off the wall clock:
an hour that summer time repeats is open twice, one that it leaves out is not missed.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from functools import lru_cache

from config.forms import DAY_MIN, Dates, Opening, parse_dates, parse_opening
from config.settings import Hours

MODES = ("auto", "open", "closed")
AHEAD_MAX = 400  # days that `next_change` looks at: a year, and a holiday after it

Times = tuple[tuple[int, int], ...]
_Parsed = tuple[tuple[Opening, ...], tuple[Dates, ...], tuple[Dates, ...]]

_WHOLE_DAY: Times = ((0, DAY_MIN),)
_DAY = datetime.timedelta(days=1)


def is_open(hours: Hours, local: datetime.datetime, mode: str = "auto") -> bool:
    """Whether `hours` are open at the local time `local`; `mode` open or closed overrides them.

    Raises `ValueError` for hours that `check-config` refuses.
    """
    if mode != "auto":
        return mode == "open"
    minute = local.hour * 60 + local.minute
    today = local.date()
    if any(start <= minute < end for start, end in day_times(hours, today)):
        return True
    minute += DAY_MIN
    return today > datetime.date.min and any(
        start <= minute < end for start, end in day_times(hours, today - _DAY)
    )


def next_change(hours: Hours, local: datetime.datetime) -> datetime.datetime | None:
    """The next local time at which `hours` open or close; None if not within `AHEAD_MAX` days."""
    is_now = is_open(hours, local)
    for moment in _edges(hours, local):
        if moment > local and is_open(hours, moment) != is_now:
            return moment
    return None


def day_times(hours: Hours, day: datetime.date) -> Times:
    """The ranges that begin on `day`: minutes from its midnight, to over 1440 past the next."""
    opening, closed, open_dates = _parsed(hours)
    special = [each for each in open_dates if each.first <= day <= each.last]
    if special:
        return tuple(times for each in special for times in each.times or _WHOLE_DAY)
    if any(each.first <= day <= each.last for each in closed):
        return ()
    weekday = day.weekday()
    return tuple(times for each in opening if weekday in each.days for times in each.times)


def _edges(hours: Hours, local: datetime.datetime) -> Iterator[datetime.datetime]:
    """Every local time from the day before on at which a range begins or ends, in order."""
    for ahead in range(-1, AHEAD_MAX):
        midnight = _midnight(local, ahead)
        if midnight is None:
            return
        # the ends of ranges that began the day before lie in this day: both days' edges, in order
        minutes = {minute for times in day_times(hours, midnight.date()) for minute in times}
        before = _midnight(local, ahead - 1)
        if before is not None:
            began = day_times(hours, before.date())
            minutes |= {minute - DAY_MIN for times in began for minute in times}
        for minute in sorted(each for each in minutes if 0 <= each < DAY_MIN):
            yield midnight + datetime.timedelta(minutes=minute)


def _midnight(local: datetime.datetime, ahead: int) -> datetime.datetime | None:
    try:
        day = local.date() + ahead * _DAY
    except OverflowError:
        return None
    return datetime.datetime.combine(day, datetime.time(), local.tzinfo)


@lru_cache(maxsize=256)
def _parsed(hours: Hours) -> _Parsed:
    return (
        tuple(map(parse_opening, hours.open)),
        tuple(map(parse_dates, hours.closed)),
        tuple(parse_dates(text, may_have_times=True) for text in hours.open_dates),
    )
