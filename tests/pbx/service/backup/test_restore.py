"""A backup put back: checked first, swapped as a whole, and what was there kept beside."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pbx.service.backup.manifest import BackupError
from pbx.service.backup.restore import Place, restore
from pbx.service.journal.replay import replay
from pbx.service.record.disk import lock
from tests.pbx.service.backup.kept_site import (
    CONFIG,
    FILES,
    RECORDED,
    STAMP,
    KeptSite,
    contents,
    restored,
    write,
)
from tests.pbx.service.record.small_disk import no_file_above
from tests.pbx.service.record.store_site import Site as Record


@pytest.fixture
def kept(tmp_path: Path) -> KeptSite:
    (tmp_path / "from").mkdir()
    return KeptSite(tmp_path / "from")


def meta_of(data: Path) -> dict[str, str]:
    with contextlib.closing(sqlite3.connect(f"file:{data / 'pbx.db'}?mode=ro", uri=True)) as db:
        return dict(db.execute("SELECT key, value FROM meta"))


def but_database(folder: Path) -> dict[str, bytes]:
    found = contents(folder)
    return {name: found[name] for name in found if not name.startswith("pbx.db")}


@pytest.mark.parametrize("name", ["backup", "backup.tar", "backup.tar.gz"])
def test_what_was_backed_up_stands_there_again(kept: KeptSite, tmp_path: Path, name: str) -> None:
    src, data = kept.backed_up(tmp_path / name), tmp_path / "site" / "data"
    data.parent.mkdir()
    said = restored(src, data, data.parent / "pbx.toml")
    assert but_database(data) == but_database(kept.data)
    assert contents(data.parent)["pbx.toml"] == CONFIG["pbx.toml"]
    assert contents(data.parent)["conf.d/more.toml"] == CONFIG["conf.d/more.toml"]
    assert said[0].startswith("whole: ") and f"last event {kept.last_seq}" in said[0]
    assert [line.split()[0] for line in said[1:]] == ["wrote"] * 3
    for file in (RECORDED, "secret"):
        old, new = (folder / file for folder in (kept.data, data))
        assert new.stat().st_mode == old.stat().st_mode
        assert new.stat().st_mtime == pytest.approx(old.stat().st_mtime)
    assert meta_of(data)["last_seq"] == str(kept.last_seq)
    record = Record(data)
    assert record.rows("SELECT * FROM calls") == Record(kept.data).rows("SELECT * FROM calls")
    assert (record.store.last_seq, record.alarms) == (kept.last_seq, [])
    assert replay(data / "journal").facts == 1


def test_what_was_there_is_moved_aside(kept: KeptSite, tmp_path: Path) -> None:
    src, data = kept.backed_up(tmp_path / "backup"), tmp_path / "data"
    write(data, {"secret": b"other", "recordings/x.wav": b"x"})
    os.chmod(data, 0o700)
    said = restored(src, data)
    aside = tmp_path / f"data.before-restore-{STAMP}"
    assert said[1:] == [f"moved {data} to {aside}", f"wrote {data}"]
    assert contents(aside) == {"secret": b"other", "recordings/x.wav": b"x"}
    assert but_database(data) == but_database(kept.data)
    assert data.stat().st_mode & 0o777 == 0o700


def test_recordings_stay_where_the_backup_has_none(kept: KeptSite, tmp_path: Path) -> None:
    src, data = kept.backed_up(tmp_path / "backup", has_recordings=False), tmp_path / "data"
    write(data, {"recordings/x.wav": b"x"})
    assert restored(src, data)[-1] == f"kept {data}/recordings"
    assert contents(data)["recordings/x.wav"] == b"x" and RECORDED not in contents(data)


def test_a_dry_run_changes_nothing(kept: KeptSite, tmp_path: Path) -> None:
    src, data = kept.backed_up(tmp_path / "backup", has_recordings=False), tmp_path / "data"
    write(data, {"recordings/x.wav": b"x"})
    place = Place(data, tmp_path / "pbx.toml")
    before = contents(tmp_path)
    said = list(restore(src, place, stamp=STAMP, is_dry_run=True))
    assert said[1:] == [
        f"would move {data} to {data}.before-restore-{STAMP}",
        f"would write {data}",
        f"would keep {data}/recordings",
        "would write the configuration's pbx.toml",
        "would write the configuration's more.toml",
    ]
    assert contents(tmp_path) == before


def test_the_configuration_of_today_is_kept_beside(kept: KeptSite, tmp_path: Path) -> None:
    src = kept.backed_up(tmp_path / "backup")
    write(tmp_path / "etc", {"pbx.toml": b"# today\n", "conf.d/new.toml": b"# new\n"})
    restored(src, tmp_path / "data", tmp_path / "etc" / "pbx.toml")
    assert contents(tmp_path / "etc") == CONFIG | {
        f"pbx.toml.aside-{STAMP}": b"# today\n",
        f"conf.d/new.toml.aside-{STAMP}": b"# new\n",
    }


def test_a_configuration_that_cannot_be_written_is_said_to_be_missing(
    kept: KeptSite, tmp_path: Path
) -> None:
    src, data = kept.backed_up(tmp_path / "backup"), tmp_path / "data"
    write(tmp_path, {"file": b""})
    with pytest.raises(BackupError, match=r"restored the data, not the configuration: .*fix: "):
        restored(src, data, tmp_path / "file" / "pbx.toml")
    assert but_database(data) == but_database(kept.data)


def test_a_backup_without_configuration_says_so(kept: KeptSite, tmp_path: Path) -> None:
    kept.config.unlink()
    src = kept.backed_up_of_record(tmp_path / "backup")
    said = restored(src, tmp_path / "data", tmp_path / "pbx.toml")
    assert said[-1] == "the backup has no configuration: it stays as it is"
    assert not (tmp_path / "pbx.toml").exists()


def test_no_start_has_a_number_that_the_old_site_had(kept: KeptSite, tmp_path: Path) -> None:
    """An id of a call has it in it, and other systems may know that call."""
    src = kept.backed_up(tmp_path / "backup")
    kept.journal(seq=kept.last_seq, epoch=7)
    restored(src, kept.data)
    assert Record(kept.data).store.last_epoch == 7
    restored(src, tmp_path / "elsewhere")
    assert Record(tmp_path / "elsewhere").store.last_epoch == 1


def test_a_site_that_runs_is_left_alone(kept: KeptSite, tmp_path: Path) -> None:
    src, before = kept.backed_up(tmp_path / "backup"), contents(kept.data)
    fd = lock(kept.data / "pbx.db.lock")
    with pytest.raises(BackupError, match=f"{kept.data}: an exchange runs there; fix: stop it"):
        restored(src, kept.data)
    os.close(fd)
    assert contents(kept.data) == before
    assert restored(src, kept.data)


def test_a_full_disk_leaves_what_was_there(kept: KeptSite, tmp_path: Path) -> None:
    write(kept.data, {RECORDED: os.urandom(400_000)})
    src, data = kept.backed_up(tmp_path / "backup"), tmp_path / "data"
    write(data, {"secret": b"other"})
    with no_file_above(300_000), pytest.raises(OSError, match="File too large"):
        restored(src, data)
    assert contents(data) == {"secret": b"other"}
    assert {path.name for path in tmp_path.iterdir()} == {"from", "backup", "data"}


def flip(path: Path) -> None:
    """Change one byte in the midst of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def edit(old: str, new: str) -> Callable[[Path], object]:
    """Change a text in the manifest."""

    def edited(src: Path) -> None:
        file = src / "manifest.json"
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    return edited


