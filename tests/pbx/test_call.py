"""A leg's moves: each row of the table, and what is in none."""

from __future__ import annotations

import msgspec
import pytest

from pbx.call import TRANSITIONS, Call, IllegalMove, Leg, LegState, Trigger

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
    leg = Leg(2, "t00001-00000001", "extension:201", state=state)
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
    leg = Leg(2, "t00001-00000001", "extension:201", state=state)
    assert leg.is_up is (state in (C, H))


@pytest.mark.parametrize(("at_ms", "has_been"), [(-1, False), (0, True), (1, True)])
def test_what_has_happened_has_its_time_which_may_be_the_very_first(at_ms: int, has_been: bool):
    never = Call(
        "t00001-00000001", "internal", "extension:201", "201", "300", "", 2, 0, 0
    )
    call = msgspec.structs.replace(
        never, answered_ms=at_ms, connected_ms=at_ms, held_ms=at_ms, ended_ms=at_ms
    )
    assert [call.was_answered, call.was_connected, call.is_held, call.is_over] == [has_been] * 4
    assert not (never.was_answered or never.was_connected or never.is_held or never.is_over)
    assert call.wall(at_ms) == at_ms
