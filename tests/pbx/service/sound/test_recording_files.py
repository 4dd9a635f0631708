"""Recordings as files: which paths are taken, what a crash left, what deleting leaves behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pbx.service.sound import recording_files
from pbx.service.sound.recording_files import completed, delete, found, located, size_of
from tests.pbx.service.sound.recorded_files import recording, seconds_in


def test_a_day_and_a_call_name_a_file(tmp_path: Path) -> None:
    assert located(tmp_path, "2026/11/22/a.wav") == tmp_path / "2026" / "11" / "22" / "a.wav"


@pytest.mark.parametrize(
    "path",
    [
        "", "/etc/x.wav", "../x.wav", "2026/../../x.wav", "2026/./.x.wav", "x", "x.mp3", ".wav",
        "a\0.wav", "a\n.wav", "y" * 200 + ".wav", "2026/11/22/", "~/../x.wav",
    ],
)  # fmt: skip
def test_a_path_that_could_lead_elsewhere_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError):
        located(tmp_path, path)


def test_our_header_is_the_one_others_read(tmp_path: Path) -> None:
    assert seconds_in(recording(tmp_path / "a.wav", 1.5)) == 1.5
    assert recording_files.size_of(1.5) == (tmp_path / "a.wav").stat().st_size


@pytest.mark.parametrize("claimed", [0, 1, 2, 3])
def test_a_file_that_a_crash_cut_off_is_completed(tmp_path: Path, claimed: float) -> None:
    path = recording(tmp_path / "a.wav", 2, claimed=claimed)
    assert completed(path) == 2
    assert seconds_in(path) == 2
    assert path.stat().st_size == size_of(2)


@pytest.mark.parametrize("size", [0, 10, 44, 47])
def test_a_file_that_was_hardly_begun_is_silence_of_no_length(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(bytes(size))
    assert completed(path) == 0
    assert seconds_in(path) == 0


def test_what_was_written_before_a_moment_is_found(tmp_path: Path) -> None:
    for name in ("2026/11/21/b.wav", "2026/11/21/a.wav", "2025/01/01/z.wav", "2026/notes.txt"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        os.utime(file, (1_000, 1_000))
    (tmp_path / "2026" / "link.wav").symlink_to(tmp_path / "2026" / "notes.txt")
    young = recording(tmp_path / "2026/11/21/young.wav", 0)
    os.utime(young, (2_000, 2_000))
    names = ["2025/01/01/z.wav", "2026/11/21/a.wav", "2026/11/21/b.wav"]
    assert sorted(found(tmp_path, 1_500)) == [(name, 1_000.0) for name in names]


def test_a_deleted_file_takes_its_empty_folders_along(tmp_path: Path) -> None:
    recording(tmp_path / "2026/11/21/a.wav", 1)
    recording(tmp_path / "2026/11/22/b.wav", 1)
    assert delete(tmp_path, "2026/11/21/a.wav") == size_of(1)
    assert not (tmp_path / "2026/11/21").exists()
    assert (tmp_path / "2026/11/22/b.wav").exists()
    delete(tmp_path, "2026/11/22/b.wav")
    assert list(tmp_path.iterdir()) == []
    assert delete(tmp_path, "2026/11/22/b.wav") == 0


def test_nothing_elsewhere_is_deleted(tmp_path: Path) -> None:
    kept = recording(tmp_path / "other" / "a.wav", 1)
    (tmp_path / "recordings").mkdir()
    with pytest.raises(ValueError):
        delete(tmp_path / "recordings", "../other/a.wav")
    assert kept.exists()


def test_the_disk_says_what_is_free(tmp_path: Path) -> None:
    free, whole = recording_files.disk(tmp_path)
    assert 0 < free < whole
