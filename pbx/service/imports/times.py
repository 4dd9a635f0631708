"""Times of a log as milliseconds since the epoch.

A local time that the clock passed over in spring is taken by the clock before the change; one that
came twice in autumn is the first. So a log of local times is read the same way each time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from pbx.service.planning.asterisk_calls import seconds_since
from pbx.service.planning.call_rows import Broken, date_of


def local_ms(day: date, second: float, *, zone: tzinfo | None) -> int:
    """When it was so many seconds after midnight by the wall clock of `zone` (None: the system's);
    seconds past the day's end are of the next. Raises Broken, OverflowError."""
    days, second = divmod(second, 86_400)
    whole = datetime.combine(day + timedelta(days), time(), zone) + timedelta(seconds=int(second))
    return since_1970(round(whole.timestamp() * 1000) + round(second % 1 * 1000))


def moment_ms(text: str, zone: tzinfo | None) -> int:
    """When it was: seconds since the epoch, or a date and time, local where it names no offset.
    Raises ValueError, Broken."""
    if text.replace(".", "", 1).isdecimal():
        return round(seconds_since(text) * 1000)
    when = datetime.fromisoformat(text)
    date_of(str(when.date()))
    if when.tzinfo is not None:
        return since_1970(round(when.astimezone(UTC).timestamp() * 1000))
    return since_1970(round(when.replace(tzinfo=zone).timestamp() * 1000))


def since_1970(ms: int) -> int:
    """The same; raises Broken for a time before that, which no record can hold."""
    if ms < 0:
        raise Broken("a time before 1970")
    return ms
