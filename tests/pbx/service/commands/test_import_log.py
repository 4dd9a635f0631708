"""`pbx import` as a process: what it prints and refuses, killed and done again, undone."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pbx.service.exit_codes import DONE, FAILED, WRONG
from pbx.service.record.database import read_only
from tests.pbx.service.planning.logs_of_calls import (
    MONDAY,
    bank_days,
    bank_log,
    bank_row,
    text_log,
)
from tests.shared import ROOT
from tests.site import PBX, run_pbx, until

KILLS = 4
TABLES = ("calls", "segments", "events")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data directory of an empty site."""
    found = tmp_path / "data"
    found.mkdir()
    return found


def brought(log: Path, data: Path, *words: str) -> tuple[str, str]:
    """What an import that is done prints, on stdout and stderr."""
    done = run_pbx("import", log, "--data", data, "--timezone", "UTC", *words)
    assert done.returncode == DONE, done.stderr
    return done.stdout.rstrip(), done.stderr.rstrip()


def refused(code: int, *words: str | Path) -> str:
    done = run_pbx("import", *words)
    assert (done.returncode, done.stdout) == (code, ""), done
    assert "Traceback" not in done.stderr
    return done.stderr


def rows(data: Path, query: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(read_only(data / "pbx.db")) as db:
        return db.execute(query).fetchall()


def everything(data: Path) -> list[list[tuple[Any, ...]]]:
    return [rows(data, f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]


def test_a_log_becomes_calls_and_the_same_log_again_changes_nothing(
    tmp_path: Path, data: Path
) -> None:
    log = bank_days(tmp_path, 2)
    assert brought(log, data) == ("bank: 240 calls of 240 rows, 2026-08-03 to 2026-08-04", "")
    before = everything(data)
    assert brought(log, data) == (f"{log}: imported already as bank: nothing changes", "")
    assert everything(data) == before


def test_a_log_that_has_grown_brings_what_is_new(tmp_path: Path, data: Path) -> None:
    log = bank_days(tmp_path, 2)
    brought(log, data)
    log = bank_days(tmp_path, 3)
    out, told = brought(log, data)
    assert out == "bank-2: 120 calls of 360 rows, 2026-08-03 to 2026-08-05"
    assert told == f"{log}: 240 calls are here already: left as they are"
    assert rows(data, "SELECT count(*) FROM calls") == [(360,)]


def test_what_is_left_out_is_told_with_its_line(tmp_path: Path, data: Path) -> None:
    log = bank_log(tmp_path, [bank_row(MONDAY, 1), "nonsense", bank_row(MONDAY, 2, agent="")])
    out, told = brought(log, data, "--source", "avaya")
    assert out == "avaya: 2 calls of 3 rows, 2026-08-03 to 2026-08-03"
    assert told.splitlines() == [
        f"{log}: line 3: 1 fields, not 10",
        f"{log}: 1 rows make no sense: left out",
    ]
    found = rows(data, "SELECT source, agent, id LIKE 'avaya:%' FROM calls ORDER BY started")
    assert found == [("import:avaya", "A001", 1), ("import:avaya", "unknown", 1)]


def test_columns_that_are_not_told_are_said(tmp_path: Path, data: Path) -> None:
    log = text_log(tmp_path, "at,line,who", "2026-08-03 10:00:00,sales,Li Na", name="old.csv")
    out, told = brought(log, data, "--columns", "start=at,queue=line,agent=who")
    assert out.startswith("csv: 1 calls of 1 rows")
    assert told.splitlines() == [
        f"{log}: 1 waits are not told: they count as 0 s",
        f"{log}: 1 talk times are not told: they count as 0 s",
    ]


def test_a_dry_run_writes_nothing(tmp_path: Path, data: Path) -> None:
    out, _ = brought(bank_days(tmp_path, 1), data, "--dry-run")
    assert out == "bank, not written: 120 calls of 120 rows, 2026-08-03 to 2026-08-03"
    assert list(data.iterdir()) == []


def test_imports_are_listed_and_one_is_undone(tmp_path: Path, data: Path) -> None:
    log = bank_days(tmp_path, 1)
    brought(log, data)
    listed = run_pbx("import", "--list", "--json", "--data", data)
    (row,) = json.loads(listed.stdout)
    assert row | {"imported": ""} == {
        "name": "bank", "source": "bank", "kind": "bank", "file": str(log), "imported": "",
        "calls": 120, "known": 0, "broken": 0, "from": "2026-08-03", "to": "2026-08-03",
        "state": "whole",
    }  # fmt: skip
    undone = run_pbx("import", "--undo", "bank", "--data", data)
    assert (undone.returncode, undone.stderr) == (DONE, "")
    assert undone.stdout == "bank: removed, 120 calls and 684 events\n"
    assert everything(data) == [[], [], []]
    assert run_pbx("import", "--list", "--data", data).stdout.splitlines()[1:] == []
    assert "no import 'bank': there are none" in refused(
        FAILED, "--undo", "bank", "--data", data
    )  # fmt: skip


def test_a_configuration_says_where_and_in_which_time_zone(tmp_path: Path, data: Path) -> None:
    config = tmp_path / "pbx.toml"
    config.write_text(f'[site]\ndata = "{data}"\ntimezone = "Asia/Shanghai"\n')
    log = bank_log(tmp_path, [bank_row(MONDAY, 36_000)])
    done = run_pbx("import", log, "--config", config)
    assert (done.returncode, done.stderr) == (DONE, "")
    assert rows(data, "SELECT datetime(started, 'unixepoch') FROM calls") == [
        ("2026-08-03 02:00:00",)
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("{log}", "--source", "a b"), "--source 'a b': up to 32 letters"),
        (("{log}", "--timezone", "Mars/Olympus"), "no time zone 'Mars/Olympus'"),
        (("{log}", "--columns", "begin=1"), "no field 'begin'"),
        (("{folder}/none",), "No such file or directory"),
        (("{folder}",), "Is a directory"),
        (("{folder}/photo",), "no log of calls: it begins 'PNG"),
    ],
)
def test_what_cannot_be_read_is_wrong_usage(
    tmp_path: Path, data: Path, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "photo").write_text("PNG\n\n")
    log = bank_log(tmp_path, [bank_row(MONDAY, 1)])
    placed = [word.format(log=log, folder=tmp_path) for word in words]
    assert said in refused(WRONG, *placed, "--data", data)
    assert list(data.iterdir()) == []


