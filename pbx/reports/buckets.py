"""Stretches of local time: the interval, day, week or month that a quarter of an hour is in.

    by 1h on the day the clock is set back    00:00 01:00 02:00 02:00 03:00 …   25 rows
    by 1h on the day it is set forward        00:00 01:00 03:00 …               23 rows

Quarters begin at whole 900 s since the epoch; every zone's offset is whole quarters, so a quarter
is in one stretch only. Weeks begin on Monday.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping

from pbx.figures.figure import Counts
from pbx.reports.asked import By, midnight

QUARTER_S = 900
_INTERVALS: dict[str, int] = {"15m": 900, "30m": 1_800, "1h": 3_600}


def begins(start: int, *, by: By, zone: datetime.tzinfo) -> int:
    """When the stretch that the quarter `start` is in begins; both in epoch seconds."""
    local = datetime.datetime.fromtimestamp(start, zone)
    if by in _INTERVALS:
        minutes = local.hour * 60 + local.minute
        return start - minutes * 60 % _INTERVALS[by]
    day = local.date()
    if by == "week":
        day -= datetime.timedelta(days=day.weekday())
    elif by == "month":
        day = day.replace(day=1)
    return midnight(day, zone)


def name_of(begin: int, *, by: By, zone: datetime.tzinfo) -> str:
    """How a stretch is called: 2026-11-23 09:30, 2026-11-23, 2026-W48, 2026-11."""
    local = datetime.datetime.fromtimestamp(begin, zone)
    if by in _INTERVALS:
        return f"{local:%Y-%m-%d %H:%M}"
    if by == "week":
        year, week, _ = local.date().isocalendar()
        return f"{year}-W{week:02}"
    return f"{local:%Y-%m}" if by == "month" else local.date().isoformat()


def stretches(start: int, end: int, *, by: By, zone: datetime.tzinfo) -> Iterator[int]:
    """The beginnings of all stretches from `start` to before `end`, so that none is left out where
    nothing happened. The first may begin before `start`: a week or a month does."""
    last = None
    for quarter in range(start, end, QUARTER_S):
        begin = begins(quarter, by=by, zone=zone)
        if begin != last:
            last = begin
            yield begin


def gathered(
    rows: Iterable[tuple[int, Counts]], *, by: By, zone: datetime.tzinfo
) -> dict[int, dict[str, int]]:
    """Counts of quarters added up by the stretch they are in."""
    sums: dict[int, dict[str, int]] = {}
    found: dict[int, int] = {}
    for start, counts in rows:
        begin = found.get(start)
        if begin is None:
            begin = found[start] = begins(start, by=by, zone=zone)
        add(sums.setdefault(begin, {}), counts)
    return sums


def add(into: dict[str, int], counts: Mapping[str, int]) -> None:
    """Add counts to others by name."""
    for name, count in counts.items():
        into[name] = into.get(name, 0) + count
