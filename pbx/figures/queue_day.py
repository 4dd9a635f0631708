"""The day of a queue as it goes on, by what `counted` says of each note.

A visit counts on the local day it entered. What ends today and entered yesterday is yesterday's;
the record, by the quarters of an hour it keeps, has it there too.
"""

from __future__ import annotations

import datetime

import msgspec

from pbx.figures.counted import counted
from pbx.figures.figure import Counts
from pbx.figures.queue_figures import QUEUE_FIGURES
from pbx.notes import Note
from pbx.state import QueueDay


def new_day(day: int = 0, *, began_wall_ms: int = 0, handle_ms: int = 0) -> QueueDay:
    """Counters at the start of a day (`day` is the local date's ordinal). How long calls lately
    took, `handle_ms`, goes on: those who wait at midnight ask for it."""
    return QueueDay(day, began_wall_ms, handle_ms=handle_ms)


def day_of(wall_ms: int, zone: datetime.tzinfo) -> int:
    """The local date's ordinal at a time of the wall clock."""
    return datetime.datetime.fromtimestamp(wall_ms / 1000, zone).toordinal()


def day_ends_ms(day: int, zone: datetime.tzinfo) -> int:
    """When a local day is over by the wall clock; days have 23 to 25 hours."""
    tomorrow = datetime.date.fromordinal(day + 1)
    midnight = datetime.datetime.combine(tomorrow, datetime.time(), zone)
    return int(midnight.timestamp() * 1000)


def count(days: dict[str, QueueDay], note: Note) -> None:
    """Count a note, if it counts anything, on the day of its queue."""
    told = counted(note)
    day = days.get(told.queue) if told else None
    if told is None or day is None or told.entered_wall_ms < day.began_wall_ms:
        return
    for name, more in told.counts.items():
        setattr(day, name, getattr(day, name) + more)
    wait_ms = told.counts.get("answered_wait_ms", 0)
    day.wait_ms_max = max(day.wait_ms_max, wait_ms)


def counts(day: QueueDay) -> Counts:
    """All that is counted, by name, as the definitions of figures ask for it."""
    return msgspec.structs.asdict(day)


def figure(day: QueueDay, name: str) -> float | int | None:
    """A figure of the day, by its name in QUEUE_FIGURES; None while it is one of nothing."""
    return QUEUE_FIGURES[name].of(counts(day))


def handled(day: QueueDay, handle_ms: int) -> None:
    """A call was handled in so long, talk and wrap-up: the mean follows by a tenth each time."""
    mean = day.handle_ms
    day.handle_ms = mean + (handle_ms - mean) // 10 if mean else handle_ms


def expected_wait_ms(day: QueueDay, position: int, *, staffed: int) -> int:
    """How long the caller at `position` may wait: so many calls ahead and its own turn, each as
    long as calls lately were, shared by those at work. 0 while nothing is known."""
    return day.handle_ms * position // staffed if staffed > 0 else 0
