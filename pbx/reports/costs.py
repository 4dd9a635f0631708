"""`costs`: what agents' time and calls out cost, by queue and by the beginning that was dialled.

queue       each agent's cost, shared among queues by the time it handled calls of each
no queue    the cost of agents who handled no call of a queue
dialled     calls out whose number begins so, at the rate of the longest such beginning
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.report_settings import Rate, rate_of
from pbx.figures.agent_figures import STATES
from pbx.figures.cost_figures import COST_FIGURES, MINUTES, cost_counts, millionths
from pbx.figures.figure import Counts
from pbx.reports.asked import Asked, Rows
from pbx.reports.buckets import add
from pbx.reports.columns import figure_cells, figure_columns
from pbx.reports.dialled import caller, phones_of
from pbx.reports.headed import Body, headed
from pbx.reports.queue_rows import MEANT
from pbx.reports.report import Cell, Chart, Column, Report

FIGURES = (*COST_FIGURES,)
KIND = Column("kind", "kind", "类别", "text")
WHAT = Column("what", "queue or beginning", "队列或号段", "text")
NOTES = (
    (
        "An agent's logged-in time is shared among queues by its handling time, talk and wrap-up; "
        "that of agents who handled no call stands without a queue. Calls out have no part in it. "
        "Call time of queues is talk with hold, of calls out from answer to end.",
        "坐席登录时长按其在各队列的处理时长（通话与事后处理）分摊；未处理来电的坐席成本不归任何队列，"
        "外呼不分摊坐席成本。队列通话时长含保持，外呼自接通计至结束。",
    ),
)
_HANDLED = f"""SELECT queue, agent, sum(handled), sum(talk_ms), sum(wrap_up_ms)
    FROM queue_quarters WHERE {MEANT} GROUP BY queue, agent ORDER BY queue, agent"""
# By the quarter first: its rows stand together, and less has to be sorted.
_LOGGED_IN = f"""SELECT agent, sum(ms) FROM (
        SELECT agent, sum(ms) AS ms FROM agent_quarters
        WHERE start >= :start AND start < :end AND state IN {STATES}
            AND (:agents = '[]' OR agent IN (SELECT value FROM json_each(:agents)))
        GROUP BY start, agent)
    GROUP BY agent"""
_DIALLED = """SELECT substr(called, 1, :digits) AS begins, agent, source,
        CASE WHEN source LIKE 'import:%' THEN calling ELSE '' END AS who,
        count(*), sum(CAST(round((ended - connected) * 1000) AS INTEGER))
    FROM calls
    WHERE started >= :start AND started < :end AND direction = 'out' AND outcome = 'answered'
        AND connected IS NOT NULL AND (:trunk = '' OR trunk = :trunk)
    GROUP BY begins, agent, source, who"""

Line = tuple[str, str, dict[str, int]]  # kind, queue or beginning, counts


def costs(asked: Asked, rows: Rows) -> Report:
    """A row for each queue and each beginning, and all of them together. A queue that is asked for
    stands alone, and a trunk with its calls out alone."""
    lines: list[Line] = []
    if not asked.trunk:
        lines += _queues(asked, rows)
    if not asked.queue:
        lines += _dials(asked, rows)
    all_of_them = dict[str, int]()
    for _, _, counts in lines:
        add(all_of_them, counts)
    return headed(
        "costs",
        asked,
        body=Body(
            columns=(KIND, WHAT, *figure_columns(COST_FIGURES, FIGURES)),
            rows=[(kind, what, *_cells(counts)) for kind, what, counts in lines],
            totals=(None, None, *_cells(all_of_them)) if lines else None,
            charts=(Chart("what", bars=("cost",)),),
            notes=NOTES,
        ),
    )


def shared(whole: int, parts: Mapping[str, int]) -> dict[str, int]:
    """A whole number shared in proportion, so that the shares add up to it; nothing is shared among
    parts of 0."""
    bottom, gone, shares = sum(parts.values()), 0, {}
    for name, part in parts.items():
        before = whole * gone // bottom if bottom else 0
        gone += part
        shares[name] = (whole * gone // bottom if bottom else 0) - before
    return shares


def _queues(asked: Asked, rows: Rows) -> Iterator[Line]:
    """The queues that are asked for, and the agents without one."""
    handled: dict[str, dict[str, int]] = {}  # ms by agent and queue
    sums: dict[str, dict[str, int]] = {}
    for queue, agent, calls, talk_ms, wrap_up_ms in rows(_HANDLED, {**asked.params, "queue": ""}):
        add(sums.setdefault(queue, {}), {"cost_calls": calls, "cost_ms": talk_ms})
        if talk_ms + wrap_up_ms > 0:
            handled.setdefault(agent, {})[queue] = talk_ms + wrap_up_ms
    hour = millionths(asked.settings.site.agent_hour)
    idle = 0
    for agent, logged_in_ms in rows(_LOGGED_IN, asked.params):
        cost = logged_in_ms * hour
        shares = shared(cost, handled.get(agent, {}))
        idle += 0 if shares else cost
        for queue, share in shares.items():
            add(sums[queue], {"agent_cost": share})
    for queue in sorted(sums):
        if asked.queue in ("", queue):
            yield "queue", queue, sums[queue]
    if idle and not asked.queue:
        yield "no queue", "", {"agent_cost": idle}


def _dials(asked: Asked, rows: Rows) -> Iterator[Line]:
    """The beginnings of the numbers that were dialled; "" for those without a rate."""
    rates, phones = asked.settings.rate, phones_of(asked)
    digits = max((len(each) for each in rates), default=0)
    sums: dict[str, dict[str, int]] = {}
    for number, agent, source, calling, calls, ms in rows(
        _DIALLED, {**asked.params, "digits": digits}
    ):
        who = caller(agent, source, calling=calling, phones=phones)
        if asked.agents and who not in asked.agents:
            continue
        cost = ms * MINUTES * millionths(rate_of(number, rates))
        counts = {"cost_calls": calls, "cost_ms": ms, "dial_cost": cost}
        add(sums.setdefault(_beginning(number, rates), {}), counts)
    for beginning in sorted(sums):
        yield "dialled", beginning, sums[beginning]


def _beginning(number: str, rates: Mapping[str, Rate]) -> str:
    """The longest beginning of a number that has a rate; "" of none."""
    return max((each for each in rates if number.startswith(each)), key=len, default="")


def _cells(counts: Counts) -> tuple[Cell, ...]:
    return figure_cells(COST_FIGURES, FIGURES, counts=cost_counts(counts))
