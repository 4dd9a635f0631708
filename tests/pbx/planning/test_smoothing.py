"""Smoothing by the time of the day, whatever the length of an interval."""

from __future__ import annotations

import numpy as np
import pytest

from pbx.planning.smoothing import smoothed


@pytest.mark.parametrize(
    ("per_day", "weights"),
    [(24, [1]), (48, [1, 3, 1]), (96, [1, 2, 3, 2, 1]), (288, [1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6,
                                                             5, 4, 3, 2, 1])],
)
def test_an_interval_is_shared_with_those_nearer_than_three_quarters_of_an_hour(
    per_day: int, weights: list[float]
):  # fmt: skip
    row = np.ones((1, per_day))
    row[0, per_day // 2] = 1001
    reach = len(weights) // 2
    got = (smoothed(row)[0] - 1)[per_day // 2 - reach : per_day // 2 + reach + 1]
    assert got.sum() == pytest.approx(1000)
    assert got == pytest.approx(1000 * np.array(weights) / sum(weights))


def test_opening_and_closing_stay_sharp():
    row = np.zeros((1, 48))
    row[0, 16:36] = 20
    assert smoothed(row).tolist() == row.tolist()


def test_days_do_not_mix():
    rows = np.array([np.full(48, 5.0), np.full(48, 50.0)])
    assert smoothed(rows).tolist() == rows.tolist()