DAMAGES: dict[str, Callable[[Path], object]] = {
    r"data/secret is damaged; fix: ": lambda src: flip(src / "data" / "secret"),
    r"data/pbx\.db is damaged": lambda src: flip(src / "data" / "pbx.db"),
    r"config/pbx\.toml is missing": lambda src: (src / "config" / "pbx.toml").unlink(),
    r"data/more is not of it": lambda src: (src / "data" / "more").touch(),
    r"has no manifest: it was interrupted": lambda src: (src / "manifest.json").unlink(),
    r"manifest\.json is damaged": lambda src: os.truncate(src / "manifest.json", 100),
    r"is neither file nor folder": lambda src: (src / "data" / "more").symlink_to("/etc/passwd"),
    r"is of format 2, this pbx knows 1; fix: ": edit('"format": 1', '"format": 2'),
    r"its database is of version 99": edit('"database": ', '"database": 99, "was": '),
    r"names files that a backup has not": edit('"data/secret"', '"data/../secret"'),
    r"names files .*'/etc/secret'": edit('"data/secret"', '"/etc/secret"'),
    r"names files .*one twice": edit('"data/secret"', '"data/pbx.db"'),
}


@pytest.mark.parametrize("why", DAMAGES)
def test_what_is_not_whole_is_refused_and_nothing_changed(
    kept: KeptSite, tmp_path: Path, why: str
) -> None:
    src, data = kept.backed_up(tmp_path / "backup"), tmp_path / "data"
    write(data, {"secret": b"other"})
    DAMAGES[why](src)
    with pytest.raises(BackupError, match=why):
        restored(src, data)
    assert contents(data) == {"secret": b"other"}
    assert {path.name for path in tmp_path.iterdir()} == {"from", "backup", "data"}


@pytest.mark.parametrize("name", ["backup.tar", "backup.tar.gz"])
def test_a_file_that_was_cut_off_or_is_no_backup_is_refused(
    kept: KeptSite, tmp_path: Path, name: str
) -> None:
    src = kept.backed_up(tmp_path / name)
    size = src.stat().st_size
    for left in (size * 3 // 4, size // 2, 100, 0):
        os.truncate(src, left)
        with pytest.raises(BackupError, match=f"{name}.*fix: take another"):
            restored(src, tmp_path / "data")
    src.write_bytes(b"text" * 1000)
    with pytest.raises(BackupError, match="damaged, or no tar file"):
        restored(src, tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_a_link_in_a_tar_file_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bad.tar", "w") as tar:
        member = tarfile.TarInfo("data/secret")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member)
    with pytest.raises(BackupError, match=r"data/secret in .* is no plain file"):
        restored(tmp_path / "bad.tar", tmp_path / "data")


def test_places_that_are_not_there_are_named(kept: KeptSite, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=f"{tmp_path}/none is not there; fix: "):
        restored(tmp_path / "none", tmp_path / "data")
    src = kept.backed_up(tmp_path / "backup")
    with pytest.raises(BackupError, match=f"{tmp_path}/no is no folder; fix: "):
        restored(src, tmp_path / "no" / "data")


def test_many_faults_are_not_all_named(kept: KeptSite, tmp_path: Path) -> None:
    src = kept.backed_up(tmp_path / "backup")
    for name in FILES:
        (src / "data" / name).unlink()
    for name in CONFIG:
        (src / "config" / name).unlink()
    with pytest.raises(BackupError, match="and 1 more; fix: "):
        restored(src, tmp_path / "data")
