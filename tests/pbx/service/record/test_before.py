"""A database of an earlier version: copied before it is changed, whole whenever it is killed."""

from __future__ import annotations

import contextlib
import lzma
import random
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pbx.service.record import before
from pbx.service.record.database import MIGRATIONS, StoreError, opened
from tests.pbx.service.record.small_disk import no_file_above
from tests.shared import ROOT

SAMPLES = sorted((ROOT / "tests" / "pbx" / "samples").glob("site_v*/pbx.db.xz"))
NEWEST = len(MIGRATIONS)
OPEN = """
import sys
from pathlib import Path
from pbx.service.record.database import opened
print("begun", flush=True)
opened(Path(sys.argv[1]), print).close()
"""

Rows = dict[str, list[tuple[Any, ...]]]


def no_alarm(name: str, text: str) -> None:
    raise AssertionError(f"{name}: {text}")


@pytest.fixture(params=SAMPLES, ids=lambda sample: sample.parent.name)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A database that an earlier release has left."""
    found = tmp_path / "pbx.db"
    found.write_bytes(lzma.decompress(request.param.read_bytes()))
    return found


@contextlib.contextmanager
def looked_at(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path)) as db:
        yield db


def version_of(path: Path) -> int:
    with looked_at(path) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def rows_of(path: Path, tables: list[str] | None = None) -> Rows:
    """Every row of every table, or of those named."""
    with looked_at(path) as db:
        found = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        names = tables or [name for (name,) in found]
        return {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in names}


def brought_up(path: Path) -> None:
    opened(path, no_alarm).close()


def copies(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.iterdir() if "before" in each.name)


def test_a_copy_of_what_it_was_stands_beside_the_new_one_and_every_row_is_kept(
    path: Path,
) -> None:
    rows, version = rows_of(path), version_of(path)
    assert sum(map(len, rows.values())) > 500
    brought_up(path)
    copy = path.with_name(f"pbx.db.before-v{NEWEST}")
    assert copies(path) == [copy.name]
    assert (version_of(path), version_of(copy)) == (NEWEST, version)
    assert rows_of(copy) == rows == rows_of(path, list(rows))
    assert stat.S_IMODE(copy.stat().st_mode) == 0o640


def test_a_new_database_and_one_of_today_have_no_copy(tmp_path: Path) -> None:
    for _ in range(2):
        brought_up(tmp_path / "pbx.db")
    assert copies(tmp_path / "pbx.db") == []


def test_the_last_two_copies_are_kept_and_nothing_half_done(path: Path) -> None:
    for version in (2, 3, 10):
        path.with_name(f"pbx.db.before-v{version}").write_bytes(b"")
    for half in ("pbx.db.before-v9.part", "pbx.db.before-v9.part-journal"):
        path.with_name(half).write_bytes(b"half")
    with looked_at(path) as db:
        before.keep_before(db, path, version=11)
    assert copies(path) == ["pbx.db.before-v10", "pbx.db.before-v11"]


def test_an_attempt_that_came_further_leaves_the_first_copy(path: Path) -> None:
    first = version_of(path)
    with looked_at(path) as db:
        before.keep_before(db, path, version=NEWEST)
        db.execute(f"PRAGMA user_version = {first + 1}")
        before.keep_before(db, path, version=NEWEST)
    assert version_of(path.with_name(f"pbx.db.before-v{NEWEST}")) == first


def test_a_copy_of_another_database_of_that_version_is_replaced(path: Path) -> None:
    copy = path.with_name(f"pbx.db.before-v{NEWEST}")
    with looked_at(copy) as db:
        db.execute(f"PRAGMA user_version = {version_of(path)}")
    rows = rows_of(path)
    brought_up(path)
    assert rows_of(copy) == rows


def test_without_room_for_the_copy_it_is_refused_and_left_alone(path: Path) -> None:
    whole, size = path.read_bytes(), path.stat().st_size
    refusal = rf"cannot bring {path} to version {NEWEST}: .*; it takes 0\.2 MB, .* MB are free; fix"
    with no_file_above(size // 2), pytest.raises(StoreError, match=refusal):
        opened(path, no_alarm)
    assert version_of(path) < NEWEST
    assert copies(path) == []
    assert rows_of(path) and len(path.read_bytes()) == len(whole)


def test_what_the_disk_has_not_is_known_before_a_byte_is_written(tmp_path: Path) -> None:
    path = tmp_path / "pbx.db"
    before.must_fit(path, 1, version=9)
    with pytest.raises(before.NoRoom, match=r"no room; it takes 1100000000\.0 MB, .* MB are free"):
        before.must_fit(path, 10**15, version=9)


def filled(path: Path, calls: int) -> None:
    """Make it large, so that a kill finds it amid its copy."""
    with looked_at(path) as db:
        row = db.execute("SELECT * FROM events LIMIT 1").fetchone()
        rows = [(10**6 + n, *row[1:]) for n in range(calls)]
        marks = ", ".join("?" * len(row))
        db.executemany(f"INSERT INTO events VALUES ({marks})", rows)
        db.commit()


@pytest.mark.parametrize("kills", [12, pytest.param(150, marks=pytest.mark.long)])
def test_killed_while_it_is_changed_the_next_start_goes_on(path: Path, kills: int) -> None:
    filled(path, 60_000)
    rows, dice = rows_of(path), random.Random(kills)
    killed = 0
    for _ in range(kills):
        command = [sys.executable, "-c", OPEN, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdout is not None and process.stdout.readline() == "begun\n"
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(dice.uniform(0.0, 0.15))
            process.kill()
            killed += process.wait() != 0
    assert killed
    brought_up(path)
    assert version_of(path) == NEWEST and rows_of(path, list(rows)) == rows
    assert copies(path) == [f"pbx.db.before-v{NEWEST}"]
    assert rows_of(path.with_name(copies(path)[0])) == rows


def test_a_change_that_fails_leaves_database_and_copy_as_they_were(path: Path) -> None:
    with looked_at(path) as db:
        db.execute("CREATE TABLE configurations (a)")
    rows = rows_of(path)
    with pytest.raises(StoreError, match="configurations already exists"):
        opened(path, no_alarm)
    names = [each.name for each in MIGRATIONS]
    assert version_of(path) == names.index("0006_configurations.sql")
    assert rows_of(path, list(rows)) == rows
    assert copies(path) == [f"pbx.db.before-v{NEWEST}"]
    with looked_at(path) as db:
        db.execute("DROP TABLE configurations")
    brought_up(path)
    assert version_of(path) == NEWEST
