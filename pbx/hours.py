"""Opening hours: whether they are open at a local time, and when that changes next.

Each day has its ranges: those of `open_dates` if the day stands there, else none if it is in
`closed`, else those of its weekday. A range belongs to the day it began on, so what passes
midnight goes on into a closed day, and does not begin on one. Times are read off the wall clock:
an hour that summer time repeats is open twice, one that it leaves out is not missed.
"""

from __future__ import annotations

import datetime
from functools import lru_cache

from config.forms import DAY_MIN, Dates, Opening, parse_dates, parse_opening
from config.settings import Hours

MODES = ("auto", "open", "closed")

Times = tuple[tuple[int, int], ...]
_Parsed = tuple[tuple[Opening, ...], tuple[Dates, ...], tuple[Dates, ...]]

_WHOLE_DAY: Times = ((0, DAY_MIN),)
_DAY = datetime.timedelta(days=1)


def is_open(hours: Hours, local: datetime.datetime, *, mode: str = "auto") -> bool:
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


@lru_cache(maxsize=256)
def _parsed(hours: Hours) -> _Parsed:
    return (
        tuple(map(parse_opening, hours.open)),
        tuple(map(parse_dates, hours.closed)),
        tuple(parse_dates(text, may_have_times=True) for text in hours.open_dates),
    )
