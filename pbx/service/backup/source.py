"""Where a backup is read from: a folder, or one tar file; checked as a whole before it is used."""

from __future__ import annotations

import contextlib
import tarfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple, Protocol

from pbx.service.backup.manifest import BYTES_MAX, NAME, BackupError, Entry, Manifest, decoded
from pbx.service.backup.target import BLOCK, Measured

SHOWN_MAX = 5  # files that are named in a complaint

_NO_MANIFEST = "has no manifest: it was interrupted, or is no backup; fix: take another one"


class Member(NamedTuple):
    """One file of a backup."""

    name: str
    size: int
    mode: int
    mtime: float
    open: Callable[[], IO[bytes]]


class Source(Protocol):
    """A backup that is read."""

    def members(self) -> Iterator[Member]:
        """Its files with the manifest, in their order; each is read before the next one comes."""


def source(path: Path) -> Source:
    """The backup at `path`. Raises BackupError where there is none."""
    if path.is_dir():
        return Folder(path)
    if path.is_file():
        return TarFile(path)
    raise BackupError(f"{path} is not there; fix: name a folder or file that pbx backup has made")


class Folder:
    """A `Source`: a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def members(self) -> Iterator[Member]:
        """See `Source`."""
        for path in sorted(self._path.rglob("*")):
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                raise BackupError(f"{path} is neither file nor folder: nothing of a backup")
            if path.is_file():
                status = path.stat()
                name = path.relative_to(self._path).as_posix()
                mode, reading = status.st_mode & 0o777, partial(_opened, path)
                yield Member(name, status.st_size, mode, status.st_mtime, reading)


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")


class TarFile:
    """A `Source`: a tar file, packed or not."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def members(self) -> Iterator[Member]:
        """See `Source`."""
        with tarfile.open(self._path) as tar:
            for each in tar:
                yield _member(tar, each)


def _member(tar: tarfile.TarFile, each: tarfile.TarInfo) -> Member:
    def opened() -> IO[bytes]:
        file = tar.extractfile(each)
        assert file is not None
        return file

    if not each.isreg():
        raise BackupError(f"{each.name} in {tar.name!r} is no plain file: nothing of a backup")
    return Member(each.name, each.size, each.mode & 0o777, each.mtime, opened)


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Read a backup within: what cannot be unpacked raises BackupError."""
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        why = str(error).partition(":\n")[0]  # it goes on with each way that was tried
        raise BackupError(
            f"{path} is damaged, or no tar file: {why}; fix: take another backup"
        ) from error


def checked(path: Path) -> Manifest:
    """Read a whole backup and compare each file with its manifest. Raises BackupError, OSError."""
    manifest: Manifest | None = None
    found: dict[str, Entry] = {}
    with reading(path):
        for member in source(path).members():
            if member.name == NAME:
                manifest = decoded(_content(member))
            else:
                found[member.name] = _measured(member)
    if manifest is None:
        raise BackupError(f"{path} {_NO_MANIFEST}")
    _compare(path, manifest, found=found)
    return manifest


def _content(member: Member) -> bytes:
    with member.open() as file:
        return file.read(BYTES_MAX)


def _measured(member: Member) -> Entry:
    with member.open() as file:
        measured = Measured(file, member.size)
        while measured.read(BLOCK):
            pass
    return measured.entry(member.name)


def _compare(path: Path, manifest: Manifest, *, found: dict[str, Entry]) -> None:
    told = {entry.path: entry for entry in manifest.files}
    wrong = [
        *(f"{name} is missing" for name in told.keys() - found.keys()),
        *(f"{name} is not of it" for name in found.keys() - told.keys()),
        *(f"{name} is damaged" for name in told.keys() & found.keys() if told[name] != found[name]),
    ]
    if wrong:
        shown = ", ".join(sorted(wrong)[:SHOWN_MAX])
        more = f" and {len(wrong) - SHOWN_MAX} more" if len(wrong) > SHOWN_MAX else ""
        raise BackupError(f"{path}: {shown}{more}; fix: take another backup")
