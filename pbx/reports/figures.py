"""`figures`: how each figure comes about, so that nobody has to guess what a number means."""

from __future__ import annotations

from collections.abc import Mapping

from pbx.figures.agent_figures import AGENT_FIGURES
from pbx.figures.cost_figures import COST_FIGURES
from pbx.figures.day_figures import DAY_FIGURES
from pbx.figures.figure import Figure
from pbx.figures.outgoing_figures import OUTGOING_FIGURES
from pbx.figures.queue_figures import QUEUE_FIGURES
from pbx.figures.repeats import FCR_FIGURES
from pbx.figures.trunk_figures import TRUNK_FIGURES
from pbx.figures.voice_figures import VOICE_FIGURES
from pbx.reports.asked import Asked, Rows
from pbx.reports.headed import Body, headed
from pbx.reports.report import Column, Report

FIGURES: dict[str, Mapping[str, Figure]] = {
    "queue": QUEUE_FIGURES,
    "agent": AGENT_FIGURES,
    "caller": FCR_FIGURES,
    "trunk": TRUNK_FIGURES,
    "calls out": OUTGOING_FIGURES,
    "cost": COST_FIGURES,
    "voice": VOICE_FIGURES,
    "day": DAY_FIGURES,
}
COLUMNS = (
    Column("of", "of", "对象", "text"),
    Column("figure", "figure", "指标", "text"),
    Column("title", "title", "名称", "text"),
    Column("title_zh", "Chinese", "中文", "text"),
    Column("unit", "unit", "单位", "text"),
    Column("formula", "formula", "公式", "text"),
    Column("denominator", "denominator", "分母", "text"),
    Column("leaves_out", "leaves out", "不含", "text"),
    Column("source", "source", "来源", "text"),
)


def figures(asked: Asked, rows: Rows) -> Report:
    """A row a figure; it asks nothing of the record."""
    lines = [
        (of, name, each.title, each.title_zh, each.unit, each.formula, each.denominator,
         each.leaves_out, each.source)
        for of, table in FIGURES.items()
        for name, each in table.items()
    ]  # fmt: skip
    return headed("figures", asked, body=Body(COLUMNS, lines))
