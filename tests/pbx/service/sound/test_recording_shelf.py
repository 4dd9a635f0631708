"""What is kept: the oldest go first, only as many as the limits ask; what a crash left is found."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.settings import Recording as Limits
from pbx.service.record.database import opened
from pbx.service.record.rows import Recording, beside_row
from pbx.service.sound.recording_files import size_of
from pbx.service.sound.recording_shelf import Running, Shelf
from tests.pbx.service.sound.recorded_files import recording, seconds_in

NOW = time.time()
DAY_S = 86_400
MINUTE = size_of(60)
NOBODY = Running()


class Place:
    """A folder of recordings with a record beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "recordings"
        self.folder.mkdir()
        self.database = folder / "pbx.db"
        with contextlib.closing(opened(self.database, lambda name, text: None)):
            pass

    def keep(self, *rows: Recording) -> None:
        with contextlib.closing(sqlite3.connect(self.database)) as db:
            marks = f"INSERT OR REPLACE INTO recordings VALUES ({', '.join('?' * 9)})"
            db.executemany(marks, map(beside_row, rows))
            db.commit()

    def recording(self, number: int, days: float, **fields: Any) -> Recording:
        """A minute recorded so many days ago: file and row."""
        path = f"2026/11/{number:02}/c{number}.wav"
        recording(self.folder / path, 60)
        started = NOW - days * DAY_S
        row = Recording(f"c{number}", path, started, started + 60, 60, MINUTE, "kept")
        row = msgspec.structs.replace(row, **fields)
        self.keep(row)
        return row

    def left(self) -> list[str]:
        return sorted(file.stem for file in self.folder.rglob("*.wav"))

    def shelf(self) -> Shelf:
        return Shelf(self.folder, self.database)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def limits(**fields: Any) -> Limits:
    return Limits(**{"age_max_s": 30.0 * DAY_S, "bytes_max": 1 << 40, "free_min": 0.0} | fields)


def calls(rows: Iterable[Recording]) -> list[str]:
    return [row.call for row in rows]


def test_what_no_limit_asks_for_stays(place: Place) -> None:
    for number in range(5):
        place.recording(number, number)
    swept = place.shelf().sweep(limits(), NOBODY)
    assert (swept.deleted, swept.troubles) == ([], [])
    assert 0 < swept.free < 1
    assert len(place.left()) == 5


def test_what_is_too_old_is_deleted_and_says_so(place: Place) -> None:
    for number, days in enumerate((1, 29.9, 30.1, 400)):
        place.recording(number, days)
    swept = place.shelf().sweep(limits(), NOBODY)
    assert calls(swept.deleted) == ["c3", "c2"]
    assert place.left() == ["c0", "c1"]
    row = swept.deleted[0]
    assert (row.state, row.why) == ("deleted", "older than [recording] age_max_s")
    assert row.deleted == pytest.approx(time.time(), abs=60)
    assert (row.seconds, row.bytes) == (60, MINUTE)


def test_the_oldest_go_until_the_rest_fits(place: Place) -> None:
    for number in range(6):
        place.recording(number, 10 - number)
    swept = place.shelf().sweep(limits(bytes_max=4 * MINUTE), NOBODY)
    assert calls(swept.deleted) == ["c0", "c1"]
    assert {row.why for row in swept.deleted} == {"all took more than [recording] bytes_max"}
    assert place.shelf().sweep(limits(bytes_max=6 * MINUTE), NOBODY).deleted == []


def test_what_is_being_recorded_counts_and_is_never_deleted(place: Place) -> None:
    place.recording(0, 400, state="recording", ended=None)
    place.recording(1, 300)
    place.recording(2, 1)
    running = Running(frozenset({"c0", "c1"}), MINUTE)
    swept = place.shelf().sweep(limits(bytes_max=MINUTE), running)
    assert calls(swept.deleted) == ["c2"]
    assert place.left() == ["c0", "c1"]


