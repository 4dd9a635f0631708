"""Rows as a plain text table for a terminal: columns two spaces apart, Chinese two cells wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence


def text_table(
    headings: Sequence[str], rows: Sequence[Sequence[object]], *, right: Collection[int] = ()
) -> str:
    """The table as lines, a value per heading; None is `-`, truth is yes or no.

    `right` are the places of the columns that are aligned to the right, as numbers are.
    """
    lines = [[_text(value) for value in row] for row in (headings, *rows)]
    widths = [max(map(cells, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(line, widths, right=right) for line in lines)


def cells(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return len(text) if text.isascii() else sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _line(line: Sequence[str], widths: Sequence[int], *, right: Collection[int]) -> str:
    padded = []
    for place, (text, width) in enumerate(zip(line, widths, strict=True)):
        blank = " " * (width - cells(text))
        padded.append(blank + text if place in right else text + blank)
    return "  ".join(padded).rstrip()


def _text(value: object) -> str:
    """A value on one line, without control characters."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return " ".join(map(_text, value)) or "-"
    text = str(value)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "?" for char in text)
