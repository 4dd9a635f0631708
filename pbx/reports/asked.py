"""What a report is asked for: its days, its filters, and the rows it may read.

A report is a function of what is asked and of `rows`, which answers a SELECT on the record. In it
stand `:start` and `:end`, the first second of the days and the first after them, and the filters
`:queue`, `:agent`, `:trunk`, "" for all; a team's agents are in the JSON list `:agents`.
"""

from __future__ import annotations

import datetime
import json
import zoneinfo
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from config.settings import Settings

By = Literal["15m", "30m", "1h", "day", "week", "month"]

Rows = Callable[[str, Mapping[str, Any]], list[tuple[Any, ...]]]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """`first` to `last` are local days of the site, both included; `by` is how rows are gathered
    in time where a report has a choice. `now` is when, in epoch seconds, and `heard` until when the
    record tells: now, while the exchange runs, else its last event's time. `seq` is that event.
    `before_first` to `before_last` is what the days are compared with; None for as many days just
    before them."""

    first: datetime.date
    last: datetime.date
    settings: Settings
    now: float
    heard: float
    seq: int
    by: By = "day"
    queue: str = ""
    agent: str = ""
    team: str = ""
    trunk: str = ""
    before_first: datetime.date | None = None
    before_last: datetime.date | None = None

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone of the site's days."""
        return zoneinfo.ZoneInfo(self.settings.site.timezone)

    @property
    def start(self) -> int:
        """The first second of the days, since the epoch."""
        return midnight(self.first, self.zone)

    @property
    def end(self) -> int:
        """The first second after them."""
        return midnight(self.last + datetime.timedelta(days=1), self.zone)

    @property
    def agents(self) -> tuple[str, ...]:
        """The agents that are meant, in order; () for all."""
        if self.agent:
            return (self.agent,)
        team = self.settings.team.get(self.team)
        return tuple(sorted(team.agents)) if team else ()

    @property
    def params(self) -> dict[str, Any]:
        """What a SELECT may name."""
        return {
            "start": self.start,
            "end": self.end,
            "queue": self.queue,
            "agent": self.agent,
            "agents": json.dumps(self.agents),
            "trunk": self.trunk,
        }


def midnight(day: datetime.date, zone: datetime.tzinfo) -> int:
    """The first second of a local day, since the epoch; where a clock is set forward at midnight,
    that of the first hour there is."""
    first = datetime.datetime.combine(day, datetime.time(), zone)
    return int(first.timestamp())
