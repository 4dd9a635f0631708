"""What is drawn of a chart: axes with round ticks, names with room, not too many points."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.reports.report import NUMBER_MAX, Chart, Unit
from pbx.service.reporting.drawing import (
    CELLS_MAX,
    LABELS_MAX,
    NAME_MAX,
    POINTS_MAX,
    Series,
    axis,
    drawing,
    labels,
)
from pbx.service.text_table import cells
from tests.pbx.reports.samples import a_long_report, a_report

BARS = Chart("n0", ("offered",), ("level",))
BARS_AND_SHARE = Chart("day", ("offered",), ("level",))
NAMED = Chart("queue", ("offered",))


@pytest.mark.parametrize(
    ("values", "unit", "ticks"),
    [
        ([], "count", ["0", "1"]),
        ([0, 0], "count", ["0", "1"]),
        ([3], "count", ["0", "1", "2", "3"]),
        ([7, None], "count", ["0", "2", "4", "6", "8"]),
        ([1234], "count", ["0", "250", "500", "750", "1,000", "1,250"]),
        ([1.0], "share", ["0%", "20%", "40%", "60%", "80%", "100%"]),
        ([0.012], "share", ["0.00%", "0.25%", "0.50%", "0.75%", "1.00%", "1.25%"]),
        ([90.0], "s", ["0:00", "0:30", "1:00", "1:30"]),
        ([3723.0], "s", ["0:00", "15:00", "30:00", "45:00", "1:00:00", "1:15:00"]),
        ([-66.6, 66.6], "money", ["-100", "-50", "0", "50", "100"]),
    ],
)
def test_ticks_are_round(values: list[float | None], unit: Unit, ticks: list[str]) -> None:
    assert [text for _, text in axis([Series("a", values)], unit).ticks] == ticks


@given(
    st.lists(st.floats(-NUMBER_MAX, NUMBER_MAX), max_size=5),
    st.sampled_from(["count", "s", "share", "number", "money"]),
)
def test_all_values_and_zero_are_on_their_axis(values: list[float], unit: Unit) -> None:
    made = axis([Series("a", values)], unit)
    for value in (0.0, *values):
        assert -1e-9 <= made.part(value) <= 1 + 1e-9
    assert 2 <= len(made.ticks) <= 12
    assert all(low < high for (low, _), (high, _) in pairwise(made.ticks))


def test_a_chart_of_as_many_rows_as_are_drawn_is_whole() -> None:
    made = drawing(a_long_report(POINTS_MAX), BARS, language="en")
    assert len(made.places) == len(made.bars[0].values) == POINTS_MAX
    assert made.note == ""


def test_a_longer_chart_is_thinned_and_says_so() -> None:
    report = a_long_report(POINTS_MAX + 1)
    made = drawing(report, BARS, language="en")
    assert len(made.places) == len(made.lines[0].values) == POINTS_MAX // 2 + 1
    assert made.note == "The chart shows one row in 2 of 2001."
    assert drawing(report, BARS, language="zh").note == "图中从 2001 行里每 2 行取一行。"


def test_lines_of_another_unit_have_an_axis_of_their_own() -> None:
    made = drawing(a_report(), BARS_AND_SHARE, language="zh")
    assert made.right and made.right.ticks[-1] == (1.0, "100%")
    assert (made.title, made.bars[0].title, made.lines[0].title) == ("日期", "来电量", "服务水平")
    assert made.lines[0].values == [0.8125, 1.0, None]


def test_lines_of_one_unit_share_the_axis_of_the_bars() -> None:
    both = drawing(a_long_report(9), Chart("day", ("offered",), ("n2",)), language="en")
    alone = drawing(a_report(), Chart("day", (), ("level",)), language="en")
    assert both.right is None and alone.right is None
    assert alone.left.ticks[-1][1] == "100%"


def test_names_below_have_room() -> None:
    assert labels(["a", "b"]) == [(0, "a"), (1, "b")]
    assert labels([]) == []
    for length, count in ((1, 5_000), (NAME_MAX, 48), (5, 24), (5, 25)):
        shown = labels(["x" * length] * count)
        assert 2 <= len(shown) <= LABELS_MAX
        assert sum(len(text) for _, text in shown) <= CELLS_MAX
    long = drawing(a_report(rows=(("王" * 99, *a_report().rows[0][1:]),)), NAMED, language="en")
    assert cells(long.places[0]) <= NAME_MAX
