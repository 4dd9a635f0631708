"""The formats of a report by name, and files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import importlib
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pbx.reports.report import Language, Report
from pbx.service.reporting.refusals import CannotWrite, NoLibrary


class Format(NamedTuple):
    """The module that writes it, the end of a file's name, its media type; whether a terminal can
    show it."""

    module: str
    suffix: str
    media_type: str
    is_text: bool


# A module is loaded when its format is asked for: what xlsx and png need may not be installed.
FORMATS = {
    "table": Format("pbx.service.reporting.terminal", ".txt", "text/plain; charset=utf-8", True),
    "csv": Format("pbx.service.reporting.csv_file", ".csv", "text/csv; charset=utf-8", True),
    "json": Format("pbx.service.reporting.json_file", ".json", "application/json", True),
    "xlsx": Format(
        "pbx.service.reporting.xlsx_file",
        ".xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        False,
    ),
    "html": Format("pbx.service.reporting.html_page", ".html", "text/html; charset=utf-8", True),
    "png": Format("pbx.service.reporting.png_chart", ".png", "image/png", False),
}
LIBRARIES = ("xlsxwriter", "matplotlib")


def written(name: str, reports: Sequence[Report], *, language: Language = "en") -> bytes:
    """Reports in a format of `FORMATS`. Raises CannotWrite."""
    if not reports:
        raise CannotWrite(f"{name}: there is no report to write")
    try:
        module = importlib.import_module(FORMATS[name].module)
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in LIBRARIES:
            raise
        raise NoLibrary(
            f"{name} needs {error.name}, which is not installed; fix: pip install 'agner[reports]'"
        ) from error
    whole: bytes = module.write(reports, language)
    return whole


def write_file(path: Path, data: bytes) -> None:
    """Write a file beside its place and rename it: nobody sees half of it, not after a power cut.

    A file that is there is replaced, and keeps its rights. Raises CannotWrite, with what was there
    still there.
    """
    try:
        _replace(Path(os.path.realpath(path)), data)  # a link goes on leading to its file
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CannotWrite(f"{path}: cannot be written: {reason}") from error


def _replace(path: Path, data: bytes) -> None:
    mode = _mode_of(path)
    beside = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        _write_whole(beside, data, mode=mode)
        os.replace(beside, path)
    finally:
        with contextlib.suppress(OSError):  # it is renamed, or cannot be removed either
            beside.unlink()
    _sync(path.parent)


def _mode_of(path: Path) -> int | None:
    """The rights of the file in this place, None where there is none. Raises CannotWrite."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise CannotWrite(f"{path}: this is a folder; fix: name a file in it")
    if not stat.S_ISREG(mode):
        raise CannotWrite(f"{path}: this is no file to be replaced; fix: name another")
    return stat.S_IMODE(mode)


def _write_whole(path: Path, data: bytes, *, mode: int | None) -> None:
    with path.open("xb") as file:
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """The name is on disk too, not only what is in the file."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
