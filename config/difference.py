"""What one configuration says that another does not, by key and line; no secret is shown.

Only what is written is compared, not the defaults behind it: so texts of any release can be. The
items of a list of tables, such as `[[route]]`, are told from each other by what they say: one that
is put in before others has not changed these.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import msgspec

from config.kinds import SECRETS
from config.layers import merged
from config.lines import Path
from config.listing import dotted
from config.problems import printable
from config.sources import Source

VALUE_MAX = 200  # characters of a value that are shown
HIDDEN = '"***"'

_NONE: Any = object()  # no value; the files cannot hold it


class Change(msgspec.Struct, frozen=True):
    """A key that was added (`old` is None), removed (`new` is None) or changed.

    Values are as TOML, a secret is `"***"`. `place` is where it stands now, FILE:LINE, or stood
    before; `root` is the highest table that came or went with it, else the key."""

    path: Path
    old: str | None
    new: str | None
    place: str
    root: Path

    @property
    def key(self) -> str:
        """Its path as a person writes it."""
        return dotted(self.path)

    @property
    def sign(self) -> str:
        """`+` added, `-` removed, `~` changed."""
        return "+" if self.old is None else "-" if self.new is None else "~"

    def __str__(self) -> str:
        key = self.key
        if self.old is not None and self.new is not None:
            is_secret = self.new == HIDDEN
            what = f"{key}: changed" if is_secret else f"{key}: {self.old} -> {self.new}"
        else:
            what = f"{key} = {self.old or self.new}"
        place = f"was {self.place}" if self.new is None else self.place
        return printable(f"{self.sign} {what}  ({place})")


class _Found(NamedTuple):
    """A difference with its path before and now, and where it begins."""

    was: Path
    now: Path
    old: Any
    new: Any
    depth: int


def differences(old: Sequence[Source], new: Sequence[Source]) -> list[Change]:
    """What is otherwise in the layers `new`; in the order of their tables."""
    found = _compared(merged(old), merged(new), was=(), now=())
    return [_change(each, old, sources=new) for each in found]


def summary(changes: Sequence[Change], width: int) -> str:
    """The same on one line of about `width` characters: `+queue.sales  ~trunk.gateway.host`."""
    parts = list(dict.fromkeys(f"{each.sign}{dotted(each.root)}" for each in changes))
    line = ""
    for at, part in enumerate(parts):
        longer = f"{line}  {part}" if line else part
        if line and len(longer) > width:
            return f"{printable(line)}  and {len(parts) - at} more"
        line = longer
    return printable(line)


def _compared(old: Any, new: Any, *, was: Path, now: Path) -> Iterator[_Found]:
    if len(now) == 1:  # a kind of table: its first one comes, or its last goes
        old, new = _or_empty(old, new), _or_empty(new, old)
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            values = (old.get(key, _NONE), new.get(key, _NONE))
            yield from _compared(*values, was=(*was, key), now=(*now, key))
    elif _are_tables(old) and _are_tables(new):
        yield from _compared_items(old, new, was=was, now=now)
    elif old is _NONE or new is _NONE:
        yield from _one_sided(_Found(was, now, old, new, len(now)))
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield _Found(was, now, old, new, len(now))


def _compared_items(
    old: Sequence[Any], new: Sequence[Any], *, was: Path, now: Path
) -> Iterator[_Found]:
    """The items of two lists of tables, each beside the one that it was."""
    matcher = SequenceMatcher(None, _texts(old), _texts(new), autojunk=False)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        for step in range(max(i_end - i, j_end - j)):
            one = old[i + step] if i + step < i_end else _NONE
            other = new[j + step] if j + step < j_end else _NONE
            yield from _compared(one, other, was=(*was, i + step), now=(*now, j + step))


def _or_empty(value: Any, other: Any) -> Any:
    """No value as one of the other's kind without anything in it, where that is tables."""
    is_empty = value is _NONE and (isinstance(other, dict) or _are_tables(other))
    return type(other)() if is_empty else value


def _one_sided(found: _Found) -> Iterator[_Found]:
    """Each key of a value that only one side has."""
    value = found.new if found.old is _NONE else found.old
    if isinstance(value, dict) and value:
        parts: list[tuple[str | int, Any]] = list(value.items())
    elif value and _are_tables(value):
        parts = list(enumerate(value))
    else:
        yield found
        return
    for key, each in parts:
        paths = ((*found.was, key), (*found.now, key))
        values = (_NONE, each) if found.old is _NONE else (each, _NONE)
        yield from _one_sided(_Found(*paths, *values, found.depth))


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _texts(items: Sequence[Any]) -> list[str]:
    return [json.dumps(item, sort_keys=True, default=str) for item in items]


def _change(found: _Found, old: Sequence[Source], *, sources: Sequence[Source]) -> Change:
    is_gone = found.new is _NONE
    path = found.was if is_gone else found.now
    before = None if found.old is _NONE else _text(found.old, path)
    after = None if is_gone else _text(found.new, path)
    place = _place(old if is_gone else sources, path)
    return Change(path, before, after, place, path[: found.depth])


def _place(sources: Sequence[Source], path: Path) -> str:
    """The file and line that have the last word on a path."""
    for source in reversed(sources):
        if source.has(path):
            line = source.line(path)
            return f"{source.file}:{line}" if line else source.file
    return "?"


def _text(value: Any, path: Path) -> str:
    """A value as TOML on one line, not too long, without secrets."""
    text = _whole_text(value, path)
    return text if len(text) <= VALUE_MAX else f"{text[:VALUE_MAX]}…"


def _whole_text(value: Any, path: Path) -> str:
    if SECRETS.intersection(path):
        return HIDDEN
    if isinstance(value, dict):
        pairs = [f"{dotted((key,))} = {_whole_text(x, (*path, key))}" for key, x in value.items()]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_whole_text(item, path) for item in value)}]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False, default=str)
