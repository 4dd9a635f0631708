"""A backup: whole, of one moment, nothing of it left where it fails."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tarfile
from pathlib import Path

import pytest

from pbx.service.backup.backup import Site, back_up
from pbx.service.backup.manifest import BackupError, Manifest, decoded
from pbx.service.record.copies import Frozen
from tests.pbx.service.backup.kept_site import (
    CALLS,
    CONFIG,
    FILES,
    RECORDED,
    KeptSite,
    contents,
    write,
)
from tests.pbx.service.record.small_disk import no_file_above

SPARSE = 1 << 42  # more than any disk of a test has free


@pytest.fixture
def kept(tmp_path: Path) -> KeptSite:
    return KeptSite(tmp_path)


def manifest_of(dest: Path) -> Manifest:
    return decoded((dest / "manifest.json").read_bytes())


def calls_in(database: Path) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return db.execute("SELECT * FROM calls ORDER BY id").fetchall()


def test_everything_is_in_it_and_the_manifest_says_so(kept: KeptSite, tmp_path: Path) -> None:
    dest = kept.backed_up(tmp_path / "backup")
    found = contents(dest)
    data = {name: found[f"data/{name}"] for name in FILES}
    config = {name: found[f"config/{name}"] for name in CONFIG}
    assert (data, config) == (FILES, CONFIG)
    for name in ("queue_log", "Master.csv"):
        assert found[f"data/asterisk/{name}"] == (kept.data / "asterisk" / name).read_bytes()
    [log] = (kept.data / "journal").glob("*.log")
    assert found[f"data/journal/{log.name}"] == log.read_bytes()
    assert calls_in(dest / "data" / "pbx.db") == calls_in(kept.data / "pbx.db")
    manifest = manifest_of(dest)
    assert {entry.path for entry in manifest.files} == set(found) - {"manifest.json"}
    assert (manifest.last_seq, manifest.has_recordings) == (kept.last_seq, True)
    assert manifest.config == (str(kept.config), str(kept.config.parent / "conf.d" / "more.toml"))
    assert manifest.size == sum(map(len, found.values())) - len(found["manifest.json"])
    assert dest.stat().st_mode & 0o007 == 0


@pytest.mark.parametrize("name", ["backup.tar", "backup.tar.gz"])
def test_one_file_holds_the_same_with_the_manifest_last(
    kept: KeptSite, tmp_path: Path, name: str
) -> None:
    folder, packed = kept.backed_up(tmp_path / "backup"), kept.backed_up(tmp_path / name)
    with tarfile.open(packed) as tar:
        files = [(each.name, tar.extractfile(each)) for each in tar]
        found = {name: file.read() for name, file in files if file is not None}
    assert list(found)[-1] == "manifest.json"
    expected = contents(folder)
    assert decoded(found.pop("manifest.json")).files == manifest_of(folder).files
    del expected["manifest.json"]
    assert found == expected
    assert packed.stat().st_mode & 0o007 == 0
    assert not list(tmp_path.glob("*.part"))


def test_recordings_are_left_out_when_asked(kept: KeptSite, tmp_path: Path) -> None:
    dest = kept.backed_up(tmp_path / "backup", has_recordings=False)
    names = set(contents(dest))
    assert not [name for name in names if name.startswith("data/recordings")]
    assert "data/voicemail/li_na/1.wav" in names and not manifest_of(dest).has_recordings


def test_locks_sockets_and_databases_set_aside_stay_out(kept: KeptSite, tmp_path: Path) -> None:
    write(kept.data, {"pbx.db.before-v5": b"old", "pbx.db.damaged-1": b"bad", "imports.lock": b""})
    os.mkfifo(kept.data / "control.sock")
    names = {path.name for path in kept.backed_up(tmp_path / "b").rglob("*")}
    assert not names & {"pbx.db.before-v5", "pbx.db.damaged-1", "lock", "control.sock"}
    assert not names & {"imports.lock", "pbx.db.lock"}


def test_the_configuration_in_force_is_found_in_the_record(kept: KeptSite, tmp_path: Path) -> None:
    back_up(Site(kept.data), tmp_path / "one")
    assert "config/conf.d/more.toml" in contents(tmp_path / "one")
    kept.config.unlink()
    back_up(Site(kept.data), tmp_path / "two")
    assert manifest_of(tmp_path / "two").config == ()


def test_a_log_ends_where_the_database_knew_its_end(kept: KeptSite, tmp_path: Path) -> None:
    """What stands behind it is written again by the start, from the journal."""
    logs = kept.data / "asterisk"
    known = (logs / "queue_log").read_bytes()
    with (logs / "queue_log").open("ab") as file:
        file.write(b"1790000000|x|NONE|NONE|of a commit to come\n")
    dest = kept.backed_up(tmp_path / "one") / "data" / "asterisk"
    assert (dest / "queue_log").read_bytes() == known
    os.rename(logs / "queue_log", logs / "queue_log.1")
    (logs / "queue_log").write_bytes(b"1790000001|y|NONE|NONE|begun by a commit to come\n")
    dest = kept.backed_up(tmp_path / "two") / "data" / "asterisk"
    assert (dest / "queue_log.1").read_bytes() == known
    assert (dest / "queue_log").read_bytes() == b""


def test_the_journal_ends_with_a_whole_record(kept: KeptSite, tmp_path: Path) -> None:
    [log] = (kept.data / "journal").glob("*.log")
    whole = log.read_bytes()
    log.write_bytes(whole + whole[:20])
    dest = kept.backed_up(tmp_path / "backup")
    assert (dest / "data" / "journal" / log.name).read_bytes() == whole


def test_older_files_of_the_journal_are_in_it_too(kept: KeptSite, tmp_path: Path) -> None:
    kept.journal(seq=kept.last_seq, epoch=2)
    kept.journal(seq=kept.last_seq + 5, epoch=3)
    dest = kept.backed_up(tmp_path / "backup")
    names = {path.name for path in (kept.data / "journal").glob("*.log")}
    assert {path.name for path in (dest / "data" / "journal").iterdir()} == names
    assert len(names) == 3


def test_a_journal_that_begins_behind_the_database_is_refused(
    kept: KeptSite, tmp_path: Path
) -> None:
    [log] = (kept.data / "journal").glob("*.log")
    log.unlink()
    kept.journal(seq=kept.last_seq + 1)
    with pytest.raises(BackupError, match=rf"begins behind note {kept.last_seq}.*fix: "):
        kept.backed_up(tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_what_is_committed_meanwhile_is_not_in_it(kept: KeptSite, tmp_path: Path) -> None:
    before = calls_in(kept.data / "pbx.db")
    told: list[int] = []

    def delete(done: int, whole: int) -> None:
        if not told:
            with contextlib.closing(sqlite3.connect(kept.data / "pbx.db")) as db, db:
                db.execute("DELETE FROM calls")
        told.append(done)

    back_up(kept.site, tmp_path / "backup", told=delete)
    assert len(before) == CALLS and calls_in(kept.data / "pbx.db") == []
    assert calls_in(tmp_path / "backup" / "data" / "pbx.db") == before
    assert told == sorted(told) and len(told) > 5


def test_a_recording_that_is_deleted_meanwhile_is_left_out(kept: KeptSite, tmp_path: Path) -> None:
    back_up(
        kept.site,
        tmp_path / "backup",
        told=lambda *_: (kept.data / RECORDED).unlink(missing_ok=True),
    )
    entries = {entry.path for entry in manifest_of(tmp_path / "backup").files}
    assert f"data/{RECORDED}" not in entries and "data/secret" in entries


def test_the_wal_is_free_again_when_the_database_is_copied(kept: KeptSite, tmp_path: Path) -> None:
    """Else it would grow for as long as the recordings take."""
    checkpoints: list[object] = []

    def checkpoint(done: int, whole: int) -> None:
        with contextlib.closing(sqlite3.connect(kept.data / "pbx.db", timeout=0)) as db, db:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('test', ?)", (str(done),))
            db.commit()
            checkpoints.append(db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])

    back_up(kept.site, tmp_path / "backup", told=checkpoint)
    assert checkpoints[0] == 1 and checkpoints[-1] == 0


@pytest.mark.parametrize("name", ["backup", "backup.tar.gz"])
def test_a_full_disk_leaves_nothing_behind(kept: KeptSite, tmp_path: Path, name: str) -> None:
    write(kept.data, {RECORDED: os.urandom(400_000)})
    (tmp_path / "to").mkdir()
    with no_file_above(300_000), pytest.raises(OSError, match="File too large"):
        kept.backed_up(tmp_path / "to" / name)
    assert contents(tmp_path / "to") == {}


def test_what_has_no_room_is_refused_before_anything_is_written(
    kept: KeptSite, tmp_path: Path
) -> None:
    os.truncate(kept.data / RECORDED, SPARSE)
    with pytest.raises(BackupError, match=r"takes about \d+.* MB, .* are free; fix: .*--no-rec"):
        kept.backed_up(tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
    assert kept.backed_up(tmp_path / "backup", has_recordings=False)


def test_a_place_that_is_no_good_is_refused(kept: KeptSite, tmp_path: Path) -> None:
    write(tmp_path, {"full/file": b"", "file": b"", "there.tar": b""})
    (tmp_path / "link").symlink_to(kept.data)
    refusals = {
        kept.data / "backup": "is inside",
        kept.data / "backup.tar": "is inside",
        tmp_path / "link" / "backup": "is inside",
        tmp_path / "full": "is not empty",
        tmp_path / "file": "is a file",
        tmp_path / "there.tar": "exists already",
        tmp_path / "none" / "backup": "is no folder",
    }
    for dest, why in refusals.items():
        with pytest.raises(BackupError, match=f"{why}.*fix: "):
            kept.backed_up(dest)
    with pytest.raises(BackupError, match=r"has no pbx\.db; fix: "):
        back_up(Site(tmp_path / "full"), tmp_path / "backup")
    with pytest.raises(BackupError, match=r"is not there; fix: "):
        back_up(Site(kept.data, tmp_path / "no.toml"), tmp_path / "backup")
    assert contents(tmp_path / "full") == {"file": b""}


def test_an_empty_folder_will_do(kept: KeptSite, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    assert kept.backed_up(tmp_path / "backup")


def test_the_copy_of_the_database_is_one_file_that_knows_no_logs(
    kept: KeptSite, tmp_path: Path
) -> None:
    dest = kept.backed_up(tmp_path / "backup")
    assert [path.name for path in (dest / "data").glob("pbx.db*")] == ["pbx.db"]
    with Frozen(dest / "data" / "pbx.db") as copy:
        assert copy.end_of_log("queue_log") is None and copy.last_seq == kept.last_seq
