"""Imports in pbx.db: beside the exchange's rows, once, whole again after any end, and undone."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pbx.notes import AgentChanged, AgentPaused, Note
from pbx.service.record.database import StoreError
from pbx.service.record.imports import (
    IMPORTS_MAX,
    ROWS_MAX,
    SEQS,
    Given,
    Import,
    Imports,
    batches,
    listed,
)
from pbx.service.socket.explained import explained
from tests.pbx.service.record.call_notes import closed, notes_of
from tests.pbx.service.record.small_disk import no_file_above
from tests.pbx.service.record.store_site import Site

NOTES = 8  # of a call, that become events


def given(first: int, last: int) -> list[Given]:
    """Calls as an import gives them."""
    return [
        (tuple(note for note in notes_of(n) if note != closed(n)), closed(n))
        for n in range(first, last)
    ]


def an_import(**other: Any) -> Import:
    fields = {
        "number": 0, "name": "", "source": "old", "kind": "bank", "file": "/log", "sha256": "1",
        "told": "{}", "begun": 1.0,
    }  # fmt: skip
    return Import(**{**fields, **other})


def brought(path: Path, items: list[Given], **other: Any) -> Import:
    """An import of the items, whole."""
    with Imports(path) as imports:
        new = imports.begin(an_import(**other))
        for batch in batches(items):
            imports.put(new, batch)
        new.ended = 2.0
        imports.finish(new)
    return new


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    db = sqlite3.connect(path)
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


def counts(path: Path) -> tuple[Any, ...]:
    tables = ("calls", "segments", "events", "imports")
    parts = (f"(SELECT count(*) FROM {table})" for table in tables)
    return rows(path, f"SELECT {', '.join(parts)}")[0]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site whose exchange has had ten calls, and is not at work."""
    found = Site(tmp_path)
    found.keep(note for n in range(10) for note in notes_of(n))
    yield found


def test_events_of_imports_never_meet_those_of_the_exchange(site: Site) -> None:
    before = rows(site.path, "SELECT max(seq), count(*) FROM events")
    for number, name in ((1, "old"), (2, "old-2")):
        new = brought(site.path, given(100 * number, 100 * number + 40), sha256=name)
        assert (new.number, new.name, new.calls) == (number, name, 40)
    span = "SELECT min(seq), max(seq), count(*) FROM events WHERE seq < 0"
    assert rows(site.path, span) == [(-2 * SEQS, -SEQS + 40 * NOTES - 1, 80 * NOTES)]
    assert rows(site.path, "SELECT max(seq), count(*) FROM events WHERE seq > 0") == before


def test_the_exchange_goes_on_with_its_own_numbers_behind_an_import(site: Site) -> None:
    brought(site.path, given(100, 140))
    last = site.open().last_seq
    site.keep(notes_of(11), first=last + 1)
    assert (last, site.open().last_seq) == (90, 99)
    site.store.close()
    assert counts(site.path) == (51, 51 * 3, 51 * NOTES, 1)


def test_calls_that_are_here_stay_as_they_are(site: Site) -> None:
    brought(site.path, given(100, 140))
    before = rows(site.path, "SELECT * FROM calls"), rows(site.path, "SELECT * FROM events")
    again = brought(site.path, given(100, 140), sha256="2")
    assert (again.calls, again.known, again.items) == (0, 40, 40)
    assert before == (
        rows(site.path, "SELECT * FROM calls"), rows(site.path, "SELECT * FROM events")
    )  # fmt: skip


def test_an_agents_state_comes_in_once(site: Site) -> None:
    def pause(queues: tuple[str, ...], at: int) -> Given:
        told: tuple[Note, ...] = (
            AgentPaused("2001", True, "lunch", "", queues, at),
            AgentChanged("2001", "paused", "lunch", "", at),
        )
        return told, None

    items = [pause(("sales",), 1_000), pause(("sales",), 2_000), pause(("support",), 2_000)]
    brought(site.path, items)
    brought(site.path, items, sha256="2")
    kinds = "SELECT type, count(*) FROM events WHERE seq < 0 GROUP BY 1 ORDER BY 1"
    assert rows(site.path, kinds) == [("AgentChanged", 3), ("AgentPaused", 3)]


def test_an_undo_removes_one_import_whole_and_nothing_else(site: Site) -> None:
    before = counts(site.path)
    brought(site.path, given(100, 400))
    brought(site.path, given(500, 540), sha256="2")
    with Imports(site.path) as imports:
        assert sum(imports.undo("old")) == 300 * NOTES
        assert [each.name for each in imports.all()] == ["old-2"]
        assert sum(imports.undo("old-2")) == 40 * NOTES
    assert counts(site.path) == before


