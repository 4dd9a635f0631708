"""What a backup holds: each file with its size and checksum, and the moment it stands for.

manifest.json        written last: a backup without it was interrupted
data/…               as in the data directory
config/pbx.toml …    as beside each other; `config` tells where they stood
"""

from __future__ import annotations

from pathlib import PurePosixPath

import msgspec

NAME = "manifest.json"
DATA, CONFIG = "data", "config"
FORMAT = 1
BYTES_MAX = 256 << 20  # some million files


class BackupError(Exception):
    """A backup that cannot be made or used: the text says what, where and what to do."""


class Entry(msgspec.Struct, frozen=True):
    """One file: its path below the backup, its bytes and their SHA-256 in hexadecimal."""

    path: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """A backup as a whole; `t` is epoch seconds, `last_seq` the last note in its database."""

    format: int
    version: str  # of the pbx that made it
    database: int  # how many migrations its database has had
    t: float
    last_seq: int
    has_recordings: bool
    config: tuple[str, ...]  # where each file of `config/` stood, the lowest layer first
    files: tuple[Entry, ...]

    @property
    def size(self) -> int:
        """All files, in bytes."""
        return sum(entry.bytes for entry in self.files)

    def encoded(self) -> bytes:
        """As it stands in the backup."""
        return msgspec.json.format(msgspec.json.encode(self)) + b"\n"


def decoded(content: bytes) -> Manifest:
    """The manifest that a backup has. Raises BackupError for one of another kind, or whose paths
    lead elsewhere."""
    try:
        found = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BackupError(f"{NAME} is damaged: {error}; fix: take another backup") from None
    if found.format != FORMAT:
        raise BackupError(
            f"the backup is of format {found.format}, this pbx knows {FORMAT}; "
            f"fix: use pbx {found.version}"
        )
    paths = [entry.path for entry in found.files]
    wrong = [path for path in paths if not _is_within(path)]
    if wrong or len(set(paths)) != len(paths):
        raise BackupError(f"{NAME} names files that a backup has not: {wrong or 'one twice'}")
    return found


def _is_within(path: str) -> bool:
    parts = PurePosixPath(path).parts
    is_plain = ".." not in parts and "\0" not in path and str(PurePosixPath(*parts)) == path
    return is_plain and len(parts) > 1 and parts[0] in (DATA, CONFIG)
