"""The figures of a trunk: calls each way, how many reach somebody, how much of it is in use."""

from __future__ import annotations

from pbx.figures.figure import Figure

# In this order they are columns of `trunk_quarters`.
TRUNK_COUNTS = (
    "calls_in", "answered_in", "calls_out", "answered_out", "used_ms", "filled", "full_ms",
)  # fmt: skip


def _count(title: str, title_zh: str, *, name: str) -> Figure:
    return Figure(
        title=title, title_zh=title_zh, unit="count", formula=title, top=(name,), source=_SOURCE
    )


_SOURCE = "trunk_quarters"

TRUNK_FIGURES: dict[str, Figure] = {
    "calls_in": _count("calls in", "呼入", name="calls_in"),
    "answered_in": _count("answered in", "呼入接通", name="answered_in"),
    "calls_out": _count("calls out", "呼出", name="calls_out"),
    "answered_out": _count("answered out", "呼出接通", name="answered_out"),
    "answer_seizure_ratio": Figure(  # ITU-T E.411
        title="answer-seizure ratio",
        title_zh="接通比",
        unit="share",
        formula="calls out that were answered / calls out",
        top=("answered_out",),
        bottom=("calls_out",),
        source=_SOURCE,
    ),
    "filled": _count("times all busy", "全忙次数", name="filled"),
    "full_s": Figure(
        title="all busy",
        title_zh="全忙时长",
        unit="s",
        formula="time while no channel was free",
        top=("full_ms",),
        bottom=("one",),
        source=_SOURCE,
    ),
    "erlangs": Figure(
        title="load",
        title_zh="话务量",
        unit="number",
        formula="use of all channels / time, in Erlang",
        top=("used_ms",),
        bottom=("time_ms",),
        source=_SOURCE,
    ),
    "peak_erlangs": Figure(
        title="busy-hour load",
        title_zh="忙时话务量",
        unit="number",
        formula="use of all channels in the busiest four quarters / an hour, in Erlang",
        top=("peak_ms",),
        bottom=("hour_ms",),
        source=_SOURCE,
    ),
}
