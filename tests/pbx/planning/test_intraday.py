"""The rest of today, by what has come so far."""

from __future__ import annotations

import numpy as np
import pytest

from pbx.planning.accuracy import ORIGINS
from pbx.planning.forecast import forecast
from pbx.planning.history import History
from pbx.planning.intraday import update
from pbx.service.planning.call_counts import read_counts
from tests.shared import needs

DAY = np.full(48, 20.0)


def test_what_came_is_kept_and_the_rest_follows_its_level():
    now = update(DAY, np.full(24, 30.0))
    assert now.counts[:24].tolist() == [30.0] * 24
    assert 1.2 < now.level < 1.5
    assert np.allclose(now.counts[24:], 20 * now.level)


def test_the_first_interval_says_little_and_none_says_nothing():
    assert update(DAY, np.array([40.0])).level == pytest.approx(1.05, abs=0.01)
    assert update(DAY, np.array([])).level == 1


def test_a_day_on_which_nobody_called_yet_is_not_given_up():
    assert 0.2 < update(DAY, np.zeros(40)).level < 0.5


def test_more_intervals_than_a_day_has_are_refused():
    with pytest.raises(ValueError, match="49 intervals have passed"):
        update(DAY, np.zeros(49))


@pytest.mark.parametrize("hour", [10, 12, 14, 16])
def test_the_bank_s_days_are_known_better_at(hour: int):
    history = read_counts(needs("data/bank1999_arrivals_15min_jan_jul.csv"), 900)
    over, plain, updated = hour * 4, 0.0, 0.0
    for start in range(history.days - 7 * ORIGINS, history.days, 7):
        week = forecast(History(history.first, history.counts[:start])).counts
        for expected, came in zip(week, history.counts[start : start + 7], strict=True):
            plain += np.abs(expected[over:] - came[over:]).sum()
            updated += np.abs(update(expected, came[:over]).counts[over:] - came[over:]).sum()
    assert updated < plain