def test_a_disk_that_is_too_full_costs_recordings_oldest_first(place: Place) -> None:
    for number in range(4):
        place.recording(number, number)
    swept = place.shelf().sweep(limits(free_min=0.95), NOBODY)
    assert calls(swept.deleted) == ["c3", "c2", "c1", "c0"]
    assert all("free_min" in row.why for row in swept.deleted)


def test_a_file_that_is_gone_already_is_written_off(place: Place) -> None:
    row = place.recording(0, 400)
    (place.folder / row.path).unlink()
    assert calls(place.shelf().sweep(limits(), NOBODY).deleted) == ["c0"]


def test_while_the_record_cannot_say_so_nothing_is_deleted_twice(place: Place) -> None:
    for number in range(4):
        place.recording(number, 10 - number)
    shelf = place.shelf()
    asked = limits(bytes_max=2 * MINUTE)
    assert calls(shelf.sweep(asked, NOBODY).deleted) == ["c0", "c1"]
    for _ in range(2):
        assert shelf.sweep(asked, NOBODY).deleted == []
    assert calls(shelf.sweep(limits(bytes_max=MINUTE), NOBODY).deleted) == ["c2"]
    assert place.left() == ["c3"]


def test_what_cannot_be_deleted_is_told_and_holds_up_nothing(place: Place) -> None:
    bad = place.recording(0, 400)
    place.keep(msgspec.structs.replace(bad, path="../c0.wav"))
    stuck = place.recording(1, 400)
    (place.folder / stuck.path).unlink()
    (place.folder / stuck.path).mkdir()
    place.recording(2, 399)
    swept = place.shelf().sweep(limits(), NOBODY)
    assert calls(swept.deleted) == ["c2"]
    assert len(swept.troubles) == 2
    assert "cannot delete ../c0.wav" in swept.troubles[0]


def test_why_a_recording_failed_is_not_forgotten_when_it_goes(place: Place) -> None:
    place.recording(0, 400, state="failed", why="the disk was full")
    [row] = place.shelf().sweep(limits(), NOBODY).deleted
    assert row.why == "the disk was full; older than [recording] age_max_s"


def test_a_recording_that_a_crash_ended_is_completed(place: Place) -> None:
    row = place.recording(0, 1, state="recording", ended=None, seconds=0, bytes=0)
    recording(place.folder / row.path, 60, claimed=59.5)
    [found] = place.shelf().recovered()
    assert (found.state, found.seconds, found.bytes) == ("kept", 60, MINUTE)
    assert found.ended == row.started + 60
    assert seconds_in(place.folder / row.path) == 60


def test_a_recording_whose_file_is_gone_says_so(place: Place) -> None:
    row = place.recording(0, 1, state="recording", ended=None)
    (place.folder / row.path).unlink()
    [found] = place.shelf().recovered()
    assert (found.state, found.ended) == ("failed", row.started)
    assert "No such file" in found.why


def test_files_the_record_has_lost_get_their_rows_again(place: Place) -> None:
    row = place.recording(0, 1)
    file = recording(place.folder / "2026/11/05/c5.wav", 30)
    twin = recording(place.folder / "2026/11/06/c0.wav", 10)
    recording(place.folder / "2026/11/07/young.wav", 10)
    for each in (file, twin):
        os.utime(each, (NOW - 500, NOW - 500))
    found = {each.call: each for each in place.shelf().recovered()}
    assert set(found) == {"c5", "2026/11/06/c0.wav"}
    c5 = found["c5"]
    assert (c5.path, c5.state, c5.seconds) == ("2026/11/05/c5.wav", "kept", 30)
    assert (c5.started, c5.ended) == (pytest.approx(NOW - 530), pytest.approx(NOW - 500))
    assert (place.folder / row.path).exists()


def test_a_shelf_without_a_record_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        Shelf(tmp_path, tmp_path / "none.db")
