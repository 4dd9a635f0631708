"""The forecast: what a weekday was like, paydays, special days, and the bank log it must beat."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from pbx.planning.accuracy import accuracy, measures
from pbx.planning.forecast import AHEAD_MAX, METHODS, forecast, special_factor
from pbx.planning.history import Calendar, History
from pbx.service.planning.call_counts import read_counts
from tests.pbx.planning.histories import LEVELS, MONDAY, noisy, weeks
from tests.shared import needs

BANK = "data/bank1999_arrivals_15min_jan_jul.csv"


@pytest.mark.parametrize("method", METHODS)
def test_weeks_that_are_alike_go_on_so(method: str):
    history = weeks(8)
    expected = forecast(history, method=method)
    assert expected.first == MONDAY + timedelta(56)
    assert np.allclose(expected.counts.sum(1), LEVELS, rtol=0.02)
    assert np.allclose(expected.counts, history.counts[:7], atol=0.4)


def test_a_history_that_ends_within_a_week_keeps_the_weekdays():
    history = weeks(6)
    shorter = History(history.first, history.counts[:-2])  # ends on a Friday
    expected = forecast(shorter, 3)
    assert np.allclose(expected.counts.sum(1), [LEVELS[5], LEVELS[6], LEVELS[0]], rtol=0.02)


def test_more_than_a_week_ahead_repeats_the_week():
    expected = forecast(weeks(8), 16)
    assert expected.counts.shape == (16, 48)
    assert np.allclose(expected.counts[14].sum(), LEVELS[0], rtol=0.02)


def test_one_wild_day_does_not_move_the_median():
    history = weeks(9)
    history.counts[21] *= 10
    assert forecast(history).counts[0].sum() == pytest.approx(LEVELS[0], rel=0.05)


def test_special_days_stay_out_of_the_profile_and_teach_the_next_one():
    history = weeks(4)
    holiday = MONDAY + timedelta(14)
    coming = MONDAY + timedelta(28)
    for number in (0, 7, 14):
        history.counts[number] *= 0.25
    days = {MONDAY: None, MONDAY + timedelta(7): None, holiday: None, coming: None}
    expected = forecast(history, calendar=Calendar(days))
    assert expected.counts[0].sum() == pytest.approx(LEVELS[0] * 0.25, rel=0.02)
    without = forecast(history, calendar=Calendar(dict.fromkeys(list(days)[:3])))
    assert without.counts[0].sum() == pytest.approx(LEVELS[0], rel=0.02)


@pytest.mark.parametrize("closed", [0.0, 1.5])
def test_a_day_whose_factor_is_known_does_not_teach_the_holidays(closed: float):
    history = weeks(8)
    holidays = [MONDAY + timedelta(n) for n in (7, 21, 35)]
    shut = [MONDAY + timedelta(n) for n in (8, 9, 22, 23, 36)]
    for number in (7, 21, 35):
        history.counts[number] *= 0.4
    for number in (8, 9, 22, 23, 36):
        history.counts[number] *= closed
    coming = MONDAY + timedelta(56)
    days = dict.fromkeys([*holidays, coming]) | dict.fromkeys(shut, closed)
    expected = forecast(history, calendar=Calendar(days))
    assert expected.counts[0].sum() == pytest.approx(LEVELS[0] * 0.4, rel=0.02)
    assert expected.counts[1].sum() == pytest.approx(LEVELS[1], rel=0.02)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("lost", [slice(0, 7), slice(21, 28), slice(14, 35), slice(42, 56)])
def test_weeks_that_a_log_lacks_change_no_forecast(method: str, lost: slice):
    history = weeks(8)
    history.counts[lost] = 0
    expected = forecast(history, method=method)
    assert np.allclose(expected.counts.sum(1), LEVELS, rtol=0.02)
    assert expected.band[0] > 0.95 and expected.band[1] < 1.05  # not from 0


def test_the_days_of_a_week_that_are_there_count():
    history = weeks(3)
    history.counts[7:17] = 0  # the second week and three days of the third
    history.counts[17:] *= 2
    expected = forecast(history, method="median").counts.sum(1)
    assert expected[0] == pytest.approx(LEVELS[0], rel=0.02)
    assert expected[3] == pytest.approx(LEVELS[3] * 1.5, rel=0.02)


def test_half_the_weeks_may_be_missing_without_a_median_of_nothing():
    history = weeks(12)
    history.counts[:49] = 0
    history.counts[77:] = 0
    assert np.allclose(forecast(history).counts.sum(1), LEVELS, rtol=0.02)


def test_weeks_that_are_missing_are_not_what_is_judged():
    history = weeks(9)
    history.counts[35:49] = 0
    reached = accuracy(history, measures(Calendar())["dated"])
    assert reached.per_day < 0.02 and reached.per_interval < 0.06


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.5])
def test_a_given_factor_is_taken(factor: float):
    day = MONDAY + timedelta(56)
    expected = forecast(weeks(8), calendar=Calendar({day: factor}))
    assert expected.counts[0].sum() == pytest.approx(LEVELS[0] * factor, rel=0.02)


def test_without_special_days_on_record_a_guess_is_made():
    totals, usual = np.ones((3, 7)), np.ones((3, 7), dtype=bool)
    assert special_factor(totals, usual, alike=~usual) == 0.3


def test_paydays_are_learnt_from_the_day_of_the_month():
    history = weeks(26)
    days = [history.day(number) for number in range(history.days)]
    payday = np.array([day.day in (9, 10, 11) for day in days])
    history.counts[payday] *= 1.5
    expected = forecast(history, 31)
    plain = forecast(weeks(26), 31)
    tenth = [n for n in range(31) if expected.day(n).day == 10]
    twentieth = [n for n in range(31) if expected.day(n).day == 20]
    rise = expected.counts[tenth].sum() / plain.counts[tenth].sum()
    assert 1.05 < rise < 1.5  # drawn towards none: so few months tell little
    assert expected.counts[twentieth].sum() == pytest.approx(
        plain.counts[twentieth].sum(), rel=0.03
    )


def test_a_weekday_that_never_had_calls_gets_none():
    expected = forecast(noisy(8))
    assert expected.counts[6].sum() == 0
    assert (expected.counts >= 0).all()


def test_a_log_of_days_without_any_call_expects_none():
    empty = History(date(2026, 1, 1), np.zeros((30, 24)))
    for method in METHODS:
        assert forecast(empty, method=method).counts.sum() == 0


@pytest.mark.parametrize(
    ("days", "method", "said"),
    [
        (0, "dated", "0 days ahead"),
        (AHEAD_MAX + 1, "dated", "days ahead"),
        (7, "tea leaves", "no method"),
    ],
)
def test_what_cannot_be_forecast_is_refused(days: int, method: str, said: str):
    with pytest.raises(ValueError, match=said):
        forecast(weeks(3), days, method=method)


def test_less_than_a_week_is_too_little():
    short = History(MONDAY, np.ones((6, 48)))
    with pytest.raises(ValueError, match="6 days of calls"):
        forecast(short)


def test_the_band_holds_most_days():
    history = noisy(26)
    low, high = forecast(history).band
    totals = history.counts.sum(1)
    usual = np.array([LEVELS[number % 7] for number in range(history.days)])
    inside = [
        low <= total / level <= high
        for total, level in zip(totals, usual, strict=True)
        if level > 50
    ]
    assert 0.7 < np.mean(inside) < 0.95
    assert low < 1 < high


def test_the_bank_log_is_forecast_better_than_by_the_plain_methods():
    history = read_counts(needs(BANK), 900)
    reached = {name: accuracy(history, method)[:2] for name, method in measures(Calendar()).items()}
    ours = reached["dated"]
    assert reached["median of 6 weeks"] == pytest.approx((0.2747, 0.1347), abs=1e-4)
    for name in ("last week", "mean of 4 weeks", "median of 6 weeks"):
        assert ours[0] < reached[name][0] and ours[1] < reached[name][1], name
    assert ours[0] < 0.26 and ours[1] < 0.132


def test_a_calendar_of_the_bank_s_holidays_makes_it_better_still():
    history = read_counts(needs(BANK), 900)
    fast = {date(1999, *each): None for each in ((4, 1), (4, 7), (4, 21), (5, 21), (7, 22))}
    plain = accuracy(history, measures(Calendar())["dated"])
    known = accuracy(history, measures(Calendar(fast))["dated"])
    assert known.per_day < plain.per_day and known.per_interval < plain.per_interval


def test_accuracy_takes_two_weeks_with_calls():
    with pytest.raises(ValueError, match="it takes 14"):
        accuracy(weeks(1), measures(Calendar())["dated"])
    with pytest.raises(ValueError, match="no calls"):
        accuracy(History(MONDAY, np.zeros((21, 24))), measures(Calendar())["dated"])
    assert accuracy(weeks(3), measures(Calendar())["last week"]) == (0, 0, 2)
