"""A chart of a report as numbers to draw: series, axes with ticks, thinned where it is long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pbx.reports.report import Chart, Language, Report, Row, Unit
from pbx.service.reporting.shown import SHOWN, WORDS, cut, heading, shower, zone_of
from pbx.service.text_table import cells

POINTS_MAX = 2_000  # more than a page is wide
NAME_MAX = 18  # cells of a name below its place
TICKS = 5  # about so many on an axis
LABELS_MAX = 24  # below the places, where they are short
CELLS_MAX = 120  # of all names together
# A step of an axis is one of these, times a power of ten; seconds go by minutes and hours.
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 36_000)
POWER_MIN = 1e-9


class Series(NamedTuple):
    """A column as it is drawn: a value or none for each place."""

    title: str
    values: Sequence[float | None]


class Axis(NamedTuple):
    """From `low` to `high`, and what stands beside the ticks between them."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]

    def part(self, value: float) -> float:
        """How far up a value is, 0 to 1."""
        return (value - self.low) / (self.high - self.low)


class Drawing(NamedTuple):
    """All of a chart: names of the places, bars on the axis at the left, lines on theirs.

    The lines' axis is that at the left where they have the unit of the bars.
    """

    title: str
    places: Sequence[str]
    labels: Sequence[tuple[int, str]]
    bars: list[Series]
    lines: list[Series]
    left: Axis
    right: Axis | None
    note: str


def drawing(report: Report, chart: Chart, *, language: Language) -> Drawing:
    """What is to be drawn of a chart. Raises CannotWrite."""
    step = -(-len(report.rows) // POINTS_MAX) or 1
    rows = report.rows[::step]
    bars = [_series(report, name, rows=rows, language=language) for name in chart.bars]
    lines = [_series(report, name, rows=rows, language=language) for name in chart.lines]
    units = [report.columns[report.column(name)].unit for name in (*chart.bars[:1], *chart.lines)]
    x = report.column(chart.x)
    show = shower(report.columns[x].unit, zone_of(report))
    places = [cut(show(row[x]), NAME_MAX) for row in rows]
    is_shared = len(set(units)) == 1
    note = WORDS[language]["thinned"].format(step=step, rows=len(report.rows))
    return Drawing(
        title=heading(report, report.columns[x], language=language),
        places=places,
        labels=labels(places),
        bars=bars,
        lines=lines,
        left=axis(bars + lines if is_shared else bars, units[0]),
        right=None if is_shared else axis(lines, units[-1]),
        note=note if step > 1 else "",
    )


def axis(series: Sequence[Series], unit: Unit) -> Axis:
    """An axis that all values of some series are on, and zero."""
    values = [value for each in series for value in each.values if value is not None]
    low, high = min([0.0, *values]), max([0.0, *values])
    step = _step((high - low or 1.0) / TICKS, unit)
    first = int(low // step)
    last = max(first + 1, -int(-high // step))
    ticks = [
        (number * step, _tick(number * step, unit, step=step)) for number in range(first, last + 1)
    ]
    return Axis(first * step, last * step, ticks)


def labels(places: Sequence[str]) -> list[tuple[int, str]]:
    """Which places have their names below them, so that the names do not run into each other."""
    widest = max(map(cells, places), default=1) or 1
    room = max(2, min(LABELS_MAX, CELLS_MAX // widest))
    step = -(-len(places) // room) or 1
    return [(place, places[place]) for place in range(0, len(places), step)]


def _series(report: Report, name: str, *, rows: Sequence[Row], language: Language) -> Series:
    place = report.column(name)
    values = [None if row[place] is None else float(row[place] or 0) for row in rows]
    return Series(heading(report, report.columns[place], language=language), values)


def _step(least: float, unit: Unit) -> float:
    """The next round number from `least` on; a count has no halves, time goes by its clock."""
    if unit == "s" and least <= STEPS_S[-1]:
        return next(step for step in STEPS_S if step >= least)
    power = 1.0 if unit == "count" else POWER_MIN
    while power * STEPS[-1] < least:
        power *= 10
    steps = [step * power for step in STEPS]
    if unit == "count":
        steps = [step for step in steps if step.is_integer()]
    return next(step for step in steps if step >= least)


def _tick(value: float, unit: Unit, *, step: float) -> str:
    """What stands beside a tick, with as many places as tell it from the next."""
    if unit == "share":
        return f"{value * 100:,.{_places(step * 100)}f}%"
    if unit in ("number", "money"):
        return f"{value:,.{_places(step)}f}"
    return SHOWN[unit](value)


def _places(step: float) -> int:
    """How many decimal places a step has; rounding hides what is left of binary fractions."""
    return next((places for places in range(9) if round(step, places) == round(step, 9)), 9)
