"""Reports as CSV (RFC 4180, CRLF) that a spreadsheet opens as it is: UTF-8 with a byte order mark.

A line of titles, the rows, the row of totals if there is one. Several reports stand one below the
other, each below a line with its title, with an empty line between them. Numbers are plain: seconds
and shares of one are not made up. A time is ISO 8601 with its offset from UTC.

A spreadsheet would take a text that begins with `=`, `+`, `-` or `@` for a formula and run it. Such
a text gets an apostrophe in front, and so does one that begins with an apostrophe itself. So the
way back is exact: from a cell that begins with an apostrophe take that one away (`text_of`). The
text +4912345 is '+4912345 in the file, and +4912345 after `text_of`. Numbers never get one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import tzinfo

from pbx.reports.report import TEXT_UNITS, Cell, Language, Report, Unit, title_of
from pbx.service.reporting.shown import heading, moment, with_label, zone_of

BOM = "\ufeff"
# The wide signs are formulas too in a spreadsheet set to Chinese or Japanese.
GUARDED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")


def write(reports: Sequence[Report], language: Language) -> bytes:
    """The file. Raises CannotWrite."""
    out = io.StringIO(newline="")
    out.write(BOM)
    lines = csv.writer(out, lineterminator="\r\n")
    for number, report in enumerate(reports):
        if number:
            out.write("\r\n")
        if len(reports) > 1:
            lines.writerow([guarded(title_of(report, language))])
        _write_report(lines.writerow, report, language=language)
    return out.getvalue().encode(errors="replace")


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(GUARDED) else text


def text_of(cell: str) -> str:
    """The text that was written as this cell."""
    return cell.removeprefix("'")


def _write_report(
    write_row: Callable[[Sequence[Cell]], object], report: Report, *, language: Language
) -> None:
    columns, zone = report.columns, zone_of(report)
    write_row([guarded(heading(report, column, language=language)) for column in columns])
    plain = [_plain(column.unit, zone) for column in columns]
    for row in report.rows:
        write_row([of(cell) for of, cell in zip(plain, row, strict=True)])
    if report.totals is not None:
        total, *rest = with_label(report.totals, language)
        first = total if report.totals[0] is None else plain[0](total)
        write_row([first, *(of(cell) for of, cell in zip(plain[1:], rest, strict=True))])


def _plain(unit: Unit, zone: tzinfo) -> Callable[[Cell], Cell]:
    """A function that gives a cell of a unit as it stands in the file."""
    if unit == "time":
        return lambda cell: None if cell is None else moment(float(cell), zone).isoformat()
    if unit in TEXT_UNITS:
        return lambda cell: None if cell is None else guarded(str(cell))
    return lambda cell: cell
