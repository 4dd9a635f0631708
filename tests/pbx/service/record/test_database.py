"""Opening pbx.db: from nothing, from damage, from a newer version, where nothing can be written."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbx.service.record import database
from pbx.service.record.database import StoreError, opened, read_only

Alarms = list[tuple[str, str]]
CALLS = """id direction source calling called trunk queue agent started answered connected ended
    outcome cause ended_by wait_s talk_s hold_s recording"""
SEGMENTS = "call n kind queue agent started ended"
RECORDINGS = "call path started ended seconds bytes state deleted why"
EVENTS = "seq t type call queue agent data"
CDR = """accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end
    duration billsec disposition amaflags uniqueid userfield"""


def no_alarm(name: str, text: str) -> None:
    raise AssertionError(f"{name}: {text}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pbx.db"


@contextlib.contextmanager
def a_database(path: Path, alarms: Alarms | None = None) -> Iterator[sqlite3.Connection]:
    on_alarm = no_alarm if alarms is None else lambda *alarm: alarms.append(alarm)
    with contextlib.closing(opened(path, on_alarm)) as db:
        yield db


def columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in db.execute(f"PRAGMA table_info({table})")]


def test_a_new_database_has_the_promised_tables_and_columns(path: Path) -> None:
    with a_database(path) as db:
        assert columns(db, "calls")[:19] == CALLS.split()
        assert columns(db, "segments")[:7] == SEGMENTS.split()
        assert columns(db, "events") == EVENTS.split()
        assert columns(db, "recordings") == RECORDINGS.split()
        assert columns(db, "cdr") == CDR.split()
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert db.execute("PRAGMA user_version").fetchone() == (len(database.MIGRATIONS),)


def test_opening_again_keeps_what_is_there_without_a_word(path: Path) -> None:
    with a_database(path) as db:
        db.execute("INSERT INTO meta VALUES ('k', 'v')")
    with a_database(path) as db:
        assert db.execute("SELECT value FROM meta").fetchone() == ("v",)


def test_a_migration_that_fails_changes_nothing(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("CREATE TABLE events (a)")
        with pytest.raises(sqlite3.OperationalError, match="events already exists"):
            database.migrate(db)
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("events",)]
        assert db.execute("PRAGMA user_version").fetchone() == (0,)


def test_a_database_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    with a_database(path) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match=r"version 99, this pbx knows .*; fix: run the newer pbx"):
        opened(path, no_alarm)
    assert os.listdir(path.parent) == ["pbx.db"]


def test_a_path_that_cannot_be_written_is_named_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "pbx.db"
    with pytest.raises(StoreError, match=f"cannot write {path}: .*; fix: .* is a file"):
        opened(path, no_alarm)
    with pytest.raises(StoreError, match=f"cannot write {tmp_path}: Is a directory"):
        opened(tmp_path, no_alarm)


@pytest.mark.parametrize("name", ["garbage", "torn", "header", "page", "schema"])
def test_a_damaged_database_is_set_aside_with_an_alarm(path: Path, name: str) -> None:
    with a_database(path) as db:
        rows = [(n, n, "X", "c" * 20, "q", "a", "{}" * 50) for n in range(2_000)]
        db.execute("BEGIN")
        db.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        db.execute("COMMIT")
    whole = path.read_bytes()
    noise = random.Random(name).randbytes(4096)
    path.write_bytes(
        {
            "garbage": noise,
            "torn": whole[: len(whole) // 2],
            "header": noise[:16] + whole[16:],
            "page": whole[:40_960] + noise + whole[45_056:],
            "schema": whole[:100] + noise[:300] + whole[400:],
        }[name]
    )
    broken = path.read_bytes()
    alarms: Alarms = []
    with a_database(path, alarms) as db:
        assert db.execute("SELECT count(*) FROM events").fetchone() == (0,)
    [aside] = path.parent.glob("pbx.db.damaged-*[0-9]")
    assert aside.read_bytes() == broken
    assert [alarm[0] for alarm in alarms] == ["database_damaged"]
    assert aside.name in alarms[0][1]


def test_a_new_database_knows_from_the_damaged_one_where_the_logs_ended(path: Path) -> None:
    with a_database(path) as db:
        meta = [("last_seq", "77"), ("log:queue_log", "5 900"), ("epoch", "4")]
        db.executemany("INSERT INTO meta VALUES (?, ?)", meta)
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'calls'").fetchone()[0]
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    data[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    path.write_bytes(data)
    alarms: Alarms = []
    with a_database(path, alarms) as db:
        known = dict(db.execute("SELECT key, value FROM meta"))
    assert known == {"logged_seq": "77", "log:queue_log": "5 900", "epoch": "4"}
    assert "may repeat" not in alarms[0][1]


def test_a_reader_can_write_nothing_and_makes_no_database(path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        read_only(path).execute("SELECT 1")
    with a_database(path), contextlib.closing(read_only(path)) as db:
        assert db.execute("SELECT count(*) FROM calls").fetchone() == (0,)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.execute("DELETE FROM calls")
