"""`figures`: all of them are listed, each with its formula."""

from __future__ import annotations

from pbx.reports.figures import FIGURES
from tests.pbx.reports.by_hand import Record, cells


def test_every_figure_is_listed_with_its_formula(record: Record) -> None:
    report = record.ask("figures")
    assert cells(report, "figure") == [name for table in FIGURES.values() for name in table]
    assert all(cells(report, "formula")) and all(cells(report, "title_zh"))
    assert len(set(zip(cells(report, "of"), cells(report, "figure"), strict=True))) == len(
        report.rows
    )
