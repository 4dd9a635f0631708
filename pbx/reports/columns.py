"""Columns of reports: those that are figures, and those that several reports have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pbx.figures.figure import Counts, Figure
from pbx.figures.figure import Unit as FigureUnit
from pbx.reports.report import Cell, Column, Unit

UNITS: dict[FigureUnit, Unit] = {
    "count": "count", "share": "share", "s": "s", "rings": "number",
    "number": "number", "money": "money",
}  # fmt: skip

QUEUE = Column("queue", "queue", "队列", "text")
AGENT = Column("agent", "agent", "工号", "text")
AGENT_NAME = Column("name", "name", "姓名", "text")
TRUNK = Column("trunk", "trunk", "中继", "text")


def figure_columns(figures: Mapping[str, Figure], names: Iterable[str]) -> tuple[Column, ...]:
    """A column for each of the named figures."""
    return tuple(
        Column(name, each.title, each.title_zh, UNITS[each.unit], each.formula)
        for name in names
        for each in (figures[name],)
    )


def figure_cells(
    figures: Mapping[str, Figure], names: Iterable[str], *, counts: Counts
) -> tuple[Cell, ...]:
    """The cells under them."""
    return tuple(figures[name].of(counts) for name in names)
