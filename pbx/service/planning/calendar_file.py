"""Days not like others: from a file, from options, from the hours of a configuration.

    # date or range, then what part of an ordinary day's calls (none: as such days were before)
    2026-10-01..2026-10-07  0
    2026-11-11              1.5
    2026-12-24
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from config.forms import parse_dates
from config.settings import Hours
from pbx.planning.history import DAYS_MAX, Calendar, checked_calendar

Special = dict[date, float | None]


class CalendarError(Exception):
    """A calendar cannot be read: the text has every line at fault."""


def read_calendar(path: Path) -> Special:
    """The days of a file. Raises CalendarError."""
    special: Special = {}
    faults = []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CalendarError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        try:
            special.update(_days(words))
        except ValueError as error:
            faults.append(f"{path}:{number}: {error}")
    if faults:
        raise CalendarError("\n".join(faults))
    return special


def special_days(options: Iterable[str]) -> Special:
    """Days as options: DATE=FACTOR or DATE alone. Raises CalendarError."""
    special: Special = {}
    for option in options:
        try:
            special.update(_days(option.split("=", 1)))
        except ValueError as error:
            raise CalendarError(f"{option}: {error}") from error
    return special


def closed_days(hours: Iterable[Hours]) -> Special:
    """The days on which all of these are closed by their list of dates; they have no calls."""
    sets = [
        {day for text in each.closed for day in _span(text)}
        - {day for text in each.open_dates for day in _span(text, may_have_times=True)}
        for each in hours
    ]
    return dict.fromkeys(sorted(set.intersection(*sets)), 0.0) if sets else {}


def _days(words: list[str]) -> Special:
    if not words:
        return {}
    if len(words) > 2:
        raise ValueError("a date or DATE..DATE, and a factor at most")
    factor = float(words[1]) if len(words) == 2 else None
    found: Special = dict.fromkeys(_span(words[0]), factor)
    return dict(checked_calendar(found).special)


def _span(text: str, *, may_have_times: bool = False) -> Iterator[date]:
    dates = parse_dates(text, may_have_times=may_have_times)
    if (dates.last - dates.first).days > DAYS_MAX:
        raise ValueError(f"{text!r} spans more than {DAYS_MAX} days")
    return (dates.first + timedelta(n) for n in range((dates.last - dates.first).days + 1))


def calendar_of(*parts: Special) -> Calendar:
    """All of them as one; the later win."""
    together: Special = {}
    for part in parts:
        together.update(part)
    return checked_calendar(together)
