"""Reports as an Excel workbook: a sheet for each, and one that says what they are.

A sheet has its titles in the first line, frozen and with filters, then the rows, then the totals.
Numbers are numbers: a duration is a part of a day as Excel has it, a share is shown in percent,
days and times are dates. Text is text whatever it begins with: no formulas, and no links.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter

from pbx.reports.report import Column, Language, Report, Unit, notes_of, title_of
from pbx.service.printable import printable
from pbx.service.reporting.refusals import CannotWrite
from pbx.service.reporting.shown import (
    NUMBERS,
    WORDS,
    heading,
    made,
    moment,
    period,
    shower,
    with_label,
    zone_of,
)
from pbx.service.text_table import cells

ROWS_MAX = 1_048_575  # below the titles; Excel's limit
TEXT_MAX = 32_767  # signs in a cell; Excel's limit
NAME_MAX = 31  # of a sheet, likewise
SHEETS_MAX = 100
MANY_ROWS = 5_000  # from here on a row leaves memory as soon as it is written
WIDTH_MIN, WIDTH_MAX, WIDTH_ROWS = 8, 50, 200  # of columns, by what is in the first rows
HEADER_MAX = 200  # signs of a title on paper
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
XML_NONE = str.maketrans(dict.fromkeys("\ufffe\uffff", " "))  # signs that XML does not have
FIRST_DAY = date(1900, 3, 1)  # Excel counts a day before it that never was

FORMATS: dict[Unit, str] = {
    "count": "#,##0",
    "s": "[h]:mm:ss",
    "share": "0.0%",
    "number": "#,##0.00",
    "money": "#,##0.00",
    "text": "@",
    "day": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm:ss",
    "clock": "@",
}

# No text becomes something else by how it looks.
AS_TEXT = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)

Write = Callable[[int, int, Any], object]


def write(reports: Sequence[Report], language: Language) -> bytes:
    """The workbook. Raises CannotWrite."""
    _check(reports)
    out = io.BytesIO()
    is_long = any(len(report.rows) > MANY_ROWS for report in reports)
    book = xlsxwriter.Workbook(
        out, {"in_memory": not is_long, "constant_memory": is_long, **AS_TEXT}
    )
    about = WORDS[language]["about"]
    names = sheet_names([*(title_of(report, language) for report in reports), about])
    for report, name in zip(reports, names, strict=False):
        _Sheet(book, report, name=name, language=language).fill()
    _tell_about(book, reports, name=names[-1], language=language)
    try:
        book.close()
    except (xlsxwriter.exceptions.XlsxWriterException, OSError) as error:
        raise CannotWrite(
            f"xlsx: {error}; fix: see whether the temporary folder is full"
        ) from error
    return out.getvalue()


def sheet_names(titles: Sequence[str]) -> list[str]:
    """Names that Excel takes, no two the same in it."""
    names: list[str] = []
    for number, title in enumerate(titles, 1):
        name = _text(title).translate(FORBIDDEN)[:NAME_MAX].strip(" '")
        is_taken = name.casefold() in {each.casefold() for each in (*names, "History", "")}
        if is_taken:
            name = f"{name[: NAME_MAX - 6]} ({number})".strip()
        names.append(name)
    return names


def _check(reports: Sequence[Report]) -> None:
    if len(reports) > SHEETS_MAX:
        raise CannotWrite(f"xlsx: {len(reports)} reports, {SHEETS_MAX} are allowed in a workbook")
    for report in reports:
        rows = len(report.rows) + (report.totals is not None)
        if rows > ROWS_MAX:
            raise CannotWrite(
                f"report {report.name}: {rows:,} rows, a sheet of Excel has room for "
                f"{ROWS_MAX:,}; fix: ask for fewer days, or for csv"
            )


def _text(text: str) -> str:
    """A text that a cell takes."""
    return printable(text).translate(XML_NONE)[:TEXT_MAX]


class _Sheet:
    """A sheet of a workbook, for one report."""

    def __init__(self, book: Any, report: Report, *, name: str, language: Language) -> None:
        self.report, self.language, self.zone = report, language, zone_of(report)
        self.titles = [heading(report, column, language=language) for column in report.columns]
        self.sheet = book.add_worksheet(name)
        self.title = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
        self.formats = _formats(book, {})
        self.totals = _formats(book, {"bold": True, "top": 1})

    def fill(self) -> None:
        """Write it all, from top to bottom as a long workbook must be."""
        report, last = self.report, len(self.report.columns) - 1
        for place, title in enumerate(self.titles):
            self.sheet.write_string(0, place, _text(title), self.title)
            self.sheet.set_column(place, place, self._width(place))
        writes = [self._writer(column, self.formats) for column in report.columns]
        for number, row in enumerate(report.rows, 1):
            for place, (cell, write_cell) in enumerate(zip(row, writes, strict=True)):
                if cell is not None:
                    write_cell(number, place, cell)
        self._write_totals()
        self.sheet.freeze_panes(1, 0)
        self.sheet.autofilter(0, 0, len(report.rows), last)
        self._set_paper(last)

    def _write_totals(self) -> None:
        report, number = self.report, len(self.report.rows) + 1
        if report.totals is None:
            return
        for place, cell in enumerate(with_label(report.totals, self.language)):
            column = report.columns[place]
            if cell is None:
                self.sheet.write_blank(number, place, None, self.totals[column.unit])
            elif report.totals[place] is None:
                self.sheet.write_string(number, place, str(cell), self.totals["text"])
            else:
                self._writer(column, self.totals)(number, place, cell)

    def _writer(self, column: Column, formats: Mapping[Unit, Any]) -> Write:
        """A function that writes a cell of a column."""
        sheet, style = self.sheet, formats[column.unit]
        if column.unit == "time":
            return lambda row, place, cell: sheet.write(row, place, self._time(cell), style)
        if column.unit == "s":
            return lambda row, place, cell: sheet.write_number(row, place, cell / 86_400, style)
        if column.unit in NUMBERS:
            return lambda row, place, cell: sheet.write_number(row, place, cell, style)
        if column.unit == "day":
            return lambda row, place, cell: sheet.write(row, place, _day(cell), style)
        return lambda row, place, cell: sheet.write_string(row, place, _text(cell), style)

    def _time(self, cell: float) -> datetime | str:
        """A time as Excel has it, by the clock on the wall of the report's zone."""
        time = moment(cell, self.zone).replace(tzinfo=None)
        return time if time.date() >= FIRST_DAY else str(time)

    def _width(self, place: int) -> int:
        show = shower(self.report.columns[place].unit, self.zone)
        shown = [show(row[place]) for row in self.report.rows[:WIDTH_ROWS]]
        widest = max(map(cells, [self.titles[place], *shown]))
        return min(WIDTH_MAX, max(WIDTH_MIN, widest + 3))  # the filter's arrow takes its place

    def _set_paper(self, last: int) -> None:
        """How it is printed: the titles on each page, all columns side by side."""
        title = f"{title_of(self.report, self.language)}, {period(self.report, self.language)}"
        self.sheet.set_header("&L" + _text(title)[:HEADER_MAX].replace("&", "&&"))
        self.sheet.set_footer("&C&P / &N")
        self.sheet.repeat_rows(0)
        self.sheet.set_paper(9)  # A4
        self.sheet.fit_to_pages(1, 0)
        if last >= 7:
            self.sheet.set_landscape()


