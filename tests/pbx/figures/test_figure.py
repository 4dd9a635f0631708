"""A figure from its counts: sums, one division, one rounding."""

from __future__ import annotations

from pbx.figures.figure import Figure, Unit, added


def a_figure(unit: Unit, *, bottom: tuple[str, ...] = ("all", "-few")) -> Figure:
    return Figure(
        title="some",
        title_zh="若干",
        unit=unit,
        formula="some / (all - few)",
        top=("some",),
        bottom=bottom,
    )


def test_counts_are_added_and_taken_away_and_one_that_is_not_there_is_none() -> None:
    assert added(("a", "-b", "c"), {"a": 7, "b": 2}) == 5


def test_a_count_is_the_sum_itself() -> None:
    assert a_figure("count", bottom=()).of({"some": 3}) == 3


def test_a_share_is_rounded_once_to_six_digits() -> None:
    assert a_figure("share").of({"some": 2, "all": 4, "few": 1}) == 0.666667


def test_milliseconds_become_seconds_in_the_same_division() -> None:
    assert a_figure("s").of({"some": 20_000, "all": 3}) == 6.667


def test_there_is_no_figure_of_nothing_or_of_less() -> None:
    assert a_figure("share").of({"some": 2}) is None
    assert a_figure("share").of({"some": 2, "all": 1, "few": 2}) is None


def test_the_denominator_is_told_for_people() -> None:
    assert a_figure("share").denominator == "(all - few)"
    assert Figure(title="n", title_zh="n", unit="count", formula="n", top=("n",)).denominator == ""