def test_an_undo_that_is_cut_off_goes_on(site: Site) -> None:
    before = counts(site.path)
    brought(site.path, given(100, 400))
    with Imports(site.path) as imports:
        next(imports.undo("old"))
        left = imports.named("old")
        assert left is not None and (left.items, left.ended) == (-1, None)
    assert counts(site.path)[2] > before[2]
    with Imports(site.path) as imports:
        list(imports.undo("old"))
    assert counts(site.path) == before


def test_a_transaction_takes_so_many_rows_and_no_more() -> None:
    sizes = [sum(len(notes) + 1 + 3 for notes, record in batch) for batch in batches(given(0, 500))]
    assert sum(sizes) == 500 * (NOTES + 4)
    assert max(sizes) < ROWS_MAX + NOTES + 4


def test_two_imports_at_a_time_are_refused(site: Site) -> None:
    with Imports(site.path), pytest.raises(StoreError, match="another import is at work; fix"):
        Imports(site.path)


def test_imports_are_listed_while_one_is_at_work_and_where_there_is_no_database(
    site: Site, tmp_path: Path
) -> None:
    assert listed(site.path) == []
    with Imports(site.path) as imports:
        new = imports.begin(an_import())
        assert listed(site.path) == [new]
    assert listed(tmp_path / "none.db") == []
    sqlite3.connect(tmp_path / "empty.db").close()
    assert listed(tmp_path / "empty.db") == []
    (tmp_path / "bad.db").write_bytes(b"no database" * 400)
    with pytest.raises(StoreError, match=r"cannot read .*bad.db: .*fix"):
        listed(tmp_path / "bad.db")


def test_a_disk_that_is_full_loses_nothing(site: Site) -> None:
    with Imports(site.path) as imports:
        new = imports.begin(an_import())
        before = counts(site.path)
        wal = site.path.with_name("pbx.db-wal").stat().st_size
        with no_file_above(wal + 4096), pytest.raises(StoreError, match="fix: see that its disk"):
            imports.put(new, given(100, 200))
        assert counts(site.path) == before
    with Imports(site.path) as imports:
        again = imports.of_file("1")
        assert again is not None and again.items == 0
        imports.put(again, given(100, 200))
    assert counts(site.path)[0] == before[0] + 100


def test_a_damaged_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "pbx.db"
    path.write_bytes(b"no database" * 400)
    with pytest.raises(StoreError, match="fix: start pbx, which sets a damaged database aside"):
        Imports(path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["imports.lock", "pbx.db"]


def test_a_directory_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot write .*: No such file or directory"):
        Imports(tmp_path / "none" / "pbx.db")
    assert list(tmp_path.iterdir()) == []


def test_imports_have_a_limit(site: Site) -> None:
    with Imports(site.path) as imports:
        assert [imports.begin(an_import()).name for _ in range(2)] == ["old", "old-2"]
        db = sqlite3.connect(site.path)
        many = range(3, IMPORTS_MAX + 1)
        row = "INSERT INTO imports SELECT ?, ?, source, kind, file, sha256, told, begun, ended, "
        row += "items, rows, calls, known, broken, first, last FROM imports WHERE number = 1"
        db.executemany(row, [(n, f"n{n}") for n in many])
        db.commit()
        db.close()
        with pytest.raises(StoreError, match="10000 imports are the most"):
            imports.begin(an_import())


def test_no_journal_explains_an_imported_call(site: Site, tmp_path: Path) -> None:
    brought(site.path, given(100, 101))
    (tmp_path / "journal").mkdir()
    refused = explained(site.path, tmp_path / "journal", call=closed(100).call)
    assert getattr(refused, "code", "") == "not_found"


def test_an_exchange_at_work_and_an_import_write_beside_each_other(site: Site) -> None:
    site.open().start(2)
    done = threading.Event()

    def bring() -> None:
        brought(site.path, given(1_000, 1_600))
        done.set()

    bringing = threading.Thread(target=bring)
    bringing.start()
    seq = site.store.last_seq
    for n in range(20, 120):
        for note in notes_of(n):
            seq += 1
            site.store.put(seq, note)
    bringing.join(60)
    site.wait_for(seq)
    site.store.close()
    assert done.is_set() and site.alarms == []
    assert counts(site.path)[0] == 10 + 600 + 100
