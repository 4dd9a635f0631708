"""The figures of an agent's time: how long it stood how, of the time it was logged in.

Two are often taken for each other. Utilisation counts the readiness to take a call as work done for
the site; occupancy asks how much of work and readiness was work, and leaves pauses out.
"""

from __future__ import annotations

from pbx.figures.figure import Counts, Figure

# The standings of an agent who is logged in, as in `agent_states`; their times are `STATE_ms`.
STATES = ("ready", "offered", "talking", "wrap_up", "paused", "busy", "unreachable")
_LOGGED_IN = tuple(f"{state}_ms" for state in STATES)
_WORK = ("talking_ms", "wrap_up_ms")
_WAIT = ("ready_ms", "offered_ms")


def _time(title: str, title_zh: str, *top: str) -> Figure:
    return Figure(
        title=title,
        title_zh=title_zh,
        unit="s",
        formula=title,
        top=top,
        bottom=("one",),
        source="agent_quarters",
    )


def _share(
    title: str, title_zh: str, *, formula: str, top: tuple[str, ...], bottom: tuple[str, ...]
) -> Figure:
    return Figure(
        title=title,
        title_zh=title_zh,
        unit="share",
        formula=formula,
        top=top,
        bottom=bottom,
        leaves_out="pauses, other calls, a phone not reached" if bottom != _LOGGED_IN else "",
        source="agent_quarters",
    )


AGENT_FIGURES: dict[str, Figure] = {
    "logged_in_s": _time("logged in", "登录时长", *_LOGGED_IN),
    "ready_s": _time("ready", "就绪时长", "ready_ms"),
    "offered_s": _time("ringing", "振铃时长", "offered_ms"),
    "talking_s": _time("talking", "通话时长", "talking_ms"),
    "wrap_up_s": _time("wrap-up", "事后处理时长", "wrap_up_ms"),
    "paused_s": _time("paused", "小休时长", "paused_ms"),
    "busy_s": _time("other calls", "其他通话时长", "busy_ms"),
    "unreachable_s": _time("unreachable", "失联时长", "unreachable_ms"),
    "utilisation": _share(
        "utilisation", "利用率", formula="(talking + wrap-up + ready + ringing) / logged in",
        top=(*_WORK, *_WAIT), bottom=_LOGGED_IN,
    ),
    "occupancy": _share(
        "occupancy", "占有率",
        formula="(talking + wrap-up) / (talking + wrap-up + ready + ringing)",
        top=_WORK, bottom=(*_WORK, *_WAIT),
    ),
    "work_utilisation": _share(
        "work-hour utilisation", "工时利用率", formula="(talking + wrap-up) / logged in",
        top=_WORK, bottom=_LOGGED_IN,
    ),
    "talk_utilisation": _share(
        "talk utilisation", "通话利用率", formula="talking / logged in",
        top=("talking_ms",), bottom=_LOGGED_IN,
    ),
    "handled_per_day": Figure(
        title="handled a day",
        title_zh="日均处理量",
        unit="number",
        formula="handled / days logged in",
        top=("handled",),
        bottom=("days",),
        source="queue_quarters, agent_quarters",
    ),
}  # fmt: skip


def state_counts(rows: list[tuple[str, int]]) -> Counts:
    """Time by standing, as the figures ask for it: of (state, ms) rows."""
    counts = {"one": 1}
    for state, ms in rows:
        counts[f"{state}_ms"] = counts.get(f"{state}_ms", 0) + ms
    return counts
