"""Workbooks, read back by another library."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest

from pbx.reports.report import Column, Report
from pbx.service.reporting import xlsx_file
from pbx.service.reporting.refusals import CannotWrite
from pbx.service.reporting.xlsx_file import (
    MANY_ROWS,
    NAME_MAX,
    ROWS_MAX,
    SHEETS_MAX,
    TEXT_MAX,
    sheet_names,
    write,
)
from tests.pbx.reports.samples import COLUMNS, EVIL, a_long_report, a_report, an_evil_report


def read(*reports: Report) -> Any:
    return openpyxl.load_workbook(io.BytesIO(write(reports, "en")))


def test_numbers_are_numbers_and_times_are_times() -> None:
    sheet = read(a_report())["Queues"]
    titles, first, second, third, totals = sheet.iter_rows(values_only=True)
    assert titles == tuple(
        "Cost (EUR)" if column.name == "cost" else column.title for column in COLUMNS
    )
    assert first[:3] == ("sales", datetime(2026, 11, 23), "09:30")
    assert abs(first[3] - datetime(2026, 11, 18, 12, 6, 40)) < timedelta(seconds=1)
    assert (first[4], first[6:]) == (120, (0.8125, 12.5, 3.25))
    assert abs(sheet["F3"].value - timedelta(seconds=3723)) < timedelta(milliseconds=1)
    assert second[0] == "客户服务"
    assert third[3] is None and third[5:8] == (None, None, None)
    assert (totals[0], totals[4], totals[6]) == ("Total", 1354, 0.98)


def test_each_unit_has_its_format() -> None:
    sheet = read(a_report())["Queues"]
    formats = [cell.number_format for cell in sheet[2]]
    assert formats == [
        "@", "yyyy-mm-dd", "@", "yyyy-mm-dd hh:mm:ss", "#,##0", "[h]:mm:ss", "0.0%",
        "#,##0.00", "#,##0.00",
    ]  # fmt: skip
    assert [cell.number_format for cell in sheet[5]] == formats
    assert sheet["A5"].font.bold and not sheet["A4"].font.bold


def test_titles_are_frozen_and_filter_the_rows_without_the_totals() -> None:
    sheet = read(a_report())["Queues"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:I4"
    assert sheet.page_setup.paperSize == 9 and sheet.page_setup.orientation == "landscape"
    assert sheet.print_title_rows == "$1:$1"


@pytest.mark.parametrize("times", [1, MANY_ROWS // len(EVIL) + 1])
def test_no_text_is_a_formula_or_a_link(times: int) -> None:
    one = an_evil_report()
    rows = one.rows * times
    evil = a_report(columns=one.columns, rows=rows, totals=one.totals, charts=())
    data = write([evil], "en")
    book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert cell.data_type in "sn" and cell.hyperlink is None, cell.value
    sheet = book["Queues"]
    assert [sheet.cell(row, 1).value for row in (4, 5, 14)] == [EVIL[2], EVIL[3], EVIL[12]]
    assert sheet["A16"].value == "bell  nul  escape [31m"
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert not [name for name in parts.namelist() if "external" in name.lower()]
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())
        assert not any(b'"External"' in parts.read(name) for name in parts.namelist())


def test_many_rows_come_back() -> None:
    report = a_long_report(MANY_ROWS + 1)
    sheet = read(report)["Queues"]
    assert sheet.max_row == MANY_ROWS + 2
    assert sheet.cell(MANY_ROWS + 2, 10).value == report.rows[-1][9]


def test_each_report_has_a_sheet_and_the_last_one_tells_of_all() -> None:
    book = read(a_report(), a_report(title="Agents", notes=(("Twice.", ""),)))
    assert book.sheetnames == ["Queues", "Agents", "About"]
    told = [row[0] for row in book["About"].iter_rows(values_only=True)]
    assert told[:3] == [
        "Queues",
        "2026-11-23 to 2026-11-25",
        "made 2026-11-18 12:06:40 (Europe/Berlin), at event 4711",
    ]
    assert "Twice." in told
    formulas = [row[2] for row in book["About"].iter_rows(values_only=True)]
    assert "answered within 20 s / offered" in formulas


def test_a_sheet_has_a_name_that_excel_takes() -> None:
    titles = [
        "Agents",
        "agents",
        "[a]:*?/\\",
        "",
        "History",
        "x" * 40,
        "x" * 40,
        "'quoted'",
        "说明",
    ]
    names = sheet_names(titles)
    assert len({name.casefold() for name in names}) == len(titles)
    assert all(0 < len(name) <= NAME_MAX for name in names)
    assert names[:3] == ["Agents", "agents (2)", "a"]
    assert names[7:] == ["quoted", "说明"]
    assert read(*(a_report(title=title) for title in titles)).sheetnames == [*names, "About"]


def test_days_that_excel_does_not_have_stay_texts() -> None:
    columns = (Column("day", "Day", "", "day"), Column("time", "Time", "", "time"))
    rows = (("1900-02-28", -3e9), ("soon", 0.0), ("1900-03-01", None))
    sheet = read(a_report(columns=columns, rows=rows, totals=None, charts=(), timezone=""))[
        "Queues"
    ]
    assert [row[0] for row in sheet.iter_rows(2, values_only=True)] == [
        "1900-02-28", "soon", datetime(1900, 3, 1),
    ]  # fmt: skip
    assert [sheet["B2"].value, sheet["B3"].value] == ["1874-12-07 18:40:00", datetime(1970, 1, 1)]


def test_a_text_is_cut_where_a_cell_is_full() -> None:
    columns = (Column("a", "A", "", "text"),)
    rows = (("x" * TEXT_MAX,), ("x" * (TEXT_MAX + 1),))
    sheet = read(a_report(columns=columns, rows=rows, totals=None, charts=()))["Queues"]
    assert [len(sheet["A2"].value), len(sheet["A3"].value)] == [TEXT_MAX, TEXT_MAX]


def test_more_rows_than_a_sheet_has_are_refused() -> None:
    columns = (Column("a", "A", "", "text"),)
    row = (None,)
    full = a_report(columns=columns, rows=(row,) * ROWS_MAX, totals=None, charts=())
    xlsx_file._check([full])
    for totals, rows in ((row, ROWS_MAX), (None, ROWS_MAX + 1)):
        more = a_report(columns=columns, rows=(row,) * rows, totals=totals, charts=())
        with pytest.raises(CannotWrite, match=r"1,048,576 rows, .*1,048,575; fix: .* csv"):
            write([more], "en")


def test_more_reports_than_a_workbook_takes_are_refused() -> None:
    assert len(read(*[a_report()] * SHEETS_MAX).sheetnames) == SHEETS_MAX + 1
    with pytest.raises(CannotWrite, match="101 reports, 100 are allowed"):
        write([a_report()] * (SHEETS_MAX + 1), "en")
