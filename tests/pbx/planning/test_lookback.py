"""Looking back: days planned from those before their week, what they missed, what that does."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pytest

from kernel.simulator.model import exponential
from kernel.simulator.replications import Band
from pbx.planning.history import Calendar, History
from pbx.planning.lookback import (
    FIGURES,
    RUNS,
    Compared,
    Outlook,
    Past,
    corrected,
    kind_of,
    look_back,
    outlook,
    usual_agents,
)
from pbx.planning.misses import SPECIAL, Chance, Miss, odds, slope
from pbx.planning.whatif import Day, Outcome, simulate
from tests.pbx.planning.histories import LEVELS, MONDAY, PER_DAY, weeks

NOBODY = np.zeros(PER_DAY)
DAY = Day(NOBODY, NOBODY, 1800, exponential(180_000), patience=exponential(120_000))
NO_FLAGS = np.zeros(0, dtype=bool)


def staffed(number: int, agents: float = 1.5) -> Past:
    """Weeks in which so many were at work wherever calls came; half answered soon, a tenth gone."""
    history = weeks(number)
    counts = history.counts
    return Past(history, np.where(counts > 0, agents, 0.0), counts * 0.5, counts * 0.1)


def compared(place: int, calls: float = 0.0, *, kind: int | None = None) -> Compared:
    """A day whose log told only its calls."""
    day = MONDAY + timedelta(place)
    return Compared(day, place % 7 if kind is None else kind, calls, [], np.zeros(0), NO_FLAGS)


# ---- what a plan may know ------------------------------------------------------------------------


def test_the_days_before_a_day_are_cut_alike_in_all_that_is_known():
    past = staffed(3).before(MONDAY + timedelta(9))
    assert past.history.days == 9
    assert [len(each) for each in (past.agents, past.within, past.abandoned) if each is not None] \
        == [9, 9, 9]  # fmt: skip
    assert Past(weeks(3)).before(MONDAY + timedelta(9)).agents is None
    assert staffed(3).before(MONDAY - timedelta(1)).history.days == 0


def test_the_usual_agents_are_those_of_such_weekdays():
    past = staffed(4)
    assert past.agents is not None
    past.agents[5::7] *= 2  # on Saturdays twice as many
    found = usual_agents(past, 7)
    assert found[0][25] == pytest.approx(1.5) and found[5][25] == pytest.approx(3)
    assert not found[6].any()  # closed on Sundays
    with pytest.raises(ValueError, match="who was at work"):
        usual_agents(Past(weeks(4)), 7)


def test_special_days_are_a_kind_of_their_own():
    calendar = Calendar({MONDAY: None, MONDAY + timedelta(1): 0.0})
    kinds = [kind_of(MONDAY + timedelta(n), calendar) for n in range(4)]
    assert kinds == [SPECIAL, SPECIAL, 2, 3]


# ---- days as planned and as they came ------------------------------------------------------------


def test_a_week_that_came_half_as_strong_again_strayed_by_so_much():
    history = weeks(6)
    history.counts[-7:] *= 1.5
    days = look_back(Past(history), DAY)
    strayed = {each.day: each.calls for each in days}
    for place in range(6):
        assert strayed[MONDAY + timedelta(35 + place)] == pytest.approx(math.log(1.5), abs=0.03)
        assert strayed[MONDAY + timedelta(28 + place)] == pytest.approx(0, abs=0.03)
    assert not any(each.figures or len(each.said) for each in days)  # the log tells no waits


def test_a_day_is_planned_from_the_days_before_its_week():
    whole, shorter = staffed(6), staffed(6)
    whole.history.counts[28:] *= 3
    of_both = [look_back(past, DAY)[:6] for past in (whole, shorter.before(MONDAY + timedelta(42)))]
    untouched = [each for each in of_both[0] if each.day < MONDAY + timedelta(28)]
    same = of_both[1][: len(untouched)]
    assert len(untouched) == 6
    assert [each.calls for each in untouched] == [each.calls for each in same]


def test_a_week_needs_two_before_it_and_only_the_last_twelve_count():
    done: list[tuple[int, int]] = []
    days = look_back(Past(weeks(4)), DAY, report=lambda *each: done.append(each))
    assert {each.day for each in days} == {
        MONDAY + timedelta(n) for n in range(14, 28) if n % 7 != 6
    }  # no Sundays: closed
    assert done == [(1, 2), (2, 2)]
    assert look_back(Past(weeks(2)), DAY) == []
    many = look_back(Past(weeks(17)), DAY)
    assert min(each.day for each in many) == MONDAY + timedelta(35)
    assert len(many) == 12 * 6


def test_a_day_that_nobody_could_plan_is_not_compared():
    history = weeks(5)
    history.counts[30] = 0  # nobody called on that Wednesday
    history.counts[34] = history.counts[28]  # a Sunday of calls, which no plan expects
    days = {each.day for each in look_back(Past(history), DAY)}
    assert MONDAY + timedelta(30) not in days and MONDAY + timedelta(34) not in days
    assert MONDAY + timedelta(29) in days


def test_the_figures_are_what_came_against_the_same_day_lived_as_planned():
    past = staffed(4)
    monday = next(each for each in look_back(past, DAY) if each.day == MONDAY + timedelta(14))
    before = past.before(MONDAY + timedelta(14))
    plan = DAY._replace(expected=before.history.counts[0], agents=usual_agents(before, 7)[0])
    lived = simulate(plan, runs=RUNS, seed=15)
    for reached, name, (miss, noise, planned) in zip(
        (0.5, 0.1), FIGURES, monday.figures, strict=True
    ):
        mean = lived.bands[name].mean
        assert miss == pytest.approx(odds(reached) - odds(mean), abs=0.15), name
        assert noise == pytest.approx(lived.noise[name] * slope(mean), rel=0.2), name
        assert planned + miss == pytest.approx(odds(reached)), name


def test_days_planned_alike_are_not_lived_by_the_same_chance():
    mondays = [each for each in look_back(staffed(5), DAY) if each.kind == 0]
    assert len({each.figures[0][2] for each in mondays}) == len(mondays) == 3


def test_chances_are_compared_only_where_somebody_called():
    past = staffed(4)
    assert past.within is not None
    past.history.counts[14, 16:20] = 0  # of four intervals of that Monday
    past.within[14] = 0
    past.within[14, 20:24] = past.history.counts[14, 20:24]  # in four the target was reached
    monday = look_back(past, DAY)[0]
    assert monday.day == MONDAY + timedelta(14)
    assert len(monday.said) == len(monday.was_met) == 16
    assert monday.was_met.tolist() == [True] * 4 + [False] * 12
    assert ((monday.said >= 0) & (monday.said <= 1)).all()


def test_the_target_is_reached_by_exactly_as_many_as_it_asks():
    past = staffed(3)
    assert past.within is not None
    past.history.counts[14, 16:36] = 10.0
    past.within[14, 16:36] = 8.0  # 80 % of 10
    past.within[14, 20:36] = 7.9
    monday = look_back(past, DAY)[0]
    assert monday.was_met.tolist() == [True] * 4 + [False] * 16


# ---- what they say of a day to come --------------------------------------------------------------


def test_too_few_days_say_nothing():
    assert outlook([], MONDAY) is None
    assert outlook([compared(n) for n in range(9)], MONDAY) is None
    assert outlook([compared(n) for n in range(10)], MONDAY) is not None
    special = [compared(n, kind=SPECIAL) for n in range(10)]
    assert outlook(special, MONDAY) is None  # they are not of the usual ones


def test_days_that_strayed_by_a_fifth_spread_the_next_one_so():
    days = [compared(n, 0.2 if n % 2 else -0.2) for n in range(60)]
    found = outlook(days, MONDAY)
    assert found is not None and 0.15 < found.spread < 0.3
    assert found.figures == {} and found.chance is None
    wild = outlook([compared(n, 5.0 if n % 2 else -5.0) for n in range(60)], MONDAY)
    assert wild is not None and wild.spread == 1.0  # what a day can be lived with


def test_each_figure_has_its_own_shift():
    days = [
        compared(n)._replace(
            figures=[(0.5 + 0.1 * (-1) ** n, 0.0, 0.0), (-0.3 + 0.1 * (-1) ** n, 0.0, 0.0)]
        )
        for n in range(60)
    ]
    found = outlook(days, MONDAY + timedelta(60))
    assert found is not None
    assert found.figures["service_level"].shift == pytest.approx(0.5, abs=0.1)
    assert found.figures["abandoned_share"].shift == pytest.approx(-0.3, abs=0.1)


def test_the_newest_days_say_most_whatever_their_order():
    days = [
        compared(n)._replace(figures=[(float(n >= 70) + 0.1 * (-1) ** n, 0.0, 0.0)] * 2)
        for n in range(84)
    ]
    for ordered in (days, days[::-1]):
        found = outlook(ordered, MONDAY + timedelta(84))
        assert found is not None and found.figures["service_level"].shift > 0.4
    old = [
        each._replace(figures=[(1 - miss, noise, told) for miss, noise, told in each.figures])
        for each in days
    ]
    said = outlook(old, MONDAY + timedelta(84))
    assert said is not None and said.figures["service_level"].shift < 0.6


# ---- what is made of it --------------------------------------------------------------------------

LIVED = Outcome(
    bands={name: Band(0.5, 0.01, 0.45, 0.55, 100) for name in (*FIGURES, "asa_s")},
    by_interval=[None, 0.4],
    chance=[None, 0.3],
    noise=dict.fromkeys((*FIGURES, "asa_s"), 0.03),
)


def test_an_outcome_of_which_the_log_says_nothing_stays():
    assert corrected(LIVED, None) is LIVED
    assert corrected(LIVED, Outlook(0.2, {}, None)) is LIVED


def test_the_figures_the_intervals_and_the_chances_move_by_what_was_missed():
    said = Outlook(
        0.2,
        {"service_level": Miss(1.0, 0.5), "abandoned_share": Miss(-1.0, 0.5)},
        Chance(1.0, 1.0),
    )
    found = corrected(LIVED, said)
    level, gone = (found.bands[name] for name in FIGURES)
    assert level.mean == pytest.approx(0.740, abs=0.001)  # of log-odds 1, with their room
    assert gone.mean == pytest.approx(0.260, abs=0.001)
    assert level.low < 0.6 < level.mean < 0.85 < level.high
    assert found.bands["asa_s"] == LIVED.bands["asa_s"]  # of which the log says nothing
    assert found.by_interval[0] is None and found.chance[0] is None
    assert found.by_interval[1] == pytest.approx(0.654, abs=0.001)
    assert found.chance[1] == pytest.approx(0.547, abs=0.001)


def test_a_day_s_intervals_move_as_far_as_its_service_level_does():
    said = Outlook(0.2, {name: Miss(0.5, 0.5, -0.5, -1.0) for name in FIGURES})
    found = corrected(LIVED, said)
    assert found.bands["service_level"].mean == pytest.approx(0.5)  # 0.5 - 0.5 * (0 + 1)
    assert found.by_interval[1] == pytest.approx(0.4)


def test_a_day_without_calls_has_no_band_to_move():
    empty = LIVED._replace(bands=dict.fromkeys(LIVED.bands, Band(0.0, 0.0, 0.0, 0.0, 0)))
    said = Outlook(0.2, {name: Miss(1.0, 0.5) for name in FIGURES})
    assert corrected(empty, said).bands == empty.bands


def test_a_log_s_whole_way_makes_a_band_that_holds_what_its_days_came_to():
    past = staffed(8)
    days = look_back(past, DAY)
    said = outlook(days, MONDAY + timedelta(56))
    plan = DAY._replace(
        expected=past.history.counts[0], agents=usual_agents(past, 1)[0], spread=0.1
    )
    found = corrected(simulate(plan, runs=40), said)
    for name, came in zip(FIGURES, (0.5, 0.1), strict=True):
        band = found.bands[name]
        assert band.mean == pytest.approx(came, abs=0.04), name
        assert band.low < came < band.high, name


def test_weeks_that_a_log_lacks_are_not_looked_back_upon():
    history = weeks(10)
    history.counts[42:56] = 0
    days = look_back(Past(history), DAY)
    assert not any(42 <= (each.day - MONDAY).days < 56 for each in days)
    assert max(abs(each.calls) for each in days) < 0.05
    assert sum(LEVELS[each.kind] > 0 for each in days) == len(days)
    assert isinstance(history, History)
