"""`waits`: how long callers waited, those who were answered and those who gave up."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict

from pbx.reports.asked import Asked, Rows
from pbx.reports.columns import QUEUE
from pbx.reports.headed import Body, headed
from pbx.reports.report import Cell, Chart, Column, Report

LIMITS_S = (5, 10, 20, 30, 60, 120, 300)  # a wait of exactly so long is within it
PERCENT = (50, 80, 90, 95, 99)
_CLASSES = (*(f"to {limit} s" for limit in LIMITS_S), "longer")
_CLASSES_ZH = (*(f"{limit} 秒以内" for limit in LIMITS_S), "更长")
_KINDS = {"answered": "接听", "abandoned": "放弃"}
_ALL = """SELECT queue, data ->> 'outcome', data ->> 'wait_ms', count(*) FROM events
    WHERE type = 'QueueLeft' AND t >= :start AND t < :end + 86400
        AND (:queue = '' OR queue = :queue)
        AND CASE WHEN coalesce(data ->> 'entered_wall_ms', -1) >= 0
            THEN (data ->> 'entered_wall_ms') / 1000.0
            ELSE t - (data ->> 'wait_ms') / 1000.0 END BETWEEN :start AND :end - 0.001
    GROUP BY 1, 2, 3"""
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
    found: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for queue, outcome, wait_ms, count in rows(_ALL, asked.params):
        if outcome in _KINDS:
            found[queue, outcome].append((wait_ms, count))
    lines = [
        (queue, outcome, *_distribution(counted))
        for (queue, outcome), counted in sorted(found.items())
    ]
    charts = (Chart("queue", bars=("p50", "p90")),)
    return headed("waits", asked, body=Body(COLUMNS, lines, charts=charts, notes=(NOTE,)))


def _distribution(counted: list[tuple[int, int]]) -> tuple[Cell, ...]:
    """Of (wait in ms, how many waited so long) pairs."""
    counted.sort()
    total = sum(count for _, count in counted)
    classes = [0] * len(_CLASSES)
    for wait_ms, count in counted:
        classes[bisect_left(LIMITS_S, wait_ms / 1000)] += count
    ranks = [_percentile(counted, total * percent) for percent in PERCENT]
    return (total, *classes, *ranks, counted[-1][0] / 1000)


def _percentile(counted: list[tuple[int, int]], hundredths: int) -> float:
    """The wait at the rank of so many hundredths of a caller, rounded up, in seconds."""
    seen = 0
    for wait_ms, count in counted:
        seen += count
        if seen * 100 >= hundredths:
            return wait_ms / 1000
    return counted[-1][0] / 1000
