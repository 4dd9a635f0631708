"""`menus`: what callers press in each menu, where it leads them, and how many hang up there."""

from __future__ import annotations

from collections import defaultdict

from pbx.figures.figure import Figure
from pbx.reports.asked import Asked, Rows
from pbx.reports.headed import Body, headed
from pbx.reports.report import Cell, Column, Report

_SHARE = Figure(
    title="share", title_zh="占比", unit="share", formula="callers / callers of the menu",
    top=("callers",), bottom=("all",),
)  # fmt: skip
_MEAN = Figure(
    title="time", title_zh="平均时长", unit="s", formula="time in the menu / callers",
    top=("ms",), bottom=("callers",),
)  # fmt: skip
COLUMNS = (
    Column("menu", "menu", "菜单", "text"),
    Column("key", "key", "按键", "text"),
    Column("to", "leads to", "转往", "text"),
    Column("callers", "callers", "人次", "count"),
    Column("share", _SHARE.title, _SHARE.title_zh, "share", _SHARE.formula),
    Column("mean_s", _MEAN.title, _MEAN.title_zh, "s", _MEAN.formula),
)
HUNG_UP = "hung up"
# A stretch of `segments` in a menu, which it has as its queue, ends with a key, told as MenuPassed,
# or with the caller. An import knows no menus by name.
_PASSED = """SELECT data ->> 'menu', data ->> 'key', data ->> 'to', count(*) FROM events
    WHERE type = 'MenuPassed' AND t >= :start AND t < :end GROUP BY 1, 2, 3"""
_STAYED = """SELECT queue, count(*), sum(round((ended - started) * 1000)) FROM segments
    WHERE kind = 'menu' AND started >= :start AND started < :end AND queue <> ''
    GROUP BY queue"""


def menus(asked: Asked, rows: Rows) -> Report:
    """A row a menu and key; the last of each menu are those who hung up in it."""
    stayed = {menu: (count, int(ms)) for menu, count, ms in rows(_STAYED, asked.params)}
    passed: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for menu, key, to, count in rows(_PASSED, asked.params):
        passed[menu].append((key, to, count))
    lines: list[tuple[Cell, ...]] = []
    for menu in sorted(passed.keys() | stayed.keys()):
        ways = passed[menu]
        went_on = sum(count for _, _, count in ways)
        count, ms = stayed.get(menu, (went_on, 0))
        everybody = max(count, went_on)
        mean = _MEAN.of({"ms": ms, "callers": count})
        for key, to, callers in sorted(ways, key=lambda way: -way[2]):
            share = _SHARE.of({"callers": callers, "all": everybody})
            lines.append((menu, key or "silence", to, callers, share, None))
        gone = everybody - went_on
        share = _SHARE.of({"callers": gone, "all": everybody})
        lines.append((menu, HUNG_UP, None, gone, share, mean))
    return headed("menus", asked, body=Body(COLUMNS, lines))
