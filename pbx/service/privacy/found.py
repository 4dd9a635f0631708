"""What the data directory keeps of a number, place by place; the exchange may run.

calls that name it  ->  their segments, events, sounds, recordings, lines of both logs
and besides         ->  whatever else names it: events, writes, lines, facts of the journal
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from pbx.codec import Digest, End, Snapshot
from pbx.events import Configured
from pbx.service.journal import reader as journal_files
from pbx.service.privacy.number import Number

Row = dict[str, Any]

LOGS = ("queue_log", "Master.csv")
_COMPRESSED = (".gz", ".xz", ".bz2", ".zst")
# Of each table: its rows of the calls that name the number, and those that name it themselves.
_ROWS = {
    "calls": "id IN (SELECT value FROM json_each(:calls))",
    "segments": "call IN (SELECT value FROM json_each(:calls)) OR names(detail)",
    "events": "call IN (SELECT value FROM json_each(:calls)) OR names_json(data)",
    "sounds": "call IN (SELECT value FROM json_each(:calls))",
    "recordings": "call IN (SELECT value FROM json_each(:calls))",
    "writes": "names_json(params) OR names_json(result)",
}
TABLES = tuple(_ROWS)
_CALLS = "SELECT id FROM calls WHERE is_same(calling) OR is_same(called) OR names(name)"


class Record:
    """The rows of pbx.db about a number. Raises sqlite3.Error."""

    def __init__(self, db: sqlite3.Connection, number: Number) -> None:
        db.create_function("is_same", 1, number.is_same, deterministic=True)
        db.create_function("names", 1, number.is_in, deterministic=True)
        db.create_function("names_json", 1, lambda text: number.is_among(msgspec.json.decode(text)))
        self._db = db
        self.calls = frozenset(call for (call,) in db.execute(_CALLS))
        self._asked = {"calls": msgspec.json.encode(sorted(self.calls)).decode()}

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of one of TABLES, in the order of their keys."""
        found = self._db.execute(f"SELECT * FROM {table} WHERE {_ROWS[table]}", self._asked)
        names = [column[0] for column in found.description]
        return (dict(zip(names, values, strict=True)) for values in found)


def lines(log: Path, number: Number, *, calls: frozenset[str]) -> Iterator[str]:
    """The lines of a log and of what logrotate made of it, uncompressed, that name the number or
    one of the calls. Raises OSError."""
    for path in sorted(log.parent.glob(log.name + "*")):
        if path.suffix not in _COMPRESSED:
            with path.open(encoding="utf-8", errors="replace") as file:
                yield from (line for line in file if _is_about(line, number, calls=calls))


def _is_about(line: str, number: Number, *, calls: frozenset[str]) -> bool:
    cells = line.replace('"', "|").replace(",", "|").rstrip("\n").split("|")
    return not calls.isdisjoint(cells) or any(map(number.is_a_run_in, cells))


def unread(folder: Path) -> list[str]:
    """Files that may name it and are not looked into: compressed logs, damaged databases."""
    logs = [path for log in LOGS for path in (folder / "asterisk").glob(f"{log}*")]
    found = [path for path in logs if path.suffix in _COMPRESSED]
    found += folder.glob("pbx.db.damaged-*")
    return sorted(str(path.relative_to(folder)) for path in found)


def facts(journal: Path, number: Number) -> Iterator[Row]:
    """The journal's records that name the number; of a snapshot or a configuration, which tell of
    everybody, only that it does. Raises OSError, JournalDamaged."""
    for record in journal_files.read(journal):
        body = record.body
        if body is None or isinstance(body, Digest | End):
            continue
        named = msgspec.structs.asdict(body)
        fields = _texts(msgspec.to_builtins(named, builtin_types=(bytes,)))
        if number.is_among(fields):
            row = {"number": record.number, "now_ms": record.now, "kind": type(body).__name__}
            yield row if isinstance(body, Snapshot | Configured) else row | {"fact": fields}


def _texts(value: Any) -> Any:
    """A value with its bytes as text."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, dict):
        return {key: _texts(each) for key, each in value.items()}
    return [_texts(each) for each in value] if isinstance(value, list | tuple) else value
