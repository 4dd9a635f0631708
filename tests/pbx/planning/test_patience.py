"""Patience, from those who hung up and those who were answered before they would have."""

from __future__ import annotations

import numpy as np
import pytest

from kernel.simulator.model import NEVER
from pbx.planning.patience import STEPS_MAX, kaplan_meier, law_of


def test_who_was_answered_counts_as_patient_up_to_then():
    times, shares = kaplan_meier(np.array([10, 20, 20, 30.0]), np.array([True, False, True, True]))
    assert times.tolist() == [10, 20, 30]
    assert shares == pytest.approx([1 / 4, 3 / 4 / 3, 1 / 2])


def test_counts_are_as_good_as_the_waits_themselves():
    dice = np.random.default_rng(3)
    waits, gone = np.round(dice.exponential(40, 3_000)), dice.random(3_000) < 0.3
    lasted = np.tile(np.arange(500.0), 2)
    ended = np.repeat([False, True], 500)
    counts = np.array(
        [((waits == time) & (gone == end)).sum() for time, end in zip(lasted, ended, strict=True)]
    )
    plain, counted = kaplan_meier(waits, gone), kaplan_meier(lasted, ended, counts=counts)
    assert np.array_equal(plain[0], counted[0]) and np.allclose(plain[1], counted[1])
    with pytest.raises(ValueError, match="no count"):
        kaplan_meier(lasted, ended, counts=-np.ones(1000))


def test_exponential_patience_is_found_behind_exponential_waits():
    dice = np.random.default_rng(1)
    patience, offered = dice.exponential(100, 20_000), dice.exponential(50, 20_000)
    times, shares = kaplan_meier(np.minimum(patience, offered), patience < offered)
    for share in (0.25, 0.5, 0.75):
        at = times[np.searchsorted(np.cumsum(shares), share)]
        assert at == pytest.approx(-100 * np.log(1 - share), rel=0.05)


def test_patience_beyond_what_was_seen_never_ends_unless_told():
    waits, gone = np.array([10.0, 60.0]), np.array([True, False])
    law = law_of(waits, gone)
    assert law.values == (10_000,) and law.sums == (0.5,)
    assert law.mean_ms() == float("inf")
    assert law_of(waits, gone, always_ends=True).mean_ms() == 10_000


def test_nobody_who_hung_up_is_patience_without_end():
    assert law_of(np.array([5.0]), np.array([False])) == NEVER
    assert law_of(np.array([]), np.array([], dtype=bool)) == NEVER


def test_many_waits_become_few_steps_of_the_same_mean():
    waits = np.random.default_rng(2).exponential(90, 50_000)
    law = law_of(waits, np.ones(50_000, dtype=bool))
    assert len(law.values) <= STEPS_MAX
    assert law.mean_ms() == pytest.approx(waits.mean() * 1000, rel=0.001)


@pytest.mark.parametrize(
    ("waits", "gone"),
    [([1.0, 2.0], [True]), ([-1.0], [True]), ([float("nan")], [True]), ([[1.0]], [[True]])],
)
def test_what_are_no_waits_is_refused(waits: list[float], gone: list[bool]):
    with pytest.raises(ValueError, match="time"):
        kaplan_meier(np.array(waits), np.array(gone))
