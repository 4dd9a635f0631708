"""A report is a value that fits its columns, or none at all."""

from __future__ import annotations

import math

import msgspec
import pytest

from pbx.reports.report import (
    NUMBER_MAX,
    Chart,
    Column,
    Report,
    ReportError,
    notes_of,
    title_of,
)
from tests.pbx.reports.samples import COLUMNS, ROWS, a_report

QUEUE, OFFERED = COLUMNS[0], COLUMNS[4]
TWO = {"columns": (QUEUE, OFFERED), "totals": None, "charts": ()}


def test_a_report_that_fits_its_columns_is_as_it_was_made() -> None:
    report = a_report()
    assert report.rows == ROWS
    assert report.column("offered") == 4


def test_a_report_survives_the_wire() -> None:
    report = a_report()
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(report)), Report) == report


def test_a_report_may_have_no_rows_and_one_day() -> None:
    assert a_report(rows=(), totals=None, first="2026-11-25").rows == ()


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ((("sales", 1), ("sales",)), "queues, row 2: 1 cells for 2 columns"),
        ((("sales", 1, 2),), "row 1: 3 cells for 2 columns"),
        ((("sales", "1"),), "row 1, column offered: '1' is no count"),
        (((7, 1),), "row 1, column queue: 7 is no text"),
        ((("sales", True),), "column offered: True is no count"),
        ((("sales", math.nan),), "column offered: nan is no count"),
        ((("sales", -math.inf),), "column offered: -inf is no count"),
        ((("sales", NUMBER_MAX + 1),), "column offered"),
    ],
)
def test_a_row_that_does_not_fit_is_named_with_its_column(
    rows: tuple[tuple[object, ...], ...], told: str
) -> None:
    with pytest.raises(ReportError, match=told):
        a_report(**TWO | {"rows": rows})


def test_the_largest_number_is_a_number() -> None:
    rows = (("a", NUMBER_MAX), ("b", -NUMBER_MAX), (None, None))
    assert a_report(**TWO | {"rows": rows}).rows == rows


def test_totals_that_do_not_fit_are_named() -> None:
    with pytest.raises(ReportError, match="totals, column offered: 'x' is no count"):
        a_report(**TWO | {"rows": (), "totals": (None, "x")})


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"columns": ()}, "it has no columns"),
        ({"columns": (QUEUE, QUEUE)}, "two columns have one name: queue queue"),
        ({"first": "2026-11-26"}, "2026-11-25 is before 2026-11-26"),
        ({"last": "25.11.2026"}, "'25.11.2026' is no date"),
        ({"first": "20261123"}, "'20261123' is no date"),
        ({"charts": (Chart("hour", ("offered",)),)}, "there is no column 'hour'"),
        ({"charts": (Chart("day", ("calls",)),)}, "there is no column 'calls'"),
        ({"charts": (Chart("day"),)}, "a chart over day draws nothing"),
        ({"charts": (Chart("day", ("offered", "wait")),)}, "offered, wait cannot share an axis"),
        ({"charts": (Chart("day", (), ("queue",)),)}, "queue cannot share an axis: text"),
        ({"charts": (Chart("day", (), ("first_call",)),)}, "cannot share an axis: time"),
    ],
)
def test_a_report_that_contradicts_itself_is_refused(other: dict[str, object], told: str) -> None:
    with pytest.raises(ReportError, match=told):
        a_report(**other)


def test_titles_and_notes_are_english_where_there_is_no_chinese() -> None:
    report = a_report(title_zh="", notes=(("One.", "一。"), ("Two.", "")))
    assert title_of(report, "zh") == title_of(report, "en") == "Queues"
    assert title_of(QUEUE, "zh") == "队列"
    assert title_of(Column("a", "A", "", "text"), "zh") == "A"
    assert notes_of(report, "zh") == ["一。", "Two."]
    assert notes_of(report, "en") == ["One.", "Two."]
