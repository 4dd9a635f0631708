"""`repeat`: first-call resolution by queue and product, and the callers who call most."""

from __future__ import annotations

from collections import Counter, defaultdict

from pbx.figures.repeats import FCR_FIGURES, Answered, normalised, repeats
from pbx.reports.asked import Asked, Rows
from pbx.reports.buckets import add
from pbx.reports.columns import figure_cells, figure_columns
from pbx.reports.headed import Body, headed
from pbx.reports.report import Cell, Column, Report

CALLERS_MAX = 20
NAMES = tuple(FCR_FIGURES)
COLUMNS = (
    Column("of", "of", "对象", "text"),
    Column("name", "name", "名称", "text"),
    Column("answered", "answered", "接听量", "count"),
    *figure_columns(FCR_FIGURES, NAMES),
    Column("provisional", "provisional", "待定", "count", "whose 24 hours are not over yet"),
)
# Calls of the day after too: they are whom a call of the days repeats.
_CALLS = """SELECT queue, calling, started, ended, coalesce(connected, 0) > 0, started < :end
    FROM calls WHERE started >= :start AND started < :end + 2 * 86400 AND direction = 'in'
    ORDER BY started"""


def repeat(asked: Asked, rows: Rows) -> Report:
    """Rows of queues, of products, and of the callers who called most, by their number."""
    calls: list[Answered] = []
    times: Counter[str] = Counter()
    for queue, calling, started, ended, was_answered, is_meant in rows(_CALLS, asked.params):
        meant = bool(is_meant) and asked.queue in ("", queue)
        calls.append(Answered(queue, calling, started, ended, bool(was_answered) and meant))
        times[normalised(calling)] += bool(is_meant)
    by_queue = repeats(calls, now=asked.now)
    by_product: dict[str, dict[str, int]] = defaultdict(dict)
    for queue, counts in by_queue.items():
        known = asked.settings.queue.get(queue)
        if known and known.product:
            add(by_product[known.product], counts)
    lines = [_row("queue", queue, counts=counts) for queue, counts in sorted(by_queue.items())]
    lines += [_row("product", name, counts=counts) for name, counts in sorted(by_product.items())]
    total: dict[str, int] = {}
    for counts in by_queue.values():
        add(total, counts)
    del times[""]
    lines += [
        ("caller", f"…{number}", None, None, count, None)
        for number, count in times.most_common(CALLERS_MAX)
        if count > 1
    ]
    body = Body(
        COLUMNS, lines, totals=_row("", "", counts=total) if by_queue else None, notes=(_NOTE,)
    )
    return headed("repeat", asked, body=body)


_NOTE = (
    "In a caller's row, `repeated` is how often that number called; numbers are told apart by "
    "their last nine digits.",
    "“主叫”行的重复来电为该号码的来电次数；号码按后九位区分。",
)


def _row(of: str, name: str, *, counts: dict[str, int]) -> tuple[Cell, ...]:
    figures = figure_cells(FCR_FIGURES, NAMES, counts=counts)
    head: tuple[Cell, Cell] = (of or None, name or None)
    return (*head, counts.get("answered", 0), *figures, counts.get("provisional", 0))
