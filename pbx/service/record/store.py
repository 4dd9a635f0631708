"""The record on disk: notes in, rows of `pbx.db` and lines of `asterisk/` out, by one thread.

    loop thread     put, put, put …                        never blocks, never reads
    writer thread   <= 100 ms: the journal's fsync, BEGIN, rows, lines, their ends, COMMIT

What comes while one commit is written waits for the next: as long as calls go on, the writer wakes
by the clock alone, some twelve times a second, and `put` wakes nobody.

Writing a note twice changes nothing: a row is replaced by id or stands by seq, and a log that is
longer than the last commit says is cut back to it. Who starts, replays the journal's notes since
`last_seq`; those at or before it are ignored by `put`.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import tzinfo
from itertools import chain, groupby, starmap
from pathlib import Path

import msgspec

from pbx.figures.quarters import fold
from pbx.notes import CallClosed, Note, WrapUpEnded
from pbx.service.printable import printable
from pbx.service.record import quarters
from pbx.service.record.asterisk_log import (
    CDR_COLUMNS,
    UNIQUE_ID,
    CdrRow,
    master_line,
    queue_lines,
)
from pbx.service.record.database import Alarm, StoreError, is_damage, opened, read_only, set_aside
from pbx.service.record.disk import cannot_write, lock
from pbx.service.record.log_file import LogFile, Position
from pbx.service.record.rows import (
    Beside,
    Written,
    beside_row,
    call_row,
    event_row,
    segment_rows,
    wrap_up_row,
)
from pbx.service.record.tables import BESIDE, CALLS, EVENTS, META, SEGMENTS, Table, insert
from pbx.service.record.versions import Version, kept_versions

__all__ = ["Batch", "Store", "StoreError", "read_only"]

Batch = list[tuple[int, Note]]

_GATHER_S = 0.08  # how long notes are gathered for one commit; the rest of 100 ms is for writing
_RETRY_S = 1.0
_BATCH_MAX = 5_000
_LOGS = ("queue_log", "Master.csv")

# All in one row: each row that is fetched asks for the interpreter's lock.
_CDR = (
    f"SELECT json_group_array(json_array({', '.join(CDR_COLUMNS)})) FROM cdr "
    "WHERE uniqueid IN (SELECT value FROM json_each(?))"
)

# What a note that no table can take makes Python or SQLite say: a fault of ours, not of the disk.
_UNWRITABLE = (
    TypeError,
    ValueError,
    OverflowError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.IntegrityError,
)


class Store:
    """Opens (or makes, migrates) the database at `path` and the logs in `asterisk/` beside it.

    `on_committed(batch)` and `on_alarm(name, text)` are called in the writer thread (`on_alarm`
    also in the constructor and in `put`): wrap them with `loop.call_soon_threadsafe`.
    `before_commit` is called there too, to fsync the journal: put a note only after the `write` of
    its record. On a disk that refuses, `held_max` notes wait in memory, and as many calls more.

    `last_seq` is the last note committed, `last_epoch` the epoch last given to `start`; 0 if none.

    A damaged database is set aside as `pbx.db.damaged-TIMESTAMP` with an alarm. Raises StoreError
    for a path that cannot be written, a database of a newer version, or one that is in use."""

    def __init__(
        self,
        path: Path,
        *,
        on_committed: Callable[[Batch], object],
        on_alarm: Alarm,
        before_commit: Callable[[], object] = lambda: None,
        held_max: int = 200_000,
    ) -> None:
        self._path, self._held_max = path, held_max
        self._on_committed, self._alarm, self._before_commit = on_committed, on_alarm, before_commit
        self._notes: deque[tuple[int, Note]] = deque()
        self._beside: deque[Beside] = deque()
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._is_failing = False
        self._lost = 0  # notes that found no room in memory
        self._zone: tzinfo | None = None
        self._lock_fd, self._db = _locked_and_opened(path, on_alarm)
        self._is_damaged = False
        meta = self._meta()
        self.last_seq, self.last_epoch = int(meta.get("last_seq", 0)), int(meta.get("epoch", 0))
        self._logged_seq = int(meta.get("logged_seq", 0))
        self._standings = quarters.standings(self._db)
        folder = path.parent / "asterisk"
        try:
            folder.mkdir(exist_ok=True)
            self._queue_log, self._master = (_log(folder / name, meta) for name in _LOGS)
        except OSError as error:
            raise StoreError(cannot_write(folder, error)) from error

    def _meta(self) -> dict[str, str]:
        return dict(self._db.execute("SELECT key, value FROM meta"))

    def start(self, epoch: int, *, zone: tzinfo | None = None) -> None:
        """Keep the epoch and start the writer thread. `zone` is that of Master.csv's times (None:
        the system's). Raises StoreError."""
        try:
            insert(self._db, META, rows=[("epoch", str(epoch))])
        except sqlite3.Error as error:
            raise StoreError(f"cannot write {self._path}: {error}") from error
        self._zone = zone
        self._thread.start()

    def writes(self) -> list[Written]:
        """The writes that earlier processes did; before `start` only."""
        return [Written(*row) for row in self._db.execute("SELECT * FROM writes")]

    def in_force(self) -> Version | None:
        """The configuration that an earlier process had in force; before `start` only."""
        return next(kept_versions(self._db, 1), None)

    @property
    def path(self) -> Path:
        """The database, for `read_only`."""
        return self._path

    def put(self, seq: int, note: Note) -> None:
        """Take note number `seq`; ignored if already committed. Seqs rise by one, for ever."""
        if seq <= self.last_seq:
            return
        room = self._held_max - len(self._notes)
        if room <= 0 and (type(note) is not CallClosed or room <= -self._held_max):
            self._no_room()
            return
        self._notes.append((seq, note))
        if not self._wake.is_set():
            self._wake.set()

    def put_all(self, batch: Batch) -> None:
        """Take the notes of a turn, oldest first."""
        if batch[0][0] <= self.last_seq or len(self._notes) + len(batch) > self._held_max:
            for seq, note in batch:
                self.put(seq, note)
            return
        self._notes += batch
        if not self._wake.is_set():
            self._wake.set()

    def put_beside(self, row: Beside) -> None:
        """Take a row that follows from no note, from any thread; the last of its key counts."""
        if len(self._beside) >= self._held_max:
            self._no_room()
            return
        self._beside.append(row)
        if not self._wake.is_set():
            self._wake.set()

    def _no_room(self) -> None:
        if not self._lost:
            held = len(self._notes)
            self._alarm("record_lost", f"{self._path}: {held} notes wait, further ones are lost")
        self._lost += 1

    def close(self) -> None:
        """Commit what is left and close; twice is once. What the disk still refuses is alarmed and
        let go: the journal has it."""
        if self._stop.is_set():
            return
        self._stop.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()
        for log in (self._queue_log, self._master):
            log.close()
        self._db.close()
        os.close(self._lock_fd)

    def _run(self) -> None:
        is_last = False
        try:
            while not is_last:
                self._await_work()
                is_last = self._stop.wait(_GATHER_S)
                self._drain()
        finally:
            if not is_last:
                self._alarm("record_stopped", "a fault of ours stopped the record; restart pbx")

    def _await_work(self) -> None:
        """Sleep until there is something to write, or nothing more will come."""
        if not self._has_work():
            self._wake.clear()
            if not self._has_work():  # it may have come just before the `clear`
                self._wake.wait()

    def _has_work(self) -> bool:
        return bool(self._notes or self._beside or self._stop.is_set())

    def _drain(self) -> None:
        """Write what has come so far."""
        notes = self._notes
        due = len(notes)
        while due or self._beside:
            batch = [notes.popleft() for _ in range(min(due, _BATCH_MAX))]
            due -= len(batch)
            if not self._commit(batch):
                left = len(batch) + len(notes)
                self._alarm(
                    "record_unwritten", f"{self._path}: stopped with {left} notes unwritten"
                )
                return
            if not due:
                return

    def _commit(self, batch: Batch) -> bool:
        """Write the batch, however long the disk refuses; False if we are stopped meanwhile."""
        while True:
            try:
                self._write(batch)
            except _UNWRITABLE as error:
                self._roll_back()
                return self._commit_parts(batch, error)
            except (sqlite3.Error, OSError, StoreError) as error:
                self._roll_back()
                self._failed(error)
                if self._stop.wait(_RETRY_S):
                    return False
            else:
                self._succeeded(batch)
                return True

    def _commit_parts(self, batch: Batch, error: Exception) -> bool:
        """Halve a batch until the note that cannot be written is alone, and drop that one."""
        if len(batch) == 1:
            text = f"dropped by a fault of ours ({error!r}): {batch[0][1]}"
            self._alarm("record_fault", printable(text))
            return True
        half = len(batch) // 2
        return self._commit(batch[:half]) and self._commit(batch[half:])

    def _write(self, batch: Batch) -> None:
        """One transaction."""
        if self._is_damaged:
            self._begin_anew()
        self._before_commit()
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        closed = [note for _, note in batch if isinstance(note, CallClosed)]
        notes = [(seq, note) for seq, note in batch if not isinstance(note, CallClosed)]
        insert(db, EVENTS, rows=starmap(event_row, notes))
        insert(db, CALLS, rows=map(call_row, closed))
        insert(db, SEGMENTS, rows=chain.from_iterable(map(segment_rows, closed)))
        wrap_ups = ((seq, note) for seq, note in notes if isinstance(note, WrapUpEnded))
        insert(db, SEGMENTS, rows=starmap(wrap_up_row, wrap_ups))
        beside = self._write_beside()
        standings = self._standings.copy()
        quarters.write(db, fold((note for _, note in batch), standings))
        self._write_logs(batch)
        logs = [(f"log:{log.path.name}", str(log.position)) for log in self._logs()]
        last = [("last_seq", str(seq)) for seq, _ in batch[-1:]]
        full = [quarters.standings_row(standings)] if standings.full != self._standings.full else []
        insert(db, META, rows=[*logs, *last, *full])
        db.execute("COMMIT")
        self._standings = standings
        for log in self._logs():
            log.commit()
        for _ in range(beside):
            self._beside.popleft()

    def _write_beside(self) -> int:
        """Write the rows of their own that wait; how many. They stay until the commit."""
        waiting = list(self._beside)
        for kind, group in groupby(waiting, key=type):  # in their order: one may undo another
            rows = list(group)
            try:
                insert(self._db, BESIDE[kind], rows=map(beside_row, rows))
            except _UNWRITABLE:
                self._write_apart(BESIDE[kind], rows)
        return len(waiting)

    def _write_apart(self, table: Table, rows: Sequence[Beside]) -> None:
        """Write them one by one, and drop those that cannot be written."""
        for row in rows:
            try:
                insert(self._db, table, rows=[beside_row(row)])
            except _UNWRITABLE as error:
                text = f"dropped by a fault of ours ({error!r}): {row}"
                self._alarm("record_fault", printable(text))

    def _logs(self) -> tuple[LogFile, LogFile]:
        return self._queue_log, self._master

    def _write_logs(self, batch: Batch) -> None:
        new = [note for seq, note in batch if seq > self._logged_seq]
        calls = [note.call for note in new if isinstance(note, CallClosed)]
        rows = self._cdr(calls) if calls else {}
        self._queue_log.append("".join(map(queue_lines, new)))
        self._master.append("".join(master_line(rows[call], self._zone) for call in calls))

    def _cdr(self, calls: list[str]) -> dict[str, CdrRow]:
        """The rows of the view `cdr` for these calls."""
        asked = msgspec.json.encode(calls).decode()
        text = self._db.execute(_CDR, (asked,)).fetchone()[0]
        rows = msgspec.json.decode(text, type=list[CdrRow])
        return {str(row[UNIQUE_ID]): row for row in rows}

    def _roll_back(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _succeeded(self, batch: Batch) -> None:
        if self._is_failing:
            self._is_failing = False
            text = f"{self._path}: the record is written again, {self._lost} notes were lost"
            self._lost = 0
            self._alarm("record_whole", text)
        if batch:
            self.last_seq = batch[-1][0]
            self._on_committed(batch)

    def _failed(self, error: sqlite3.Error | OSError | StoreError) -> None:
        if not self._is_failing:
            self._is_failing = True
            if isinstance(error, OSError):
                text = cannot_write(Path(error.filename or self._path), error)
            else:
                fix = "see that its disk has room and that no other program holds it"
                text = f"cannot write {self._path}: {error}; fix: {fix}"
            self._alarm("record_disk", f"{text} (calls go on, their records wait in memory)")
        if is_damage(error):
            self._is_damaged = True

    def _begin_anew(self) -> None:
        """The database was damaged under our hands: set it aside and go on with a new one."""
        self._db.close()
        set_aside(self._path, self._alarm)
        self._db = opened(self._path, self._alarm)
        self._is_damaged = False


def _locked_and_opened(path: Path, on_alarm: Alarm) -> tuple[int, sqlite3.Connection]:
    """The lock's descriptor and the database. Raises StoreError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = lock(path.with_name(path.name + ".lock"))
    except OSError as error:
        raise StoreError(cannot_write(path, error)) from error
    try:
        return fd, opened(path, on_alarm)
    except StoreError:
        os.close(fd)
        raise


def _log(path: Path, meta: dict[str, str]) -> LogFile:
    """The log at `path`, cut back to where the last commit knew its end."""
    committed = meta.get(f"log:{path.name}")
    return LogFile(path, Position.parse(committed) if committed else None)
