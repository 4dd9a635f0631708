"""`pbx restore`: a backup put in the place of a data directory; what was there is moved aside.

    check every file  ->  write all beside: DIR.restoring-STAMP
    DIR -> DIR.before-restore-STAMP,  DIR.restoring-STAMP -> DIR,  its recordings back if the
    backup has none  ->  configuration, if it is told where

A crash before the renames leaves DIR as it was, and DIR.restoring-STAMP to be deleted. One between
the two leaves no DIR, but both of the others, whole: rename the one that is wanted. Until the end
the locks of both are held: an exchange that starts meanwhile is refused. The number of the next
start is above those that DIR has seen, so that no id of a call comes twice.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pbx.service.backup.contents import DATABASE, JOURNAL, RECORDINGS
from pbx.service.backup.manifest import CONFIG, DATA, BackupError, Entry, Manifest
from pbx.service.backup.source import Member, checked, reading, source
from pbx.service.backup.target import Measured, write_whole
from pbx.service.journal import reader as journal_files
from pbx.service.record.copies import outlive
from pbx.service.record.database import MIGRATIONS
from pbx.service.record.disk import free_bytes, in_mb, lock, sync_folder
from pbx.service.versions.put_back import placed, planned, put_back

SPARE = 16_000_000  # bytes that stay free
FOLDER_MODE = 0o750


class Place(NamedTuple):
    """Where a backup goes; without `config` the configuration stays in the backup."""

    data: Path
    config: Path | None = None


def restore(path: Path, place: Place, *, stamp: str, is_dry_run: bool = False) -> Iterator[str]:
    """Put the backup at `path` back; what is done, or would be, line by line. `stamp` tells what
    is moved aside from others. Raises BackupError, OSError, sqlite3.Error; the latter two leave
    what was there in its place."""
    place = Place(place.data.resolve(), place.config)
    with _locked(place.data):
        manifest = checked(path)
        _must_be_known(manifest)
        yield _told(manifest)
        _must_fit(place.data, manifest)
        if is_dry_run:
            yield from _intended(place, manifest, stamp=stamp)
            return
        staged = _beside(place.data, f"restoring-{stamp}")
        try:
            with reading(path):
                files = _stage(path, staged, manifest=manifest)
            outlive(staged / DATABASE, _last_epoch(place.data))
            if place.data.is_dir():
                _give(staged, place.data)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise
        with _locked_new(staged):
            yield from _swap(place.data, staged, stamp=stamp)
            if not manifest.has_recordings:
                yield from _bring_recordings(place.data, stamp=stamp)
            if place.config is not None:
                yield from _configure(files, place.config, path=path, stamp=stamp)


@contextlib.contextmanager
def _locked(data: Path) -> Iterator[None]:
    """Keep every exchange away from a data directory. Raises BackupError if one runs there."""
    file = data / f"{DATABASE}.lock"
    if not file.exists():  # no exchange was ever here
        yield
        return
    try:
        fd = lock(file)
    except BlockingIOError:
        raise BackupError(f"{data}: an exchange runs there; fix: stop it first") from None
    try:
        yield
    finally:
        os.close(fd)


@contextlib.contextmanager
def _locked_new(staged: Path) -> Iterator[None]:
    """The same for what will stand in its place."""
    fd = lock(staged / f"{DATABASE}.lock")
    try:
        yield
    finally:
        os.close(fd)


def _must_be_known(manifest: Manifest) -> None:
    if manifest.database > len(MIGRATIONS):
        raise BackupError(
            f"its database is of version {manifest.database}, this pbx knows {len(MIGRATIONS)}; "
            f"fix: use pbx {manifest.version} or later"
        )


def _must_fit(data: Path, manifest: Manifest) -> None:
    if not data.parent.is_dir():
        raise BackupError(f"{data.parent} is no folder; fix: make it first")
    free = free_bytes(data.parent)
    if manifest.size + SPARE > free:
        raise BackupError(
            f"{data}: the backup takes {in_mb(manifest.size)}, {in_mb(free)} are free; "
            "fix: free space there"
        )


def _told(manifest: Manifest) -> str:
    recordings = "" if manifest.has_recordings else ", without recordings"
    return (
        f"whole: {len(manifest.files)} files, {in_mb(manifest.size)}{recordings}, "
        f"of pbx {manifest.version}, last event {manifest.last_seq}"
    )


def _intended(place: Place, manifest: Manifest, *, stamp: str) -> Iterator[str]:
    if _is_there(place.data):
        yield f"would move {place.data} to {_beside(place.data, f'before-restore-{stamp}')}"
    yield f"would write {place.data}"
    if not manifest.has_recordings and (place.data / RECORDINGS).exists():
        yield f"would keep {place.data / RECORDINGS}"
    for name in manifest.config if place.config else ():
        yield f"would write the configuration's {Path(name).name}"


def _is_there(data: Path) -> bool:
    return data.is_dir() and any(data.iterdir())


def _beside(data: Path, suffix: str) -> Path:
    return data.with_name(f"{data.name}.{suffix}")


def _stage(path: Path, staged: Path, *, manifest: Manifest) -> dict[str, bytes]:
    """Write a backup's data into a new folder; the configuration's files, the main one first."""
    told = {entry.path: entry for entry in manifest.files}
    files: dict[str, bytes] = {}
    staged.mkdir(mode=FOLDER_MODE)
    for member in source(path).members():
        top, _, below = member.name.partition("/")
        expected = told.get(member.name)
        if top == DATA and (not expected or _write(member, staged / below) != expected):
            raise BackupError(f"{path}: {member.name} has changed since it was checked")
        if top == CONFIG:
            with member.open() as file:
                files[below] = file.read()
    for folder, _, _ in os.walk(staged):
        sync_folder(Path(folder))
    return {name: files[name] for name in sorted(files, key=lambda name: ("/" in name, name))}


def _write(member: Member, place: Path) -> Entry:
    place.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    with member.open() as file:
        measured = Measured(file, member.size)
        write_whole(place, measured, mode=member.mode)
    os.utime(place, (member.mtime, member.mtime))
    return measured.entry(member.name)


def _give(staged: Path, like: Path) -> None:
    """Let a folder belong to whom another one belongs to; only root can, others own it already."""
    status = like.stat()
    os.chmod(staged, status.st_mode & 0o777)
    if os.geteuid() != 0:
        return
    for folder, folders, names in os.walk(staged):
        for name in (".", *folders, *names):
            os.chown(Path(folder, name), status.st_uid, status.st_gid)


def _last_epoch(data: Path) -> int:
    """How many starts a data directory has seen: more than the backup may know of."""
    return journal_files.last_epoch(data / JOURNAL)


def _swap(data: Path, staged: Path, *, stamp: str) -> Iterator[str]:
    """Rename one into the place of the other."""
    aside = _beside(data, f"before-restore-{stamp}")
    if _is_there(data):
        _rename(data, aside)
    elif data.exists():
        data.rmdir()
    try:
        os.rename(staged, data)
    except OSError as error:
        raise BackupError(_half_done(data, staged, aside=aside, why=str(error))) from error
    sync_folder(data.parent)
    if aside.exists():
        yield f"moved {data} to {aside}"
    yield f"wrote {data}"


def _half_done(data: Path, staged: Path, *, aside: Path, why: str) -> str:
    kept = f"what was there is {aside}, " if aside.exists() else ""
    return (
        f"not restored: {why}: {kept}the backup is {staged}; fix: see that no exchange "
        f"starts meanwhile, and rename one of them to {data}"
    )


def _bring_recordings(data: Path, *, stamp: str) -> Iterator[str]:
    """Let the recordings stay that a backup without any leaves as they are."""
    old, new = _beside(data, f"before-restore-{stamp}") / RECORDINGS, data / RECORDINGS
    if not old.exists():
        return
    try:
        os.rename(old, new)
    except OSError as error:
        raise BackupError(
            f"restored all but the recordings: {error.strerror}; fix: move or mount {old} to {new}"
        ) from error
    yield f"kept {new}"


def _configure(files: dict[str, bytes], config: Path, *, path: Path, stamp: str) -> Iterator[str]:
    """Put the configuration's files where they are wanted."""
    if not files:
        yield "the backup has no configuration: it stays as it is"
        return
    try:
        yield from put_back(planned(placed(files, config)), stamp)
    except OSError as error:
        raise BackupError(
            f"restored the data, not the configuration: {error.filename}: {error.strerror}; "
            f"fix: put it there by hand, it is in {path} below {CONFIG}/"
        ) from error


def _rename(data: Path, aside: Path) -> None:
    try:
        os.rename(data, aside)
    except OSError as error:
        if error.errno not in (errno.EBUSY, errno.EXDEV):
            raise
        raise BackupError(
            f"{data} is a mount point and cannot be moved aside; fix: restore into a folder below "
            "it, and name that as [site] data"
        ) from None
