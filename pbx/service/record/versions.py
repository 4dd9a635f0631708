"""Configurations as they are kept: the files each was made of, since when, and who asked for it.

One that says the same as the newest, in the same words, is not kept again: a site that is started
every night has no more versions for it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from pbx.service.record.rows import InForce

KEPT_MAX = 200  # the migration that made the table says so
BYTES_MAX = 20_000_000  # of all files; the newest version is kept whatever its size
NAMED_MIN = 4  # characters of a version that name it

_COLUMNS = "version, t, who, overrides, files"
_json = msgspec.json.Encoder()


class UnknownVersion(Exception):
    """No version is kept under a name, or several are: the text says which."""


class Version(NamedTuple):
    """A configuration: its hash, when it came into force (epoch seconds), who asked for it, the
    command line's `key=value`, and its files by path, the lowest layer first."""

    version: str
    t: float
    who: str
    overrides: tuple[str, ...]
    files: Mapping[str, bytes]

    def says(self, other: Version | None) -> bool:
        """Whether the other is the same, word for word."""
        parts = (self.version, self.overrides, list(self.files.items()))
        return other is not None and parts == (
            other.version, other.overrides, list(other.files.items()),
        )  # fmt: skip

    def row(self) -> InForce:
        """The same as a row. Its files are UTF-8: they were read as TOML."""
        files = [(path, content.decode()) for path, content in self.files.items()]
        size = sum(map(len, self.files.values()))
        texts = (_json.encode(self.overrides).decode(), _json.encode(files).decode())
        return InForce(None, self.version, self.t, self.who, size, *texts)


def kept_versions(db: sqlite3.Connection, limit: int = KEPT_MAX) -> Iterator[Version]:
    """The versions kept, the newest first. Raises sqlite3.Error."""
    found = db.execute(f"SELECT {_COLUMNS} FROM configurations ORDER BY n DESC LIMIT ?", (limit,))
    return map(_version, found)


def named_version(db: sqlite3.Connection, name: str) -> Version:
    """The newest of the version that begins with `name`. Raises UnknownVersion, sqlite3.Error."""
    if len(name) < NAMED_MIN:
        raise UnknownVersion(
            f"version {name!r} is too short to name one; fix: give {NAMED_MIN} characters or more"
        )
    query = "SELECT DISTINCT version FROM configurations WHERE substr(version, 1, ?) = ?"
    found = [version for (version,) in db.execute(query, (len(name), name))]
    if len(found) != 1:
        what = f"may be {' or '.join(sorted(found))}" if found else "is not kept"
        raise UnknownVersion(f"version {name!r} {what}; fix: see `pbx config history`")
    query = f"SELECT {_COLUMNS} FROM configurations WHERE version = ? ORDER BY n DESC LIMIT 1"
    return _version(db.execute(query, found).fetchone())


def _version(row: tuple[str, float, str, str, str]) -> Version:
    version, t, who, overrides, files = row
    told = msgspec.json.decode(files, type=list[tuple[str, str]])
    return Version(
        version, t, who,
        msgspec.json.decode(overrides, type=tuple[str, ...]),
        {path: text.encode() for path, text in told},
    )  # fmt: skip
