"""Work items that are not calls: who is offered a message or a ticket; calls come first."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.acd import engine as acd
from tests.kernel.acd.floor import ANN, BOB, SETTINGS, Floor

MAIL, TICKET = 1, 2
ITEM_WORDS = {"offer_item", "take_back_item", "left_item"}


class Desk(Floor):
    """A floor whose agents take two messages and one ticket at a time."""

    def __init__(self, agents: int = 2, **settings: Any) -> None:
        super().__init__(agents, **settings)
        for agent in range(agents):
            self.allow(agent, {MAIL: 2, TICKET: 1})

    def allow(self, agent: int, capacity: dict[int, int]) -> None:
        self.engine.set_agent(agent, order=0, levels=[], queues=[0], capacity=capacity)

    def item(self, now: int = 0, kind: int = MAIL, priority: int = 0) -> int:
        return self.engine.enter_item(now, 0, priority, kind)

    def moved(self) -> list[tuple[str, int, int]]:
        """(action, agent, item) of what was done with items."""
        assert self.engine.check() == []
        found = [(acd.ACTIONS[kind], agent, item) for kind, _, agent, item, _ in self.drained()]
        return [one for one in found if one[0] in ITEM_WORDS]

    def drained(self) -> list[tuple[int, int, int, int, int]]:
        drained = self.engine.actions()
        self.offers |= {agent: offer for kind, _, agent, offer, _ in drained if kind == acd.RING}
        return drained


def test_an_item_is_offered_taken_and_done() -> None:
    desk = Desk(agents=1)
    mail = desk.item(10)
    assert desk.moved() == [("offer_item", ANN, mail)]
    assert desk.engine.item_taken(20, mail, ANN)
    assert desk.engine.item_state(mail) == (acd.ITEM_STATES.index("taken"), ANN)
    assert desk.engine.item_done(30, mail)
    assert desk.moved() == [("left_item", ANN, mail)]
    assert desk.engine.item_counts(0) == (1, 1, 0, 0)
    assert desk.engine.item_state(mail) == (acd.ITEM_STATES.index("gone"), -1)
    assert not desk.engine.item_done(40, mail)


def test_an_agent_holds_no_more_of_a_kind_than_their_capacity() -> None:
    desk = Desk(agents=1)
    first, second, third = desk.item(), desk.item(), desk.item()
    ticket = desk.item(kind=TICKET)
    assert [item for _, _, item in desk.moved()] == [first, second, ticket]
    assert desk.engine.items_waiting(0, MAIL) == [third]
    desk.engine.item_taken(10, first, ANN)
    assert desk.moved() == []
    desk.engine.item_done(20, first)
    assert desk.moved()[-1] == ("offer_item", ANN, third)


def test_items_go_to_who_holds_fewest_then_to_who_is_idle_longest() -> None:
    desk = Desk()
    items = [desk.item() for _ in range(4)]
    assert [agent for _, agent, _ in desk.moved()] == [ANN, BOB, ANN, BOB]
    assert [item for item, _ in desk.engine.items_of(ANN)] == [items[0], items[2]]


def test_items_go_by_priority_then_as_they_came() -> None:
    desk = Desk(agents=1)
    desk.engine.pause(0, ANN)
    early, late, urgent = desk.item(), desk.item(), desk.item(priority=3)
    assert desk.engine.items_waiting(0, MAIL) == [urgent, early, late]
    desk.engine.unpause(10, ANN)
    assert [item for _, _, item in desk.moved()] == [urgent, early]


def test_a_call_comes_before_an_item_and_is_not_held_up_by_one() -> None:
    desk = Desk(agents=1)
    taken = desk.item()
    desk.engine.item_taken(0, taken, ANN)
    offered = desk.item(1)
    desk.moved()
    desk.call(10)
    assert desk.moved() == [("take_back_item", ANN, offered)]
    assert desk.standing(ANN) == "offered"
    desk.talk(20, ANN)
    assert desk.moved() == []
    assert desk.engine.items_of(ANN) == [(taken, acd.ITEM_STATES.index("taken"))]
    desk.hang_up(30, ANN, wrap_up_ms=1_000)
    assert desk.moved() == []
    desk.engine.advance(1_030)
    assert desk.moved() == [("offer_item", ANN, offered)]


def test_a_waiting_call_is_taken_before_a_waiting_item() -> None:
    desk = Desk(agents=1)
    desk.engine.pause(0, ANN)
    desk.item(priority=9)
    desk.call(1)
    desk.moved()
    desk.engine.unpause(10, ANN)
    assert desk.moved() == []
    assert desk.standing(ANN) == "offered"


def test_who_lets_an_item_pass_is_left_alone_for_a_while() -> None:
    desk = Desk(retry_ms=5_000)
    mail = desk.item()
    desk.moved()
    assert desk.engine.item_refused(100, mail, ANN)
    assert desk.moved() == [("take_back_item", ANN, mail), ("offer_item", BOB, mail)]
    assert not desk.engine.item_taken(110, mail, ANN)
    second = desk.item(200)
    assert desk.moved() == [("offer_item", BOB, second)]
    third = desk.item(300)
    desk.engine.advance(5_099)
    assert desk.moved() == []
    desk.engine.advance(5_100)
    assert desk.moved() == [("offer_item", ANN, third)]


def test_an_offer_that_nobody_looks_at_ends() -> None:
    desk = Desk(offer_ms=1_000)
    mail = desk.item()
    desk.moved()
    assert desk.engine.next_deadline() == 1_000
    desk.engine.advance(1_000)
    assert desk.moved() == [("take_back_item", ANN, mail), ("offer_item", BOB, mail)]


def test_a_logout_gives_back_what_was_taken_at_its_old_place() -> None:
    desk = Desk(agents=1)
    first, second, third = desk.item(), desk.item(), desk.item()
    desk.engine.item_taken(1, first, ANN)
    desk.engine.pause(2, ANN)
    assert desk.engine.items_waiting(0, MAIL) == [second, third]
    desk.engine.logout(3, ANN)
    assert desk.engine.items_waiting(0, MAIL) == [first, second, third]


def test_a_reload_takes_back_what_the_agent_may_not_have_any_more() -> None:
    desk = Desk(agents=1)
    taken = desk.item()
    desk.engine.item_taken(1, taken, ANN)
    offered = desk.item(2)
    desk.moved()
    desk.allow(ANN, {TICKET: 1})
    desk.engine.advance(10)
    assert desk.moved() == [("take_back_item", ANN, offered)]
    assert desk.engine.items_of(ANN) == [(taken, acd.ITEM_STATES.index("taken"))]


def test_a_dropped_queue_gives_up_its_items_but_for_those_taken() -> None:
    desk = Desk(agents=1)
    taken = desk.item()
    desk.engine.item_taken(1, taken, ANN)
    offered = desk.item(1)
    desk.engine.drop_queue(0, 2)
    desk.engine.advance(3)
    assert desk.moved()[-1] == ("left_item", ANN, offered)
    with pytest.raises(ValueError, match="there is no queue 0"):
        desk.item(4)
    assert desk.engine.item_done(5, taken)
    assert desk.engine.item_counts(0) == (2, 1, 0, 1)


def test_a_cancelled_item_leaves_from_wherever_it_is() -> None:
    desk = Desk(agents=1)
    items = [desk.item() for _ in range(4)]
    desk.engine.item_taken(1, items[0], ANN)
    desk.moved()
    assert [desk.engine.item_cancelled(2, item) for item in items] == [True] * 4
    assert desk.engine.item_counts(0) == (4, 0, 4, 0)
    assert not desk.engine.item_cancelled(3, items[0])


def test_items_come_back_from_a_snapshot_as_they_were() -> None:
    desk = Desk(agents=1, retry_ms=5_000)
    items = [desk.item(priority=index % 2) for index in range(5)]
    desk.engine.item_taken(1, items[1], ANN)
    desk.engine.item_refused(2, items[3], ANN)
    desk.moved()
    again = acd.Engine()
    again.restore(desk.engine.snapshot())
    assert again.snapshot() == desk.engine.snapshot()
    for engine in (again, desk.engine):
        engine.advance(5_002)
    assert again.actions() == desk.engine.actions()
    assert again.digest() == desk.engine.digest()


def test_a_snapshot_whose_part_of_items_is_damaged_is_refused() -> None:
    desk = Desk(agents=1)
    desk.item()
    desk.moved()
    kept = desk.engine.snapshot()
    plain = Floor(agents=1).engine.snapshot()
    for place in range(len(plain), len(kept) - 8):
        engine = acd.Engine()
        with pytest.raises(ValueError, match="snapshot"):
            engine.restore(kept[:place] + bytes([kept[place] ^ 1]) + kept[place + 1 :])
        assert engine.digest() == acd.Engine().digest()


@pytest.mark.parametrize("kind", [0, -1, acd.KINDS_MAX])
def test_an_item_of_a_kind_that_is_none_is_refused(kind: int) -> None:
    with pytest.raises(ValueError, match="kind is"):
        Desk().item(kind=kind)


@pytest.mark.parametrize("capacity", [{0: 1}, {acd.KINDS_MAX: 1}, {1: -1}, {1: 1.5}, {1: 1001}])
def test_a_capacity_outside_its_limits_is_refused(capacity: Any) -> None:
    with pytest.raises(ValueError, match="must be an integer"):
        Desk().allow(ANN, capacity)


def test_there_is_room_for_so_many_items_and_no_more() -> None:
    engine = acd.Engine()
    engine.set_queue(0, **SETTINGS)
    items = [engine.enter_item(0, 0, 0, MAIL) for _ in range(acd.ITEMS_MAX)]
    with pytest.raises(OverflowError, match="no more are allowed"):
        engine.enter_item(0, 0, 0, MAIL)
    engine.item_cancelled(0, items[7])
    assert engine.enter_item(0, 0, 0, MAIL) & 0x7FFF == 7
    assert engine.check() == []
