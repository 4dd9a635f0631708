"""Recordings as files: where they may lie, how long they are, what they and others leave free."""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
FRAME = 4  # octets: left and right
RATE = 8000
PATH_MAX = 200
_SIZE_MAX = 0xFFFF_FFFF


def located(folder: Path, path: str) -> Path:
    """The file `path` names below `folder`. Raises ValueError for one that may not be."""
    parts = PurePosixPath(path).parts
    is_odd = len(path) > PATH_MAX or not path.endswith(".wav") or not path.isprintable()
    if is_odd or not parts or parts[0] == "/" or any(part.startswith(".") for part in parts):
        raise ValueError(f"{path!r} is no path of a recording")
    return folder.joinpath(*parts)


def size_of(seconds: float) -> int:
    """Octets of a file with so much sound."""
    return HEADER.size + round(seconds * RATE) * FRAME


def header(octets: int) -> bytes:
    """What stands before so many octets of sound."""
    whole = octets + HEADER.size - 8
    form = (16, 1, 2, RATE, RATE * FRAME, FRAME, 16)
    return HEADER.pack(b"RIFF", whole, b"WAVE", b"fmt ", *form, b"data", octets)


def completed(path: Path) -> float:
    """Seconds of sound in a file that a crash may have cut off; its header says so afterwards.

    Raises OSError."""
    size = path.stat().st_size
    octets = max(0, min(size, _SIZE_MAX) - HEADER.size) // FRAME * FRAME
    right = header(octets)
    with path.open("r+b") as file:
        if file.read(HEADER.size) != right:
            file.seek(0)
            file.write(right)
    return octets / FRAME / RATE


def found(folder: Path, before: float) -> Iterator[tuple[str, float]]:
    """Path and time of each recording below `folder` last written before `before`."""
    for name, _, files in os.walk(folder):
        for file in (Path(name, each) for each in sorted(files) if each.endswith(".wav")):
            written = _written(file)
            if written is not None and written < before:
                yield file.relative_to(folder).as_posix(), written


def _written(file: Path) -> float | None:
    """When a file was last written; None for what is gone meanwhile or is no file."""
    try:
        status = file.lstat()
    except OSError:
        return None
    return status.st_mtime if stat.S_ISREG(status.st_mode) else None


def delete(folder: Path, path: str) -> int:
    """Delete a file and the folders that are empty then; the octets that are free by it.

    Raises OSError, ValueError."""
    file = located(folder, path)
    try:
        size = file.stat().st_size
        file.unlink()
    except FileNotFoundError:
        return 0
    for above in list(file.parents):
        if above == folder:
            break
        try:
            above.rmdir()
        except OSError:
            break
    return size


def disk(folder: Path) -> tuple[int, int]:
    """Octets of its disk: those free for us, all. Raises OSError."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize, max(1, status.f_blocks * status.f_frsize)
