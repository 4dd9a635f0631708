"""Recordings as the socket lists them: rows of the record, with who talked to whom."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

from pbx.service.record.database import read_only
from pbx.service.record.rows import Recording
from pbx.service.socket.contract import Row
from pbx.service.socket.params import RecordingsParams

_OWN = Recording.__struct_fields__
_OF_CALL = ("calling", "called", "queue", "agent")
_NAMES = (*_OWN, *_OF_CALL)
_COLUMNS = (*(f"recordings.{name}" for name in _OWN), *(f"calls.{name}" for name in _OF_CALL))
# While it goes on a call has no row of its own, and so neither queue nor agent.
_QUERY = f"""
SELECT {", ".join(_COLUMNS)} FROM recordings LEFT JOIN calls ON calls.id = recordings.call
WHERE (:call = '' OR recordings.call = :call)
AND (:queue = '' OR calls.queue = :queue)
AND (:agent = '' OR calls.agent = :agent)
AND recordings.started >= :since AND recordings.started < :to
ORDER BY recordings.started DESC, recordings.call LIMIT :limit
"""
_EVER = 1e18


def recordings_between(db: sqlite3.Connection, wanted: RecordingsParams) -> list[Row]:
    """The recordings that are wanted, the newest first; a text that is not known is empty."""
    found = db.execute(
        _QUERY,
        {
            "call": wanted.call,
            "queue": wanted.queue,
            "agent": wanted.agent,
            "since": wanted.since or 0.0,
            "to": _EVER if wanted.to is None else wanted.to,
            "limit": wanted.limit,
        },
    )
    return [_row(values) for values in found]


def _row(values: tuple[Any, ...]) -> Row:
    row = dict(zip(_NAMES, values, strict=True))
    return row | {name: row[name] or "" for name in _OF_CALL}


def recordings_in(database: Path, wanted: RecordingsParams) -> list[Row]:
    """The same, from the record at `database`. Waits for the disk. Raises sqlite3.Error."""
    with contextlib.closing(read_only(database)) as db:
        return recordings_between(db, wanted)
