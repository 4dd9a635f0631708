"""`pauses`: how often and how long agents were away from calls, by the reason they gave."""

from __future__ import annotations

from pbx.figures.agent_figures import AGENT_FIGURES
from pbx.figures.figure import Figure
from pbx.reports.agent_rows import stood, times_of
from pbx.reports.asked import Asked, Rows
from pbx.reports.columns import AGENT
from pbx.reports.headed import Body, headed
from pbx.reports.report import Cell, Column, Report

_MEAN = Figure(
    title="mean", title_zh="平均时长", unit="s", formula="time / times",
    top=("ms",), bottom=("begun",),
)  # fmt: skip
_SHARE = Figure(
    title="share of logged in", title_zh="占登录时长", unit="share", formula="time / logged in",
    top=("ms",), bottom=AGENT_FIGURES["logged_in_s"].top,
)  # fmt: skip
COLUMNS = (
    AGENT,
    Column("reason", "reason", "原因", "text"),
    Column("times", "times", "次数", "count", "pauses that began in these days"),
    Column("time_s", "time", "时长", "s"),
    Column("mean_s", _MEAN.title, _MEAN.title_zh, "s", _MEAN.formula),
    Column("share", _SHARE.title, _SHARE.title_zh, "share", _SHARE.formula),
)


def pauses(asked: Asked, rows: Rows) -> Report:
    """A row an agent and reason; `misses` is the exchange's own, after calls nobody took."""
    states = stood(asked, rows)
    times = times_of(states)
    lines: list[tuple[Cell, ...]] = []
    for each in states:
        if each.state == "paused":
            counts = {**times[each.agent], "ms": each.ms, "begun": each.begun}
            cells = (each.begun, each.ms / 1000, _MEAN.of(counts), _SHARE.of(counts))
            lines.append((each.agent, each.reason or "-", *cells))
    return headed("pauses", asked, body=Body(COLUMNS, lines))
