"""`pbx backup`: a copy of a site while it is in service, whole and of one moment.

    hold the database  ->  journal, database, logs  ->  the rest  ->  configuration  ->  manifest

See `contents` for why in this order. Nothing of the exchange waits for it: it only reads, in small
steps, and `pbx backup` is another process, of low priority.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pbx
from pbx.service.backup import contents
from pbx.service.backup.contents import DATABASE, Item, Part
from pbx.service.backup.manifest import DATA, FORMAT, NAME, BackupError, Entry, Manifest
from pbx.service.backup.target import Target, target
from pbx.service.record.copies import Frozen
from pbx.service.record.disk import free_bytes, in_mb

SPARE = 16_000_000  # bytes that stay free on the disk of a backup

Told = Callable[[int, int], object]  # how many bytes of how many are done


class Site(NamedTuple):
    """What is backed up; `config` is the main file, None to ask the record."""

    data: Path
    config: Path | None = None


class _Work(NamedTuple):
    """All that goes into a backup: what belongs to the database's moment, and the rest."""

    of_moment: Part
    rest: Part
    config: Part

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self)


def back_up(
    site: Site, dest: Path, *, has_recordings: bool = True, told: Told = lambda done, whole: None
) -> Manifest:
    """Write a backup of `site` to `dest`; what was written goes again if that fails. Raises
    BackupError, OSError, sqlite3.Error."""
    dest = dest.absolute()
    _must_be_possible(site, dest)
    with Frozen(site.data / DATABASE) as frozen:
        t = time.time()
        work = _work(site, frozen, has_recordings=has_recordings)
        _must_fit(dest, work.bytes + 2 * frozen.bytes)
        writing = _Writing(target(dest), whole=work.bytes + frozen.bytes, told=told)
        try:
            _write_moment(writing, frozen, part=work.of_moment)
            for part in (work.rest, work.config):
                writing.add_all(part)
            manifest = Manifest(
                FORMAT,
                pbx.__version__,
                database=frozen.version,
                t=t,
                last_seq=frozen.last_seq,
                has_recordings=has_recordings,
                config=tuple(str(item.path) for item in work.config.items),
                files=tuple(writing.entries),
            )
            writing.target.finish(NAME, manifest.encoded())
        except BaseException:
            writing.target.discard()
            raise
    return manifest


def _must_be_possible(site: Site, dest: Path) -> None:
    if dest.resolve().is_relative_to(site.data.resolve()):
        raise BackupError(
            f"{dest} is inside {site.data}, of which it would be a copy; "
            "fix: name a place elsewhere, best on another disk"
        )
    if not (site.data / DATABASE).exists():
        raise BackupError(f"{site.data} has no {DATABASE}; fix: name the data directory by --data")
    if site.config is not None and not site.config.exists():
        raise BackupError(f"{site.config} is not there; fix: name the configuration by --config")
    if not dest.parent.is_dir():
        raise BackupError(f"{dest.parent} is no folder; fix: make it first")


def _must_fit(dest: Path, size: int) -> None:
    free = free_bytes(dest if dest.is_dir() else dest.parent)
    if size + SPARE > free:
        raise BackupError(
            f"{dest}: the backup takes about {in_mb(size)}, {in_mb(free)} are free; "
            "fix: free space there, name another disk, or leave out recordings "
            "(--no-recordings)"
        )


def _work(site: Site, frozen: Frozen, *, has_recordings: bool) -> _Work:
    """What there is at the moment that the database is held at."""
    data = site.data
    recordings = contents.part(contents.recordings(data)) if has_recordings else Part((), 0)
    needed, older = contents.journal(data, frozen.last_seq)
    journal = contents.part(contents.journal_items(needed))
    history = contents.part(contents.journal_items(older))
    logs = contents.part(contents.logs(data, frozen))
    others = contents.part(contents.others(data))
    in_force = frozen.in_force()
    main = site.config or (Path(next(iter(in_force.files))) if in_force else None)
    return _Work(
        Part((*journal.items, *logs.items), journal.bytes + logs.bytes),
        Part(
            (*history.items, *others.items, *recordings.items),
            history.bytes + others.bytes + recordings.bytes,
        ),
        contents.part(contents.configuration(main)) if main else Part((), 0),
    )


def _write_moment(writing: _Writing, frozen: Frozen, *, part: Part) -> None:
    """Write what belongs to the moment, and let go of it: the writer's WAL grows until then."""
    for item in part.items:
        writing.add(item)
    scratch = writing.target.scratch
    with tempfile.TemporaryDirectory(prefix=".pbx-backup-", dir=scratch) as folder:
        copy = Path(folder, DATABASE)
        frozen.copy(copy)
        writing.add(Item(f"{DATA}/{DATABASE}", copy))
    frozen.release()


class _Writing:
    """A backup as far as it is written."""

    def __init__(self, target: Target, *, whole: int, told: Told) -> None:
        self.target = target
        self.entries: list[Entry] = []
        self._whole, self._told, self._done = whole, told, 0

    def add(self, item: Item) -> None:
        """Write one file."""
        entry = self.target.add(item.name, item.path, limit=item.limit)
        self.entries.append(entry)
        self._done += entry.bytes
        self._told(self._done, self._whole)

    def add_all(self, part: Part) -> None:
        """Write those of its files that are still there: the oldest may go at any time."""
        for item in part.items:
            with contextlib.suppress(FileNotFoundError):
                self.add(item)
