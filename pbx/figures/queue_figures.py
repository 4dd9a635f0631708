"""The figures of a queue: each defined once, for console, socket and whoever asks the record.

A visit is an entry into a queue until it ends: answered, abandoned, overflowed or exited. T is the
queue's `service_level.within_s`, and a wait of exactly T is within it; a caller who is gone within
`service_level.short_s` has hardly waited. So many service levels are in use that each has its name,
and they stand side by side; `service_level` is the one that marks and targets go by.
"""

from __future__ import annotations

from pbx.figures.figure import Counts, Figure

_ENDED = ("answered", "abandoned", "overflowed", "exited")


def _count(title: str, title_zh: str, *, name: str, formula: str = "") -> Figure:
    return Figure(
        title=title, title_zh=title_zh, unit="count", formula=formula or title, top=(name,)
    )


def _mean(title: str, title_zh: str, *, formula: str, top: tuple[str, ...], bottom: str) -> Figure:
    is_of_talks = bottom == "handled"
    return Figure(
        title=title,
        title_zh=title_zh,
        unit="s",
        formula=formula,
        top=top,
        bottom=(bottom,),
        leaves_out="talks that go on" if is_of_talks else "offers that nobody answered",
    )


def _level(formula: str, *bottom: str, top: tuple[str, ...], leaves_out: str = "") -> Figure:
    return Figure(
        title="service level",
        title_zh="服务水平",
        unit="share",
        formula=formula,
        top=top,
        bottom=bottom,
        leaves_out=leaves_out,
    )


_WITHIN = ("answered_within",)
_LEFT_WITHIN = (*_WITHIN, "abandoned_within")

QUEUE_FIGURES: dict[str, Figure] = {
    "offered": _count("offered", "呼入量", name="offered"),
    "answered": _count("answered", "接听量", name="answered"),
    "abandoned": _count("abandoned", "放弃量", name="abandoned"),
    "overflowed": _count("overflowed", "溢出量", name="overflowed"),
    "exited": _count("exited", "转出量", name="exited"),
    "answered_within": _count("answered within T", "T 内接听量", name="answered_within"),
    "answer_rate": Figure(
        title="answer rate",
        title_zh="接通率",
        unit="share",
        formula="answered / offered",
        top=("answered",),
        bottom=("offered",),
    ),
    "abandon_rate": Figure(
        title="abandon rate",
        title_zh="弃呼率",
        unit="share",
        formula="abandoned / offered",
        top=("abandoned",),
        bottom=("offered",),
    ),
    "service_level": _level(
        "answered within T / ended", *_ENDED, top=_WITHIN, leaves_out="who still waits"
    ),
    "service_level_of_offered": _level("answered within T / offered", "offered", top=_WITHIN),
    "service_level_of_answered": _level(  # Asterisk's ServicelevelPerf
        "answered within T / answered",
        "answered",
        top=_WITHIN,
        leaves_out="who was not answered",
    ),
    "service_level_of_answered_and_abandoned": _level(
        "answered within T / (answered + abandoned)",
        "answered",
        "abandoned",
        top=_WITHIN,
        leaves_out="who still waits, overflowed or exited",
    ),
    "service_level_without_abandoned_within": _level(
        "answered within T / (ended - abandoned within T)",
        *_ENDED,
        "-abandoned_within",
        top=_WITHIN,
        leaves_out="who still waits; who was gone within T",
    ),
    "service_level_without_short": _level(
        "answered within T / (ended - abandoned within short_s)",
        *_ENDED,
        "-abandoned_short",
        top=_WITHIN,
        leaves_out="who still waits; who was gone within short_s",
    ),
    "service_level_abandoned_within_is_good": _level(
        "(answered within T + abandoned within T) / ended",
        *_ENDED,
        top=_LEFT_WITHIN,
        leaves_out="who still waits",
    ),
    "service_level_asterisk_2": _level(  # Asterisk's ServicelevelPerf2
        "(answered within T + abandoned within T) / (answered + abandoned)",
        "answered",
        "abandoned",
        top=_LEFT_WITHIN,
        leaves_out="who still waits, overflowed or exited",
    ),
    "mean_wait_s": Figure(
        title="speed of answer",
        title_zh="平均应答速度",
        unit="s",
        formula="wait of the answered / answered",
        top=("answered_wait_ms",),
        bottom=("answered",),
        leaves_out="who was not answered",
    ),
    "mean_abandoned_wait_s": Figure(
        title="patience of those who left",
        title_zh="放弃前平均等待",
        unit="s",
        formula="wait of the abandoned / abandoned",
        top=("abandoned_wait_ms",),
        bottom=("abandoned",),
        leaves_out="who was answered, overflowed or exited",
    ),
    "handled": _count(
        "handled", "处理量", name="handled", formula="talks that have ended"
    ),
    "mean_handle_s": _mean(
        "handling time", "平均处理时长", formula="(talk + hold + wrap-up) / handled",
        top=("talk_ms", "wrap_up_ms"), bottom="handled",
    ),
    "mean_talk_s": _mean(
        "talk", "平均通话时长", formula="talk without hold / handled",
        top=("talk_ms", "-hold_ms"), bottom="handled",
    ),
    "mean_hold_s": _mean(
        "hold", "平均保持时长", formula="hold / handled", top=("hold_ms",), bottom="handled",
    ),
    "mean_wrap_up_s": _mean(
        "wrap-up", "平均事后处理时长", formula="wrap-up / handled",
        top=("wrap_up_ms",), bottom="handled",
    ),
    "mean_ring_s": _mean(
        "ring time", "平均振铃时长", formula="ringing of the answered offers / talks begun",
        top=("ring_ms",), bottom="taken",
    ),
    "mean_rings": Figure(
        title="rings",
        title_zh="平均振铃次数",
        unit="rings",
        formula="ringing of the answered offers / talks begun, a ring each 5 s",
        top=("ring_ms",),
        bottom=("taken",),
        leaves_out="offers that nobody answered",
    ),
    "missed": _count(
        "missed offers", "未接量", name="missed", formula="offers that nobody answered"
    ),
    "refused": _count(
        "refused offers", "拒接量", name="refused", formula="offers that the agent refused"
    ),
    "transferred": _count(
        "transferred", "转接量", name="transferred", formula="talks that ended in a transfer"
    ),
    "transfer_rate": Figure(
        title="transfer rate",
        title_zh="流转率",
        unit="share",
        formula="transferred / handled",
        top=("transferred",),
        bottom=("handled",),
        leaves_out="talks that go on",
    ),
}  # fmt: skip


def figures_of(counts: Counts) -> dict[str, float | int | None]:
    """Every figure of a queue, by name."""
    return {name: figure.of(counts) for name, figure in QUEUE_FIGURES.items()}
