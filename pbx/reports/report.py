"""A report as a value: columns with their units, rows that fit them, what is drawn of it.

| unit | a cell is | for example |
|---|---|---|
| `count`, `number`, `money` | a number; of money in `Report.currency` | `12`, `1.5` |
| `s` | seconds | `83.0` |
| `share` | a part of one | `0.8` |
| `time` | epoch seconds, shown in `Report.timezone` | `1700000000.5` |
| `day` | an ISO date as text | `"2026-11-23"` |
| `clock` | a time of day as text | `"09:30"` |
| `text` | any text | `"sales"` |

None is a cell that does not apply, of any unit. Numbers are finite, `NUMBER_MAX` at the most.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

Unit = Literal["count", "s", "share", "number", "money", "text", "day", "time", "clock"]
Language = Literal["en", "zh"]
Cell = int | float | str | None
Row = tuple[Cell, ...]

TEXT_UNITS = ("text", "day", "clock")
NUMBER_MAX = 10**15  # either way; what every format can hold to the last digit


class ReportError(ValueError):
    """A report that contradicts itself; the text says where."""


class Column(msgspec.Struct, frozen=True):
    """A column; `formula` says in words or signs how a cell comes about."""

    name: str
    title: str
    title_zh: str
    unit: Unit
    formula: str = ""


class Chart(msgspec.Struct, frozen=True):
    """What of a report is drawn, by the names of columns: bars and lines over `x`, a row a place.

    All bars have one unit, and so have all lines: each kind has one axis.
    """

    x: str
    bars: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


class Report(msgspec.Struct, frozen=True):
    """A report of the days `first` to `last`, both ISO dates and included.

    `made` is when, in epoch seconds; `seq` the number of the event it stands at; `notes` are pairs,
    English and Chinese. `totals` is a row whose first cell, where None, is shown as "Total".
    Raises ReportError where rows, totals or charts do not fit the columns.
    """

    name: str
    title: str
    title_zh: str
    first: str
    last: str
    made: float
    seq: int
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: Row | None = None
    charts: tuple[Chart, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    currency: str = ""
    timezone: str = ""

    def __post_init__(self) -> None:
        self._check_head()
        for number, row in enumerate(self.rows, 1):
            self._check_row(row, number)
        if self.totals is not None:
            self._check_row(self.totals, 0)
        for chart in self.charts:
            self._check_chart(chart)

    def column(self, name: str) -> int:
        """The place of a column. Raises ReportError where there is none."""
        for place, column in enumerate(self.columns):
            if column.name == name:
                return place
        raise ReportError(f"report {self.name}: there is no column {name!r}")

    def _check_head(self) -> None:
        names = [column.name for column in self.columns]
        if not names:
            raise ReportError(f"report {self.name}: it has no columns")
        if len(set(names)) < len(names):
            raise ReportError(f"report {self.name}: two columns have one name: {' '.join(names)}")
        for day in (self.first, self.last):
            if not _is_day(day):
                raise ReportError(f"report {self.name}: {day!r} is no date such as 2026-11-23")
        if self.last < self.first:
            raise ReportError(f"report {self.name}: {self.last} is before {self.first}")

    def _check_row(self, row: Row, number: int) -> None:
        if len(row) != len(self.columns):
            raise ReportError(
                f"report {self.name}, {_place(number)}: "
                f"{len(row)} cells for {len(self.columns)} columns"
            )
        for column, cell in zip(self.columns, row, strict=True):
            if cell is not None and not _fits(cell, column.unit):
                raise ReportError(
                    f"report {self.name}, {_place(number)}, column {column.name}: "
                    f"{cell!r} is no {column.unit}"
                )

    def _check_chart(self, chart: Chart) -> None:
        self.column(chart.x)
        if not chart.bars + chart.lines:
            raise ReportError(f"report {self.name}: a chart over {chart.x} draws nothing")
        for names in (chart.bars, chart.lines):
            units = {self.columns[self.column(name)].unit for name in names}
            if len(units) > 1 or units & {*TEXT_UNITS, "time"}:
                raise ReportError(
                    f"report {self.name}: {', '.join(names)} cannot share an axis: "
                    f"{', '.join(sorted(units))}"
                )


def title_of(titled: Report | Column, language: Language) -> str:
    """The title in a language; the English one where there is no Chinese."""
    return (titled.title_zh if language == "zh" else "") or titled.title


def notes_of(report: Report, language: Language) -> Sequence[str]:
    """The notes in a language; the English one where there is no Chinese."""
    return [(chinese if language == "zh" else "") or english for english, chinese in report.notes]


def _place(number: int) -> str:
    return f"row {number}" if number else "totals"


def _fits(cell: Cell, unit: Unit) -> bool:
    if unit in TEXT_UNITS or cell is None or isinstance(cell, str | bool):
        return isinstance(cell, str) and unit in TEXT_UNITS
    return -NUMBER_MAX <= cell <= NUMBER_MAX


def _is_day(text: str) -> bool:
    """ISO 8601 has more ways to write a date than ours; text of ours can be compared."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
