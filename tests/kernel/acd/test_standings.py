"""An agent's standing: the first line of the protocol's table that holds, and nothing else."""

from __future__ import annotations

import pytest

from kernel.acd import engine as acd
from tests.kernel.acd.floor import ANN, BOB, Floor


def alone() -> Floor:
    return Floor(agents=1)


def test_a_new_agent_is_logged_out_and_then_needs_a_device() -> None:
    floor = Floor(agents=0)
    floor.engine.set_agent(ANN, order=0, levels=[], queues=[0])
    assert floor.standing(ANN) == "logged_out"
    floor.engine.login(1, ANN)
    assert floor.standing(ANN) == "unreachable"
    floor.engine.device(2, ANN, True)
    assert floor.standing(ANN) == "ready"
    assert floor.engine.standing_since(ANN) == 2


def test_every_standing_has_a_name() -> None:
    assert acd.STANDINGS[acd.LOGGED_OUT] == "logged_out"
    assert acd.STANDINGS[acd.UNREACHABLE] == "unreachable"
    assert acd.STANDINGS[acd.PAUSED] == "paused"
    assert acd.STANDINGS[acd.READY] == "ready"
    assert acd.STANDINGS[acd.OFFERED] == "offered"
    assert acd.STANDINGS[acd.BUSY] == "busy"
    assert acd.STANDINGS[acd.WRAP_UP] == "wrap_up"


@pytest.mark.parametrize(
    ("hides", "undo", "shown"),
    [("logout", "login", "logged_out"), ("pause", "unpause", "paused")],
)
def test_a_logout_or_pause_lasts_until_its_opposite(hides: str, undo: str, shown: str) -> None:
    floor = alone()
    getattr(floor.engine, hides)(10, ANN)
    assert floor.standing(ANN) == shown
    floor.engine.device(20, ANN, False)
    floor.engine.device(30, ANN, True)
    assert floor.standing(ANN) == shown
    getattr(floor.engine, undo)(40, ANN)
    assert floor.standing(ANN) == "ready"


def test_any_leg_makes_the_agent_busy_until_the_last_is_gone() -> None:
    floor = alone()
    floor.engine.leg_added(10, ANN)
    floor.engine.leg_added(11, ANN)
    floor.call(12)
    floor.engine.leg_removed(20, ANN)
    assert floor.standing(ANN) == "busy"
    floor.did()
    floor.engine.leg_removed(21, ANN)
    assert floor.did() == [("ring", ANN)]


def test_an_own_call_during_an_offer_leaves_the_agent_busy() -> None:
    floor = alone()
    floor.call(5)
    floor.did()
    floor.engine.leg_added(10, ANN)
    assert floor.standing(ANN) == "offered"  # until the offer's leg is gone
    floor.released(12, ANN)
    assert floor.standing(ANN) == "busy"


def in_wrap_up(until: int = 11_000) -> Floor:
    floor = alone()
    floor.call()
    floor.did()
    floor.talk(500, ANN)
    floor.hang_up(1_000, ANN, until - 1_000)
    assert floor.standing(ANN) == "wrap_up"
    floor.did()
    return floor


def test_wrap_up_ends_by_the_clock() -> None:
    floor = in_wrap_up()
    floor.call(2_000)
    assert floor.engine.next_deadline() == 11_000
    floor.engine.advance(11_000)
    assert floor.did() == [("ring", ANN)]


def test_wrap_up_ends_by_the_agents_key() -> None:
    floor = in_wrap_up()
    floor.engine.end_wrap_up(3_000, ANN)
    assert floor.standing(ANN) == "ready"
    assert floor.engine.wrap_up_until(ANN) == 3_000
    assert floor.engine.next_deadline() is None


def test_a_second_talk_never_shortens_wrap_up() -> None:
    floor = in_wrap_up()
    floor.engine.talk_ended(2_000, ANN, 100)
    assert floor.engine.wrap_up_until(ANN) == 11_000


@pytest.mark.parametrize(("begin", "end"), [("pause", "unpause"), ("leg_added", "leg_removed")])
def test_what_is_left_of_wrap_up_comes_back(begin: str, end: str) -> None:
    floor = in_wrap_up()
    getattr(floor.engine, begin)(2_000, ANN)
    assert floor.standing(ANN) in ("paused", "busy")
    getattr(floor.engine, end)(3_000, ANN)
    assert floor.standing(ANN) == "wrap_up"
    assert floor.engine.wrap_up_until(ANN) == 11_000


def test_a_pause_asked_for_in_a_talk_starts_after_wrap_up() -> None:
    floor = alone()
    floor.call()
    floor.did()
    floor.talk(500, ANN)
    floor.engine.pause(600, ANN)
    assert floor.standing(ANN) == "busy"
    floor.hang_up(1_000, ANN, 10_000)
    assert floor.standing(ANN) == "wrap_up"
    floor.engine.advance(11_000)
    assert floor.standing(ANN) == "paused"


def test_wrap_up_holds_in_every_queue() -> None:
    floor = in_wrap_up()
    floor.set_queue(1)
    floor.engine.set_agent(ANN, order=0, levels=[], queues=[0, 1])
    floor.call(2_000, queue=1)
    assert floor.did() == []


def test_a_direct_call_does_not_reset_idle_time() -> None:
    floor = Floor()
    floor.engine.leg_added(1_000, ANN)
    floor.engine.leg_removed(2_000, ANN)
    floor.call(3_000)
    assert floor.did() == [("ring", ANN)]


def test_a_talk_resets_idle_time_even_if_its_leg_went_first() -> None:
    floor = Floor()
    floor.call()
    floor.did()
    floor.talk(500, ANN)
    floor.engine.leg_removed(1_000, ANN)
    floor.engine.talk_ended(1_000, ANN, 0)
    floor.call(2_000)
    assert floor.did()[-1] == ("ring", BOB)


def test_a_repeated_wish_changes_nothing() -> None:
    floor = alone()
    floor.engine.login(10, ANN)
    floor.engine.device(10, ANN, True)
    floor.engine.unpause(10, ANN)
    floor.engine.end_wrap_up(10, ANN)
    assert floor.did(standings=True) == []
    assert floor.engine.standing_since(ANN) == 0


def test_an_agent_who_is_dropped_serves_nobody_and_ends_the_call_in_peace() -> None:
    floor = alone()
    floor.call()
    floor.did()
    floor.talk(500, ANN)
    floor.engine.drop_agent(ANN, 600)
    floor.call(700)
    floor.did()
    floor.hang_up(1_000, ANN, 0)
    assert floor.did() == []
    assert floor.standing(ANN) == "logged_out"
    assert floor.engine.staffed(0) == 0
