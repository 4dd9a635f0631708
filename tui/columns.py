"""The columns of a live table: what each shows of a row, how wide it is, how rows are ordered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tui.fields import Row
from tui.marks import Cell
from tui.text import Align

GAP = 1  # cells between columns


@dataclass(frozen=True)
class Column:
    """One column: its title, what it shows of a row at a time, and how wide it is at least.

    `flex` is its share of the width that is left over. `rank` is what to sort by, the text if
    there is none. `is_timer`: it changes by the clock alone.
    """

    title: str
    cell: Callable[[Row, float], Cell]
    width: int
    flex: int = 0
    align: Align = "left"
    rank: Callable[[Row], Any] | None = None
    is_timer: bool = False


def places(columns: Sequence[Column], width: int) -> list[tuple[int, int]]:
    """Where each column begins and how wide it is, if there are `width` cells for all."""
    gaps = GAP * (len(columns) - 1)
    left = max(0, width - gaps - sum(column.width for column in columns))
    shares = sum(column.flex for column in columns)
    found, x = [], 0
    for column in columns:
        wide = column.width + (left * column.flex // shares if shares else 0)
        found.append((x, wide))
        x += wide + GAP
    return found


def matching(
    columns: Sequence[Column], rows: Sequence[Row], *, words: Sequence[str], now: float
) -> list[Row]:
    """The rows in which every word (in lower case) stands somewhere."""
    found = []
    for row in rows:
        text = " ".join(column.cell(row, now).shown for column in columns).casefold()
        if all(word in text for word in words):
            found.append(row)
    return found


def ordered(column: Column, rows: Sequence[Row], now: float, *, is_reversed: bool) -> list[Row]:
    """The rows by a column; those with nothing in it come last in either direction."""
    keyed = [(column.rank(row) if column.rank else column.cell(row, now).text, row) for row in rows]
    full = [pair for pair in keyed if pair[0] is not None]
    empty = [row for key, row in keyed if key is None]
    full.sort(key=lambda pair: pair[0], reverse=is_reversed)
    return [row for _, row in full] + empty
