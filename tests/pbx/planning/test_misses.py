"""What plans missed: shares in log-odds, the shift of days alike, the spread of what is left."""

from __future__ import annotations

import numpy as np
import pytest

from kernel.simulator.replications import Band, student
from pbx.planning.misses import (
    SPECIAL,
    Chance,
    Miss,
    Missed,
    chance_of,
    mended,
    miss_of,
    odds,
    share_of,
    shifted,
    slope,
)

DAYS = 84


def missed(miss: np.ndarray, *, special: int = 0) -> Missed:
    """A day each, the oldest first; the last `special` of them special."""
    number = len(miss)
    kind = np.arange(number) % 7
    kind[number - special :] = SPECIAL
    return Missed(np.arange(number, 0, -1.0), kind, miss, np.zeros(number), np.zeros(number))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 1.0])
def test_log_odds_lead_back_to_their_share(share: float):
    assert share_of(odds(share)) == pytest.approx(share)
    assert slope(share) == pytest.approx((odds(share + 1e-6) - odds(share - 1e-6)) / 2e-6, rel=1e-3)


def test_what_all_days_missed_is_the_shift_and_their_spread_is_found():
    noise = np.random.default_rng(1).normal(0.4, 0.3, DAYS)
    found = miss_of(missed(noise), 2)
    assert found.shift == pytest.approx(0.4, abs=0.25)
    assert 0.22 < found.spread < 0.5


def test_a_weekday_has_a_shift_of_its_own_as_far_as_it_is_known():
    miss = np.where(np.arange(DAYS) % 7 == 5, 1.0, 0.0) + np.random.default_rng(2).normal(
        0, 0.3, DAYS
    )
    assert miss_of(missed(miss), 5).shift > miss_of(missed(miss), 2).shift + 0.3


def test_special_days_go_by_those_before_and_not_by_the_others():
    miss = np.random.default_rng(3).normal(0, 0.2, DAYS)
    miss[-3:] += 2.0
    special = missed(miss, special=3)
    assert miss_of(special, SPECIAL).shift > 1.2
    assert abs(miss_of(special, 2).shift) < 0.3


def test_one_day_beyond_measure_does_not_widen_all():
    miss = np.random.default_rng(4).normal(0, 0.2, DAYS)
    plain = miss_of(missed(miss), 2).spread
    miss[-4] = 30.0
    assert miss_of(missed(miss), 2).spread < 2 * plain


def a_day_each(miss: list[float], *, age: float = 0.0, noise: list[float] | None = None) -> Missed:
    """Mondays, all as old, planned alike."""
    number = len(miss)
    return Missed(
        np.full(number, age), np.zeros(number, dtype=np.int64), np.array(miss),
        np.array(noise or [0.0] * number), np.zeros(number),
    )  # fmt: skip


def test_a_day_counts_half_after_two_weeks():
    days = a_day_each([1.0, -1.0])._replace(age=np.array([14.0, 0.0]))
    assert miss_of(days, 2).shift == pytest.approx((0.5 - 1) / 1.5)
    older = days._replace(age=np.array([28.0, 0.0]))
    assert miss_of(older, 2).shift == pytest.approx((0.25 - 1) / 1.25)


def test_a_day_to_which_chance_did_much_counts_half():
    plain = a_day_each([1.0, 1.0, -1.0, -1.0])
    noisy = plain._replace(noise=np.array([0.3, 0.3, 0.0, 0.0]))
    assert miss_of(plain, 2).shift == pytest.approx(0)
    assert miss_of(noisy, 2).shift == pytest.approx(-1 / 3)


def test_two_days_of_no_shift_are_averaged_with_a_weekday_s_own():
    swing = np.linspace(-0.3, 0.3, 4)
    kinds = np.repeat([0, 1], 4)
    days = a_day_each([*swing, *(swing + 0.6)])._replace(kind=kinds)
    assert miss_of(days, 0).shift == pytest.approx(0.3 - 0.3 * 4 / 6)
    assert miss_of(days, 1).shift == pytest.approx(0.3 + 0.3 * 4 / 6)
    assert miss_of(days, 2).shift == pytest.approx(0.3)  # a weekday that is not there


def test_a_plan_that_says_much_comes_to_less_where_plans_stray():
    dice = np.random.default_rng(6)
    planned = dice.normal(0, 0.5, DAYS)
    came = dice.normal(0, 0.2, DAYS)
    days = missed(came - planned)._replace(planned=planned, age=np.zeros(DAYS))
    found = miss_of(days, 2)
    square = DAYS * planned.var()
    assert found.slope == pytest.approx(-square / (square + 4), abs=0.1)
    assert found.of(0.5) < found.of(0.0) < found.of(-0.5)
    assert found.of(found.about) == found.shift
    assert found.spread < miss_of(days._replace(planned=np.zeros(DAYS)), 2).spread / 1.5
    right = miss_of(days._replace(miss=came), 2)
    assert abs(right.slope) < 0.1  # plans that were as far apart as the days


