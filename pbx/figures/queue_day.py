"""What is counted of a queue's day as its visits come and end; the figures are `queue_figures`.

    offered        each entry into the queue
    answered       an agent answered before the caller had gone
    abandoned      the caller had gone before an agent answered

A visit counts, with all that becomes of it, on the local day it entered. So every figure of a day
speaks of the same visits: never more answered than offered, at midnight neither. What ends today
and entered yesterday is yesterday's; the record, by the start of each wait, has it there too.
"""

from __future__ import annotations

import datetime

import msgspec

from config.settings import ServiceLevel
from pbx.figures.figure import Counts
from pbx.figures.queue_figures import QUEUE_FIGURES
from pbx.state import QueueDay


def new_day(day: int = 0, handle_ms: int = 0) -> QueueDay:
    """Counters at the start of a day (`day` is the local date's ordinal). How long calls lately
    took, `handle_ms`, goes on: those who wait at midnight ask for it."""
    return QueueDay(day, handle_ms=handle_ms)


def day_of(wall_ms: int, zone: datetime.tzinfo) -> int:
    """The local date's ordinal at a time of the wall clock."""
    return datetime.datetime.fromtimestamp(wall_ms / 1000, zone).toordinal()


def day_ends_ms(day: int, zone: datetime.tzinfo) -> int:
    """When a local day is over by the wall clock; days have 23 to 25 hours."""
    tomorrow = datetime.date.fromordinal(day + 1)
    midnight = datetime.datetime.combine(tomorrow, datetime.time(), zone)
    return int(midnight.timestamp() * 1000)


def offered(day: QueueDay) -> None:
    """A call entered the queue."""
    day.offered += 1


def left(day: QueueDay, outcome: str, *, wait_ms: int, level: ServiceLevel, entered: int) -> None:
    """A visit ended with `outcome` (answered abandoned overflowed exited) after `wait_ms`; it
    counts if `entered`, the day it began, is this one."""
    if entered != day.day:
        return
    setattr(day, outcome, getattr(day, outcome) + 1)
    if outcome == "answered":
        day.answered_wait_ms += wait_ms
        day.wait_ms_max = max(day.wait_ms_max, wait_ms)
        day.answered_within += wait_ms <= level.within_ms
    elif outcome == "abandoned":
        day.abandoned_wait_ms += wait_ms
        day.abandoned_within += wait_ms <= level.within_ms
        day.abandoned_short += wait_ms <= level.short_ms


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
