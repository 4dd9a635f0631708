"""The formats by name, and files that are there whole or not at all."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from pbx.service.reporting.refusals import CannotWrite
from pbx.service.reporting.report_files import FORMATS, write_file, written
from tests.pbx.reports.samples import COLUMNS, a_report
from tests.shared import ROOT

STARTS = {
    "table": b"Queues\n",
    "csv": b"\xef\xbb\xbfDay,",
    "json": b'{"reports":[{',
    "xlsx": b"PK\x03\x04",
    "html": b"<!DOCTYPE html>",
    "png": b"\x89PNG\r\n",
}
PLAIN = a_report(columns=COLUMNS[1:], rows=tuple(row[1:] for row in a_report().rows), totals=None)
WITHOUT = """
import sys
sys.modules["LIBRARY"] = None
from pbx.service.reporting.refusals import NoLibrary
from pbx.service.reporting.report_files import written
from tests.pbx.reports.samples import a_report
try:
    written("FORMAT", [a_report()])
except NoLibrary as error:
    print(error)
"""
LOADED = """
import sys
from pbx.service.reporting.report_files import written
from tests.pbx.reports.samples import a_report
for name in ("table", "csv", "json", "html"):
    written(name, [a_report()])
print(sorted({"xlsxwriter", "matplotlib", "numpy"} & set(sys.modules)))
"""


def printed(program: str) -> str:
    """What a Python of its own prints."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_begins_as_its_kind_does(name: str) -> None:
    assert written(name, [PLAIN]).startswith(STARTS[name])


@pytest.mark.parametrize("name", FORMATS)
def test_no_report_is_refused(name: str) -> None:
    with pytest.raises(CannotWrite, match=f"{name}: there is no report to write"):
        written(name, [])


@pytest.mark.parametrize(("name", "library"), [("xlsx", "xlsxwriter"), ("png", "matplotlib")])
def test_a_library_that_is_missing_is_named_with_what_to_do(name: str, library: str) -> None:
    said = printed(WITHOUT.replace("LIBRARY", library).replace("FORMAT", name))
    assert said == (
        f"{name} needs {library}, which is not installed; fix: pip install 'agner[reports]'"
    )


def test_a_library_is_loaded_by_its_format_only() -> None:
    assert printed(LOADED) == "[]"


def test_a_file_is_written_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_file(path, b"one")
    path.chmod(0o640)
    write_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_goes_on_leading_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"one")
    (tmp_path / "link").symlink_to("real")
    write_file(tmp_path / "link", b"two")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"two"


def test_a_name_as_long_as_a_disk_takes_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    write_file(path, b"one")
    assert path.read_bytes() == b"one"


def test_a_place_that_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for name, told in (
        ("", "this is a folder; fix: name a file in it"),
        ("pipe", "this is no file to be replaced"),
        ("none/a.csv", "No such file or directory"),
        ("loop", "symbolic links"),
        ("n" * 256, "File name too long"),
        ("a\x00b", "null"),
    ):
        with pytest.raises(CannotWrite, match=told):
            write_file(tmp_path / name, b"one")
    assert {path.name for path in tmp_path.iterdir()} == {"pipe", "loop"}


def test_a_file_that_does_not_fit_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_file(path, b"old")
    room = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, room[1]))
    try:
        with pytest.raises(CannotWrite, match=r"a\.csv: cannot be written: File too large"):
            write_file(path, b"x" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, room)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
