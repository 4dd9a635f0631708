"""Quarters of an hour in the record: written with the facts, read back, made anew from them.

    facts: events, calls   ->   pbx.figures.quarters.fold   ->   *_quarters, agent_states

The tables hold nothing that the facts do not, so they can be dropped and made again at any time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from pbx import notes
from pbx.figures.quarters import Quarters, Standing, Standings, fold, use_trunk
from pbx.notes import Note
from pbx.service.record.tables import (
    AGENT_QUARTERS,
    AGENT_STATES,
    META,
    QUEUE_QUARTERS,
    TRUNK_QUARTERS,
    insert,
)

TABLES = ("queue_quarters", "agent_quarters", "trunk_quarters", "agent_states")
# The notes that the fold makes something of, beside the records of calls.
KINDS: dict[str, type[Note]] = {
    kind.__name__: kind
    for kind in (
        notes.QueueEntered, notes.QueueLeft, notes.TalkStarted, notes.OfferEnded, notes.TalkEnded,
        notes.WrapUpEnded, notes.AgentChanged, notes.TrunkFilled, notes.SiteConfigured,
    )
}  # fmt: skip
_OF_KINDS = f"type IN ({', '.join(repr(name) for name in KINDS)})"
_FULL = "full_trunks"
_BATCH = 5_000


class _Use(NamedTuple):
    """What of a row of `calls` counts for its trunk."""

    trunk: str
    direction: str
    started_wall_ms: int
    answered_wall_ms: int
    ended_wall_ms: int


def write(db: sqlite3.Connection, found: Quarters) -> None:
    """Add counts to those of the record, and keep agents' states. In a transaction of the caller's;
    raises sqlite3.Error."""
    insert(db, QUEUE_QUARTERS, rows=((*key, *row) for key, row in found.queues.items()))
    insert(db, AGENT_QUARTERS, rows=((*key, *row) for key, row in found.agents.items()))
    insert(db, TRUNK_QUARTERS, rows=((*key, *row) for key, row in found.trunks.items()))
    insert(
        db,
        AGENT_STATES,
        rows=(
            (since / 1000, agent, None if ended is None else ended / 1000,
             standing.state, standing.reason, standing.call)
            for (since, agent), (ended, standing) in found.states.items()
        ),
    )  # fmt: skip


def standings_row(standings: Standings) -> tuple[str, str]:
    """The row of `meta` that the next process goes on from; agents are in `agent_states`."""
    return _FULL, msgspec.json.encode(standings.full).decode()


def standings(db: sqlite3.Connection) -> Standings:
    """What goes on by the record. Raises sqlite3.Error."""
    found = db.execute("SELECT value FROM meta WHERE key = ?", (_FULL,)).fetchone()
    full = msgspec.json.decode(found[0], type=dict[str, int]) if found else {}
    asked = "SELECT agent, state, reason, call, started FROM agent_states WHERE ended IS NULL"
    agents = {
        agent: Standing(state, reason, call, round(started * 1000))
        for agent, state, reason, call, started in db.execute(asked)
    }
    return Standings(agents, full)


def make_anew(db: sqlite3.Connection) -> None:
    """Drop all quarters and states, and make them of the facts. In a transaction of the caller's;
    raises sqlite3.Error."""
    for table in TABLES:
        db.execute(f"DELETE FROM {table}")
    of_site = Standings()
    for which, state in (("seq > 0", of_site), ("seq < 0", Standings())):
        told = read_notes(db, f"{which} ORDER BY seq")
        while batch := list(islice(told, _BATCH)):
            write(db, fold(batch, state, with_states=state is of_site))
    uses = trunk_uses(db, "1")
    while some := list(islice(uses, _BATCH)):
        found = Quarters()
        for use in some:
            use_trunk(use, found)
        write(db, found)
    if of_site.full:
        insert(db, META, rows=[standings_row(of_site)])


def read_notes(db: sqlite3.Connection, where: str, *, params: Any = ()) -> Iterator[Note]:
    """The events of `KINDS` as the notes they were, those of `where`, which may say in what order.
    Raises sqlite3.Error."""
    asked = f"SELECT t, type, call, queue, agent, data FROM events WHERE {_OF_KINDS} AND {where}"
    for t, kind, call, queue, agent, data in db.execute(asked, params):
        told = msgspec.json.decode(data)
        at = round(t * 1000)
        told |= {"call": call, "queue": queue, "agent": agent, "wall_ms": at, "ended_wall_ms": at}
        names = KINDS[kind].__struct_fields__
        yield KINDS[kind](**{name: told[name] for name in names if name in told})


def trunk_uses(db: sqlite3.Connection, where: str, *, params: Any = ()) -> Iterator[_Use]:
    """What calls count for their trunks. Raises sqlite3.Error."""
    asked = "SELECT trunk, direction, started, answered, ended FROM calls"
    for trunk, direction, *times in db.execute(f"{asked} WHERE trunk <> '' AND {where}", params):
        yield _Use(trunk, direction, *(-1 if t is None else round(t * 1000) for t in times))
