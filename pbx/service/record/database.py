"""Opening pbx.db: made, migrated, or set aside when it is damaged.

Migrations are `migrations/NNNN_NAME.sql`, each run once, in one transaction with the version it
leads to (`PRAGMA user_version`) and with what fills its tables. A database that holds anything is
copied before.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from pbx.service.record import quarters
from pbx.service.record.before import NoRoom, keep_before
from pbx.service.record.disk import cannot_write

FILE = "pbx.db"  # in the data directory
MIGRATIONS = sorted((Path(__file__).parent / "migrations").glob("[0-9]*.sql"))
# What a new table holds of the facts that are there already.
_FILLED: dict[str, Callable[[sqlite3.Connection], None]] = {"0007_figures.sql": quarters.make_anew}
_CHECKED_BYTES_MAX = 8 << 20  # a larger database is not read through at each start
_BUSY_S = 5.0
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BESIDE = ("", "-wal", "-shm")

Alarm = Callable[[str, str], object]


class StoreError(Exception):
    """The record cannot be kept here: the text says what, where and what to do (exit 2)."""


def is_damage(error: BaseException) -> bool:
    """Whether an error says that the database file itself is broken."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _DAMAGE


def opened(path: Path, on_alarm: Alarm) -> sqlite3.Connection:
    """The database at `path`, of our version, ready to write. One that is damaged is set aside,
    and a new one begun. Raises StoreError."""
    _must_be_writable(path)
    try:
        try:
            return _connected(path)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            set_aside(path, on_alarm)
            return _connected(path)
    except (sqlite3.Error, OSError) as error:
        fix = "see that no other program holds it and that its disk has room"
        raise StoreError(f"cannot use {path}: {error}; fix: {fix}") from error


def joined(path: Path) -> sqlite3.Connection:
    """The same for a writer beside the exchange: its folder must be there, and what is damaged is
    left alone. Raises StoreError."""
    if not path.parent.is_dir():
        raise StoreError(f"{path.parent}: no such directory; fix: name the site's data directory")
    _must_be_writable(path)
    try:
        return _connected(path)
    except sqlite3.Error as error:
        fix = "see that no other program holds it and that its disk has room"
        if is_damage(error):
            fix = "start pbx, which sets a damaged database aside, or restore a backup"
        raise StoreError(f"cannot use {path}: {error}; fix: {fix}") from error


def _must_be_writable(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640))
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(13, "")
    except OSError as error:
        raise StoreError(cannot_write(path, error)) from error


def _connected(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_BUSY_S)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        if path.stat().st_size <= _CHECKED_BYTES_MAX:
            _check(db)
        _keep_before(db, path)
        migrate(db)
        db.execute("SELECT max(seq) FROM events").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def _check(db: sqlite3.Connection) -> None:
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        error = sqlite3.DatabaseError(found)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def _keep_before(db: sqlite3.Connection, path: Path) -> None:
    """Copy a database that will be migrated and is no new one. Raises StoreError."""
    if 0 < db.execute("PRAGMA user_version").fetchone()[0] < len(MIGRATIONS):
        try:
            keep_before(db, path, version=len(MIGRATIONS))
        except NoRoom as error:
            raise StoreError(str(error)) from error


def migrate(db: sqlite3.Connection) -> None:
    """Bring the database to our version. Raises StoreError if it is of a newer one."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the database is of version {version}, this pbx knows {len(MIGRATIONS)}; "
            "fix: run the newer pbx, or restore a backup"
        )
    for number, path in enumerate(MIGRATIONS[version:], version + 1):
        script = f"BEGIN IMMEDIATE;\n{path.read_text()}\nPRAGMA user_version = {number};"
        try:
            db.executescript(script)
            if path.name in _FILLED:
                _FILLED[path.name](db)
            db.execute("COMMIT")
        except sqlite3.Error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


def set_aside(path: Path, on_alarm: Alarm) -> None:
    """Rename a damaged database and begin a new one, which knows what the logs hold already.

    Raises OSError or sqlite3.Error if even that fails."""
    kept = _salvaged(path)
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    for suffix in _BESIDE:
        with contextlib.suppress(FileNotFoundError):
            os.rename(f"{path}{suffix}", f"{aside}{suffix}")
    with contextlib.closing(_connected(path)) as db:
        db.executemany("INSERT INTO meta VALUES (?, ?)", kept.items())
    logs = "" if kept else "; queue_log and Master.csv may repeat their last lines"
    on_alarm(
        "database_damaged",
        f"{path} is damaged: kept as {aside.name}, a new one is begun with the last calls from the "
        f"journal{logs}; fix: take the older calls from a backup",
    )


def _salvaged(path: Path) -> dict[str, str]:
    """Where the logs ended, if a damaged database can still tell."""
    try:
        with contextlib.closing(read_only(path)) as db:
            meta = dict(db.execute("SELECT key, value FROM meta"))
    except sqlite3.Error:
        return {}
    kept = {key: value for key, value in meta.items() if key.startswith("log:")}
    return {**kept, "logged_seq": meta.get("last_seq", "0"), "epoch": meta.get("epoch", "0")}


def read_only(path: Path) -> sqlite3.Connection:
    """A connection for reports, which can write nothing. Raises sqlite3.OperationalError if there
    is no database."""
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_S)
    db.execute("PRAGMA query_only = ON")
    return db
