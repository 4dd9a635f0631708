"""Where each key of a TOML text stands: a scanner from key paths to line numbers.

It reads only texts that `tomllib` has accepted, so it need not judge, only keep its place. A path
is the keys from the top, with the index for an item of a list: `("route", 0, "to")`.
"""

from __future__ import annotations

import re
import tomllib

Path = tuple[str | int, ...]
Token = tuple[str, str, int]

_TOKENS = re.compile(
    r"(?P<blank>[ \t\r]+|\#[^\n]*)"
    r"|(?P<newline>\n)"
    r'|(?P<text>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<mark>[\[\]{},=.])"
    r"|(?P<bare>[^\s\[\]{},=.#\"']+)",
    re.DOTALL,
)


def key_lines(text: str) -> dict[Path, int]:
    """The line (from 1) of every table, key and list item in a valid TOML text."""
    return _Scanner(text).scan()


class _Scanner:
    """One pass over the tokens of a TOML text; `_at` is the token looked at."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        self._tokens = _tokens(text)
        self._at = 0

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        while self._kind() != "end":
            if self._kind() == "newline":
                self._at += 1
            elif self._is("["):
                table = self._header()
            else:
                self._pair(table)
        return self.lines

    def _kind(self) -> str:
        return self._tokens[self._at][0]

    def _is(self, mark: str) -> bool:
        return self._tokens[self._at][:2] == ("mark", mark)

    def _header(self) -> Path:
        """`[a.b]` or `[[a.b]]`: the path that the keys below it belong to."""
        line = self._tokens[self._at][2]
        self._at += 1
        is_list = self._is("[")
        self._at += is_list
        keys = self._keys()
        self._at += 1 + is_list
        path = (*self._resolved(keys[:-1]), keys[-1])
        if is_list:
            index = self._counts.get(path, 0)
            self._counts[path] = index + 1
            path = (*path, index)
        for depth in range(1, len(path) + 1):
            self._mark(path[:depth], line)
        return path

    def _resolved(self, keys: Path) -> Path:
        """`keys` with the index of the last item put in behind each list of tables."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return path

    def _pair(self, table: Path) -> None:
        line = self._tokens[self._at][2]
        path = table
        for key in self._keys():
            path = (*path, key)
            self._mark(path, line)
        self._at += 1
        self._value(path)

    def _keys(self) -> tuple[str, ...]:
        keys = [self._key()]
        while self._is("."):
            self._at += 1
            keys.append(self._key())
        return tuple(keys)

    def _key(self) -> str:
        kind, text, _ = self._tokens[self._at]
        self._at += 1
        if kind == "text":
            return str(tomllib.loads(f"key = {text}")["key"]) if "\\" in text else text[1:-1]
        return text

    def _value(self, path: Path) -> None:
        if self._is("["):
            self._list(path)
        elif self._is("{"):
            self._inline_table(path)
        else:
            while self._kind() in ("bare", "text") or self._is("."):
                self._at += 1

    def _list(self, path: Path) -> None:
        self._at += 1
        index = 0
        while not self._is("]"):
            if self._kind() == "newline" or self._is(","):
                self._at += 1
                continue
            self._mark((*path, index), self._tokens[self._at][2])
            self._value((*path, index))
            index += 1
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while not self._is("}"):
            if self._kind() == "newline" or self._is(","):
                self._at += 1
                continue
            self._pair(path)
        self._at += 1

    def _mark(self, path: Path, line: int) -> None:
        self.lines.setdefault(path, line)


def _tokens(text: str) -> list[Token]:
    """(kind, text, line) of each token but blanks and comments, closed by an `end`."""
    tokens: list[Token] = []
    line = 1
    for match in _TOKENS.finditer(text):
        kind = match.lastgroup or ""
        if kind != "blank":
            tokens.append((kind, match[0], line))
        if kind in ("newline", "text"):
            line += match[0].count("\n")
    tokens.append(("end", "", line))
    return tokens
