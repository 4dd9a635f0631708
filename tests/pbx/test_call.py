"""A leg's moves: each row of the table, and what is in none."""

from __future__ import annotations

import pytest

from pbx.call import TRANSITIONS, IllegalMove, Leg, LegState, Trigger

S, A, C, H, R, G = LegState
ALERT, ANSWER, HOLD, RETRIEVE, RELEASE, GONE = Trigger
TABLE = {
    S: {ALERT: A, ANSWER: C, RELEASE: R, GONE: G},
    A: {ALERT: A, ANSWER: C, RELEASE: R, GONE: G},
    C: {HOLD: H, RETRIEVE: C, RELEASE: R, GONE: G},
    H: {HOLD: H, RETRIEVE: C, RELEASE: R, GONE: G},
    R: {ALERT: R, ANSWER: R, HOLD: R, RETRIEVE: R, RELEASE: R, GONE: G},
    G: {},
}


@pytest.mark.parametrize("trigger", Trigger)
@pytest.mark.parametrize("state", LegState)
def test_a_leg_moves_by_the_table_and_not_otherwise(state: LegState, trigger: Trigger):
    leg = Leg(2, "t00001-00000001", "extension:201", incoming=False, state=state)
    after = TABLE[state].get(trigger)
    if after is None:
        with pytest.raises(IllegalMove):
            leg.move(trigger)
        assert leg.state is state
    else:
        leg.move(trigger)
        assert leg.state is after


def test_the_table_has_no_row_but_these():
    rows = {(state, trigger) for state, moves in TABLE.items() for trigger in moves}
    assert set(TRANSITIONS) == rows


@pytest.mark.parametrize("state", LegState)
def test_a_leg_is_up_from_its_answer_to_its_release(state: LegState):
    leg = Leg(2, "t00001-00000001", "extension:201", incoming=False, state=state)
    assert leg.is_up is (state in (C, H))
