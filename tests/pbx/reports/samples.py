"""Reports for the tests: a plain one, one whose texts are meant to do harm, one of any length."""

from __future__ import annotations

from typing import Any

from pbx.reports.report import Chart, Column, Report

MADE_S = 1_795_000_000.25
COLUMNS = (
    Column("queue", "Queue", "队列", "text"),
    Column("day", "Day", "日期", "day"),
    Column("from", "From", "开始", "clock"),
    Column("first_call", "First call", "首个来电", "time"),
    Column("offered", "Offered", "来电量", "count", "calls that entered the queue"),
    Column("wait", "Mean wait", "平均等待", "s", "wait / answered"),
    Column("level", "Service level", "服务水平", "share", "answered within 20 s / offered"),
    Column("cost", "Cost", "费用", "money"),
    Column("load", "Load", "话务量", "number"),
)
ROWS = (
    ("sales", "2026-11-23", "09:30", MADE_S, 120, 8.5, 0.8125, 12.5, 3.25),
    ("客户服务", "2026-11-24", "10:00", MADE_S + 86_400, 1234, 3723.0, 1.0, 0.0, 0.5),
    ("-", "2026-11-25", "10:30", None, 0, None, None, None, 0.0),
)
EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>&amp;',
    "=cmd|' /C calc'!A0",
    "+4912345",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "'=quoted",
    "http://example.net/x",
    "internal:'A'!A1",
    "0123",
    "$\\frac{$ _ ^ %d {}",
    "bell\x07 nul\x00 escape\x1b[31m",
    "lines\r\none\u2028two",
    "turned\u202egnp.exe",
    "half \ud800 none \ufffe",
    "王" * 200,
    "n" * 200,
    'comma, "quote"; semicolon',
)


def a_report(**other: Any) -> Report:
    """A report of three rows with a column of each unit and two charts."""
    fields: dict[str, Any] = {
        "name": "queues",
        "title": "Queues",
        "title_zh": "队列报表",
        "first": "2026-11-23",
        "last": "2026-11-25",
        "made": MADE_S,
        "seq": 4711,
        "columns": COLUMNS,
        "rows": ROWS,
        "totals": (None, None, None, None, 1354, 3457.0, 0.98, 12.5, None),
        "charts": (Chart("day", ("offered",), ("level",)), Chart("day", (), ("wait",))),
        "notes": (("Calls to a closed queue are left out.", "不含下班后的来电。"),),
        "currency": "EUR",
        "timezone": "Europe/Berlin",
    } | other
    return Report(**fields)


def an_evil_report() -> Report:
    """Every text of it is one of `EVIL`."""
    columns = (
        Column("name", EVIL[0], EVIL[1], "text", EVIL[1]),
        Column("again", EVIL[2], EVIL[3], "text"),
        Column("n", "n", "n", "count"),
    )
    return a_report(
        title=EVIL[1],
        title_zh=EVIL[0],
        columns=columns,
        rows=tuple((text, text, -number) for number, text in enumerate(EVIL)),
        totals=(EVIL[2], None, 0),
        charts=(Chart("name", ("n",)),),
        notes=((EVIL[0], EVIL[1]),),
        currency="<b>",
    )


def a_long_report(rows: int, *, charts: tuple[Chart, ...] = ()) -> Report:
    """As many rows as asked for, of twelve columns."""
    columns = (*COLUMNS, *(Column(f"n{n}", f"N{n}", "", "count") for n in range(3)))
    made = tuple((*ROWS[n % 2], n, n % 7, n * n % 1000) for n in range(rows))
    return a_report(columns=columns, rows=made, totals=None, charts=charts)
