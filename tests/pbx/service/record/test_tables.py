"""Rows into the record many at once, and when the writer takes them."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

import pytest

from pbx import notes
from pbx.service.record.tables import EVENTS, META, RECORDINGS, insert
from tests.pbx.service.record.call_notes import closed, notes_of
from tests.pbx.service.record.store_site import Site


def filled(folder: Path) -> sqlite3.Connection:
    """A database with the record's tables."""
    site = Site(folder)
    site.store.close()
    return sqlite3.connect(site.path, isolation_level=None)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 15, 16, 63, 64, 65, 85, 213])
def test_every_row_goes_in_once_whatever_their_number(tmp_path: Path, count: int) -> None:
    rows = [(seq, seq / 2, "Kind", "call", "sales", "", "{}") for seq in range(1, count + 1)]
    with contextlib.closing(filled(tmp_path)) as db:
        insert(db, EVENTS, rows=iter(rows))
        insert(db, EVENTS, rows=rows)
        assert db.execute("SELECT * FROM events ORDER BY seq").fetchall() == rows


def test_the_last_of_several_rows_with_one_key_counts_within_a_statement_too(
    tmp_path: Path,
) -> None:
    def recording(started: float, state: str) -> tuple[str, str, float, float, float, int, str]:
        return "call-1", "a.wav", started, 9.0, 8.0, 100, state

    rows = [
        (*recording(started, state), None, "")
        for started, state in [(5.0, "recording"), (3.0, "failed"), (4.0, "kept")]
    ]
    with contextlib.closing(filled(tmp_path)) as db:
        insert(db, RECORDINGS, rows=[*rows, (*recording(6.0, "kept"), None, "")])
        assert db.execute("SELECT started, state FROM recordings").fetchall() == [(3.0, "kept")]
        insert(db, META, rows=[("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")])
        found = dict(db.execute("SELECT key, value FROM meta WHERE key IN ('a', 'b', 'c')"))
        assert found == {"a": "3", "b": "2", "c": "4"}


def test_one_row_that_cannot_be_written_keeps_its_whole_statement_out(tmp_path: Path) -> None:
    rows = [(seq, 0.0, "Kind", "call", "sales", "", "{}") for seq in range(1, 5)]
    with contextlib.closing(filled(tmp_path)) as db:
        with pytest.raises(sqlite3.IntegrityError):
            insert(db, EVENTS, rows=[*rows[:3], (4, 0.0, None, "call", "sales", "", "{}")])
        assert db.execute("SELECT count(*) FROM events").fetchone() == (0,)


def test_what_comes_while_a_commit_is_written_waits_for_the_next_one(tmp_path: Path) -> None:
    """Else each commit would be followed at once by one of a note or two, as long as calls go on:
    four fsyncs and some threads woken for each."""
    begun: list[float] = []

    def before_commit() -> None:
        begun.append(time.monotonic())
        if len(begun) == 1:
            site.store.put(2, closed(2))

    site = Site(tmp_path, before_commit)
    site.store.start(1)
    site.store.put(1, closed(1))
    site.wait_for(2)
    site.store.close()
    assert begun[1] - begun[0] > 0.05
    assert site.rows("SELECT count(*) FROM calls") == [(2,)]


def test_what_came_before_the_end_is_written_at_the_end_however_many_notes(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path)
    kept: list[notes.Note] = [note for n in range(1_500) for note in notes_of(n)]
    site.keep(kept)
    assert len(site.committed) == len(kept) > 5_000
