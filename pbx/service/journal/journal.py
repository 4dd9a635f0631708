"""The journal's owner: each fact and tick on disk before its commands leave, one write a turn.

Files are `EPOCH-NUMBER.log`, NUMBER being the first fact to come; each begins with a snapshot.

    loop thread     append … append, write          a kill -9 from here on loses nothing
    writer thread   sync                            a power cut from here on loses nothing

A full disk never reaches the call path: records wait in memory and every `write` tries again. Only
past `held_bytes_max` are they given up; the next `rotate` then begins a new file with a snapshot.
"""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from zlib import crc32

from pbx.codec import Digest, End, Position, Record, Snapshot, encode_record
from pbx.events import Fact
from pbx.service.journal.folder import (
    Alarm,
    JournalError,
    JournalLimits,
    prune,
    repair,
)
from pbx.service.journal.reader import HEADER, file_name, frame, last_epoch
from pbx.service.record.disk import cannot_write, lock, sync_folder

__all__ = ["DIGEST_EVERY", "Journal", "JournalError", "JournalLimits"]

DIGEST_EVERY = 1_000  # facts between two Digest marks
_RETRY_MS = 5_000
_BYTES_SHARE = 8  # a file is full at this part of `bytes_max`, however few its records


class Journal:
    """The append side. Locks `folder` (JournalError if another process has it), cuts a torn tail
    off the last file with an alarm, and goes on behind its last record: `number`, `now` (ms).
    Nothing may be appended before the first `rotate`.

    `epoch` must be above `journal_files.last_epoch(folder)`, else JournalError: an old epoch's
    records are refused. `on_alarm(name, text)` is called from the thread that found the trouble.
    """

    def __init__(
        self, folder: Path, *, group: str, epoch: int, limits: JournalLimits, on_alarm: Alarm
    ) -> None:
        self.folder, self.group, self.epoch = folder, group, epoch
        self._limits, self._alarm = limits, on_alarm
        self._lock_fd, last = _locked_and_repaired(folder, epoch, on_alarm=on_alarm)
        self.number, self.now = last.number, last.now
        self._kept_number = last.number  # on disk, as far as we know
        self._buffer = bytearray()
        self._path = folder
        self._fd = -1
        self._retired: list[int] = []  # files that are full, still to be synced and closed
        self._guard = threading.Lock()  # over `_fd` and `_retired`
        self._is_unsynced = self._is_failing = self._is_given_up = self._is_new_file = False
        self._in_file = self._file_bytes = 0  # since the last rotate: records and bytes
        self._retry_ms = self._wall_ms = 0

    def append(self, now: int, fact: Fact | None) -> int:
        """Take a fact, or None for a tick; the record's number. Never raises for the disk."""
        number = self.number + 1
        self._put(Record(number, now, self.epoch, fact))
        self.number, self.now = number, now
        self._in_file += 1
        return number

    def mark(self, mark: Digest | End) -> None:
        """Put a mark behind the last record; a Digest every DIGEST_EVERY facts."""
        self._put(Record(self.number, self.now, self.epoch, mark))

    def _put(self, record: Record) -> None:
        assert self._fd >= 0, "the journal has not begun: rotate comes first"
        assert record.now >= self.now, f"time fell from {self.now} to {record.now} ms"
        payload = encode_record(record)
        if self._is_given_up:
            return
        self._buffer += HEADER.pack(len(payload), crc32(payload))
        self._buffer += payload

    def write(self) -> None:
        """Hand all that was appended to the system, in one write. Once per turn of the loop."""
        buffer = self._buffer
        if not buffer:
            return
        try:
            while buffer:
                written = os.write(self._fd, buffer)
                self._file_bytes += written
                del buffer[:written]
        except OSError as error:
            self._failed(self._path, error)
            if len(buffer) > self._limits.held_bytes_max:
                self._give_up()
            return
        self._is_unsynced = True
        self._recovered()

    def sync(self) -> None:
        """Make what `write` has handed over last a power cut, and prune. Writer thread only.

        Raises OSError when the disk refuses, also while records wait in memory: nothing that
        follows from a record may be kept before it."""
        if self._is_failing and not self._is_given_up:
            raise OSError(errno.ENOSPC, "the journal waits", str(self._path))
        with self._guard:
            current, retired = self._fd, list(self._retired)
        is_unsynced, self._is_unsynced = self._is_unsynced, False
        is_new_file, self._is_new_file = self._is_new_file, False
        try:
            for fd in (*retired, current) if is_unsynced else ():
                os.fdatasync(fd)
            if is_new_file:
                sync_folder(self.folder)
                prune(self.folder, self._limits, wall_ms=self._wall_ms)
        except OSError:
            self._is_unsynced = self._is_new_file = True
            raise
        with self._guard:
            del self._retired[: len(retired)]
        for fd in retired:
            os.close(fd)

    @property
    def due_for_snapshot(self) -> bool:
        """A new file should begin: call `rotate` when the turn is over."""
        is_full = (
            self._in_file >= self._limits.records_per_file
            or self._file_bytes > self._limits.bytes_max // _BYTES_SHARE
        )
        return (is_full or self._is_given_up) and self.now >= self._retry_ms

    def rotate(self, state: bytes, *, seq: int, wall_ms: int) -> bool:
        """Begin a new file with a snapshot of the exchange; `seq` is the last note's number.

        False if the disk refuses (alarmed; due again in 5 s). The first file of a Journal raises
        JournalError instead."""
        if self._fd >= 0 and not self._in_file:
            return True
        self.write()
        self._retry_ms = self.now + _RETRY_MS
        if self._buffer:
            return False
        snapshot = Snapshot(state, seq, self.group)
        head = frame(encode_record(Record(self.number, self.now, self.epoch, snapshot)))
        path = self.folder / file_name(self.epoch, self.number + 1)
        try:
            fd = _begun(path, head)
        except OSError as error:
            if self._fd < 0:
                raise JournalError(cannot_write(path, error)) from error
            self._failed(path, error)
            return False
        self._take_up(path, fd)
        self._file_bytes, self._wall_ms = len(head), wall_ms
        return True

    def _take_up(self, path: Path, fd: int) -> None:
        with self._guard:
            if self._fd >= 0:
                self._retired.append(self._fd)
            self._fd, self._path = fd, path
        self._in_file = self._retry_ms = 0
        self._is_new_file = self._is_unsynced = True
        self._recovered()

    def close(self, digest: int) -> None:
        """Write the End mark and let go of the folder; twice is once. No thread may be in
        `sync`."""
        if self._lock_fd < 0:
            return
        if self._fd >= 0:
            self.mark(End(digest))
            self.write()
            try:
                self.sync()
            except OSError as error:
                self._failed(self._path, error)
            for fd in (self._fd, *self._retired):
                os.close(fd)
            self._fd, self._retired = -1, []
        os.close(self._lock_fd)
        self._lock_fd = -1

    def _failed(self, path: Path, error: OSError) -> None:
        if not self._is_failing:
            self._is_failing = True
            self._alarm(
                "journal_disk", f"{cannot_write(path, error)} (calls go on, the journal waits)"
            )

    def _recovered(self) -> None:
        if self._is_failing:
            self._is_failing = False
            missing = self.number - self._kept_number if self._is_given_up else 0
            text = f"the journal is written again, {missing} records are missing"
            self._alarm("journal_whole", f"{self._path}: {text}")
        self._is_given_up = False
        self._kept_number = self.number

    def _give_up(self) -> None:
        """Let go of what is held. The file may end within a record: readers pass over that."""
        self._is_given_up = True
        self._buffer.clear()
        self._retry_ms = self.now + _RETRY_MS
        text = f"records since {self._kept_number} are given up, the disk stays full"
        self._alarm("journal_gap", f"{self._path}: {text}")


def _locked_and_repaired(folder: Path, epoch: int, *, on_alarm: Alarm) -> tuple[int, Position]:
    """The descriptor of the folder's lock, and where its last record stands."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fd = lock(folder / "lock")
    except OSError as error:
        raise JournalError(cannot_write(folder, error)) from error
    try:
        newest = last_epoch(folder)
        if epoch <= newest:
            raise JournalError(f"{folder}: epoch {epoch} is over, epoch {newest} has written there")
        return fd, repair(folder, on_alarm)
    except OSError as error:
        os.close(fd)
        raise JournalError(cannot_write(folder, error)) from error
    except JournalError:
        os.close(fd)
        raise


def _begun(path: Path, head: bytes) -> int:
    """A new file with its first record in it, whole; no file if that fails with OSError."""
    fd = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o640)
    try:
        if os.write(fd, head) < len(head):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError:
        os.close(fd)
        path.unlink(missing_ok=True)
        raise
    return fd
