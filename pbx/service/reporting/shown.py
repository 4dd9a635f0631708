"""A report's cells and headings as people read them, in English or Chinese."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from pbx.reports.report import Cell, Column, Language, Report, Row, Unit, title_of
from pbx.service.printable import printable
from pbx.service.reporting.refusals import CannotWrite
from pbx.service.text_table import cells

NUMBERS = ("count", "s", "share", "number", "money")  # to the right of their columns
CUT = "…"
TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))  # signs that turn a text
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "total": "Total",
        "period": "{first} to {last}",
        "made": "made {made} ({zone}), at event {seq}",
        "about": "About",
        "column": "Column",
        "unit": "Unit",
        "formula": "Formula",
        "thinned": "The chart shows one row in {step} of {rows}.",
        "empty": "No rows.",
    },
    "zh": {
        "total": "合计",
        "period": "{first} 至 {last}",
        "made": "制表时间 {made}（{zone}），截至事件 {seq}",
        "about": "说明",
        "column": "列",
        "unit": "单位",
        "formula": "公式",
        "thinned": "图中从 {rows} 行里每 {step} 行取一行。",
        "empty": "没有数据。",
    },
}


def zone_of(report: Report) -> tzinfo:
    """The zone of a report's times; UTC where it names none. Raises CannotWrite."""
    try:
        return zoneinfo.ZoneInfo(report.timezone or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CannotWrite(
            f"report {report.name}: no time zone {report.timezone!r}; "
            "fix: a name such as Europe/Berlin in the setting site.timezone"
        ) from error


def moment(epoch_s: float, zone: tzinfo) -> datetime:
    """A time in a zone, to the second. Raises CannotWrite for one outside the calendar."""
    try:
        return (EPOCH + timedelta(seconds=int(epoch_s // 1))).astimezone(zone)
    except (OverflowError, ValueError) as error:
        raise CannotWrite(f"{epoch_s} is no time of this calendar") from error


def period(report: Report, language: Language) -> str:
    """The days of a report."""
    return WORDS[language]["period"].format(first=report.first, last=report.last)


def made(report: Report, language: Language) -> str:
    """When a report was made, and at which event it stands."""
    zone = zone_of(report)
    return WORDS[language]["made"].format(
        made=f"{moment(report.made, zone):%Y-%m-%d %H:%M:%S}", zone=zone, seq=report.seq
    )


def heading(report: Report, column: Column, *, language: Language) -> str:
    """A column's title, with the currency of its money."""
    title = title_of(column, language)
    is_money = column.unit == "money" and report.currency
    return printable(f"{title} ({report.currency})" if is_money else title)


def shower(unit: Unit, zone: tzinfo) -> Callable[[Cell], str]:
    """A function that shows a cell of a unit; one that does not apply is empty."""
    show: Callable[..., str] = SHOWN[unit]
    if unit == "time":
        return lambda cell: "" if cell is None else f"{moment(float(cell), zone):%Y-%m-%d %H:%M:%S}"
    return lambda cell: "" if cell is None else show(cell)


def with_label(totals: Row, language: Language) -> Row:
    """The row of totals; its first cell says what it is where it has no total of its own."""
    return totals if totals[0] is not None else (WORDS[language]["total"], *totals[1:])


def totals_shown(report: Report, language: Language) -> list[str]:
    """The row of totals as text, empty where there is none."""
    if report.totals is None:
        return []
    zone = zone_of(report)
    shown = [
        shower(column.unit, zone)(cell)
        for column, cell in zip(report.columns, report.totals, strict=True)
    ]
    return [shown[0] or WORDS[language]["total"], *shown[1:]]


def cut(text: str, length: int) -> str:
    """A text of at most so many cells of a terminal; a Chinese sign takes two."""
    if cells(text) <= length:
        return text
    end = length - 1
    while cells(text[:end]) > length - 1:
        end -= 1
    return text[:end] + CUT


def one_line(text: str) -> str:
    """A text on one line that reads in the order of its signs."""
    return text if text.isascii() and text.isprintable() else printable(text.translate(TURNING))


def duration(seconds: float) -> str:
    """3:40 or 26:02:15; to the nearest second, half a second up."""
    whole = int(abs(seconds) + 0.5)
    sign = "-" if seconds < 0 and whole else ""
    if whole >= 3600:
        return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
    return f"{sign}{whole // 60}:{whole % 60:02}"


def _share(share: float) -> str:
    return f"{share * 100:.1f}%"


def _count(count: float) -> str:
    return f"{count:,.0f}"


def _number(number: float) -> str:
    return f"{number:,.2f}"


SHOWN: dict[Unit, Callable[..., str]] = {
    "count": _count,
    "s": duration,
    "share": _share,
    "number": _number,
    "money": _number,
    "text": one_line,
    "day": printable,
    "clock": printable,
    "time": str,
}
