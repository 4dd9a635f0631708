"""Where a backup is written to: a new folder, or one tar file; each file with its checksum.

folder    DEST/…             as files; unfinished as long as it has no manifest
file      DEST.part          renamed to DEST when it is whole
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import tarfile
from pathlib import Path
from typing import IO, Protocol, cast

from pbx.service.backup.manifest import BackupError, Entry
from pbx.service.record.disk import sync_file, sync_folder

PACKED, PLAIN = ".tar.gz", ".tar"  # a DEST that ends so is one file
BLOCK = 1 << 20
_GZIP_LEVEL = 3  # sound hardly packs, however hard one tries


class Target(Protocol):
    """A backup that is being written; `scratch` is a folder on its disk."""

    scratch: Path

    def add(self, name: str, path: Path, *, limit: int | None = None) -> Entry:
        """Copy a file, `limit` bytes of it at the most. Raises OSError, FileNotFoundError only
        where it has gone; BackupError if it has become shorter meanwhile."""

    def finish(self, name: str, content: bytes) -> None:
        """Write the last file, and make all last a power cut."""

    def discard(self) -> None:
        """Remove what was written: it is no backup."""


class Measured:
    """A file that is read once, up to a size: counted and summed up on the way."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._left = file, size
        self._sum = hashlib.sha256()
        self.bytes = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises BackupError if they are not there any more."""
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        if not data and self._left and size:
            raise BackupError(
                f"{self._file.name} became shorter while it was copied; fix: run the backup again"
            )
        self._sum.update(data)
        self._left -= len(data)
        self.bytes += len(data)
        return data

    def entry(self, name: str) -> Entry:
        """What was read, under a name."""
        return Entry(name, self.bytes, self._sum.hexdigest())


def target(dest: Path) -> Target:
    """Begin a backup at `dest`. Raises BackupError if something is there, OSError."""
    return TarFile(dest) if dest.name.endswith((PACKED, PLAIN)) else Folder(dest)


class Folder:
    """A `Target`: a folder that is new or empty."""

    def __init__(self, dest: Path) -> None:
        try:
            dest.mkdir(mode=0o750, exist_ok=True)
        except FileExistsError:
            raise BackupError(f"{dest} is a file; fix: name a new folder") from None
        if any(dest.iterdir()):
            raise BackupError(f"{dest} is not empty; fix: name a new folder, or empty this one")
        self._dest = self.scratch = dest

    def add(self, name: str, path: Path, *, limit: int | None = None) -> Entry:
        """See `Target`."""
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            size = status.st_size if limit is None else min(limit, status.st_size)
            measured = Measured(file, size)
            place = self._dest / name
            place.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            write_whole(place, measured, mode=status.st_mode)
            os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
        return measured.entry(name)

    def finish(self, name: str, content: bytes) -> None:
        """See `Target`."""
        part = self._dest / f"{name}.part"
        part.write_bytes(content)
        sync_file(part)
        for folder, _, _ in os.walk(self._dest):
            sync_folder(Path(folder))
        os.replace(part, self._dest / name)
        sync_folder(self._dest)
        sync_folder(self._dest.parent)

    def discard(self) -> None:
        """See `Target`."""
        for each in self._dest.iterdir():
            shutil.rmtree(each) if each.is_dir() else each.unlink()


class TarFile:
    """A `Target`: one file, `.tar` or `.tar.gz`, its manifest the last in it."""

    def __init__(self, dest: Path) -> None:
        if dest.exists():
            raise BackupError(f"{dest} exists already; fix: name a new file")
        self._dest, self._part = dest, dest.with_name(f"{dest.name}.part")
        self.scratch = dest.parent
        if dest.name.endswith(PACKED):
            self._tar = tarfile.open(self._part, "w:gz", compresslevel=_GZIP_LEVEL)  # noqa: SIM115
        else:
            self._tar = tarfile.open(self._part, "w")  # noqa: SIM115
        os.chmod(self._part, 0o640)

    def add(self, name: str, path: Path, *, limit: int | None = None) -> Entry:
        """See `Target`."""
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            size = status.st_size if limit is None else min(limit, status.st_size)
            measured = Measured(file, size)
            member = tarfile.TarInfo(name)
            member.size, member.mode = size, status.st_mode & 0o777
            member.mtime = status.st_mtime  # with its parts: pax keeps them
            self._tar.addfile(member, cast(IO[bytes], measured))
        return measured.entry(name)

    def finish(self, name: str, content: bytes) -> None:
        """See `Target`."""
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(content), 0o640
        self._tar.addfile(member, io.BytesIO(content))
        self._tar.close()
        sync_file(self._part)
        os.replace(self._part, self._dest)
        sync_folder(self._dest.parent)

    def discard(self) -> None:
        """See `Target`."""
        with contextlib.suppress(OSError):  # of a disk that is full
            self._tar.close()
        self._part.unlink(missing_ok=True)


def write_whole(place: Path, source: Measured, *, mode: int) -> None:
    """Write a new file, readable by few until it is whole, and sync it. Raises OSError."""
    fd = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    with open(fd, "wb", buffering=0) as file:
        while block := source.read(BLOCK):
            view = memoryview(block)
            while view:
                view = view[file.write(view) :]
        os.fchmod(fd, mode & 0o777)
        os.fdatasync(fd)
