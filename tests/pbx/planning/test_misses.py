"""What plans missed: shares in log-odds, the shift of days alike, the spread of what is left."""

from __future__ import annotations

import numpy as np
import pytest

from kernel.replications import Band
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
    return Missed(np.arange(number, 0, -1.0), kind, miss, np.zeros(number))


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


def test_a_shifted_band_stays_a_share_and_is_as_wide_as_was_missed():
    band = Band(0.9, 0.01, 0.85, 0.95, 100)
    same = shifted(band, 0.0, Miss(0.0, 0.1))
    wide = shifted(band, 0.05, Miss(0.5, 1.5))
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
    assert chance_of(said[:50], was_met[:50]) is None