def test_few_days_do_not_tell_a_slope():
    planned = np.array([0.3, -0.3] * 3)
    days = a_day_each([-0.3, 0.3] * 3)._replace(planned=planned)
    assert miss_of(days, 0).slope == pytest.approx(-6 * 0.09 / (6 * 0.09 + 4))


def test_special_days_do_not_go_by_what_was_planned():
    miss = np.random.default_rng(3).normal(0, 0.2, DAYS)
    miss[-2:] = 2.0
    days = missed(miss, special=2)
    days = days._replace(planned=-days.miss)
    found = miss_of(days, SPECIAL)
    assert found.of(1.0) == found.of(-1.0) == found.shift
    base = miss_of(days._replace(kind=np.where(days.kind == SPECIAL, SPECIAL, 0)), 6).shift
    assert found.shift == pytest.approx(base + 8 * (2 - base) / 10, abs=0.15)


def test_the_fewer_days_the_wider():
    swing = [0.3, -0.3]
    few, many = miss_of(a_day_each(swing * 6), 2).spread, miss_of(a_day_each(swing * 60), 2).spread
    assert many == pytest.approx(0.3, abs=0.02)
    assert few > 1.1 * many


def test_what_chance_does_to_a_day_is_no_spread_of_the_plan():
    swing = [0.5, -0.5] * 30
    assert miss_of(a_day_each(swing, noise=[0.4] * 60), 2).spread == pytest.approx(0.3, abs=0.03)
    assert miss_of(a_day_each(swing, noise=[0.7] * 60), 2).spread == pytest.approx(0.1, abs=0.01)


def test_the_spread_is_what_days_missed_beyond_what_those_before_them_told():
    miss = np.linspace(-1.0, 1.0, 20)  # rising, so that those before always tell too little
    days = a_day_each(miss.tolist())._replace(age=np.arange(19.0, -1, -1))
    told = 0.5 ** (days.age / 14)
    square = 0.0
    for day in range(20):
        others = np.arange(20) < day if day >= 14 else np.arange(20) != day
        mean = (told * miss)[others].sum() / told[others].sum()
        square += told[day] / told.sum() * (miss[day] - mean) ** 2
    number = told.sum() ** 2 / (told**2).sum()  # 18.6 days
    unknown = student(0.9, 18) / 1.6449 * np.sqrt(1 + 1 / number)
    assert miss_of(days, 2).spread == pytest.approx(np.sqrt(square) * unknown, rel=1e-3)


def test_a_day_that_is_far_out_counts_as_one_that_is_just_far():
    swing = [0.2, -0.2] * 20
    far = 0.2 + 2.5 * 1.4826 * 0.4  # from the median, by the median distance
    found = miss_of(a_day_each([*swing, 50.0]), 2)
    assert found.shift == pytest.approx(far / 41)
    assert found.shift == miss_of(a_day_each([*swing, 5.0]), 2).shift


def test_a_shifted_band_holds_nine_days_of_ten():
    band = shifted(Band(0.5, 0.01, 0.4, 0.6, 100), 0.0, miss=Miss(0.0, 1.0))
    assert band.high == pytest.approx(share_of(1.645), abs=1e-3) and band.runs == 100
    chance = shifted(Band(0.5, 0.01, 0.4, 0.6, 100), 0.5 / slope(0.5), miss=Miss(0.0, 0.0))
    assert chance.low == pytest.approx(share_of(-1.645 * 0.5), abs=1e-3)
    both = shifted(Band(0.5, 0.01, 0.4, 0.6, 100), 0.3 / slope(0.5), miss=Miss(0.0, 0.4))
    assert both.low == pytest.approx(share_of(-1.645 * 0.5), abs=1e-3)


def test_a_share_of_nothing_or_all_has_room_left():
    assert odds(0.0) == pytest.approx(np.log(0.02 / 1.02)) and odds(1.0) > 3.9
    assert share_of(-50.0) == 0.0 and share_of(50.0) == 1.0


def test_a_shifted_band_stays_a_share_and_is_as_wide_as_was_missed():
    band = Band(0.9, 0.01, 0.85, 0.95, 100)
    same = shifted(band, 0.0, miss=Miss(0.0, 0.1))
    wide = shifted(band, 0.05, miss=Miss(0.5, 1.5))
    assert same.mean == pytest.approx(0.9) and same.high - same.low < 0.05
    assert wide.mean > 0.9 and 0 <= wide.low < 0.6 and wide.high <= 1


def test_chances_that_were_said_too_high_are_mended():
    said = np.full(2000, 0.8)
    said[1000:] = 0.2
    was_met = np.arange(2000) % 10 < np.where(said > 0.5, 6, 1)
    chance = chance_of(said, was_met)
    assert mended(0.8, chance) == pytest.approx(0.6, abs=0.03)
    assert mended(0.2, chance) == pytest.approx(0.1, abs=0.03)
    assert mended(0.3, None) == 0.3
    assert mended(0.3, Chance()) == pytest.approx(0.3, abs=0.02)
    assert chance_of(said[:199], was_met[:199]) is None
    assert chance_of(said[900:1100], was_met[900:1100]) is not None
    assert chance_of(said, np.ones(2000, dtype=bool)) is None
    assert chance_of(said, np.zeros(2000, dtype=bool)) is None
