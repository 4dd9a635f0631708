"""Staffing questions over the socket, answered by another process from a real record."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from config.settings import Queue, ServiceLevel
from pbx.events import Refused
from pbx.service.record.database import opened
from pbx.service.socket.staffing_job import answered, level

MONDAY = 1_795_395_600  # 2026-11-23 01:00 UTC
ENTERED = (
    "INSERT INTO calls (id, direction, source, calling, called, trunk, queue, agent, started, "
    "answered, connected, ended, outcome, cause, ended_by, wait_s, talk_s, hold_s, recording, "
    "name, extension, sip_call_id) VALUES (?, 'in', 'trunk:g', '1', '2', 'g', 'sales', '2001', "
    "?, ?, ?, ?, 'answered', 16, 'caller', 5, 180, 0, '', '', '201', '')"
)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Four weeks of a queue, six calls an hour for eight hours of each weekday."""
    path = tmp_path / "pbx.db"
    with opened(path, print) as db:
        for day in range(28):
            for n in range(48) if day % 7 < 5 else ():
                at = MONDAY + (day - 28) * 86_400 + n * 600
                call = f"a{day:05x}-{n:08x}"
                db.execute(ENTERED, (call, at, at, at + 5, at + 185))
                db.execute(
                    "INSERT INTO segments VALUES (?, 1, 'wait', 'sales', '', ?, ?, '')",
                    (call, at, at + 5),
                )
                db.execute(
                    "INSERT INTO segments VALUES (?, 2, 'talk', 'sales', '2001', ?, ?, '')",
                    (call, at + 5, at + 185),
                )
        db.commit()
    db.close()
    return path


def test_the_agents_a_queue_needs_are_told_by_interval(record: Path) -> None:
    words = ["staff", "--days", "1", "--queue", "sales", "--timezone", "UTC"]
    need = answered(record, [*words, *level(Queue())])
    assert not isinstance(need, Refused), need
    assert need


def test_a_what_if_of_today_has_its_band(record: Path) -> None:
    words = ["simulate", "--today", "03:00", "--change", "+1", "--queue", "sales"]
    told = answered(record, [*words, "--timezone", "UTC", *level(Queue())])
    assert not isinstance(told, Refused), told
    assert told


def test_a_queue_without_calls_is_a_reason_to_read(record: Path) -> None:
    refused = answered(record, ["staff", "--queue", "none", "--timezone", "UTC"])
    assert isinstance(refused, Refused) and refused.code == "refused" and refused.reason


def test_no_record_is_a_reason_to_read(tmp_path: Path) -> None:
    refused = answered(tmp_path / "none.db", ["staff", "--timezone", "UTC"])
    assert isinstance(refused, Refused) and refused.reason


def test_a_service_level_is_said_as_the_commands_take_it() -> None:
    queue = Queue(service_level=ServiceLevel(0.95, 12))
    assert level(queue) == ["--target", "0.95", "--within", "12s"]


def test_the_record_is_only_read(record: Path) -> None:
    before = record.read_bytes()
    answered(record, ["staff", "--queue", "sales", "--timezone", "UTC"])
    assert record.read_bytes() == before
    with sqlite3.connect(record) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
