"""A real call centre's log imported: its published figures, by SQL and from the raw file."""

from __future__ import annotations

import contextlib
import csv
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pbx.service.exit_codes import DONE
from pbx.service.planning.call_counts import count
from pbx.service.planning.call_logs import CallLog
from pbx.service.record.database import read_only
from tests.shared import needs
from tests.site import run_pbx

pytestmark = pytest.mark.long  # three months are read and written in half a minute

QUEUED, ABANDONED, PATIENCE_S, WITHIN_20_S = 74_901, 21_395, 379, 0.353  # as published
Row = dict[str, str]


@pytest.fixture(scope="module")
def log() -> Path:
    return needs("data/bank1999_calls_mar_may.csv")


@pytest.fixture(scope="module")
def raw(log: Path) -> list[Row]:
    """The rows that are calls."""
    with log.open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["outcome"] != "PHANTOM"]


@pytest.fixture(scope="module")
def db(log: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """The record of a site into which the log was imported."""
    data = tmp_path_factory.mktemp("bank")
    done = run_pbx("import", log, "--data", data, "--timezone", "UTC", timeout_s=300)
    assert (done.returncode, done.stderr) == (DONE, "")
    with contextlib.closing(read_only(data / "pbx.db")) as found:
        yield found


def answer(db: sqlite3.Connection, query: str) -> tuple[Any, ...]:
    found: tuple[Any, ...] = db.execute(query).fetchone()
    return found


def asks(row: Row) -> bool:
    """Whether a call asked for an agent."""
    return row["outcome"] == "AGENT" or row["queued"] == "1"


def day_of(row: Row) -> str:
    """The day on which it did."""
    days = (int(row["arrival_s"]) + int(row["ivr_s"])) // 86_400
    return str(date.fromisoformat(row["date"]) + timedelta(days))


def test_the_published_figures_come_out_of_the_events(db: sqlite3.Connection) -> None:
    left = "FROM events WHERE type = 'QueueLeft'"
    outcome, wait = "json_extract(data, '$.outcome')", "json_extract(data, '$.wait_ms')"
    queued = "SELECT count(*) FROM events WHERE type = 'QueueEntered' "
    assert answer(db, queued + "AND json_extract(data, '$.position') = 1") == (QUEUED,)
    abandoned, waited_ms = answer(db, f"SELECT sum({outcome} = 'abandoned'), sum({wait}) {left}")
    assert abandoned == ABANDONED
    assert round(waited_ms / 1000 / abandoned) == PATIENCE_S
    within = f"SELECT avg({outcome} = 'answered' AND {wait} <= 20000) {left}"
    assert round(answer(db, within)[0], 3) == WITHIN_20_S


def test_every_call_of_the_file_is_a_row_of_calls(db: sqlite3.Connection, raw: list[Row]) -> None:
    found = dict(db.execute("SELECT outcome, count(*) FROM calls GROUP BY 1").fetchall())
    expected = Counter(
        "answered" if row["outcome"] == "AGENT" else "abandoned" if asks(row) else "exited"
        for row in raw
    )
    assert found == expected
    sums = "SELECT sum(wait_s), sum(talk_s), count(DISTINCT agent) FROM calls"
    answered = [row for row in raw if row["outcome"] == "AGENT"]
    assert answer(db, sums) == (
        sum(int(row["wait_s"]) for row in raw if asks(row)),
        sum(int(row["talk_s"]) for row in answered),
        len({row["agent"] or "unknown" for row in answered}) + 1,  # and nobody
    )


def test_each_day_and_queue_has_what_the_file_has(db: sqlite3.Connection, raw: list[Row]) -> None:
    entered = """
        SELECT date(e.t, 'unixepoch'), e.queue, count(*),
               sum(json_extract(l.data, '$.outcome') = 'answered'),
               sum(json_extract(l.data, '$.outcome') = 'abandoned'),
               sum(json_extract(l.data, '$.wait_ms')) / 1000
        FROM events e JOIN events l ON l.seq BETWEEN e.seq + 1 AND e.seq + 5 AND l.call = e.call
        WHERE e.type = 'QueueEntered' AND l.type = 'QueueLeft' GROUP BY 1, 2"""
    expected: Counter[tuple[str, str, str]] = Counter()
    for row in filter(asks, raw):
        key = day_of(row), row["type"]
        expected[*key, "offered"] += 1
        expected[*key, row["outcome"]] += 1
        expected[*key, "wait"] += int(row["wait_s"])
    found: Counter[tuple[str, str, str]] = Counter()
    for day, queue, *figures in db.execute(entered):
        names = ("offered", "AGENT", "HANG", "wait")
        found.update({(day, queue, name): n for name, n in zip(names, figures, strict=True)})
    assert found == expected
    assert expected.total() > 100_000


def test_a_plan_reads_the_same_from_the_record_as_from_the_file(
    db: sqlite3.Connection, log: Path
) -> None:
    path = Path(answer(db, "SELECT file FROM pragma_database_list")[0])
    imported = count(CallLog(path, zone=ZoneInfo("UTC")), interval_s=900)
    direct = count(CallLog(log), interval_s=900)
    assert imported.outcomes == direct.outcomes
    assert imported.days.keys() == direct.days.keys()
    for day, counts in direct.days.items():
        assert imported.days[day].tolist() == counts.tolist()
    assert imported.aht_s == direct.aht_s
    assert imported.patience_s == direct.patience_s
