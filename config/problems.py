"""What is wrong with a configuration, and how that is said to a person."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from config.kinds import SECRETS
from config.lines import Path

NAMED = frozenset(
    {"extension", "trunk", "hours", "queue", "agent", "menu", "group", "voicemail", "user", "team"}
)
SHOWN_MAX = 60


class Finding(msgspec.Struct, frozen=True):
    """A fault at a path of the merged configuration; a warning when `is_error` is false."""

    path: Path
    what: str
    is_error: bool = True


class Problem(msgspec.Struct, frozen=True):
    """A finding with its place: `FILE:LINE: where: what`; `line` 0 is unknown."""

    file: str
    line: int
    where: str
    what: str
    is_error: bool = True

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        what = self.what if self.is_error else f"warning: {self.what}"
        return printable(": ".join(part for part in (place, self.where, what) if part))


def where(path: Path) -> str:
    """A path in words: `trunk "sip1": port`, `route 2: to`, `queue "sales": relax 1: after_s`."""
    parts: list[str] = []
    for depth, key in enumerate(path):
        if isinstance(key, int):
            parts[-1] += f" {key + 1}"
        elif _is_name(path, depth):
            parts[-1] += f' "{key}"'
        else:
            parts.append(key)
    return ": ".join(parts)


def shown(value: Any, path: Path = ()) -> str:
    """A value as a message may show it: short, on one line, and never a secret."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    if SECRETS.intersection(path):
        return "text" if isinstance(value, str) else "a number"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"


def printable(text: str) -> str:
    """`text` with everything escaped that could disturb a terminal or a log."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?` where a known word is close, else nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


def tried(parse: Callable[[str], Any], text: str, *, path: Path) -> Iterator[Finding]:
    """The reason, if any, why `parse` refuses this text."""
    try:
        parse(text)
    except ValueError as error:
        yield Finding(path, str(error))


def _is_name(path: Path, depth: int) -> bool:
    return (depth == 1 and path[0] in NAMED) or path[:depth] == ("ami", "user")
