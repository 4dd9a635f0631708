"""Logs with a row a call: the bank's, and any file whose columns are told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import tzinfo

from pbx.service.imports.past_call import UNKNOWN, PastCall, Visit
from pbx.service.imports.times import local_ms, moment_ms
from pbx.service.planning.call_rows import FIELDS, Broken, date_of, outcome_of, seconds

NAMED = (*FIELDS, "calling", "called")  # of a file whose columns are told
PRIORITIES = ("0", "1", "2")
_OUTCOMES = {"answered": ("answered", "answered"), "abandoned": ("abandoned", "caller")}


def ms(text: str) -> int:
    """Milliseconds of a length of time in seconds; raises ValueError or Broken."""
    return round(seconds(text) * 1000)


def row_name(started_ms: int, line: str) -> str:
    """What a row that has no id is known by: its second and its content, so that names sort by
    age, which keeps the calls of a day together in the database."""
    digest = hashlib.blake2b(line.encode(), digest_size=8).hexdigest()
    return f"{started_ms // 1000:08x}-{digest}"


class Bank:
    """The log of a bank: the call asks for an agent when it leaves the voice menu, at position 0
    where it did not have to wait in line. PHANTOM rows are no calls."""

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone

    def take(self, cells: list[str], line: str) -> Iterator[PastCall]:
        """A row is a call."""
        if len(cells) != 10:
            raise Broken(f"{len(cells)} fields, not 10")
        day, arrival, queue, priority, ivr, queued, wait, outcome, talk, agent = cells
        if outcome not in ("AGENT", "HANG", "PHANTOM"):
            raise Broken(f"no outcome {outcome!r}")
        if priority not in PRIORITIES:
            raise Broken(f"no priority {priority!r}")
        if outcome == "PHANTOM":
            return
        started = local_ms(date_of(day), seconds(arrival), zone=self._zone)
        call = PastCall(row_name(started, line), started, menu_ms=ms(ivr), outcome="exited")
        if outcome == "AGENT" or queued == "1":
            visit = Visit(queue, started + call.menu_ms, int(queued == "1"), int(priority))
            visit.wait_ms = ms(wait)
            visit.outcome, visit.why = "abandoned", "caller"
            if outcome == "AGENT":
                visit.outcome, visit.why = "answered", "answered"
                visit.agent, visit.talk_ms = agent or UNKNOWN, ms(talk)
            call.visits = [visit]
        yield call

    def rest(self) -> Iterator[PastCall]:
        """None: a row is a call."""
        yield from ()


class Named:
    """Any file with a row a call, whose columns are told: `places` by a name of NAMED."""

    def __init__(self, places: Mapping[str, int], zone: tzinfo | None) -> None:
        self._places = places
        self._zone = zone

    def take(self, cells: list[str], line: str) -> Iterator[PastCall]:
        """A row is a call."""
        wait, talk = (self._ms(cells, name) for name in ("wait", "talk"))
        agent = self._cell(cells, "agent")
        visit = Visit(self._cell(cells, "queue"), moment_ms(self._cell(cells, "start"), self._zone))
        visit.wait_ms = wait
        visit.outcome, visit.why = self._outcome(cells, talk, agent=agent)
        if visit.outcome == "answered":
            visit.agent, visit.talk_ms = agent or UNKNOWN, talk
        calling, called = self._cell(cells, "calling"), self._cell(cells, "called")
        name = row_name(visit.entered_ms, line)
        yield PastCall(name, visit.entered_ms, calling, called, visits=[visit])

    def rest(self) -> Iterator[PastCall]:
        """None: a row is a call."""
        yield from ()

    def _cell(self, cells: list[str], name: str) -> str:
        place = self._places.get(name)
        return "" if place is None else cells[place].strip()

    def _ms(self, cells: list[str], name: str) -> int:
        text = self._cell(cells, name)
        return ms(text) if text else -1

    def _outcome(self, cells: list[str], talk_ms: int, *, agent: str) -> tuple[str, str]:
        """What became of the visit, and why; whatever else is said is told as it is."""
        said = self._cell(cells, "outcome")
        has_talk = not self._places.keys().isdisjoint(("agent", "talk"))
        how = outcome_of(said, was_had=bool(agent) or talk_ms > 0 if has_talk else None)
        return _OUTCOMES.get(how, ("exited", said.lower()))
