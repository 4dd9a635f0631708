"""Copies of pbx.db while it is written: as it is at one moment, without holding the writer up.

    BEGIN, a read    ->  the moment is held: what is committed later is not seen
    some pages, a pause, some pages …

What the writer commits meanwhile stays in the WAL, which grows for as long as the copy takes.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from pathlib import Path

from pbx.service.record.database import read_only
from pbx.service.record.disk import sync_file
from pbx.service.record.log_file import Position
from pbx.service.record.versions import Version, kept_versions

PAGES = 256  # of one step: 1 MiB
PAUSE_S = 0.005
_pause = threading.Event()  # which nobody sets
_PRAGMAS = ("user_version", "page_count", "page_size")
_LOG = "log:"  # keys of meta: where a log ends
_OUTLIVE = (
    "INSERT INTO meta VALUES ('epoch', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value "
    "WHERE CAST(value AS INTEGER) < CAST(excluded.value AS INTEGER)"
)


class Frozen:
    """The database at `path` as it is now: of what `version`, with what note last. Raises
    sqlite3.Error; is to be closed."""

    def __init__(self, path: Path) -> None:
        self._db = read_only(path)
        try:
            self._db.isolation_level = None
            self._db.execute("BEGIN")
            self.meta: dict[str, str] = dict(self._db.execute("SELECT key, value FROM meta"))
            self.version, pages, size = (self._pragma(each) for each in _PRAGMAS)
        except BaseException:
            self._db.close()
            raise
        self.bytes = pages * size  # of a copy
        self.last_seq = int(self.meta.get("last_seq", 0))

    def _pragma(self, name: str) -> int:
        return int(self._db.execute(f"PRAGMA {name}").fetchone()[0])

    def end_of_log(self, name: str) -> Position | None:
        """Where a log in `asterisk/` ends for this moment, if that is known."""
        text = self.meta.get(_LOG + name)
        return Position.parse(text) if text else None

    def in_force(self) -> Version | None:
        """The configuration in force; None in a database of before such were kept."""
        with contextlib.suppress(sqlite3.OperationalError):
            return next(kept_versions(self._db, 1), None)
        return None

    def copy(self, path: Path) -> None:
        """Write a whole copy to `path`, a new file. It does not know its logs: these are copies
        too, cut to their ends. Raises sqlite3.Error, OSError."""
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o640))
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as copy:
            self._db.backup(copy, pages=PAGES, progress=lambda *_: _pause.wait(PAUSE_S))
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a WAL
            copy.execute("DELETE FROM meta WHERE key LIKE ? || '%'", (_LOG,))
        sync_file(path)

    def release(self) -> None:
        """Let go of the moment: the WAL may be written over again."""
        self._db.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the moment and the database."""
        self._db.close()

    def __enter__(self) -> Frozen:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def outlive(copy: Path, epoch: int) -> None:
    """Let the starts of whoever uses a copy be numbered above `epoch`, for the ids of calls have
    that number in them. Raises sqlite3.Error."""
    with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as db:
        db.execute(_OUTLIVE, (str(epoch),))
    sync_file(copy)
