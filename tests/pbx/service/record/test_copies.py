"""A copy of the database while it is written: as it was at one moment, whole, and in one file."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from pbx.service.record.copies import Frozen
from pbx.service.record.database import opened, read_only
from pbx.service.record.log_file import Position
from tests.pbx.service.record.call_notes import notes_of
from tests.pbx.service.record.small_disk import no_file_above
from tests.pbx.service.record.store_site import Site


def a_record(folder: Path, calls: int) -> Site:
    site = Site(folder)
    site.keep(note for number in range(1, calls + 1) for note in notes_of(number))
    return site


def test_what_is_written_after_the_moment_is_not_in_the_copy(tmp_path: Path) -> None:
    site = a_record(tmp_path, 3)
    calls, events = (site.rows(f"SELECT * FROM {table}") for table in ("calls", "events"))
    copy = tmp_path / "copy.db"
    with Frozen(site.path) as frozen:
        store = site.open()
        store.start(2)
        for seq, note in enumerate(notes_of(4), frozen.last_seq + 1):
            store.put(seq, note)
        site.wait_for(seq)
        frozen.copy(copy)
        store.close()
    assert len(site.rows("SELECT * FROM calls")) == 4
    with contextlib.closing(sqlite3.connect(copy)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("SELECT * FROM calls").fetchall() == calls
        assert db.execute("SELECT * FROM events").fetchall() == events
    assert not list(tmp_path.glob("copy.db-*"))


def test_a_writer_commits_between_the_steps_of_a_copy_and_it_ends_all_the_same(
    tmp_path: Path,
) -> None:
    """A copy that began anew at each commit of another connection would never end."""
    site = a_record(tmp_path, 1)
    steps = []
    with contextlib.closing(opened(site.path, print)) as writer:
        for n in range(3_000):
            row = (10**6 + n, 0.0, "X", "c" * 900, "", "", "{}")
            writer.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", row)

        def written(status: int, left: int, pages: int) -> None:
            steps.append(left)
            writer.execute("UPDATE meta SET value = value + 1 WHERE key = 'last_seq'")

        with Frozen(site.path) as frozen, contextlib.closing(sqlite3.connect(":memory:")) as copy:
            frozen._db.backup(copy, pages=50, progress=written)
            assert copy.execute("SELECT count(*) FROM events").fetchone()[0] >= 3_000
            told = copy.execute("SELECT value FROM meta WHERE key = 'last_seq'").fetchone()
            assert int(told[0]) == frozen.last_seq
    assert len(steps) > 10 and steps == sorted(steps, reverse=True)


def test_a_copy_does_not_know_the_logs_that_stand_elsewhere(tmp_path: Path) -> None:
    site = a_record(tmp_path, 1)
    log = tmp_path / "asterisk" / "queue_log"
    with Frozen(site.path) as frozen:
        assert frozen.end_of_log("queue_log") == Position(log.stat().st_ino, log.stat().st_size)
        assert frozen.end_of_log("other") is None
        frozen.copy(tmp_path / "copy.db")
        assert frozen.bytes == (tmp_path / "copy.db").stat().st_size
    with Frozen(tmp_path / "copy.db") as copy:
        assert copy.end_of_log("queue_log") is None
        assert copy.last_seq > 0 and copy.version > 4


def test_a_full_disk_and_a_file_that_is_there_are_refused(tmp_path: Path) -> None:
    site = a_record(tmp_path, 1)
    with Frozen(site.path) as frozen:
        with no_file_above(10_000), pytest.raises((sqlite3.Error, OSError)):
            frozen.copy(tmp_path / "copy.db")
        with pytest.raises(FileExistsError):
            frozen.copy(tmp_path / "copy.db")
    with pytest.raises(sqlite3.OperationalError):
        Frozen(tmp_path / "none.db")
    with contextlib.closing(read_only(site.path)) as db:
        assert db.execute("SELECT count(*) FROM calls").fetchone() == (1,)
