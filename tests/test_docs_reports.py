"""The examples of docs/reports-formats.md, made; its limits and tables as the code has them."""

from __future__ import annotations

import json
import re
from typing import get_args

from pbx.reports.report import Chart, Column, Unit
from pbx.service.reporting import drawing, html_page, png_chart, terminal, xlsx_file
from pbx.service.reporting.csv_file import BOM
from pbx.service.reporting.report_files import FORMATS, written
from tests.documents import Document, is_like
from tests.pbx.reports.samples import COLUMNS, a_report

DOCUMENT = Document("reports-formats.md")
QUEUE, OFFERED, WAIT, LEVEL = COLUMNS[0], *COLUMNS[4:7]
REPORT = a_report(
    columns=(QUEUE, Column("number", "Number", "号码", "text"), OFFERED, WAIT, LEVEL),
    rows=(
        ("sales", "+4912345", 120, 8.5, 0.8125),
        ("客户服务", "0123", 1234, 3723.0, 1.0),
    ),
    totals=(None, None, 1354, 3457.0, 0.98),
    charts=(Chart("queue", ("offered",), ("level",)),),
)


def table(heading: str) -> list[str]:
    """The first cells of the table with this heading."""
    _, _, below = DOCUMENT.text.partition(f"\n| {heading}\n")
    return [line.split(" | ")[0] for line in below.split("\n\n")[0].splitlines()[1:]]


def test_the_examples_are_what_is_written() -> None:
    assert DOCUMENT.kinds == {"table", "csv", "json"}
    (shown,) = DOCUMENT.blocks("table")
    assert written("table", [REPORT]).decode() == shown
    (shown,) = DOCUMENT.blocks("csv")
    assert written("csv", [REPORT]).decode() == BOM + shown.replace("\n", "\r\n")
    (shown,) = DOCUMENT.blocks("json")
    assert is_like(json.loads(shown), json.loads(written("json", [REPORT])))


def test_every_format_and_unit_is_listed() -> None:
    assert [cell.strip("| `") for cell in table("format | for | needs |")] == list(FORMATS)
    listed = " ".join(table("unit | a value is |"))
    assert sorted(re.findall(r"`(\w+)`", listed)) == sorted(get_args(Unit))


def test_the_limits_are_those_of_the_code() -> None:
    for said in (
        f"texts are cut after {terminal.TEXT_MAX} cells",
        f"room for {xlsx_file.ROWS_MAX:,} rows, a workbook for {xlsx_file.SHEETS_MAX} reports",
        f"on its side from {html_page.WIDE_FROM} columns",
        f"draws {drawing.POINTS_MAX:,} points",
        f"room for {png_chart.CHARTS_MAX} charts",
    ):
        assert said in " ".join(DOCUMENT.text.split()), said
