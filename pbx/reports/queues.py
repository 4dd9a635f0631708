"""`queues`: each queue's figures over the days asked for."""

from __future__ import annotations

from pbx.figures.queue_figures import QUEUE_FIGURES
from pbx.reports.asked import Asked, Rows
from pbx.reports.buckets import add
from pbx.reports.columns import QUEUE, figure_cells, figure_columns
from pbx.reports.headed import Body, headed
from pbx.reports.queue_rows import queue_counts
from pbx.reports.report import Chart, Report

FIGURES = (
    "offered", "answered", "abandoned", "overflowed", "exited", "answer_rate", "abandon_rate",
    "service_level", "mean_wait_s", "mean_abandoned_wait_s", "handled", "mean_handle_s",
    "mean_talk_s", "mean_hold_s", "mean_wrap_up_s", "mean_ring_s", "missed", "transfer_rate",
)  # fmt: skip


def queues(asked: Asked, rows: Rows) -> Report:
    """A row a queue, and all of them together."""
    lines, all_of_them = [], dict[str, int]()
    for (queue,), counts in queue_counts(asked, rows, "queue"):
        lines.append((queue, *figure_cells(QUEUE_FIGURES, FIGURES, counts=counts)))
        add(all_of_them, counts)
    return headed(
        "queues",
        asked,
        body=Body(
            columns=(QUEUE, *figure_columns(QUEUE_FIGURES, FIGURES)),
            rows=lines,
            totals=(None, *figure_cells(QUEUE_FIGURES, FIGURES, counts=all_of_them))
            if lines
            else None,
            charts=(Chart("queue", bars=("answered", "abandoned")),),
        ),
    )
