"""Versions beside each other, and beside the files as they are: what a person is told of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from config.difference import Change, differences, summary
from config.layers import Loaded, parsed_files
from config.sources import Source, read_overrides
from pbx.service.record.versions import Version

SUMMARY_WIDTH = 100

Row = dict[str, Any]


def layers_of(version: Version) -> list[Source]:
    """The layers of a version, the command line's the last; what is no TOML is left out."""
    sources, _ = parsed_files(version.files)
    routes = sum(source.routes for source in sources)
    return [*sources, read_overrides(version.overrides, routes)[0]]


def changes_between(old: Version, new: Version) -> list[Change]:
    """What the one says that the other does not."""
    return differences(layers_of(old), layers_of(new))


def changes_to_come(old: Version, loaded: Loaded) -> list[Change]:
    """What a reload of the files as they are would change."""
    return differences(layers_of(old), loaded.sources)


def history_rows(versions: Sequence[Version]) -> Iterable[Row]:
    """A row for each version but the oldest of them, the newest first; and for that one, without
    what it changed."""
    for new, old in pairwise(versions):
        yield _row(new, summary(changes_between(old, new), SUMMARY_WIDTH) or "no key")
    if versions:
        yield _row(versions[-1], None)


def _row(version: Version, changed: str | None) -> Row:
    return {
        "version": version.version,
        "t": version.t,
        "who": version.who,
        "files": list(version.files),
        "changed": changed,
    }


def row_of(change: Change) -> Row:
    """A change for a program."""
    return {
        "change": {"+": "added", "-": "removed", "~": "changed"}[change.sign],
        "key": change.key,
        "old": change.old,
        "new": change.new,
        "place": change.place,
    }
