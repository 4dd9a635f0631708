"""The figures of calls out: how many are dialled, how many reach somebody, for how long.

A dial is a call out, whatever becomes of it; one is answered when caller and called heard each
other. Talk is without hold, as in `calls`.
"""

from __future__ import annotations

from typing import Literal

from pbx.figures.figure import Figure


def _figure(
    title: str,
    title_zh: str,
    *,
    unit: Literal["count", "share", "s", "number"],
    formula: str,
    of: tuple[str, ...],
) -> Figure:
    """`of` names what is counted and, where there is one, what it is divided by."""
    return Figure(
        title=title,
        title_zh=title_zh,
        unit=unit,
        formula=formula,
        top=of[:1],
        bottom=of[1:],
        leaves_out="dials that nobody answered" if of[1:] == ("dials_answered",) else "",
        source="calls",
    )


OUTGOING_FIGURES: dict[str, Figure] = {
    "dials": _figure("dials", "外呼量", unit="count", formula="calls out", of=("dials",)),
    "dials_answered": _figure(
        "answered dials", "外呼接通量", unit="count", formula="calls out that were answered",
        of=("dials_answered",),
    ),
    "dial_answer_rate": _figure(
        "answer rate of dials", "外呼接通率", unit="share", formula="answered dials / dials",
        of=("dials_answered", "dials"),
    ),
    "dial_talk_s": _figure(
        "talk of dials", "外呼通话总时长", unit="s", formula="talk of the answered dials",
        of=("dial_talk_ms", "one"),
    ),
    "mean_dial_talk_s": _figure(
        "mean talk of dials", "外呼平均通话时长", unit="s",
        formula="talk of the answered dials / answered dials",
        of=("dial_talk_ms", "dials_answered"),
    ),
    "mean_dial_ring_s": _figure(
        "mean ring of dials", "外呼平均振铃时长", unit="s",
        formula="time until an answer / answered dials", of=("dial_ring_ms", "dials_answered"),
    ),
    "dials_a_day": _figure(
        "dials a day", "日均外呼量", unit="number", formula="dials / days with dials",
        of=("dials", "dial_days"),
    ),
}  # fmt: skip