def _day(text: str) -> date | str:
    """A date; what is none, or one that Excel does not have, stays a text."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _text(text)
    return day if day >= FIRST_DAY else _text(text)


def _formats(book: Any, style: Mapping[str, object]) -> dict[Unit, Any]:
    return {unit: book.add_format({"num_format": text, **style}) for unit, text in FORMATS.items()}


def _tell_about(book: Any, reports: Sequence[Report], *, name: str, language: Language) -> None:
    """The sheet that says of which days the reports are, and how each column comes about."""
    sheet, words = book.add_worksheet(name), WORDS[language]
    bold = book.add_format({"bold": True})
    lines: list[tuple[Sequence[str], Any]] = []
    for report in reports:
        lines.append(([title_of(report, language)], bold))
        lines += [([text], None) for text in (period(report, language), made(report, language))]
        lines += [([text], None) for text in notes_of(report, language)]
        lines.append(([words["column"], words["unit"], words["formula"]], bold))
        for column in report.columns:
            shown = [heading(report, column, language=language), column.unit, column.formula]
            lines.append((shown, None))
        lines.append(([], None))
    for number, (texts, style) in enumerate(lines):
        for place, text in enumerate(texts):
            sheet.write_string(number, place, _text(text), style)
    sheet.set_column(0, 0, 30)
    sheet.set_column(2, 2, 60)
