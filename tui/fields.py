"""The fields of a row as a screen may use them, whatever came over the socket.

A field that is missing or of another kind than expected is shown empty: a newer exchange, or a
broken one, costs the console a cell and never its life.
"""

from __future__ import annotations

import math
from typing import Any

from tui.text import clean

Row = dict[str, Any]


def rows(data: Row, name: str) -> list[Row]:
    """A list of rows; empty if there is none."""
    found = data.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def text(row: Row, name: str) -> str:
    """A field as clean text; empty if there is none."""
    return clean(row.get(name))


def number(row: Row, name: str) -> float | None:
    """A field as a number; None if it is none, or not finite."""
    found = row.get(name)
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not math.isfinite(found):
        return None
    return found


def count(row: Row, name: str) -> int:
    """A field as a whole number; 0 if it is none."""
    return int(number(row, name) or 0)


def names(row: Row, name: str) -> list[str]:
    """A field as a list of clean texts."""
    found = row.get(name)
    return [clean(each) for each in found] if isinstance(found, list) else []


def part(row: Row, name: str) -> Row:
    """A field that is a row itself; empty if it is none."""
    found = row.get(name)
    return found if isinstance(found, dict) else {}


def share(part_of: float, whole: float) -> float | None:
    """A part of a whole; None where there is nothing to divide by."""
    return part_of / whole if whole else None
