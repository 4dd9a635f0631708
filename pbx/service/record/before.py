"""What the database was before a newer pbx changed it: a copy beside it, for the way back.

    pbx.db.before-vN    as it was before it became version N; the last two are kept

A start that was killed while it changed the database goes on with it at the next: the copy of
the first attempt, which is older, stays.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from pbx.service.record.disk import free_bytes, in_mb, sync_file, sync_folder

COPIES_KEPT = 2
ROOM = 1.1  # the change itself needs some too
_NAME = ".before-v"


class NoRoom(Exception):
    """The disk has no room for the copy; the text says how much it takes."""


def keep_before(db: sqlite3.Connection, path: Path, *, version: int) -> None:
    """Copy the database, which is about to become `version`, unless an attempt before this one has
    and came further. Raises NoRoom, sqlite3.Error, OSError."""
    copy = path.with_name(f"{path.name}{_NAME}{version}")
    if copy.exists() and _version_of(copy) < _version(db):
        return
    size = _size(db)
    must_fit(path, size, version=version)
    part = copy.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    try:
        _copy(db, part)
    except (sqlite3.OperationalError, OSError) as error:
        part.unlink(missing_ok=True)
        raise NoRoom(_no_room(path, size, version=version, why=str(error))) from error
    os.replace(part, copy)
    _prune(path)
    sync_folder(path.parent)


def must_fit(path: Path, size: int, *, version: int) -> None:
    """Refuse a copy of `size` bytes that its disk has no room for. Raises NoRoom, OSError."""
    if size * ROOM > free_bytes(path.parent):
        raise NoRoom(_no_room(path, size, version=version, why="no room"))


def _no_room(path: Path, size: int, *, version: int, why: str) -> str:
    free = free_bytes(path.parent)
    return (
        f"cannot bring {path} to version {version}: the copy that is made before failed: {why}; "
        f"it takes {in_mb(size * ROOM)}, {in_mb(free)} are free; fix: free space on its disk"
    )


def _copy(db: sqlite3.Connection, part: Path) -> None:
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o640))
    with contextlib.closing(sqlite3.connect(part)) as target:
        db.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, that whoever reads it leaves one
    sync_file(part)


def _prune(path: Path) -> None:
    """Remove the copies of the oldest versions, and what a killed attempt left of one."""
    found: dict[int, Path] = {}
    for each in path.parent.glob(f"{path.name}{_NAME}*"):
        number = each.name.removeprefix(path.name + _NAME)
        if number.isdecimal():
            found[int(number)] = each
        elif ".part" in number:
            each.unlink()
    for version in sorted(found)[:-COPIES_KEPT]:
        found[version].unlink()


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _version_of(copy: Path) -> int:
    with contextlib.closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as db:
        return _version(db)


def _size(db: sqlite3.Connection) -> int:
    pages, size = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
    )
    return int(pages * size)
