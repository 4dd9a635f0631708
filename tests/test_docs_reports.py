"""The examples of docs/reports.md and docs/reports-formats.md; their tables as in the code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from config.layers import load
from config.report_settings import TARGETS, Target
from pbx.figures.repeats import DIGITS
from pbx.reports.headed import TITLES
from pbx.reports.report import Chart, Column, Unit
from pbx.reports.reports import BUNDLES, REPORTS
from pbx.service.reporting import drawing, html_page, png_chart, terminal, xlsx_file
from pbx.service.reporting.csv_file import BOM
from pbx.service.reporting.report_files import FORMATS, written
from tests.documents import Document, Shell, is_like
from tests.pbx.reports.samples import COLUMNS, a_report
from tests.pbx.service.record.call_notes import notes_of
from tests.pbx.service.record.store_site import Site as StoreSite
from tests.site import Site

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


# ---- docs/reports.md -----------------------------------------------------------------------------

REPORTS_PAGE = Document("reports.md")


def test_every_block_of_the_reports_page_is_run() -> None:
    assert REPORTS_PAGE.kinds == {"toml", "console"}


@pytest.mark.parametrize("block", REPORTS_PAGE.blocks("toml"))
def test_each_configuration_is_right(block: str, tmp_path: Path) -> None:
    (tmp_path / "pbx.toml").write_text(block)
    loaded = load(tmp_path / "pbx.toml")
    assert not loaded.errors


def test_what_is_typed_prints_what_is_shown(tmp_path: Path) -> None:
    site = Site(tmp_path, "")
    site.config.write_text(f'[site]\ndata = "{site.data}"\n')
    store = StoreSite(site.data)
    store.keep(note for n in range(10) for note in notes_of(n))
    shell = Shell(site)
    for block in REPORTS_PAGE.blocks("console"):
        shell.check(block)


def test_every_report_is_in_the_table() -> None:
    _, _, below = REPORTS_PAGE.text.partition("\n| report | tells |\n")
    names = [line.split("`")[1] for line in below.split("\n\n")[0].splitlines()[1:]]
    assert sorted(names) == sorted(TITLES)
    assert set(BUNDLES["monthly"]) == set(REPORTS) - {"abandons", "outgoing_times", "figures"}


def test_the_targets_that_everybody_knows_are_as_said() -> None:
    for name in TARGETS:
        assert f"`{name}`" in REPORTS_PAGE.text
    assert TARGETS["80/20"] == Target(service_level=0.8, within_s=20)
    assert f"last {DIGITS} digits" in REPORTS_PAGE.text
