"""The places a configuration is read from: TOML files, and `key=value` of the command line."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Sequence
from functools import cached_property
from typing import Any, get_args, get_origin

from config.faults import field_kind
from config.lines import Path, key_lines
from config.problems import Problem, where
from config.settings import Settings

COMMAND_LINE = "command line"
BYTES_MAX = 8 << 20

_SYNTAX = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)\Z", re.DOTALL)
_PATHS = {
    "site": ("data",),
    "sip": ("certificate", "key"),
    "media": ("music",),
    "api": ("control", "monitor"),
}
_PATHS_BY_NAME = {"extension": ("password_file",), "trunk": ("password_file",)}


class Unreadable(Exception):
    """A file that gives no tables at all; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Source:
    """The tables of one layer; `first_route` is where its `[[route]]` stand among all layers'."""

    def __init__(
        self, file: str, data: dict[str, Any], *, content: bytes = b"", first_route: int = 0
    ) -> None:
        self.file = file
        self.data = data
        self.content = content  # as it was read
        self._first_route = first_route

    @property
    def routes(self) -> int:
        """How many `[[route]]` it has."""
        routes = self.data.get("route")
        return len(routes) if isinstance(routes, list) else 0

    def has(self, path: Path) -> bool:
        """Whether this layer sets the value at `path` of the merged configuration."""
        value: Any = self.data
        for key in self._own(path):
            if isinstance(value, list) and isinstance(key, int):
                is_there = 0 <= key < len(value)
            else:
                is_there = isinstance(value, dict) and key in value
            if not is_there:
                return False
            value = value[key]
        return True

    def line(self, path: Path) -> int:
        """The line where the value at `path` stands; 0 if it has none."""
        return self._lines.get(self._own(path), 0)

    @cached_property
    def _lines(self) -> dict[Path, int]:
        return key_lines(_text(self.content))

    def _own(self, path: Path) -> Path:
        if path[:1] == ("route",) and len(path) > 1 and isinstance(path[1], int):
            return ("route", path[1] - self._first_route, *path[2:])
        return path


def read_file(file: str, first_route: int = 0) -> Source:
    """The tables of a TOML file; raises `Unreadable` for a file that is missing or no TOML."""
    try:
        with open(file, "rb") as opened:
            content = opened.read(BYTES_MAX + 1)
    except OSError as error:
        raise Unreadable(Problem(file, 0, "", f"cannot read it: {error.strerror}")) from None
    return parsed(file, content, first_route=first_route)


def parsed(file: str, content: bytes, *, first_route: int = 0) -> Source:
    """The tables of what a file holds, or once held; raises `Unreadable` where that is no TOML."""
    if len(content) > BYTES_MAX:
        raise Unreadable(Problem(file, 0, "", f"larger than {BYTES_MAX >> 20} MiB"))
    text = ""
    try:
        text = _text(content)
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(Problem(file, line, "syntax", "this is not UTF-8 text")) from None
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(_syntax_problem(file, text, message=str(error))) from None
    except RecursionError:
        raise Unreadable(Problem(file, 0, "syntax", "nested too deeply")) from None
    _resolve_paths(data, os.path.dirname(os.path.abspath(file)))
    return Source(file, data, content=content, first_route=first_route)


def _text(content: bytes) -> str:
    return content.decode("utf-8-sig").replace("\r\n", "\n")


def read_overrides(overrides: Sequence[str], first_route: int = 0) -> tuple[Source, list[Problem]]:
    """The tables that `key=value` texts amount to, and what is wrong with these texts."""
    data: dict[str, Any] = {}
    problems: list[Problem] = []
    for override in overrides:
        key, equals, text = override.partition("=")
        path = _key_path(key.strip()) if equals else ()
        if not path:
            what = f'expected key=value as in "site.data=/tmp/pbx", got "{key}"'
            problems.append(Problem(COMMAND_LINE, 0, "", what))
            continue
        taken = _put(data, path, value=_override_value(path, text.strip()))
        if taken:
            what = f'"{".".join(taken)}" has a value already'
            problems.append(Problem(COMMAND_LINE, 0, where(path), what))
    return Source(COMMAND_LINE, data, first_route=first_route), problems


def _put(data: dict[str, Any], path: tuple[str, ...], *, value: Any) -> tuple[str, ...]:
    """Set the value at `path`; where a value is in the way instead of a table, its path."""
    for depth, step in enumerate(path[:-1]):
        data = data.setdefault(step, {})
        if not isinstance(data, dict):
            return path[: depth + 1]
    data[path[-1]] = value
    return ()


def _key_path(key: str) -> tuple[str, ...]:
    """The steps of a dotted key; none where it is no key."""
    try:
        value: Any = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while isinstance(value, dict) and len(value) == 1:
        path += value
        value = next(iter(value.values()))
    return tuple(path) if value == 0 else ()


def _override_value(path: Path, text: str) -> Any:
    """The value in TOML; bare words, and digits where a text belongs, are taken as text."""
    if _is_text(field_kind(path, Settings)) and not text.startswith(('"', "'")):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _is_text(kind: Any) -> bool:
    return kind is str or (get_origin(kind) is not None and get_args(kind)[0] is str)


def _syntax_problem(file: str, text: str, *, message: str) -> Problem:
    match = _SYNTAX.match(message)
    if not match:
        return Problem(file, 0, "syntax", message)
    what, line, column = match.groups()
    if line is None:
        return Problem(file, text.rstrip().count("\n") + 1, "syntax", f"{what} at the end")
    return Problem(file, int(line), "syntax", f"{what} (column {column})")


def _resolve_paths(data: dict[str, Any], folder: str) -> None:
    """Make the file names among the settings absolute: they are meant from `folder`."""
    for table, keys in _PATHS.items():
        _resolve(data.get(table), keys, folder=folder)
    for table, keys in _PATHS_BY_NAME.items():
        named = data.get(table)
        for each in named.values() if isinstance(named, dict) else ():
            _resolve(each, keys, folder=folder)


def _resolve(table: Any, keys: Sequence[str], *, folder: str) -> None:
    for key in keys:
        if isinstance(table, dict) and isinstance(table.get(key), str) and table[key]:
            table[key] = os.path.normpath(os.path.join(folder, table[key]))
