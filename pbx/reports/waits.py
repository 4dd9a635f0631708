"""`waits`: how long callers waited, those who were answered and those who gave up."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from itertools import pairwise

from pbx.reports.asked import Asked, Rows
from pbx.reports.columns import QUEUE
from pbx.reports.headed import Body, headed
from pbx.reports.report import Cell, Chart, Column, Report
from pbx.reports.visits import visits

LIMITS_S = (5, 10, 20, 30, 60, 120, 300)  # a wait of exactly so long is within it
PERCENT = (50, 80, 90, 95, 99)
_CLASSES = (*(f"to {limit} s" for limit in LIMITS_S), "longer")
_CLASSES_ZH = (*(f"{limit} 秒以内" for limit in LIMITS_S), "更长")
_OUTCOMES = ("answered", "abandoned")
COLUMNS = (
    QUEUE,
    Column("outcome", "outcome", "结果", "text"),
    Column("visits", "visits", "数量", "count"),
    *(
        Column(f"class_{place}", title, title_zh, "count")
        for place, (title, title_zh) in enumerate(zip(_CLASSES, _CLASSES_ZH, strict=True))
    ),
    *(
        Column(f"p{percent}", f"{percent} %", f"{percent}% 分位", "s", "nearest rank")
        for percent in PERCENT
    ),
    Column("longest_s", "longest", "最长", "s"),
)
NOTE = (
    "A percentile is the wait of one of the callers: of the smallest rank that so many are within.",
    "分位数按最近秩法取自实际等待时长。",
)


def waits(asked: Asked, rows: Rows) -> Report:
    """Two rows a queue: the answered and the abandoned, by length of the wait."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for each in visits(asked, rows):
        if each.outcome in _OUTCOMES:
            found[each.queue, each.outcome].append(each.wait_ms)
    lines = [
        (queue, outcome, *_distribution(sorted(waited)))
        for (queue, outcome), waited in sorted(found.items())
    ]
    charts = (Chart("queue", bars=("p50", "p90")),)
    return headed("waits", asked, body=Body(COLUMNS, lines, charts=charts, notes=(NOTE,)))


def _distribution(waited: list[int]) -> tuple[Cell, ...]:
    """Of waits in ms, the shortest first; there is one at least."""
    ends = [bisect_right(waited, limit * 1000) for limit in LIMITS_S]
    classes = [end - begin for begin, end in pairwise((0, *ends, len(waited)))]
    ranks = [waited[(len(waited) * percent + 99) // 100 - 1] / 1000 for percent in PERCENT]
    return (len(waited), *classes, *ranks, waited[-1] / 1000)
