"""When agents were at work, by the calls they took."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pbx.planning.presence import AWAY_S, GAP_MAX_S, WAITED_S, Taken, after_call, presence

FIRST, SECOND = Taken(1000, 1200), Taken(2000, 2100)


def test_a_gap_in_which_nobody_waits_is_idleness():
    assert presence([SECOND, FIRST], []) == [(1000, 2100)]


def test_a_gap_in_which_others_wait_is_absence():
    waiting = [(1300.0, 1300.0 + WAITED_S + 1)]
    assert presence([FIRST, SECOND], waiting) == [(1000, 1200), (2000, 2100)]
    short = [(1300.0, 1300.0 + WAITED_S - 1)]
    assert presence([FIRST, SECOND], short) == [(1000, 2100)]


def test_who_wait_at_once_wait_once():
    two = [(1300.0, 1320.0), (1310.0, 1329.0)]
    assert presence([FIRST, SECOND], two) == [(1000, 2100)]
    assert len(presence([FIRST, SECOND], [*two, (1500.0, 1502.0)])) == 2


def test_only_waits_within_the_gap_count():
    around = [(0.0, 1200.0), (2000.0, 5000.0)]
    assert presence([FIRST, SECOND], around) == [(1000, 2100)]
    across = [(0.0, 5000.0)]
    assert len(presence([FIRST, SECOND], across)) == 2


def test_a_short_gap_is_work_after_the_call():
    soon = Taken(1200 + AWAY_S, 1400)
    assert presence([FIRST, soon], [(0.0, 5000.0)]) == [(1000, 1400)]


def test_nobody_is_idle_for_hours():
    late = Taken(1200 + GAP_MAX_S + 1, 9000)
    assert len(presence([FIRST, late], [])) == 2


def test_calls_that_overlap_are_one_span_and_a_call_of_no_length_lasts():
    assert presence([FIRST, Taken(1100, 1150)], []) == [(1000, 1200)]
    assert presence([Taken(5, 5)], []) == [(5, 6)]
    assert presence([], []) == []


def test_spans_never_overlap():
    calls = [Taken(0, 500), Taken(100, 200), Taken(5000, 5000), Taken(5000, 5001), Taken(90, 100)]
    spans = presence(calls, [(600.0, 900.0)])
    assert spans == sorted(spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


@pytest.mark.parametrize(
    ("gap", "wait", "said"),
    [
        (10.0, 30.0, (10.0, True)),  # it was there already
        (10.0, 4.0, (10.0, True)),  # it came meanwhile, and nobody was ready
        (10.0, 0.0, (10.0, False)),  # the agent was ready before it came
        (500.0, 30.0, (AWAY_S, False)),  # more than work after a call
    ],
)
def test_work_after_a_call_is_known_if_the_next_one_waited(
    gap: float, wait: float, said: tuple[float, bool]
):
    assert after_call([FIRST, Taken(1200 + gap, 2000)], [0.0, wait]) == [said]


def test_calls_that_overlap_have_no_gap_between_them():
    assert after_call([FIRST, Taken(1100, 1300)], [0.0, 5.0]) == []
