"""The figures of a queue: each defined once, for console, socket and whoever asks the record.

A visit is an entry into a queue until it ends: answered, abandoned, overflowed or exited. T is the
queue's `service_level.within_s`, and a wait of exactly T is within it; a caller who is gone within
`service_level.short_s` has hardly waited. So many service levels are in use that each has its name,
and they stand side by side; `service_level` is the one that marks and targets go by.
"""

from __future__ import annotations

from pbx.figures.figure import Counts, Figure

_ENDED = ("answered", "abandoned", "overflowed", "exited")


def _count(title: str, title_zh: str, *, name: str) -> Figure:
    return Figure(title=title, title_zh=title_zh, unit="count", formula=title, top=(name,))


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
}


def figures_of(counts: Counts) -> dict[str, float | int | None]:
    """Every figure of a queue, by name."""
    return {name: figure.of(counts) for name, figure in QUEUE_FIGURES.items()}
