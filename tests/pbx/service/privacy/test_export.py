"""A number's export: each place gives what it has of it, and nothing of anybody else."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pbx.service.privacy.export import Manifest, export
from tests.pbx.service.privacy.kept import NUMBER, OTHER, THEIRS, WAV, keep
from tests.pbx.service.record.call_notes import NOTES_PER_CALL, call_of
from tests.site import run_pbx

FOUND = {
    "pbx.db calls": 2, "pbx.db segments": 6, "pbx.db events": 17, "pbx.db sounds": 2,
    "pbx.db recordings": 2, "pbx.db writes": 1, "recordings/": 1, "asterisk/queue_log": 6,
    "asterisk/Master.csv": 2, "journal/": 2,
}  # fmt: skip


def jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def counts(manifest: Manifest) -> dict[str, int]:
    return {place.place: place.count for place in manifest.places}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    keep(folder)
    return folder


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tmp_path / "dest"


def test_each_place_gives_what_it_has_and_the_manifest_counts_it(data: Path, dest: Path) -> None:
    manifest = export(data, dest, number=NUMBER)
    assert counts(manifest) == FOUND
    for place in manifest.places:
        if place.file != "recordings/":
            assert len((dest / place.file).read_text().splitlines()) == place.count, place
    assert msgspec.json.decode((dest / "manifest.json").read_bytes(), type=Manifest) == manifest


def test_rows_are_of_their_calls_whole_and_of_no_other(data: Path, dest: Path) -> None:
    export(data, dest, number=NUMBER)
    calls = {call_of(n) for n in THEIRS}
    assert {row["id"] for row in jsonl(dest / "calls.jsonl")} == calls
    for table in ("segments", "sounds", "recordings"):
        assert {row["call"] for row in jsonl(dest / f"{table}.jsonl")} == calls
    events = jsonl(dest / "events.jsonl")
    assert len(events) == len(THEIRS) * (NOTES_PER_CALL - 1) + 1
    assert [row["call"] for row in events if row["call"] not in calls] == [call_of(1)]
    assert OTHER not in "".join(path.read_text() for path in dest.glob("*.*"))


def test_the_sound_comes_along_and_a_file_that_is_gone_is_named(data: Path, dest: Path) -> None:
    path = WAV.format(call_of(THEIRS[1]))
    assert export(data, dest, number=NUMBER).missing == []
    assert (dest / "recordings" / path).read_bytes() == b"sound 4"
    (data / "recordings" / path).rename(data / "away")
    again = export(data, dest.with_name("again"), number=NUMBER)
    (data / "away").rename(data / "recordings" / path)
    assert again.missing == [path] and counts(again)["recordings/"] == 0


def test_a_fact_names_it_by_a_field_or_within_its_dialog(data: Path, dest: Path) -> None:
    export(data, dest, number=NUMBER)
    facts = jsonl(dest / "journal.jsonl")
    assert [row["kind"] for row in facts] == ["CallArrived", "CallArrived"]
    assert NUMBER in facts[1]["fact"]["dialog"]


def test_a_number_that_nobody_knows_is_an_export_of_nothing(data: Path, dest: Path) -> None:
    manifest = export(data, dest, number="0301234567")
    assert set(counts(manifest).values()) == {0}
    assert len(manifest.places) == len(FOUND)


def test_with_exact_the_digits_must_all_be_equal(data: Path, dest: Path) -> None:
    found = counts(export(data, dest, number=NUMBER, is_exact=True))
    assert (found["pbx.db calls"], found["pbx.db writes"], found["journal/"]) == (0, 1, 1)


def test_what_was_not_read_is_named(data: Path, dest: Path) -> None:
    names = ["asterisk/queue_log.2.gz", "pbx.db.damaged-20261122-101112"]
    for name in names:
        (data / name).write_bytes(b"")
    assert export(data, dest, number=NUMBER).not_read == names
    for name in names:
        (data / name).unlink()


def test_a_log_that_was_rotated_is_read_too(data: Path, dest: Path) -> None:
    rotated = data / "asterisk" / "queue_log.1"
    rotated.write_text(f"1|{call_of(77)}|sales|NONE|ENTERQUEUE||{NUMBER}|1\n")
    found = counts(export(data, dest, number=NUMBER))
    rotated.unlink()
    assert found["asterisk/queue_log"] == FOUND["asterisk/queue_log"] + 1


def test_nothing_of_the_data_directory_is_changed(data: Path, dest: Path) -> None:
    def all_bytes() -> dict[Path, bytes]:
        files = (path for path in data.rglob("*") if path.is_file() and "-shm" not in path.name)
        return {path: path.read_bytes() for path in files if path.stat().st_size}

    before = all_bytes()
    export(data, dest, number=NUMBER)
    assert all_bytes() == before


def test_the_command_prints_each_place_with_its_count(data: Path, dest: Path) -> None:
    ran = run_pbx("export", NUMBER, dest, "--data", data)
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = (line.rsplit(maxsplit=1) for line in ran.stdout.splitlines())
    assert {place.strip(): int(count) for place, count in lines} == FOUND
    assert dest.stat().st_mode & 0o777 == 0o700


def test_the_command_says_what_is_wrong_and_changes_nothing(data: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    wrong = tmp_path / "pbx.toml"
    wrong.write_text("[site]\nnme = 1\n")
    for words, code, text in (
        ([NUMBER, there, "--data", data], 1, "is there already; fix: name a folder that is not"),
        ([NUMBER, tmp_path / "a" / "b", "--data", data], 1, "No such file or directory"),
        ([NUMBER, tmp_path / "b", "--data", there], 1, "no pbx.db is there; fix: name the data"),
        (["201", tmp_path / "b", "--data", data], 2, "fewer than 6 digits; fix: give the whole"),
        ([NUMBER, tmp_path / "b", "--config", wrong], 2, "nme"),
        ([NUMBER], 2, "DEST"),
    ):
        ran = run_pbx("export", *words)
        assert (ran.returncode, text in ran.stderr) == (code, True), (words, ran.stderr)
    assert list(there.iterdir()) == [] and not (tmp_path / "b").exists()


def test_a_damaged_database_is_said_and_no_manifest_is_written(tmp_path: Path) -> None:
    (tmp_path / "pbx.db").write_bytes(b"no database" * 1_000)
    ran = run_pbx("export", NUMBER, tmp_path / "dest", "--data", tmp_path)
    assert ran.returncode == 1 and "cannot be read" in ran.stderr
    assert not (tmp_path / "dest" / "manifest.json").exists()
    with pytest.raises(sqlite3.DatabaseError):
        export(tmp_path, tmp_path / "dest", number=NUMBER)
