"""`intervals`: the visits to queues by the interval, hour, day, week or month they entered."""

from __future__ import annotations

from pbx.figures.queue_figures import QUEUE_FIGURES
from pbx.reports.asked import Asked, Rows
from pbx.reports.buckets import add, gathered, name_of, stretches
from pbx.reports.columns import figure_cells, figure_columns
from pbx.reports.headed import Body, headed
from pbx.reports.queue_rows import queue_counts
from pbx.reports.report import Chart, Column, Report

FIGURES = (
    "offered", "answered", "abandoned", "overflowed", "exited", "answer_rate", "abandon_rate",
    "service_level", "mean_wait_s", "mean_handle_s",
)  # fmt: skip
BEGIN = Column("begin", "begin", "时段", "text")


def intervals(asked: Asked, rows: Rows) -> Report:
    """A row for each stretch of the days, also where nothing happened; a local day has 23 to 25
    hours."""
    by, zone = asked.by, asked.zone
    quarters = [(start, counts) for (start,), counts in queue_counts(asked, rows, "start")]
    sums = gathered(quarters, by=by, zone=zone)
    lines, all_of_them = [], dict[str, int]()
    for begin in stretches(asked.start, asked.end, by=by, zone=zone):
        counts = sums.get(begin, {})
        cells = figure_cells(QUEUE_FIGURES, FIGURES, counts=counts)
        lines.append((name_of(begin, by=by, zone=zone), *cells))
        add(all_of_them, counts)
    return headed(
        "intervals",
        asked,
        body=Body(
            columns=(BEGIN, *figure_columns(QUEUE_FIGURES, FIGURES)),
            rows=lines,
            totals=(None, *figure_cells(QUEUE_FIGURES, FIGURES, counts=all_of_them)),
            charts=(
                Chart("begin", bars=("answered", "abandoned")),
                Chart("begin", lines=("service_level",)),
            ),
        ),
    )
