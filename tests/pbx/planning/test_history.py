"""Counts by day and interval: days without calls, limits, and calendars."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from pbx.planning.history import DAYS_MAX, Calendar, checked_calendar, history_of
from tests.pbx.planning.histories import MONDAY, weeks


def test_days_between_that_had_no_calls_are_rows_of_zeros():
    history = history_of({MONDAY: [1, 2], MONDAY + timedelta(3): [3, 4]}, 2)
    assert history.counts.tolist() == [[1, 2], [0, 0], [0, 0], [3, 4]]
    assert (history.days, history.per_day) == (4, 2)
    assert history.next_day == MONDAY + timedelta(4)


def test_a_history_ends_before_the_day_asked_for():
    history = weeks(2)
    assert history.before(MONDAY + timedelta(9)).days == 9
    assert history.before(MONDAY - timedelta(1)).days == 0
    assert history.day(8) == MONDAY + timedelta(8)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({}, "no calls"),
        ({MONDAY: [1]}, "1 intervals, not 2"),
        ({MONDAY: [1, -1]}, "no number of calls"),
        ({MONDAY: [1, float("nan")]}, "no number of calls"),
        ({date(1970, 1, 1): [1, 1], MONDAY: [1, 1]}, f"more than {DAYS_MAX} days"),
    ],
)
def test_counts_that_make_no_history_are_refused(days: dict[date, list[float]], said: str):
    with pytest.raises(ValueError, match=said):
        history_of(days, 2)


def test_a_calendar_marks_its_days():
    calendar = Calendar({MONDAY + timedelta(2): None})
    assert calendar.flags(MONDAY, 4).tolist() == [False, False, True, False]


@pytest.mark.parametrize("factor", [-0.1, 101, float("nan"), float("inf")])
def test_a_factor_that_no_day_has_is_refused(factor: float):
    with pytest.raises(ValueError, match="times the calls"):
        checked_calendar({MONDAY: factor})


def test_a_calendar_keeps_closed_days_and_unknown_ones():
    days = {MONDAY: 0.0, MONDAY + timedelta(1): None}
    assert checked_calendar(days).special == days
    assert np.array_equal(Calendar().flags(MONDAY, 2), [False, False])
