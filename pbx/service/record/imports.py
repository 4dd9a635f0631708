"""Imports into pbx.db: calls, segments and events of another system's log beside the exchange's.

    imports   a row a file: how far it is in             items so far ──┐ one transaction,
    calls, segments, events   of the next few items  ───────────────────┘ a few milliseconds

The exchange may write meanwhile: each transaction is short, and its rows are made before it begins.
Killed at any moment an import goes on behind the last transaction when the file is given again.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pbx.figures.quarters import Quarters, Standings, fold, use_trunk
from pbx.notes import CallClosed, Note
from pbx.service.record import quarters
from pbx.service.record.database import StoreError, joined, read_only
from pbx.service.record.disk import cannot_write, lock
from pbx.service.record.rows import EventRow, call_row, event_row, segment_rows
from pbx.service.record.tables import CALLS, EVENTS, SEGMENTS, insert

SEQS = 1 << 40  # numbers of events of one import
ROWS_MAX = 250  # of one transaction, beyond the last item's
IMPORTS_MAX = 10_000
CHECKPOINT_PAGES = 500  # half of what the exchange waits for

Given = tuple[tuple[Note, ...], CallClosed | None]

_KNOWN_CALLS = "SELECT id FROM calls WHERE id IN (SELECT value FROM json_each(?))"
_KNOWN_EVENT = (
    "SELECT 1 FROM events WHERE t = ? AND seq < 0 AND type = ? AND call = '' AND agent = ? "
    "AND data = ?"
)


class Import(msgspec.Struct):
    """A row of `imports`; times are epoch seconds."""

    number: int
    name: str
    source: str
    kind: str
    file: str
    sha256: str
    told: str
    begun: float
    ended: float | None = None
    items: int = 0
    rows: int = 0
    calls: int = 0
    known: int = 0
    broken: int = 0
    first: float | None = None
    last: float | None = None

    @property
    def seqs(self) -> tuple[int, int]:
        """The numbers of its events: from, and up to but without."""
        return -self.number * SEQS, (1 - self.number) * SEQS


class Imports:
    """The imports of the database at `path`, which is made or migrated where that is needed.

    One process at a time. Raises StoreError for a database that cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        place = path.with_name("imports.lock")
        try:
            self._lock = lock(place)
        except BlockingIOError as error:
            fix = "wait until it is done"
            raise StoreError(f"{path}: another import is at work; fix: {fix}") from error
        except OSError as error:
            raise StoreError(cannot_write(place, error)) from error
        try:
            self._db = joined(path)
            self._be_quick()
        except StoreError:
            os.close(self._lock)
            raise

    def _be_quick(self) -> None:
        """Hold the exchange up as little as can be: a transaction does not wait for the disk, the
        last one does for all; and the write-ahead log is carried over here, not there."""
        with self._told():
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")

    def __enter__(self) -> Imports:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()
        os.close(self._lock)

    def all(self) -> list[Import]:
        """The imports, oldest first."""
        return self._found("ORDER BY number")

    def named(self, name: str) -> Import | None:
        """The import of that name."""
        return next(iter(self._found("WHERE name = ?", name)), None)

    def of_file(self, sha256: str) -> Import | None:
        """The import of a file with that hash."""
        return next(iter(self._found("WHERE sha256 = ?", sha256)), None)

    def begin(self, new: Import) -> Import:
        """Keep a new import; its number and name become ones that are free. Raises StoreError."""
        taken = {each.name for each in self.all()}
        if len(taken) >= IMPORTS_MAX:
            raise StoreError(f"{self._path}: {IMPORTS_MAX} imports are the most")
        new.number = max((each.number for each in self.all()), default=0) + 1
        names = (new.source, *(f"{new.source}-{n}" for n in range(2, IMPORTS_MAX + 2)))
        new.name = next(name for name in names if name not in taken)
        with self._transaction():
            row = msgspec.structs.astuple(new)
            self._db.execute(f"INSERT INTO imports VALUES ({', '.join('?' * len(row))})", row)
        return new

    def put(self, to: Import, items: Sequence[Given]) -> None:
        """Write the next items of the log, in one transaction; calls that are here already and
        agents' states that are stay as they are. Raises StoreError."""
        with self._told():
            known = self._known([record.call for _, record in items if record])
            seq, events, records = self._next_seq(to), list[EventRow](), list[CallClosed]()
            counted = list[Note]()
            for notes, record in items:
                to.items += 1
                if record is not None and record.call in known:
                    to.known += 1
                    continue
                rows = [event_row(seq + n, note) for n, note in enumerate(notes)]
                if record is not None:
                    records.append(record)
                elif self._db.execute(_KNOWN_EVENT, _named(rows[0])).fetchone():
                    continue
                events += rows
                counted += notes
                seq += len(rows)
            to.calls += len(records)
            found = fold([*counted, *records], Standings(), with_states=False)
            self._write(to, records=records, events=events, found=found)

    def _write(
        self,
        to: Import,
        *,
        records: list[CallClosed],
        events: list[EventRow],
        found: Quarters,
    ) -> None:
        calls = [call_row(record) for record in records]
        segments = [row for record in records for row in segment_rows(record)]
        with self._transaction():
            insert(self._db, CALLS, rows=calls)
            insert(self._db, SEGMENTS, rows=segments)
            insert(self._db, EVENTS, rows=events)
            quarters.write(self._db, found)
            self._keep(to)

    def finish(self, done: Import) -> None:
        """Keep what became of an import, on the disk with all before. Raises StoreError."""
        with self._on_disk(), self._transaction():
            self._keep(done)

    def undo(self, name: str) -> Iterator[int]:
        """Remove an import with its calls and events; how many events at a time. Raises StoreError.
        Cut off, it goes on when asked for again."""
        found = self.named(name)
        assert found is not None
        found.items, found.ended = -1, None
        self.finish(found)
        while rows := self._some(found):
            calls = json.dumps([call for _, kind, call in rows if kind == "CallOpened"])
            of_them = "IN (SELECT value FROM json_each(?))"
            with self._transaction():
                self._uncount(rows[0][0], rows[-1][0], calls=calls)
                self._db.execute(f"DELETE FROM segments WHERE call {of_them}", (calls,))
                self._db.execute(f"DELETE FROM calls WHERE id {of_them}", (calls,))
                span = (rows[0][0], rows[-1][0])
                self._db.execute("DELETE FROM events WHERE seq BETWEEN ? AND ?", span)
            yield len(rows)
        with self._on_disk(), self._transaction():
            self._db.execute("DELETE FROM imports WHERE number = ?", (found.number,))

    def _uncount(self, first: int, last: int, *, calls: str) -> None:
        """Take what these events and calls count out of the quarters."""
        told = quarters.read_notes(self._db, "seq BETWEEN ? AND ?", params=(first, last))
        found = fold(told, Standings(), with_states=False)
        of_them = "id IN (SELECT value FROM json_each(?))"
        for use in quarters.trunk_uses(self._db, of_them, params=(calls,)):
            use_trunk(use, found)
        quarters.write(self._db, found.taken_away())

    def _some(self, of: Import) -> list[tuple[int, str, str]]:
        """Number, type and call of the next events of an import."""
        asked = "SELECT seq, type, call FROM events WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT ?"
        with self._told():
            return self._db.execute(asked, (*of.seqs, ROWS_MAX)).fetchall()

    def _found(self, which: str, *values: Any) -> list[Import]:
        with self._told():
            rows = self._db.execute(f"SELECT * FROM imports {which}", values)
            return [Import(*row) for row in rows]

    def _known(self, calls: list[str]) -> set[str]:
        found = self._db.execute(_KNOWN_CALLS, (json.dumps(calls),))
        return {row[0] for row in found}

    def _next_seq(self, of: Import) -> int:
        asked = "SELECT max(seq) FROM events WHERE seq >= ? AND seq < ?"
        last = self._db.execute(asked, of.seqs).fetchone()[0]
        return of.seqs[0] if last is None else int(last) + 1

    def _keep(self, row: Import) -> None:
        self._db.execute(
            "UPDATE imports SET ended = ?, items = ?, rows = ?, calls = ?, known = ?, broken = ?, "
            "first = ?, last = ? WHERE number = ?",
            (row.ended, row.items, row.rows, row.calls, row.known, row.broken, row.first, row.last,
             row.number),
        )  # fmt: skip

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of it, or nothing. Raises StoreError."""
        with self._told():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _on_disk(self) -> Iterator[None]:
        """What is committed meanwhile, and all before it, is on the disk."""
        with self._told():
            self._db.execute("PRAGMA synchronous = FULL")
            yield
            self._db.execute("PRAGMA synchronous = NORMAL")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except sqlite3.Error as error:
            fix = "see that its disk has room and no other program holds it, then do it again"
            raise StoreError(f"cannot use {self._path}: {error}; fix: {fix}") from error


def listed(path: Path) -> list[Import]:
    """The imports of the database at `path`, oldest first; none where it is not made, or older.
    May be asked at any time. Raises StoreError."""
    if not path.exists():
        return []
    try:
        with contextlib.closing(read_only(path)) as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'imports'").fetchone():
                return []
            return [Import(*row) for row in db.execute("SELECT * FROM imports ORDER BY number")]
    except sqlite3.Error as error:
        raise StoreError(f"cannot read {path}: {error}; fix: see that it is whole") from error


def batches(items: Iterable[Given]) -> Iterator[list[Given]]:
    """The items by as many as one transaction takes."""
    batch: list[Given] = []
    rows = 0
    for each in items:
        batch.append(each)
        notes, record = each
        rows += len(notes) + (1 + len(record.segments) if record else 0)
        if rows >= ROWS_MAX:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch


def _named(row: EventRow) -> tuple[float, str, str, str]:
    """What an event of an agent is known by."""
    _, t, kind, _, _, agent, data = row
    return t, kind, agent, data
