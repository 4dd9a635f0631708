"""The four-week recipe: each step as it is told."""

from __future__ import annotations

import numpy as np
import pytest

from kernel.erlang import b as erlang_b
from pbx.planning.recipe import abandons_by_seats, recipe, smooth
from pbx.planning.staffing import Target

WEEKS = np.array([[58.0, 60, 62], [62, 60, 58], [60, 60, 60], [60, 60, 60]])
GIVEN = {"aht_s": 300.0, "interval_s": 1800.0, "target": Target()}


def test_the_steps_of_sixty_calls_in_half_an_hour():
    step = recipe(WEEKS, **GIVEN)[1]
    assert step.counts == (60, 60, 60, 60)
    assert step.profile == pytest.approx(60)
    assert step.perfect == pytest.approx(10)  # six calls an agent
    assert step.productive == 15  # at 70 %
    assert step.erlang == 14
    assert step.trunks == erlang_b.lines(60 * (300 + 13.06) / 1800, 0.01)


@pytest.mark.parametrize(("productivity", "agents"), [(0.6, 17), (0.75, 14), (1.0, 10)])
def test_productivity_divides(productivity: float, agents: int):
    assert recipe(WEEKS, productivity=productivity, **GIVEN)[1].productive == agents


def test_smoothing_keeps_the_day_s_calls_and_its_closed_hours():
    weeks = np.zeros((2, 48))
    weeks[:, 20:24] = [[10, 30, 10, 20], [10, 10, 30, 20]]
    profile = smooth(weeks)
    assert profile.sum() == pytest.approx(70)
    assert profile[19] == profile[24] == 0
    assert 10 < profile[20] < profile[21] < 20 and 10 < profile[22] < 20
    assert smooth(np.zeros((4, 48))).tolist() == [0] * 48


def test_a_closed_day_needs_nobody():
    steps = recipe(np.zeros((4, 2)), **GIVEN)
    assert [(step.productive, step.erlang, step.trunks) for step in steps] == [(0, 0, 0)] * 2


def test_the_recipe_takes_four_weeks_and_a_productivity():
    with pytest.raises(ValueError, match="3 weeks"):
        recipe(WEEKS[:3], **GIVEN)
    with pytest.raises(ValueError, match="productivity"):
        recipe(WEEKS, productivity=0, **GIVEN)


def test_abandonment_falls_with_the_seats():
    rows = abandons_by_seats(10, aht_s=300, target=Target(patience_s=90))
    shares = [row.p_abandon for row in rows]
    assert rows[0].agents == 5 and shares == sorted(shares, reverse=True)
    assert shares[0] > 0.5 and shares[-1] < 0.001
    with pytest.raises(ValueError, match="patience"):
        abandons_by_seats(10, aht_s=300, target=Target())
