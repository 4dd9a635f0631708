"""`abandons`: who gave up waiting, and whether they called again."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict

from pbx.figures.repeats import WITHIN_S, normalised
from pbx.reports.asked import Asked, Rows
from pbx.reports.columns import QUEUE
from pbx.reports.headed import Body, headed
from pbx.reports.report import Cell, Column, Report
from pbx.reports.visits import visits

ROWS_MAX = 10_000
COLUMNS = (
    Column("entered", "entered", "进入时间", "time"),
    QUEUE,
    Column("calling", "caller", "主叫", "text"),
    Column("waited_s", "waited", "等待", "s"),
    Column("position", "position", "位置", "count"),
    Column("again", "called again", "再次来电", "time", "the next call of that number in 24 h"),
    Column("after_s", "after", "间隔", "s"),
    Column("answered", "answered then", "再次接听", "text"),
)
_CALLS = """SELECT id, started, calling, coalesce(connected, 0) > 0 FROM calls
    WHERE started >= :start - 86400 AND started < :end + 86400 AND direction = 'in'
    ORDER BY started"""
Again = tuple[float, bool]


def abandons(asked: Asked, rows: Rows) -> Report:
    """A row an abandoned visit, by when it entered."""
    callers: dict[str, str] = {}
    calls: dict[str, list[Again]] = defaultdict(list)
    for call, started, calling, was_answered in rows(_CALLS, asked.params):
        callers[call] = calling
        if number := normalised(calling):
            calls[number].append((started, bool(was_answered)))
    gone = visits(asked, rows, outcome="abandoned")
    lines: list[tuple[Cell, ...]] = []
    again = 0
    for each in gone:
        calling = callers.get(each.call, "")
        found = _called_again(calls.get(normalised(calling), []), each.left)
        again += found is not None
        if len(lines) < ROWS_MAX:
            wait = each.wait_ms / 1000
            head = (each.entered, each.queue, calling, wait, each.position)
            lines.append((*head, *_told(found, each.left)))
    notes = [
        (f"{again} of {len(gone)} called again within 24 h.",
         f"{len(gone)} 个放弃呼叫中 {again} 个在 24 小时内再次来电。"),
    ]  # fmt: skip
    if len(gone) > ROWS_MAX:
        notes.append((f"The first {ROWS_MAX:,} rows are shown.", f"仅显示前 {ROWS_MAX:,} 行。"))
    return headed("abandons", asked, body=Body(COLUMNS, lines, notes=notes))


def _called_again(calls: list[Again], since: float) -> Again | None:
    place = bisect_right(calls, (since, True))
    if place < len(calls) and calls[place][0] <= since + WITHIN_S:
        return calls[place]
    return None


def _told(found: Again | None, left: float) -> tuple[Cell, ...]:
    if found is None:
        return None, None, None
    return found[0], round(found[0] - left, 3), "yes" if found[1] else "no"
