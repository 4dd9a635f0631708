"""A report with the head it has by its name: titles, days, the event it stands at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pbx.reports.asked import Asked
from pbx.reports.report import Chart, Column, Report, Row


class Title(NamedTuple):
    """How a report is called, and what it tells, in English and Chinese."""

    en: str
    zh: str
    tells: str
    tells_zh: str


TITLES: dict[str, Title] = {
    "intervals": Title("Intervals", "时段报表", "visits to queues by time", "按时段统计的队列话务"),
    "queues": Title("Queues", "队列报表", "each queue's figures", "各队列指标"),
    "agents": Title("Agents", "坐席报表", "time by state, calls, handling time", "状态时长与话务"),
    "pauses": Title("Pauses", "小休报表", "pauses by agent and reason", "按坐席与原因统计小休"),
    "teams": Title("Teams", "班组报表", "the same as agents, by team", "按班组汇总坐席指标"),
    "service_levels": Title(
        "Service levels",
        "服务水平报表",
        "every way of counting, and the targets",
        "各口径与目标",
    ),
    "waits": Title("Waits", "等待分布", "how long callers waited", "等待时长分布与分位数"),
    "abandons": Title("Abandons", "放弃明细", "who gave up, and called again", "放弃与再次来电"),
    "repeat": Title(
        "Repeat callers",
        "重复来电",
        "first-call resolution, who calls most",
        "首次解决率",
    ),
    "menus": Title("Menus", "菜单报表", "keys pressed, callers lost", "按键流向与菜单内挂机"),
    "trunks": Title("Trunks", "中继报表", "use, busy hour, lines needed", "占用、忙时与所需线路"),
    "voice": Title("Voice quality", "语音质量", "MOS, loss, jitter", "MOS、丢包与抖动"),
    "outgoing": Title("Calls out", "外呼报表", "dials, answer rate", "外呼量与接通率"),
    "outgoing_times": Title("Calls out by time", "外呼时段", "calls out by time", "按时段统计外呼"),
    "costs": Title("Costs", "成本报表", "agents' hours, minutes out", "人工与话费成本"),
    "compare": Title(
        "Comparison", "对比报表", "two ranges, and how sure the difference is", "区间对比与置信"
    ),
    "monthly": Title("Summary", "月度汇总", "the reports of a month, for print", "整月报表"),
    "figures": Title("Figures", "指标定义", "how each figure comes about", "各指标的计算方法"),
}


class Body(NamedTuple):
    """What a report holds below its head, as in `Report`."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    totals: Row | None = None
    charts: Sequence[Chart] = ()
    notes: Sequence[tuple[str, str]] = ()


def headed(name: str, asked: Asked, *, body: Body) -> Report:
    """A report of what was asked. Raises ReportError where rows do not fit the columns."""
    title = TITLES[name]
    return Report(
        name=name,
        title=title.en,
        title_zh=title.zh,
        first=asked.first.isoformat(),
        last=asked.last.isoformat(),
        made=asked.now,
        seq=asked.seq,
        columns=tuple(body.columns),
        rows=tuple(body.rows),
        totals=body.totals,
        charts=tuple(body.charts),
        notes=tuple(body.notes),
        currency=asked.settings.site.currency,
        timezone=asked.settings.site.timezone,
    )
