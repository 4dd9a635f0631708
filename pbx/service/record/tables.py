"""The tables of the record as statements that take rows, many at once.

A statement hands the interpreter's lock over and takes it again; the calls run under that lock. So
rows go in by 64, by 16, by 4, and the rest one by one: a commit of a hundred rows asks for the lock
some ten times.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

from pbx.figures.counted import QUEUE_COUNTS
from pbx.figures.trunk_figures import TRUNK_COUNTS
from pbx.service.record.rows import (
    Beside,
    Forgotten,
    InForce,
    OldCall,
    OldEvent,
    OldRecording,
    OldSegments,
    OldSounds,
    OldStates,
    Recording,
    Sound,
    Written,
)

Row = Sequence[str | int | float | None]

_SIZES = (64, 16, 4, 1)  # rows of one statement


class Table(NamedTuple):
    """Where rows go: the statement up to its rows, how many columns, and what follows the rows."""

    begin: str
    columns: int
    end: str = ""


def _added(name: str, key: tuple[str, ...], *, counts: tuple[str, ...]) -> Table:
    sums = ", ".join(f"{count} = {count} + excluded.{count}" for count in counts)
    end = f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sums}"
    return Table(f"INSERT INTO {name} VALUES ", len(key) + len(counts), end)


CALLS = Table("INSERT OR REPLACE INTO calls VALUES ", 22)
SEGMENTS = Table("INSERT OR REPLACE INTO segments VALUES ", 8)
# An event is the same for ever; to replace it would cost twice as much.
EVENTS = Table("INSERT INTO events VALUES ", 7, " ON CONFLICT (seq) DO NOTHING")
RECORDINGS = Table(  # one that is gone on with began when it first began
    "INSERT INTO recordings VALUES ",
    9,
    " ON CONFLICT (call) DO UPDATE SET "
    "path = excluded.path, started = min(started, excluded.started), ended = excluded.ended, "
    "seconds = excluded.seconds, bytes = excluded.bytes, state = excluded.state, "
    "deleted = excluded.deleted, why = excluded.why",
)
SOUNDS = Table("INSERT OR REPLACE INTO sounds VALUES ", 12)
WRITES = Table("INSERT OR REPLACE INTO writes VALUES ", 6)
WRITES_FORGOTTEN = Table("DELETE FROM writes WHERE (who, idem) IN (VALUES ", 2, ")")
# Counts are added to those that stand there.
QUEUE_QUARTERS = _added("queue_quarters", ("start", "queue", "agent"), counts=QUEUE_COUNTS)
AGENT_QUARTERS = _added(
    "agent_quarters", ("start", "agent", "state", "reason"), counts=("begun", "ms")
)
TRUNK_QUARTERS = _added("trunk_quarters", ("start", "trunk"), counts=TRUNK_COUNTS)
AGENT_STATES = Table("INSERT OR REPLACE INTO agent_states VALUES ", 6)
EVENTS_OLD = Table("DELETE FROM events WHERE seq IN (VALUES ", 1, ")")
STATES_OLD = Table(
    "DELETE FROM agent_states WHERE ended IS NOT NULL AND started IN (VALUES ", 1, ")"
)
CALLS_OLD = Table("DELETE FROM calls WHERE id IN (VALUES ", 1, ")")
SEGMENTS_OLD = Table("DELETE FROM segments WHERE call IN (VALUES ", 1, ")")
SOUNDS_OLD = Table("DELETE FROM sounds WHERE call IN (VALUES ", 1, ")")
RECORDINGS_OLD = Table(
    "DELETE FROM recordings WHERE state = 'deleted' AND call IN (VALUES ", 1, ")"
)
CONFIGURATIONS = Table("INSERT INTO configurations VALUES ", 7)
META = Table("INSERT OR REPLACE INTO meta VALUES ", 2)

BESIDE: dict[type[Beside], Table] = {
    Recording: RECORDINGS, Sound: SOUNDS, Written: WRITES, Forgotten: WRITES_FORGOTTEN,
    OldEvent: EVENTS_OLD, OldCall: CALLS_OLD, OldSegments: SEGMENTS_OLD, OldSounds: SOUNDS_OLD,
    OldRecording: RECORDINGS_OLD, OldStates: STATES_OLD,
    InForce: CONFIGURATIONS,
}  # fmt: skip


@cache
def _statement(table: Table, rows: int) -> str:
    row = f"({', '.join('?' * table.columns)})"
    return f"{table.begin}{', '.join([row] * rows)}{table.end}"


def insert(db: sqlite3.Connection, table: Table, *, rows: Iterable[Row]) -> None:
    """Put rows into a table, in their order. Raises sqlite3.Error, and what else a row of ours
    that no table can take makes of it."""
    left = list(rows)
    at = 0
    for size in _SIZES:
        while len(left) - at >= size:
            values = tuple(chain.from_iterable(left[at : at + size]))
            db.execute(_statement(table, size), values)
            at += size
