"""Copies of pbx.db while it is written: as it is at one moment, without holding the writer up.

    BEGIN, a read    ->  the moment is held: what is committed later is not seen
    some pages, a pause, some pages …

What the writer commits meanwhile stays in the WAL, which grows for as long as the copy takes.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from pbx.service.record.database import read_only
from pbx.service.record.disk import sync_file
from pbx.service.record.log_file import Position

PAGES = 256  # of one step: 1 MiB
PAUSE_S = 0.005
_LOG = "log:"  # keys of meta: where a log ends


class Frozen:
    """The database at `path` as it is now. Raises sqlite3.Error; is to be closed."""

    def __init__(self, path: Path) -> None:
        self._db = read_only(path)
        try:
            self._db.isolation_level = None
            self._db.execute("BEGIN")
            self.meta: dict[str, str] = dict(self._db.execute("SELECT key, value FROM meta"))
        except BaseException:
            self._db.close()
            raise

    @property
    def last_seq(self) -> int:
        """The number of the last note in it."""
        return int(self.meta.get("last_seq", 0))

    @property
    def version(self) -> int:
        """How many migrations it has had."""
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    @property
    def bytes(self) -> int:
        """How large a copy is."""
        pages, size = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
        )
        return int(pages * size)

    def end_of_log(self, name: str) -> Position | None:
        """Where a log in `asterisk/` ends for this moment, if that is known."""
        text = self.meta.get(_LOG + name)
        return Position.parse(text) if text else None

    def copy(self, path: Path) -> None:
        """Write a whole copy to `path`, a new file. It does not know its logs: these are copies
        too, cut to their ends. Raises sqlite3.Error, OSError."""
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o640))
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as copy:
            self._db.backup(copy, pages=PAGES, sleep=PAUSE_S)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a WAL
            copy.execute("DELETE FROM meta WHERE key LIKE ? || '%'", (_LOG,))
        sync_file(path)

    def close(self) -> None:
        """Let go of the moment."""
        self._db.close()

    def __enter__(self) -> Frozen:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
