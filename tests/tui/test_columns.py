"""Columns: their widths, which rows match, in which order."""

from __future__ import annotations

from typing import Any

from tui.columns import GAP, Column, matching, ordered, places
from tui.marks import Cell

NAME = Column("NAME", lambda row, now: Cell(row["name"]), 6, flex=1)
AGE = Column("AGE", lambda row, now: Cell(str(row["age"])), 4, rank=lambda row: row["age"])
ROWS: list[dict[str, Any]] = [
    {"name": "Ola", "age": 9},
    {"name": "Ann", "age": 10},
    {"name": "王小明", "age": None},
]


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


def test_what_is_left_of_the_width_goes_to_the_flexible_columns() -> None:
    assert places([NAME, AGE], 6 + GAP + 4) == [(0, 6), (7, 4)]
    assert places([NAME, AGE], 31) == [(0, 26), (27, 4)]
    assert places([AGE, AGE], 100) == [(0, 4), (5, 4)]


def test_columns_keep_their_least_width_on_a_narrow_screen() -> None:
    assert places([NAME, AGE], 3) == [(0, 6), (7, 4)]
    assert places([], 80) == []


def test_a_row_matches_if_every_word_stands_somewhere() -> None:
    assert names(matching([NAME, AGE], ROWS, words=["ann"], now=0)) == ["Ann"]
    assert names(matching([NAME, AGE], ROWS, words=["a", "9"], now=0)) == ["Ola"]
    assert names(matching([NAME, AGE], ROWS, words=["小"], now=0)) == ["王小明"]
    assert matching([NAME, AGE], ROWS, words=["ann", "9"], now=0) == []


def test_rows_are_ordered_by_rank_or_else_by_text() -> None:
    assert names(ordered(AGE, ROWS, 0, is_reversed=False)) == ["Ola", "Ann", "王小明"]
    assert names(ordered(NAME, ROWS, 0, is_reversed=True)) == ["王小明", "Ola", "Ann"]


def test_rows_without_a_value_come_last_either_way() -> None:
    assert names(ordered(AGE, ROWS, 0, is_reversed=True)) == ["Ann", "Ola", "王小明"]
