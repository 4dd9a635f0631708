"""The figures of what telephoning costs: agents' time, minutes of calls out, and both by the call.

Money is counted whole, without a division before the last: in millionths of the currency times the
milliseconds of an hour. So an hour at 30 is 30 x 1,000,000 x 3,600,000.

    agent_cost   logged-in ms x agent_hour in millionths
    dial_cost    connected ms x 60 x the minute's rate in millionths
"""

from __future__ import annotations

from pbx.figures.figure import Counts, Figure

HOUR_MS = 3_600_000
MINUTES = 60  # of an hour
_SOURCE = "agent_quarters, calls, queue_quarters"
_COSTS = ("agent_cost", "dial_cost")


def millionths(money: float) -> int:
    """An amount of the settings in millionths of the currency, the nearest."""
    return round(money * 1_000_000)


def cost_counts(counts: Counts) -> Counts:
    """`agent_cost dial_cost cost_calls cost_ms`, and what the figures divide by."""
    return {
        **counts,
        "one": 1,
        "one_hour_ms": HOUR_MS,
        "cost_calls_hour_ms": HOUR_MS * counts.get("cost_calls", 0),
        "cost_ms_60": MINUTES * counts.get("cost_ms", 0),
    }


def _money(title: str, title_zh: str, *, formula: str, top: tuple[str, ...], bottom: str) -> Figure:
    return Figure(
        title=title,
        title_zh=title_zh,
        unit="money",
        formula=formula,
        top=top,
        bottom=(bottom,),
        leaves_out="talks and states that go on",
        source=_SOURCE,
    )


COST_FIGURES: dict[str, Figure] = {
    "cost_calls": Figure(
        title="calls", title_zh="通话量", unit="count",
        formula="talks of queues and answered calls out", top=("cost_calls",), source=_SOURCE,
    ),
    "cost_s": Figure(
        title="call time", title_zh="通话总时长", unit="s",
        formula="talk with hold, and calls out while connected", top=("cost_ms",), bottom=("one",),
        source=_SOURCE,
    ),
    "agent_cost": _money(
        "cost of agents", "坐席成本", formula="logged in x agent_hour",
        top=("agent_cost",), bottom="one_hour_ms",
    ),
    "dial_cost": _money(
        "cost of calls out", "外呼话费", formula="minutes connected x rate",
        top=("dial_cost",), bottom="one_hour_ms",
    ),
    "cost": _money(
        "cost", "总成本", formula="cost of agents + cost of calls out", top=_COSTS,
        bottom="one_hour_ms",
    ),
    "cost_per_call": _money(
        "cost per call", "单次通话成本", formula="cost / calls", top=_COSTS,
        bottom="cost_calls_hour_ms",
    ),
    "cost_per_call_minute": _money(
        "cost per call minute", "每分钟呼叫成本", formula="cost / call minutes", top=_COSTS,
        bottom="cost_ms_60",
    ),
}  # fmt: skip
