"""The recordings kept so far: found again at the start, and the oldest deleted as the limits ask.

Nothing here runs in the loop's thread: it reads the record and waits for the disk.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from config.settings import Recording as Limits
from pbx.service.record.database import read_only
from pbx.service.record.rows import Recording
from pbx.service.sound import recording_files

DELETED_MAX = 5_000  # in one sweep

_COLUMNS = ", ".join(Recording.__struct_fields__)
_OPEN = f"SELECT {_COLUMNS} FROM recordings WHERE state = 'recording'"
_ON_DISK = "FROM recordings WHERE state IN ('kept', 'failed') AND bytes > 0"
_OLDEST = f"SELECT {_COLUMNS} {_ON_DISK} ORDER BY started"
_SUM = f"SELECT coalesce(sum(bytes), 0) {_ON_DISK}"


class Running(msgspec.Struct, frozen=True):
    """What is being recorded: its calls, and the octets it takes by now."""

    calls: frozenset[str] = frozenset()
    bytes: int = 0


class Swept(msgspec.Struct, frozen=True):
    """What a sweep came to: the rows of deleted files, the share of the disk that is free."""

    deleted: list[Recording]
    free: float
    troubles: list[str]


class Shelf:
    """The recordings below `folder`, which have their rows in the record at `database`."""

    def __init__(self, folder: Path, database: Path) -> None:
        self.folder = folder
        self._database = database
        self._begun = time.time()
        with contextlib.closing(read_only(database)) as db:
            self._left = list(_rows(db, _OPEN))
        self._gone: set[str] = set()  # deleted, but not yet in the record

    def free(self) -> float:
        """The share of the disk that is free. Raises OSError."""
        free, whole = recording_files.disk(self.folder)
        return free / whole

    def recovered(self) -> Iterator[Recording]:
        """Rows for what an earlier process left: those it did not end, files without a row.

        Raises OSError, sqlite3.Error."""
        for row in self._left:
            yield self._ended(row)
        with contextlib.closing(read_only(self._database)) as db:
            known = dict(db.execute("SELECT path, call FROM recordings"))
        calls = set(known.values())
        for path, wall in recording_files.found(self.folder, self._begun - 1):
            call = Path(path).stem
            if path not in known:
                yield self._adopted(path if call in calls else call, path, wall=wall)

    def _ended(self, row: Recording) -> Recording:
        """A recording that a crash ended."""
        try:
            seconds = recording_files.completed(recording_files.located(self.folder, row.path))
        except (OSError, ValueError) as error:
            why = f"its file cannot be read: {error}"
            return msgspec.structs.replace(row, state="failed", ended=row.started, why=why)
        return msgspec.structs.replace(
            row,
            state="kept",
            ended=row.started + seconds,
            seconds=seconds,
            bytes=recording_files.size_of(seconds),
        )

    def _adopted(self, call: str, path: str, *, wall: float) -> Recording:
        """A file the record knows nothing of: it was lost with a damaged database, or a crash."""
        ended = self._ended(Recording(call, path, wall, wall))
        return msgspec.structs.replace(ended, started=wall - ended.seconds, ended=wall)

    def sweep(self, limits: Limits, running: Running) -> Swept:
        """Delete what is too old, and the oldest while all is too much. Raises OSError,
        sqlite3.Error."""
        free, whole = recording_files.disk(self.folder)
        with contextlib.closing(read_only(self._database)) as db:
            excess = db.execute(_SUM).fetchone()[0] + running.bytes - limits.bytes_max
            sweep = _Sweep(limits, excess, short=limits.free_min * whole - free)
            for row in _rows(db, _OLDEST):
                if row.call in self._gone:
                    sweep.passes(row)
                elif row.call not in running.calls and not sweep.deletes(row, self.folder):
                    break
        self._gone = {row.call for row in sweep.deleted} | sweep.passed
        return Swept(sweep.deleted, self.free(), sweep.troubles)


class _Sweep:
    """One sweep: octets above `bytes_max`, octets short of `free_min`, what was done about it."""

    def __init__(self, limits: Limits, excess: int, *, short: float) -> None:
        self.excess, self.short = excess, short
        self.deleted: list[Recording] = []
        self.passed: set[str] = set()
        self.troubles: list[str] = []
        self._now = time.time()
        self._oldest = self._now - limits.age_max_s

    def passes(self, row: Recording) -> None:
        """A file that is gone, as the record will say when its disk lets it."""
        self.passed.add(row.call)
        self.excess -= row.bytes

    def deletes(self, row: Recording, folder: Path) -> bool:
        """Delete the next oldest file if a limit asks for it; False when none does."""
        why = _reason(row.started < self._oldest, self.excess > 0, is_short=self.short > 0)
        if not why or len(self.deleted) == DELETED_MAX:
            return False
        try:
            self.short -= recording_files.delete(folder, row.path)
        except (OSError, ValueError) as error:
            self.troubles.append(f"cannot delete {row.path}: {error}")
            return True
        self.excess -= row.bytes
        why = f"{row.why}; {why}" if row.why else why
        self.deleted.append(
            msgspec.structs.replace(row, state="deleted", deleted=self._now, why=why)
        )
        return True


def _reason(is_old: bool, is_much: bool, *, is_short: bool) -> str:
    """Why a recording is deleted; empty: it is not."""
    if is_old:
        return "older than [recording] age_max_s"
    if is_much:
        return "all took more than [recording] bytes_max"
    return "less than [recording] free_min of the disk was free" if is_short else ""


def _rows(db: sqlite3.Connection, query: str) -> Iterator[Recording]:
    return (Recording(*row) for row in db.execute(query))
