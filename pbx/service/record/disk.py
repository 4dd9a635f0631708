"""The data directory's disk: who holds it, what it has room for, what to say when it refuses."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

_FULL = "free space on its disk; what waits in memory is then written"
_RIGHTS = "let the user that runs pbx write there, or choose another [site] data"
_NO_FOLDER = "choose another [site] data: a part of this path is a file"
_FIXES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: "raise the file size limit (ulimit -f) of the user that runs pbx",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: "mount its disk for writing, or choose another [site] data",
    errno.ENOTDIR: _NO_FOLDER,
    errno.EEXIST: _NO_FOLDER,
    errno.EIO: "look for a failing disk in the system's log (dmesg)",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}


def lock(path: Path) -> int:
    """Make the file and lock it for this process: a descriptor, to be closed in the end.

    Raises BlockingIOError if another process holds it, OSError if it cannot be made."""
    fd = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise
    return fd


def is_held(path: Path) -> bool:
    """Whether a process holds the lock of this file; one that may not be opened is taken for held,
    one that is not there is not."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def cannot_write(path: Path, error: OSError) -> str:
    """`cannot write PATH: REASON; fix: WHAT TO DO`."""
    if isinstance(error, BlockingIOError):
        return f"cannot write {path}: another pbx does; fix: stop it, or choose another [site] data"
    reason = os.strerror(error.errno) if error.errno else str(error)
    fix = _FIXES.get(error.errno or 0, "see that its disk is there, whole and has room")
    return f"cannot write {path}: {reason}; fix: {fix}"


def sync_file(path: Path) -> None:
    """Make what was written to a file last a power cut. Raises OSError."""
    _sync(path, os.O_RDONLY)


def sync_folder(folder: Path) -> None:
    """Make new and removed names in a folder last a power cut. Raises OSError."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    fd = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def free_bytes(folder: Path) -> int:
    """How much may still be written on a folder's disk. Raises OSError."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


def in_mb(size: float) -> str:
    """A size for a person: `12.3 MB`."""
    return f"{size / 1_000_000:.1f} MB"
