"""The journal's folder: what a crash tore there, what is too much or too old.

All are safe to repeat; nothing here knows what a record means.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from pbx.codec import Position, decode_position
from pbx.service.journal.reader import files, frames, is_torn

Alarm = Callable[[str, str], object]

_KEPT_FILES = 2  # the current one, and the one that may hold notes not yet in the database


class JournalError(Exception):
    """The journal cannot be begun here: the text says what, where and what to do (exit 2)."""


class JournalLimits(msgspec.Struct, frozen=True):
    """How much is kept: on disk in all, how long, records a file, bytes held on a full disk."""

    bytes_max: int = 1 << 30
    age_ms_max: int = 30 * 86_400_000
    records_per_file: int = 10_000
    held_bytes_max: int = 64 << 20


def repair(folder: Path, on_alarm: Alarm) -> Position:
    """Cut off what a crash tore behind the last record, with an alarm, and remove files without
    any. Where the last record stands; 0, 0 if there is none."""
    for path in reversed(files(folder)):
        last = _cut(path, on_alarm)
        if last is not None:
            return last
        path.unlink()
    return Position(0, 0)


def _cut(path: Path, on_alarm: Alarm) -> Position | None:
    data = path.read_bytes()
    payload, end = None, 0
    for whole in frames(data):
        payload, end = whole
    if end < len(data) and is_torn(data, end):
        os.truncate(path, end)
        torn = len(data) - end
        on_alarm("journal_torn", f"{path}: {torn} bytes behind the last record were cut off")
    elif end < len(data):
        on_alarm("journal_damaged", f"{path}: damaged at byte {end}, not used from there on")
    return decode_position(payload) if payload is not None else None


def prune(folder: Path, limits: JournalLimits, *, wall_ms: int) -> None:
    """Remove the oldest files past the limits; never the last two."""
    found = files(folder)
    total = sum(path.stat().st_size for path in found)
    for path in found[:-_KEPT_FILES]:
        status = path.stat()
        age_ms = wall_ms - status.st_mtime_ns // 1_000_000
        if total <= limits.bytes_max and age_ms <= limits.age_ms_max:
            return
        total -= status.st_size
        path.unlink()
