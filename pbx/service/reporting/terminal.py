"""Reports as text for a terminal: aligned columns below a title, long texts cut."""

from __future__ import annotations

from collections.abc import Sequence

from pbx.reports.report import Language, Report, notes_of, title_of
from pbx.service.printable import printable
from pbx.service.reporting.shown import (
    NUMBERS,
    WORDS,
    cut,
    heading,
    made,
    period,
    shower,
    totals_shown,
    zone_of,
)
from pbx.service.text_table import text_table

TEXT_MAX = 80  # cells of the terminal for a text; the other formats have all of it


def write(reports: Sequence[Report], language: Language) -> bytes:
    """The reports one below the other, as UTF-8. Raises CannotWrite."""
    text = "\n\n".join(_page(report, language) for report in reports) + "\n"
    return text.encode(errors="replace")


def _page(report: Report, language: Language) -> str:
    lines = [title_of(report, language), period(report, language), made(report, language)]
    notes = [*notes_of(report, language)]
    if not report.rows:
        notes.insert(0, WORDS[language]["empty"])
    return "\n".join([*map(printable, lines), "", _table(report, language), *map(printable, notes)])


def _table(report: Report, language: Language) -> str:
    zone = zone_of(report)
    show = [shower(column.unit, zone) for column in report.columns]
    rows = [
        [cut(of(cell), TEXT_MAX) for of, cell in zip(show, row, strict=True)] for row in report.rows
    ]
    if totals := totals_shown(report, language):
        rows.append([cut(text, TEXT_MAX) for text in totals])
    headings = [heading(report, column, language=language) for column in report.columns]
    numbers = [n for n, column in enumerate(report.columns) if column.unit in NUMBERS]
    return text_table(headings, rows, right=numbers)
