"""A log that other programs read, in step with the database: each line in it once, after any crash.

    append   lines, fsynced         `position` (inode and end) goes into the same commit
    commit   the database has it    else the next `append` cuts the lines off again

At a start the file is cut back to the position that was committed last, wherever logrotate has put
it meanwhile; the notes behind that commit then come again.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple


class Position(NamedTuple):
    """A file and its end in bytes at a commit."""

    inode: int
    end: int

    @classmethod
    def parse(cls, text: str) -> Position:
        """The position that `str` made this text of."""
        inode, end = text.split()
        return cls(int(inode), int(end))

    def __str__(self) -> str:
        return f"{self.inode} {self.end}"


class LogFile:
    """One log, made if it is not there; `committed` is its position at the last commit, if known.

    All raise OSError when the disk refuses."""

    def __init__(self, path: Path, committed: Position | None) -> None:
        self.path = path
        if committed:
            _cut_back(path, committed)
        self._uncommitted: int | None = None  # where lines begin that no commit covers
        self._fd = -1
        self._open()

    def _open(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        self._fd = os.open(self.path, flags, 0o640)
        status = os.fstat(self._fd)
        self.position = Position(status.st_ino, status.st_size)

    def append(self, lines: str) -> None:
        """Write lines (or none: lines whose commit failed are cut off all the same)."""
        if self._uncommitted is not None:
            os.ftruncate(self._fd, self._uncommitted)
            self.position = Position(self.position.inode, self._uncommitted)
            self._uncommitted = None
        if not lines:
            return
        if self._fd < 0 or self._is_rotated():
            self._open()
        start = os.fstat(self._fd).st_size  # not our own count: logrotate may have cut it
        self._uncommitted = start
        data = memoryview(lines.encode(errors="replace"))
        self.position = Position(self.position.inode, start + len(data))
        while data:
            data = data[os.write(self._fd, data) :]
        os.fdatasync(self._fd)

    def _is_rotated(self) -> bool:
        try:
            return os.stat(self.path).st_ino != self.position.inode
        except FileNotFoundError:
            return True

    def commit(self) -> None:
        """What was appended last is covered by a commit now."""
        self._uncommitted = None

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)


def _cut_back(path: Path, committed: Position) -> None:
    """Cut the file of that inode, which may have another name by now, to its committed end."""
    for each in path.parent.glob(path.name + "*"):
        status = each.stat()
        if status.st_ino == committed.inode and status.st_size > committed.end:
            os.truncate(each, committed.end)
