"""The figures of days: what comes on a day, for ranges of days that are not as long."""

from __future__ import annotations

from pbx.figures.figure import Figure

DAY_FIGURES: dict[str, Figure] = {
    "offered_a_day": Figure(
        title="offered a day",
        title_zh="日均呼入量",
        unit="number",
        formula="offered / days",
        top=("offered",),
        bottom=("days",),
    ),
    "handled_a_day": Figure(
        title="handled a day",
        title_zh="日均处理量",
        unit="number",
        formula="handled / days",
        top=("handled",),
        bottom=("days",),
        leaves_out="talks that go on",
    ),
}
