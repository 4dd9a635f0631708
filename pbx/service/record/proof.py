"""Whether the quarters of an hour in the record are what its events and calls say.

    events, calls  ->  fold  ->  counts of the days asked for     equal, or told key by key
                                 *_quarters, agent_states

Counts of a visit follow from events that may come days later, and a state that is cut at midnight
began before: so what is read goes beyond the days on both sides, as far as it must and no further.
"""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pbx.figures.counted import QUEUE_COUNTS
from pbx.figures.quarters import Quarters, Standings, fold, use_trunk
from pbx.figures.trunk_figures import TRUNK_COUNTS
from pbx.service.record.quarters import read_notes, trunk_uses

_STATES = "type IN ('AgentChanged', 'TrunkFilled', 'SiteConfigured') AND seq > 0"
_VISITS = "type NOT IN ('AgentChanged', 'TrunkFilled', 'SiteConfigured')"
_DAY_S = 86_400
# table -> its key, what is counted; in the order of its columns
COUNTED = {
    "queue_quarters": (("start", "queue", "agent"), QUEUE_COUNTS),
    "agent_quarters": (("start", "agent", "state", "reason"), ("begun", "ms")),
    "trunk_quarters": (("start", "trunk"), TRUNK_COUNTS),
    "agent_states": (("started", "agent"), ("ended", "state", "reason", "call")),
}
Key = tuple[Any, ...]
Values = tuple[Any, ...]


class Difference(NamedTuple):
    """A figure that is kept otherwise than the facts say; None where there is no row."""

    table: str
    key: Key
    name: str
    kept: Any
    by_facts: Any

    def __str__(self) -> str:
        keys = " ".join(f"{name}={value}" for name, value in zip(self.keys, self.key, strict=True))
        return f"{self.table} {keys}: {self.name} is {self.kept}, by the events {self.by_facts}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of the key's parts."""
        return COUNTED[self.table][0]


def differences(db: sqlite3.Connection, *, start: int, end: int) -> Iterator[Difference]:
    """What differs in the time from `start` to before `end` (whole quarters, epoch seconds), in a
    transaction of the caller's, so that no writer comes between. Raises sqlite3.Error."""
    found = by_facts(db, start=start, end=end)
    for table, (_, names) in COUNTED.items():
        kept = _kept(db, table, start=start, end=end)
        facts = _derived(table, found, start=start, end=end)
        for at in sorted(kept.keys() | facts.keys()):
            yield from _compared(table, at, names=names, pair=(kept.get(at), facts.get(at)))


def proved_from(db: sqlite3.Connection, zone: datetime.tzinfo) -> int:
    """The first second (since the epoch) from which all events are there: retention deletes the
    oldest. That day's and the next's may miss what began before. 0 where none has been deleted;
    imports are not looked at. Raises sqlite3.Error."""
    asked = "SELECT seq, t FROM events WHERE seq = (SELECT min(seq) FROM events WHERE seq > 0)"
    found = db.execute(asked).fetchone()
    if found is None or found[0] <= 1:
        return 0
    day = datetime.datetime.fromtimestamp(found[1], zone).date() + datetime.timedelta(days=2)
    return int(datetime.datetime.combine(day, datetime.time(), zone).timestamp())


def by_facts(db: sqlite3.Connection, *, start: int, end: int) -> Quarters:
    """The counts of the time by events and calls alone; some of the time around it too."""
    standings = _standings_at(db, start)
    found = Quarters()
    for which, with_states in (("seq > 0", True), ("seq < 0", False)):
        told = read_notes(db, f"t >= ? AND t < ? AND {which} ORDER BY seq", params=(start, end))
        state = standings if with_states else Standings()
        _merge(found, fold(told, state, with_states=with_states))
    late = read_notes(db, f"t >= ? AND {_VISITS} AND {_LATE}", params=(end, *_late(end)))
    _merge(found, fold(late, Standings(), with_states=False))
    _end_states(db, end, standings=standings, found=found)
    for use in trunk_uses(db, "ended > ? AND started < ?", params=(start, end)):
        use_trunk(use, found)
    return found


# Of a visit that entered before the end; old events do not say, and are taken for a day's.
_LATE = """CASE WHEN coalesce(json_extract(data, '$.entered_wall_ms'), -1) >= 0
    THEN json_extract(data, '$.entered_wall_ms') < ? ELSE t < ? END"""


def _late(end: int) -> tuple[int, int]:
    return end * 1000, end + _DAY_S


def _standings_at(db: sqlite3.Connection, start: int) -> Standings:
    """What goes on at `start`: the last that was told of each before."""
    last = f"""seq IN (
        SELECT max(seq) FROM events WHERE {_STATES} AND t < ?
        GROUP BY type, agent, CASE type WHEN 'TrunkFilled' THEN json_extract(data, '$.trunk')
                                        WHEN 'SiteConfigured' THEN json_extract(data, '$.reloaded')
                              END)"""
    standings = Standings()
    fold(read_notes(db, f"{last} ORDER BY seq", params=(start,)), standings)
    return standings


def _end_states(db: sqlite3.Connection, end: int, *, standings: Standings, found: Quarters) -> None:
    """Fold on until each state that went on at `end` has ended, if it has."""
    open_at = {(each.since_wall_ms, agent) for agent, each in standings.agents.items()}
    trunks = set(standings.full)
    for note in read_notes(db, f"t >= ? AND {_STATES} ORDER BY seq", params=(end,)):
        if not open_at and not trunks:
            return
        more = fold([note], standings)
        _merge(found, more)
        open_at -= {key for key, (ended, _) in more.states.items() if ended is not None}
        trunks &= standings.full.keys()


def _merge(into: Quarters, more: Quarters) -> None:
    for name in ("queues", "agents", "trunks"):
        rows: dict[Key, list[int]] = getattr(into, name)
        for key, row in getattr(more, name).items():
            before = rows.get(key)
            rows[key] = row if before is None else [a + b for a, b in zip(before, row, strict=True)]
    into.states |= more.states


def _kept(db: sqlite3.Connection, table: str, *, start: int, end: int) -> dict[Key, Values]:
    key, names = COUNTED[table]
    asked = f"""SELECT {", ".join((*key, *names))} FROM {table}
        WHERE {key[0]} >= ? AND {key[0]} < ?"""
    rows = db.execute(asked, (start, end)).fetchall()
    return {tuple(row[: len(key)]): tuple(row[len(key) :]) for row in rows}


def _derived(table: str, found: Quarters, *, start: int, end: int) -> dict[Key, Values]:
    rows: Mapping[Key, Values]
    if table == "agent_states":
        rows = {
            (since / 1000, agent): (
                None if ended is None else ended / 1000,
                each.state,
                each.reason,
                each.call,
            )
            for (since, agent), (ended, each) in found.states.items()
        }
    else:
        rows = {key: tuple(row) for key, row in getattr(found, _PARTS[table]).items()}
    return {key: row for key, row in rows.items() if start <= key[0] < end}


_PARTS = {"queue_quarters": "queues", "agent_quarters": "agents", "trunk_quarters": "trunks"}


def _compared(
    table: str, key: Key, *, names: tuple[str, ...], pair: tuple[Values | None, Values | None]
) -> Iterator[Difference]:
    """The columns of a row that differ. A row that is not there counts nothing."""
    kept, facts = pair
    nothing = (0,) * len(names) if table != "agent_states" else (None,) * len(names)
    for name, one, other in zip(names, kept or nothing, facts or nothing, strict=True):
        if one != other:
            yield Difference(table, key, name, one, other)
