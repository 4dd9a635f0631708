"""All that is kept of a number as a folder: JSON lines, log lines, recordings, and `manifest.json`.

The manifest is written last: a folder without one is not whole.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

from pbx.service.privacy.found import LOGS, TABLES, Record, Row, facts, lines, unread
from pbx.service.privacy.number import Number
from pbx.service.record.database import read_only
from pbx.service.sound.recording_files import located

_json = msgspec.json.Encoder().encode


class Place(msgspec.Struct, frozen=True):
    """Where something was found, the file that has it now, and how many there are."""

    place: str
    file: str
    count: int


class Manifest(msgspec.Struct, frozen=True):
    """What the folder holds. `missing` are recordings whose files are gone, `not_read` files that
    may name the number all the same."""

    number: str
    is_exact: bool
    places: list[Place]
    missing: list[str]
    not_read: list[str]


def export(folder: Path, dest: Path, *, number: str, is_exact: bool = False) -> Manifest:
    """Write what the data directory `folder` keeps of a number into `dest`, a folder that is made.

    Raises ValueError for a number that is none, FileExistsError if `dest` is there, OSError,
    sqlite3.Error, JournalDamaged."""
    wanted = Number(number, is_exact=is_exact)
    with contextlib.closing(read_only(folder / "pbx.db")) as db:
        record = Record(db, wanted)
        dest.mkdir(mode=0o700)
        places = [_rows(dest, table, rows=record.rows(table)) for table in TABLES]
        paths = [row["path"] for row in record.rows("recordings") if row["state"] != "deleted"]
    missing = [path for path in paths if not _copied(folder / "recordings", dest, path=path)]
    places.append(Place("recordings/", "recordings/", len(paths) - len(missing)))
    for log in LOGS:
        found = list(lines(folder / "asterisk" / log, wanted, calls=record.calls))
        (dest / log).write_text("".join(found), encoding="utf-8")
        places.append(Place(f"asterisk/{log}", log, len(found)))
    places.append(_rows(dest, "journal", rows=facts(folder / "journal", wanted)))
    manifest = Manifest(number, is_exact, places, missing, unread(folder))
    _write(dest / "manifest.json", [msgspec.json.format(_json(manifest))])
    return manifest


def _rows(dest: Path, name: str, *, rows: Iterable[Row]) -> Place:
    count = _write(dest / f"{name}.jsonl", map(_json, rows))
    place = f"{name}/" if name == "journal" else f"pbx.db {name}"
    return Place(place, f"{name}.jsonl", count)


def _write(path: Path, texts: Iterable[bytes]) -> int:
    """Write lines and have them on the disk; how many."""
    count = 0
    with path.open("wb") as file:
        for text in texts:
            file.write(text + b"\n")
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return count


def _copied(recordings: Path, dest: Path, *, path: str) -> bool:
    """Whether the file of a recording was there to be copied."""
    try:
        source, to = located(recordings, path), located(dest / "recordings", path)
    except ValueError:
        return False
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, to)
    except FileNotFoundError:
        return False
    return True
