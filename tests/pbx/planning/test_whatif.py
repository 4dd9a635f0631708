"""What if: the day lived many times, with and without a change, by the queue engine."""

from __future__ import annotations

import numpy as np
import pytest

from kernel.erlang import a as erlang_a
from kernel.erlang import c as erlang_c
from kernel.simulator.model import exponential
from pbx.planning.whatif import AGENTS_MAX, Change, Day, changed, rosters, simulate, what_if

EVEN = Day(
    expected=np.full(48, 60.0),
    agents=np.full(48, 14.0),
    interval_s=1800,
    talk=exponential(300_000),
    spread=0.0,
)


def test_an_even_day_comes_out_as_erlang_says():
    found = simulate(EVEN, runs=100).bands["service_level"]
    said = erlang_c.wait(14, 10, aht_s=300, within_s=20).service_level
    assert abs(found.mean - said) < 0.02
    assert found.half_width < 0.02 and found.low < said < found.high


def test_patience_comes_out_as_erlang_a_says():
    day = EVEN._replace(agents=np.full(48, 9.0), patience=exponential(300_000))
    found = simulate(day, runs=60).bands["abandoned_share"]
    said = erlang_a.wait(9, 10, aht_s=300, patience_s=300, within_s=20).p_abandon
    assert abs(found.mean - said) < 0.015


def test_the_same_seed_gives_the_same_days_and_another_others():
    bands = [simulate(EVEN, runs=5, seed=seed).bands["asa_s"] for seed in (3, 3, 4)]
    assert bands[0] == bands[1] != bands[2]


def test_one_more_agent_helps_and_is_known_better_than_the_day():
    day = EVEN._replace(agents=np.full(48, 12.0), patience=exponential(300_000), spread=0.13)
    found = what_if(day, Change(1), runs=40)
    gain = found.gain["service_level"]
    assert 0.02 < gain.mean < 0.3
    assert gain.half_width < found.before.bands["service_level"].half_width
    assert found.gain["offered"].mean == 0  # the same callers


def test_a_change_has_its_hours():
    found = what_if(EVEN, Change(-4, 20, 24), runs=20)
    fall = [
        (before or 0) - (after or 0)
        for before, after in zip(found.before.by_interval, found.after.by_interval, strict=True)
    ]
    assert max(map(abs, fall[:20])) < 1e-9
    assert np.mean(fall[20:24]) > 0.2


@pytest.mark.parametrize(
    ("first", "last", "more"),
    [
        (1, 2, [0, 2, 0, 0]),
        (1.25, 2, [0, 1.5, 0, 0]),
        (1, 2.5, [0, 2, 1, 0]),
        (1.25, 1.5, [0, 0.5, 0, 0]),
        (0, None, [2, 2, 2, 2]),
        (3.5, 4, [0, 0, 0, 1]),
    ],
)
def test_a_part_of_an_interval_has_the_change_for_that_part(
    first: float, last: float | None, more: list[float]
):
    day = EVEN._replace(expected=np.ones(4), agents=np.full(4, 3.0))
    assert changed(day, Change(2, first, last)).agents.tolist() == [3 + each for each in more]


def test_agents_cannot_be_fewer_than_none():
    assert changed(EVEN, Change(-20, 0, 2)).agents[:3].tolist() == [0, 0, 14]
    for change in (Change(1, 5, 5), Change(1, -1, 3), Change(1, 0, 49)):
        with pytest.raises(ValueError, match="intervals"):
            changed(EVEN, change)


def test_numbers_by_interval_become_shifts():
    shifts = rosters(np.array([1, 2, 2, 0, 1]), 60)
    assert shifts == [[(0, 180_000), (240_000, 300_000)], [(60_000, 180_000)]]
    assert rosters(np.zeros(3), 60) == []
    for wrong in (np.array([-1]), np.array([AGENTS_MAX + 1]), np.array([])):
        with pytest.raises(ValueError, match="agents at work"):
            rosters(wrong, 60)


@pytest.mark.parametrize(
    ("agents", "shifts"),
    [
        ([0.5, 1], [(30_000, 120_000)]),
        ([1, 0.5], [(0, 90_000)]),
        ([1, 0.5, 1], [(0, 90_000), (120_000, 180_000)]),
    ],
)
def test_a_part_of_an_agent_joins_the_interval_that_has_more_of_it_and_of_equals_the_earlier(
    agents: list[float], shifts: list[tuple[int, int]]
):
    assert rosters(np.array(agents), 60) == [shifts]


def test_calls_that_came_are_taken_as_they_came():
    came = [600.0 * n for n in range(72)]  # until noon
    day = EVEN._replace(came=came, now_s=43_200.0, expected=np.full(48, 6.0))
    offered = simulate(day, runs=30).bands["offered"]
    assert abs(offered.mean - (72 + 24 * 6)) < 8
    assert offered.low >= 72


def test_the_level_of_the_rest_widens_the_band():
    narrow = simulate(EVEN, runs=50).bands["offered"]
    wide = simulate(EVEN._replace(spread=0.13), runs=50).bands["offered"]
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)
    assert wide.mean == pytest.approx(narrow.mean, rel=0.02)


def known(values: list[float | None]) -> np.ndarray:
    """The values, all of which are there."""
    assert None not in values
    return np.array(values, dtype=float)


def test_each_interval_has_its_chance_of_the_target():
    few = np.concatenate([np.full(24, 30.0), np.full(24, 11.0)])
    chance = known(simulate(EVEN._replace(agents=few), runs=40).chance)
    assert chance[:24].min() == 1 and chance[30:].max() < 0.6
    easy = known(simulate(EVEN._replace(agents=few, target=0.01), runs=40).chance)
    assert (easy >= chance).all()


def test_the_intervals_make_up_the_day():
    found = simulate(EVEN, runs=40)
    whole = found.bands["service_level"].mean
    assert known(found.by_interval).mean() == pytest.approx(whole, abs=0.02)


def test_a_day_on_which_nobody_calls_has_no_figures():
    found = what_if(EVEN._replace(expected=np.zeros(48)), Change(1), runs=3)
    assert found.before.chance == [None] * 48
    assert found.before.bands["service_level"].runs == 0
    assert found.gain["asa_s"].mean == 0
    assert found.before.by_interval == [None] * 48


def test_progress_is_told_to_the_end():
    told: list[tuple[int, int]] = []
    what_if(EVEN, Change(1), runs=7, report=lambda done, runs: told.append((done, runs)))
    assert told[-1] == (14, 14) and told == sorted(told)


@pytest.mark.parametrize(
    ("day", "runs", "said"),
    [
        (EVEN, 0, "0 runs"),
        (EVEN._replace(spread=2.0), 5, "spread"),
        (EVEN._replace(agents=np.full(47, 1.0)), 5, "47 of agents"),
    ],
)
def test_what_cannot_be_lived_is_refused(day: Day, runs: int, said: str):
    with pytest.raises(ValueError, match=said):
        simulate(day, runs=runs)
