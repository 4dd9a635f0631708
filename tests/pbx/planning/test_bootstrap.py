"""The bootstrap over days: draws of whole days, and the band of what they come to."""

from __future__ import annotations

import pytest

from pbx.planning.bootstrap import DRAWS, band, drawn_sums


def test_as_many_days_are_drawn_as_there_are() -> None:
    sums = drawn_sums([[1, 10], [1, 20], [1, 40]], seed=1)
    assert len(sums) == DRAWS
    assert {each for each, _ in sums} == {3}
    assert {each for _, each in sums} == {30, 40, 50, 60, 70, 80, 90, 100, 120}


def test_every_day_is_drawn_as_often_as_another() -> None:
    sums = drawn_sums([[1, 0, 0], [0, 1, 0], [0, 0, 1]], seed=7)
    for day in zip(*sums, strict=True):
        assert abs(sum(day) - DRAWS) < 0.05 * DRAWS  # 4 standard deviations are 0.073


def test_the_same_seed_draws_the_same_and_another_stream_does_not() -> None:
    days = [[n] for n in range(10)]
    assert drawn_sums(days, seed=1) == drawn_sums(days, seed=1)
    assert drawn_sums(days, seed=1) != drawn_sums(days, seed=1, stream=1)


def test_sums_are_whole_beyond_what_a_float_holds() -> None:
    assert drawn_sums([[2**53 + 1]], seed=1, draws=1) == [[2**53 + 1]]


def test_one_day_is_always_itself_and_of_none_nothing_is_drawn() -> None:
    assert drawn_sums([[5]], seed=1, draws=3) == [[5], [5], [5]]
    with pytest.raises(ValueError, match="no day"):
        drawn_sums([], seed=1)


def test_a_band_leaves_out_a_twentieth_at_each_end() -> None:
    assert band([*range(99, -1, -1)]) == (5, 94)
    assert band([3.5]) == (3.5, 3.5)
    assert band([]) is None
