"""Rows of text that tell of calls, one a line: what a call is, the bank log, a file whose columns
are named, and what all readers of rows share.

A reader is told each line's cells; it gives the calls that are complete by then, and at the end
those of which it still waited for more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple, Protocol

DAY_S = 86_400
YEARS = (1970, 2200)
BANK_HEADING = "date,arrival_s,type,priority,ivr_s,queued,wait_s,outcome,talk_s,agent"
FIELDS = ("start", "queue", "outcome", "wait", "talk", "agent")  # of a file whose columns are told
ANSWERED = frozenset(
    ("answered", "answer", "agent", "connect", "completeagent", "completecaller", "complete",
     "handled", "yes", "true", "1")
)  # fmt: skip
ABANDONED = frozenset(
    ("abandoned", "abandon", "hang", "hangup", "no answer", "noanswer", "missed", "lost", "no",
     "false", "0", "cancel")
)  # fmt: skip


class LoggedCall(NamedTuple):
    """A call that asked for an agent. `second` of the local day by the wall clock; times below 0
    are not known; `handle_s` is talk, hold and wrap-up as far as the log has them."""

    day: date
    second: float
    queue: str
    outcome: str  # answered abandoned other
    wait_s: float
    handle_s: float
    agent: str


class Broken(Exception):
    """A row makes no sense: the text says why."""


class Rows(Protocol):
    """A reader of rows."""

    def take(self, cells: list[str]) -> Iterator[LoggedCall]:
        """The calls that are complete with this row. Raises Broken, ValueError, IndexError."""

    def rest(self) -> Iterator[LoggedCall]:
        """Those that no more rows will complete."""


class Bank:
    """The log of a bank. The call asks for an agent when it leaves the voice menu, which may be
    past midnight; PHANTOM rows and those who left in the menu are no calls."""

    def take(self, cells: list[str]) -> Iterator[LoggedCall]:
        """A row is a call."""
        if len(cells) != 10:
            raise Broken(f"{len(cells)} fields, not 10")
        day, arrival, queue, _, ivr, queued, wait, outcome, talk, agent = cells
        if outcome not in ("AGENT", "HANG", "PHANTOM"):
            raise Broken(f"no outcome {outcome!r}")
        if outcome == "PHANTOM" or (outcome == "HANG" and queued != "1"):
            return
        days, second = divmod(seconds(arrival) + seconds(ivr), DAY_S)
        when = date_of(day) + timedelta(days=int(days))
        if outcome == "HANG":
            yield LoggedCall(when, second, queue, "abandoned", seconds(wait), -1.0, "")
        else:
            yield LoggedCall(when, second, queue, "answered", seconds(wait), seconds(talk), agent)

    def rest(self) -> Iterator[LoggedCall]:
        """None: a row is a call."""
        yield from ()


class Named:
    """Any file with a row a call, whose columns are told: `places` by a name of FIELDS."""

    def __init__(self, places: Mapping[str, int], zone: tzinfo | None) -> None:
        self._places = places
        self._zone = zone

    def take(self, cells: list[str]) -> Iterator[LoggedCall]:
        """A row is a call."""
        when, second = moment(self._cell(cells, "start"), self._zone)
        wait, talk = (self._seconds(cells, name) for name in ("wait", "talk"))
        agent = self._cell(cells, "agent")
        how = self._outcome(cells, talk, agent=agent)
        if how != "answered":
            talk, agent = -1.0, ""
        yield LoggedCall(when, second, self._cell(cells, "queue"), how, wait, talk, agent)

    def rest(self) -> Iterator[LoggedCall]:
        """None: a row is a call."""
        yield from ()

    def _cell(self, cells: list[str], name: str) -> str:
        place = self._places.get(name)
        return "" if place is None else cells[place].strip()

    def _seconds(self, cells: list[str], name: str) -> float:
        text = self._cell(cells, name)
        return seconds(text) if text else -1.0

    def _outcome(self, cells: list[str], talk: float, *, agent: str) -> str:
        has_talk = not self._places.keys().isdisjoint(("agent", "talk"))
        return outcome_of(
            self._cell(cells, "outcome"), was_had=bool(agent) or talk > 0 if has_talk else None
        )


def outcome_of(said: str, *, was_had: bool | None) -> str:
    """answered, abandoned or other: by the log's word, or where it has none by whether an agent
    had the call (None: that is not in the log either)."""
    if said:
        word = said.lower()
        return "answered" if word in ANSWERED else "abandoned" if word in ABANDONED else "other"
    return "other" if was_had is None else "answered" if was_had else "abandoned"


def named_columns(
    told: str, heading: Sequence[str], *, fields: Sequence[str] = FIELDS
) -> dict[str, int]:
    """Places of the fields by `field=column,...`: a column by its heading, or by number from 1.
    Raises ValueError."""
    names = [cell.strip().lower() for cell in heading]
    places: dict[str, int] = {}
    for part in told.split(","):
        field, _, column = (word.strip() for word in part.partition("="))
        if field not in fields:
            raise ValueError(f"no field {field!r}: there are {' '.join(fields)}")
        if column.lower() in names:
            places[field] = names.index(column.lower())
        elif column.isdecimal() and 1 <= int(column) <= len(names):
            places[field] = int(column) - 1
        else:
            raise ValueError(f"{field}: no column {column!r} among {', '.join(heading)[:200]}")
    if "start" not in places:
        raise ValueError("start=COLUMN is needed: when each call came")
    return places


def seconds(text: str) -> float:
    """A length of time; raises Broken for one that no call has."""
    value = float(text)
    if not (math.isfinite(value) and 0 <= value <= 30 * DAY_S):
        raise Broken(f"no number of seconds: {text!r}")
    return value


@lru_cache(maxsize=4096)
def date_of(text: str) -> date:
    """A date as 2026-11-23; raises ValueError or Broken."""
    day = date.fromisoformat(text)
    if not YEARS[0] <= day.year < YEARS[1]:
        raise Broken(f"no year of a call: {text!r}")
    return day


def clock_of(text: str) -> int:
    """Seconds of the day of `10:20:30`; raises ValueError or Broken."""
    hours, minutes, second = text.split(":")
    found = int(hours) * 3600 + int(minutes) * 60 + int(second)
    if not 0 <= found < DAY_S:
        raise Broken(f"no time of a day: {text!r}")
    return found


def moment(text: str, zone: tzinfo | None) -> tuple[date, float]:
    """Day and second of a time: as 2026-11-23 10:20:30, or seconds since 1970 read in `zone`."""
    if text.replace(".", "", 1).isdecimal():
        return local(float(text), zone)
    when = datetime.fromisoformat(text)
    if when.tzinfo is not None:
        return local(when.astimezone(UTC).timestamp(), zone)
    date_of(str(when.date()))
    return when.date(), float(when.hour * 3600 + when.minute * 60 + when.second)


def local(epoch_s: float, zone: tzinfo | None) -> tuple[date, float]:
    """Day and second by the wall clock of `zone`."""
    when = datetime.fromtimestamp(epoch_s, zone)
    date_of(str(when.date()))
    second = when.hour * 3600 + when.minute * 60 + when.second + when.microsecond / 1e6
    return when.date(), second
