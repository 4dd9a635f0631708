"""Callbacks: entries without a leg that keep their place; the agent answers first."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.acd import engine as acd
from tests.kernel.acd.floor import ANN, BOB, SETTINGS, Floor

DIAL_MS, RETRY_MS = 30_000, 60_000
TIMES = {"dial_ms": DIAL_MS, "callback_retry_ms": RETRY_MS, "callback_tries": 2}


class Line(Floor):
    """A floor whose queue calls back, twice at most."""

    def __init__(self, agents: int = 1, **settings: Any) -> None:
        super().__init__(agents, **{**TIMES, **settings})

    def callback(self, now: int = 0, credit_ms: int = 0) -> int:
        return self.engine.enter_callback(now, 0, 0, credit_ms)

    def dialling(self) -> int:
        """A callback whose agent has answered at 100 ms, so that the customer is dialled."""
        entry = self.callback()
        self.did()
        self.answered(100, ANN)
        assert self.did() == [("dial", ANN, 1)]
        return entry


def test_the_agent_answers_first_then_the_customer_is_dialled() -> None:
    line = Line()
    entry = line.callback()
    assert line.did() == [("ring", ANN)]
    line.answered(100, ANN)
    assert line.did() == [("dial", ANN, 1)]
    assert line.state(entry) == "granted"
    assert line.standing(ANN) == "busy"
    line.bridged(110, ANN)  # there is nobody yet
    assert line.did() == []
    line.engine.customer_answered(5_000, entry)
    assert line.did() == [("bridge", ANN)]
    line.bridged(5_020, ANN)
    assert line.did() == [("confirmed", ANN), ("left", "called_back", "answered")]
    assert line.engine.counts(0) == (1, 0, 0, 0, 0, 1, 0)


def test_it_keeps_the_place_of_the_call_that_it_was() -> None:
    line = Line(agents=0)
    first, second = line.call(1_000), line.call(2_000)
    callback = line.callback(10_000, credit_ms=8_500)
    assert line.engine.waiting(0) == [first, callback, second]
    assert line.engine.position(callback) == 2


def test_who_is_not_reached_rests_and_is_tried_again() -> None:
    line = Line()
    entry = line.dialling()
    line.engine.customer_gone(9_000, entry)  # busy
    assert line.did() == [("release", ANN, 16), ("ended", ANN, "fell")]
    assert line.state(entry) == "resting"
    line.released(9_010, ANN)
    assert line.did() == []
    assert line.engine.next_deadline() == 9_000 + RETRY_MS
    line.engine.advance(9_000 + RETRY_MS)
    assert line.did() == [("ring", ANN)]
    line.answered(70_000, ANN)
    assert line.did() == [("dial", ANN, 2)]
    assert line.engine.tries(entry) == 2
    line.engine.customer_gone(71_000, entry)
    assert line.did()[-1] == ("left", "not_reached", "tries")
    assert line.engine.counts(0) == (1, 0, 0, 0, 0, 0, 1)
    assert line.engine.tries(entry) == 0


def test_a_customer_who_does_not_answer_is_hung_up_on() -> None:
    line = Line()
    entry = line.dialling()
    assert line.engine.next_deadline() == 100 + DIAL_MS
    line.engine.advance(100 + DIAL_MS)
    assert line.did() == [("release", -1, 16), ("release", ANN, 16), ("ended", ANN, "fell")]
    line.engine.customer_answered(30_200, entry)  # the 200 crossed our CANCEL
    assert line.did() == [("release", -1, 16)]
    line.engine.customer_gone(30_300, entry)
    assert line.state(entry) == "resting"


def test_an_old_leg_that_outlives_the_rest_keeps_it_from_being_dialled_twice() -> None:
    line = Line(callback_retry_ms=1_000)
    entry = line.dialling()
    line.engine.advance(100 + DIAL_MS)
    line.released(30_200, ANN)
    line.engine.advance(40_000)
    line.did()
    assert line.state(entry) == "resting"
    line.engine.customer_gone(41_000, entry)
    assert line.did() == [("ring", ANN)]


def test_an_agent_lost_while_dialling_costs_a_try_but_no_rest() -> None:
    line = Line(agents=2)
    entry = line.dialling()
    line.released(200, ANN)
    assert line.did() == [("ended", ANN, "fell"), ("release", -1, 16)]
    assert line.state(entry) == "resting"
    line.engine.customer_gone(300, entry)
    assert line.did() == [("ring", BOB)]
    assert line.engine.tries(entry) == 1


def test_with_the_customer_there_it_is_a_caller_like_others() -> None:
    line = Line(agents=2)
    entry = line.dialling()
    line.engine.customer_answered(200, entry)
    line.released(300, ANN)
    assert line.did() == [("bridge", ANN), ("ended", ANN, "fell"), ("ring", BOB)]
    line.answered(400, BOB)
    assert line.did() == [("bridge", BOB)]
    line.bridged(410, BOB)
    assert line.did() == [("confirmed", BOB), ("left", "called_back", "answered")]


def test_a_customer_who_hangs_up_before_the_bridge_has_abandoned() -> None:
    line = Line()
    entry = line.dialling()
    line.engine.customer_answered(200, entry)
    line.engine.customer_gone(300, entry)
    assert line.did()[-1] == ("left", "abandoned", "caller")


def test_a_callback_taken_out_of_the_queue_lets_everybody_go() -> None:
    line = Line()
    entry = line.dialling()
    line.engine.leave(200, entry, acd.EXITED)
    assert line.did() == [
        ("release", -1, 16),
        ("release", ANN, 26),
        ("ended", ANN, "fell"),
        ("left", "exited", "key"),
    ]
    line.engine.customer_answered(300, entry)
    line.engine.customer_gone(400, entry)
    assert line.did() == []


def test_callbacks_wait_where_callers_may_not() -> None:
    line = Line(max_wait_ms=1_000, leave_when_empty=True)
    line.engine.logout(0, ANN)
    kept = line.callback(1)
    line.call(2)
    assert line.did() == [("left", "overflowed", "empty")]
    line.engine.advance(100_000)
    assert line.engine.waiting(0) == [kept]
    line.engine.drop_queue(0, 200_000)
    assert line.did() == [("left", "overflowed", "empty")]


def test_a_queue_dropped_while_dialling_overflows_when_the_try_falls() -> None:
    line = Line()
    entry = line.dialling()
    line.engine.drop_queue(0, 200)
    assert line.did() == []
    line.engine.customer_gone(300, entry)
    assert line.did()[-1] == ("left", "overflowed", "empty")


def test_there_are_never_more_dials_than_agents_who_wait() -> None:
    line = Line(agents=2)
    for _ in range(5):
        line.callback()
    line.did()
    line.answered(10, ANN)
    line.answered(20, BOB)
    assert line.did() == [("dial", ANN, 1), ("dial", BOB, 1)]
    assert [acd.ENTRY_STATES[line.engine.entry_state(e)] for e in line.engine.waiting(0)] == [
        "waiting"
    ] * 3


def test_race_5_killed_while_the_customer_is_dialled() -> None:
    line = Line(agents=2)
    entry = line.dialling()
    again = acd.Engine()
    again.restore(line.engine.snapshot())
    again.released(1_000, line.offers[ANN], refused=False, lost=False)
    again.customer_gone(1_000, entry)
    assert again.check() == []
    rings = [action for action in again.actions() if action[0] == acd.RING]
    assert [action[1:3] for action in rings] == [(entry, BOB)]
    assert again.tries(entry) == 1


def test_a_resting_callback_comes_back_from_a_snapshot_with_its_next_try() -> None:
    line = Line()
    entry = line.dialling()
    line.engine.customer_gone(1_000, entry)
    line.released(1_010, ANN)
    line.did()
    again = acd.Engine()
    again.restore(line.engine.snapshot())
    assert again.snapshot() == line.engine.snapshot()
    assert again.next_deadline() == 1_000 + RETRY_MS
    again.advance(1_000 + RETRY_MS)
    assert again.actions()[0][:2] == (acd.RING, entry)


def test_words_about_a_customer_of_an_ordinary_call_change_nothing() -> None:
    line = Line()
    entry = line.call()
    line.did()
    line.engine.customer_answered(1, entry)
    line.engine.customer_gone(2, entry)
    line.engine.customer_gone(3, 12345)
    assert line.did() == []
    assert line.engine.tries(entry) == 0


@pytest.mark.parametrize(
    "bad",
    [
        {"dial_ms": 0},
        {"callback_retry_ms": 0},
        {"callback_tries": 0},
        {"callback_tries": acd.TRIES_MAX + 1},
        {"dial_ms": acd.MS_MAX + 1},
    ],
)
def test_settings_outside_their_limits_are_refused(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be an integer"):
        acd.Engine().set_queue(0, **{**SETTINGS, **bad})


def test_a_callback_for_no_queue_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no queue 3"):
        acd.Engine().enter_callback(0, 3, 0)
