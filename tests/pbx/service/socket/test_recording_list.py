"""The list of recordings: by call, queue, agent and time, the newest first, within a limit."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pbx.service.record.database import opened
from pbx.service.record.rows import Recording, beside_row, call_row
from pbx.service.socket.params import RecordingsParams
from pbx.service.socket.recording_list import recordings_in
from tests.pbx.service.record.call_notes import call_of, closed


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Five recordings, ten seconds apart; the fourth call was another queue's, the last goes on."""
    path = tmp_path / "pbx.db"
    with contextlib.closing(opened(path, lambda name, text: None)) as db:
        for n in range(5):
            row = Recording(call_of(n), f"{call_of(n)}.wav", 100.0 + 10 * n, state="kept")
            marks = ", ".join("?" * 9)
            db.execute(f"INSERT INTO recordings VALUES ({marks})", beside_row(row))
        for n in range(4):
            queue, agent = ("service", "2002") if n == 3 else ("sales", "2001")
            values = call_row(closed(n, queue=queue, agent=agent))
            db.execute(f"INSERT INTO calls VALUES ({', '.join('?' * 22)})", values)
    return path


def calls(database: Path, **wanted: Any) -> list[str]:
    asked = msgspec.convert(wanted, RecordingsParams)
    return [row["call"] for row in recordings_in(database, asked)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [4, 3, 2, 1, 0]),
        ({"limit": 2}, [4, 3]),
        ({"queue": "sales"}, [2, 1, 0]),
        ({"agent": "2002"}, [3]),
        ({"queue": "sales", "agent": "2002"}, []),
        ({"from": 110}, [4, 3, 2, 1]),
        ({"to": 110}, [0]),
        ({"from": 110, "to": 130}, [2, 1]),
        ({"call": call_of(4)}, [4]),
        ({"call": "' OR 1 --"}, []),
    ],
)
def test_what_is_wanted_comes_newest_first(
    database: Path, wanted: dict[str, Any], expected: list[int]
) -> None:
    assert calls(database, **wanted) == [call_of(n) for n in expected]


def test_a_row_says_who_talked_and_what_became_of_the_file(database: Path) -> None:
    first = recordings_in(database, RecordingsParams(call=call_of(0)))[0]
    assert first == {
        "call": call_of(0),
        "path": f"{call_of(0)}.wav",
        "started": 100.0,
        "ended": None,
        "seconds": 0.0,
        "bytes": 0,
        "state": "kept",
        "deleted": None,
        "why": "",
        "calling": "13800138000",
        "called": "4001",
        "queue": "sales",
        "agent": "2001",
    }
    running = recordings_in(database, RecordingsParams(call=call_of(4)))[0]
    assert (running["queue"], running["calling"]) == ("", "")


def test_without_a_record_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.Error):
        recordings_in(tmp_path / "none.db", RecordingsParams())