def test_where_nothing_can_be_written_it_fails(tmp_path: Path, data: Path) -> None:
    log = bank_log(tmp_path, [bank_row(MONDAY, 1)])
    assert "No such file or directory" in refused(FAILED, log, "--data", tmp_path / "none")
    (data / "pbx.db").write_bytes(b"no database" * 400)
    assert "sets a damaged database aside" in refused(FAILED, log, "--data", data)


def test_a_file_read_otherwise_before_is_refused_until_that_is_undone(
    tmp_path: Path, data: Path
) -> None:
    log = bank_log(tmp_path, [bank_row(MONDAY, 1)])
    brought(log, data)
    said = refused(FAILED, log, "--data", data, "--timezone", "Asia/Shanghai")
    assert "imported as bank from source bank, time zone UTC" in said
    assert "fix: pbx import --undo bank, then import it again" in said


# ---- killed --------------------------------------------------------------------------------------


def killed(words: list[str], data: Path, *, table: str, until_rows: int) -> None:
    """Run a command and kill it once so many rows are in, or gone."""
    process = subprocess.Popen([*PBX, *words], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        until(lambda: is_reached(data, table, until_rows) or process.poll() is not None,
              timeout_s=60, what="rows")  # fmt: skip
        assert process.poll() is None, "it ended before it could be killed"
    finally:
        process.kill()
        process.wait(10)


def is_reached(data: Path, table: str, wanted: int) -> bool:
    """Whether a table has so many rows; below 0: so few."""
    try:
        count = int(rows(data, f"SELECT count(*) FROM {table}")[0][0])
    except sqlite3.Error:  # it is not made yet
        return False
    return count >= wanted if wanted >= 0 else count <= -wanted


def test_killed_again_and_again_it_is_in_whole_in_the_end(tmp_path: Path, data: Path) -> None:
    days = 40
    log = bank_days(tmp_path, days)
    whole = tmp_path / "whole"
    whole.mkdir()
    brought(log, whole)
    words = ["import", str(log), "--data", str(data), "--timezone", "UTC"]
    for number in range(1, KILLS + 1):
        killed(words, data, table="calls", until_rows=days * 120 * number // (KILLS + 2))
    assert rows(data, "SELECT ended, items > 0 FROM imports") == [(None, 1)]
    last, calls = MONDAY + timedelta(days - 1), days * 120
    assert brought(log, data)[0] == f"bank: {calls} calls of {calls} rows, {MONDAY} to {last}"
    assert everything(data) == everything(whole)
    assert rows(data, "SELECT items, calls, known FROM imports") == [(calls, calls, 0)]
    assert rows(data, "PRAGMA integrity_check") == [("ok",)]


def test_an_undo_that_is_killed_is_finished_by_the_next(tmp_path: Path, data: Path) -> None:
    log = bank_days(tmp_path, 40)
    brought(log, data)
    words = ["import", "--undo", "bank", "--data", str(data)]
    killed(words, data, table="events", until_rows=-(40 * 120 * 5))
    assert "the undo of bank was cut off" in refused(
        FAILED, log, "--data", data, "--timezone", "UTC"
    )  # fmt: skip
    assert "undo cut off" in run_pbx("import", "--list", "--data", data).stdout
    assert run_pbx(*words).returncode == DONE
    assert everything(data) == [[], [], []]
