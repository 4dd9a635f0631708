"""`outgoing` and `outgoing_times`: calls out, by who dialled and by when."""

from __future__ import annotations

from collections.abc import Mapping

from pbx.figures.figure import Counts
from pbx.figures.outgoing_figures import OUTGOING_FIGURES
from pbx.reports.asked import Asked, Rows
from pbx.reports.buckets import add, begins, name_of, stretches
from pbx.reports.columns import AGENT_NAME, figure_cells, figure_columns
from pbx.reports.dialled import dialled
from pbx.reports.headed import Body, headed
from pbx.reports.intervals import BEGIN
from pbx.reports.report import Chart, Column, Report

FIGURES = (
    "dials", "dials_answered", "dial_answer_rate", "dial_talk_s", "mean_dial_talk_s",
    "mean_dial_ring_s", "dials_a_day",
)  # fmt: skip
OF_TIMES = FIGURES[:-1]
CALLER = Column("caller", "agent or extension", "工号或分机", "text")
ONE = {"one": 1}
NOTES = (
    (
        "A call is its agent's, by the phone it was dialled on; else the extension's.",
        "通话按所用话机归属坐席；话机不属于坐席时归属分机。",
    ),
)


def outgoing(asked: Asked, rows: Rows) -> Report:
    """A row for each who dialled, and all of them together; a day of `dials_a_day` is one on which
    that one dialled."""
    sums: dict[str, dict[str, int]] = {}
    days: dict[str, set[int]] = {}
    all_of_them, all_days = dict[str, int](), set[int]()
    for who, day, counts in dialled(asked, rows, by="day"):
        add(sums.setdefault(who, {}), counts)
        days.setdefault(who, set()).add(day)
        add(all_of_them, counts)
        all_days.add(day)
    agents = asked.settings.agent
    names = {who: agents[who].name if who in agents else "" for who in sums}
    lines = [
        (who, names[who], *_cells(sums[who], FIGURES, days=len(days[who]))) for who in sorted(sums)
    ]
    totals = (None, None, *_cells(all_of_them, FIGURES, days=len(all_days)))
    return headed(
        "outgoing",
        asked,
        body=Body(
            columns=(CALLER, AGENT_NAME, *figure_columns(OUTGOING_FIGURES, FIGURES)),
            rows=lines,
            totals=totals if lines else None,
            charts=(Chart("caller", bars=("dials", "dials_answered")),),
            notes=NOTES,
        ),
    )


def outgoing_times(asked: Asked, rows: Rows) -> Report:
    """A row for each stretch of the days, also where nobody dialled."""
    by, zone = asked.by, asked.zone
    sums: dict[int, dict[str, int]] = {}
    all_of_them = dict[str, int]()
    for _, begin, counts in dialled(asked, rows, by=by):
        add(sums.setdefault(begins(begin, by=by, zone=zone), {}), counts)
        add(all_of_them, counts)
    lines = [
        (name_of(begin, by=by, zone=zone), *_cells(sums.get(begin, {}), OF_TIMES))
        for begin in stretches(asked.start, asked.end, by=by, zone=zone)
    ]
    return headed(
        "outgoing_times",
        asked,
        body=Body(
            columns=(BEGIN, *figure_columns(OUTGOING_FIGURES, OF_TIMES)),
            rows=lines,
            totals=(None, *_cells(all_of_them, OF_TIMES)),
            charts=(
                Chart("begin", bars=("dials", "dials_answered")),
                Chart("begin", lines=("dial_answer_rate",)),
            ),
        ),
    )


def _cells(
    counts: Counts, names: tuple[str, ...], *, days: int = 0
) -> tuple[int | float | str | None, ...]:
    told: Mapping[str, int] = {**counts, **ONE, "dial_days": days}
    return figure_cells(OUTGOING_FIGURES, names, counts=told)
