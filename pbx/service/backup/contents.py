"""What of a site goes into its backup, and how much of each file: all that fits one moment.

The database is held at that moment first. What the others have by then is enough: a start makes
every note behind the database's last again, from the journal, which must reach as far or further.

    journal        up to its last whole record; never behind the database
    asterisk/      up to where the database knew the ends: what follows is written again
    recordings/    those that were begun, as they are; a running one is mended at the start
    all else       as it is, but for locks, sockets and databases set aside
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pbx.service.backup.manifest import CONFIG, DATA, BackupError
from pbx.service.journal import reader as journal_files
from pbx.service.record.copies import Frozen

DATABASE = "pbx.db"
JOURNAL, LOGS, RECORDINGS = "journal", "asterisk", "recordings"
LOG_NAMES = ("queue_log", "Master.csv")
_LOCK = ".lock"  # as their names end
_ANY_SIZE = 1 << 62


class Item(NamedTuple):
    """A file for the backup: its path there, where it is, and how many bytes of it at the most."""

    name: str
    path: Path
    limit: int | None = None


class Part(NamedTuple):
    """Items of a site, and what they take."""

    items: tuple[Item, ...]
    bytes: int


def part(items: Iterator[Item]) -> Part:
    """Items with their sizes as they are now; a file that has gone meanwhile is left out."""
    found = []
    total = 0
    for item in items:
        try:
            size = item.path.stat().st_size
        except FileNotFoundError:
            continue
        found.append(item)
        total += size if item.limit is None else min(size, item.limit)
    return Part(tuple(found), total)


class Journal(NamedTuple):
    """The journal's files: those that a start reads, and those before them, which are history."""

    needed: list[Path]
    older: list[Path]


def journal(data: Path, last_seq: int) -> Journal:
    """The files there are now. Raises BackupError where they begin behind note `last_seq`."""
    folder = data / JOURNAL
    found = journal_files.files(folder) if folder.is_dir() else []
    if not found:
        return Journal([], [])
    needed = journal_files.since_snapshot(folder, last_seq, bytes_max=_ANY_SIZE)
    snapshot = journal_files.snapshot_of(needed[0])
    if snapshot is None or snapshot.seq > last_seq:
        raise BackupError(
            f"{folder} begins behind note {last_seq}, the last in the database: they do not fit "
            "together; fix: try again, or raise [journal] bytes_max"
        )
    return Journal(needed, [path for path in found if path < needed[0]])


def journal_items(paths: Sequence[Path]) -> Iterator[Item]:
    """Files of the journal; of one that may be written meanwhile, the whole records."""
    for path in paths:
        limit = _whole(path) if path == paths[-1] else None
        yield Item(f"{DATA}/{JOURNAL}/{path.name}", path, limit)


def _whole(path: Path) -> int:
    """How many bytes of a file that is being written are whole records."""
    data = path.read_bytes()
    end = max((end for _, end in journal_files.frames(data)), default=0)
    return end if journal_files.is_torn(data, end) else len(data)


def logs(data: Path, frozen: Frozen) -> Iterator[Item]:
    """Asterisk's logs, those that logrotate has taken away too."""
    folder = data / LOGS
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_file():
            yield Item(f"{DATA}/{LOGS}/{path.name}", path, _end_of(path, frozen))


def _end_of(path: Path, frozen: Frozen) -> int | None:
    """Where a log ends for the database: one that was begun behind that moment is empty."""
    name = next((each for each in LOG_NAMES if path.name.startswith(each)), "")
    end = frozen.end_of_log(name) if name else None
    if end is None:
        return None
    if path.stat().st_ino == end.inode:
        return end.end
    return 0 if path.name == name else None


def recordings(data: Path) -> Iterator[Item]:
    """The recordings there are now."""
    return _tree(data / RECORDINGS, f"{DATA}/{RECORDINGS}")


def others(data: Path) -> Iterator[Item]:
    """What else is in the data directory."""
    for path in sorted(data.iterdir()):
        if path.is_dir() and path.name not in (JOURNAL, LOGS, RECORDINGS):
            yield from _tree(path, f"{DATA}/{path.name}")
        elif path.is_file() and not _is_left_out(path.name):
            yield Item(f"{DATA}/{path.name}", path)


def _is_left_out(name: str) -> bool:
    """Whether it is the database, what belongs to it, or a lock."""
    return name.startswith(DATABASE) or name.endswith(_LOCK)


def _tree(folder: Path, name: str) -> Iterator[Item]:
    """The files below a folder; links lead where they lead, but never in a circle."""
    seen = set()
    for place, folders, names in os.walk(folder, followlinks=True, onerror=_refuse):
        status = os.stat(place)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders.sort()
        below = os.path.relpath(place, folder)
        for each in sorted(names):
            path = Path(place, each)
            if path.is_file():
                yield Item(f"{name}/{each}" if below == "." else f"{name}/{below}/{each}", path)


def _refuse(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def configuration(main: Path) -> Iterator[Item]:
    """The configuration's files as they are now; none where the main one is not there."""
    if not main.is_file():
        return
    yield Item(f"{CONFIG}/{main.name}", main)
    for path in sorted((main.parent / "conf.d").glob("*.toml")):
        yield Item(f"{CONFIG}/conf.d/{path.name}", path)
