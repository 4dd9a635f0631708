"""Counts by day and interval: days without calls, limits, and calendars."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from pbx.planning.history import DAYS_MAX, Calendar, History, checked_calendar, history_of
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


def test_days_that_a_log_does_not_reach_had_no_calls():
    history = weeks(2)
    assert history.until(MONDAY + timedelta(16)).days == 16
    assert not history.until(MONDAY + timedelta(16)).counts[14:].any()
    assert history.until(MONDAY + timedelta(3)).days == 14  # it is cut by `before`


@pytest.mark.parametrize(
    ("first", "last", "is_missing"),
    [(8, 14, False), (8, 15, True), (7, 14, True), (0, 7, True), (0, 6, False), (21, 28, True)],
)
def test_seven_days_without_a_call_are_missing_and_six_are_not(
    first: int, last: int, is_missing: bool
):
    counts = np.ones((28, 2))
    counts[first:last] = 0
    history = History(MONDAY, counts)
    assert history.missing().tolist() == [is_missing and first <= n < last for n in range(28)]
    named = [(MONDAY + timedelta(first), MONDAY + timedelta(last - 1))]
    assert history.gaps() == (named if is_missing else [])


def test_each_stretch_that_is_missing_is_named():
    counts = np.ones((40, 2))
    counts[3:11] = counts[20:24] = counts[30:] = 0
    days = [MONDAY + timedelta(n) for n in (3, 10, 30, 39)]
    assert History(MONDAY, counts).gaps() == [(days[0], days[1]), (days[2], days[3])]
    assert weeks(3).gaps() == []  # Sundays are closed, not missing


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


def test_only_days_without_a_factor_tell_what_others_will_be():
    calendar = Calendar({MONDAY: 0.0, MONDAY + timedelta(1): None, MONDAY + timedelta(3): 1.5})
    assert calendar.flags(MONDAY, 4).tolist() == [True, True, False, True]
    assert calendar.flags(MONDAY, 4, is_alike=True).tolist() == [False, True, False, False]


@pytest.mark.parametrize("factor", [-0.1, 101, float("nan"), float("inf")])
def test_a_factor_that_no_day_has_is_refused(factor: float):
    with pytest.raises(ValueError, match="times the calls"):
        checked_calendar({MONDAY: factor})


def test_a_calendar_keeps_closed_days_and_unknown_ones():
    days = {MONDAY: 0.0, MONDAY + timedelta(1): None}
    assert checked_calendar(days).special == days
    assert np.array_equal(Calendar().flags(MONDAY, 2), [False, False])
