"""The record as reports read it: one moment of it, however much is written meanwhile."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pbx.reports.asked import Rows
from pbx.service.record.database import read_only
from pbx.service.record.disk import is_held


class CannotRead(Exception):
    """The record cannot be read: the text says what and what to do."""


class Moment(NamedTuple):
    """What reads the record, the last event that is in it (0: none yet), and until when it tells
    what was: now, while the exchange writes it, else until then."""

    rows: Rows
    seq: int
    heard: float
    db: sqlite3.Connection


@contextlib.contextmanager
def moment(path: Path) -> Iterator[Moment]:
    """The record at `path` as it is now. Raises CannotRead."""
    try:
        with contextlib.closing(read_only(path)) as db:
            db.execute("BEGIN")  # what is read from here on is of one moment
            seq = db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
            if not db.execute(_HAS_QUARTERS).fetchone():
                fix = "start this pbx on it once, or `pbx import` into it: both bring it up to date"
                raise CannotRead(f"{path} is of an older version; fix: {fix}")
            yield Moment(_reader(db), max(0, seq), _heard(db, path), db)
    except sqlite3.Error as error:
        fix = "see that the site has one and that you may read it"
        raise CannotRead(f"cannot read {path}: {error}; fix: {fix}") from error


def _heard(db: sqlite3.Connection, path: Path) -> float:
    if is_held(path.with_name(f"{path.name}.lock")):
        return time.time()
    last = "SELECT t FROM events WHERE seq = (SELECT max(seq) FROM events WHERE seq > 0)"
    found = db.execute(last).fetchone()
    return float(found[0]) if found else 0.0


_HAS_QUARTERS = "SELECT 1 FROM sqlite_master WHERE name = 'queue_quarters'"


def _reader(db: sqlite3.Connection) -> Rows:
    def rows(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return db.execute(sql, params).fetchall()

    return rows
