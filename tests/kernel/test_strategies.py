"""Which agent a call gets: each strategy, its ties, and who has passed the call by."""

from __future__ import annotations

import random

import pytest

from kernel import acd
from tests.kernel.acd_floor import ANN, BOB, CARL, Floor
from tests.kernel.oracle_protocol import Agent, Protocol, Queue
from tests.kernel.oracle_strategies import STRATEGIES


def next_agent(floor: Floor, now: int) -> int:
    """Whom a call of this moment rings; the call then leaves and the agent is free again."""
    entry = floor.call(now)
    ((_, agent),) = floor.did()
    floor.engine.leave(now, entry, acd.EXITED)
    floor.released(now, agent)
    floor.did()
    return int(agent)


def rest(floor: Floor, agent: int, now: int) -> None:
    """A talk of the agent ends now."""
    floor.engine.leg_added(now, agent)
    floor.hang_up(now, agent)
    floor.did()


def test_longest_idle_takes_who_has_rested_longest() -> None:
    floor = Floor(3)
    for now, agent in enumerate((CARL, ANN, BOB), 1):
        rest(floor, agent, now)
    assert next_agent(floor, 10) == CARL
    rest(floor, CARL, 11)
    assert next_agent(floor, 20) == ANN


def test_longest_idle_gives_a_tie_to_the_lowest_number() -> None:
    floor = Floor(3)
    for agent in (CARL, BOB, ANN):
        rest(floor, agent, 5)
    assert next_agent(floor, 10) == ANN


def test_longest_idle_counts_from_the_end_of_wrap_up() -> None:
    floor = Floor(2)
    rest(floor, BOB, 1_000)
    floor.engine.leg_added(1_000, ANN)
    floor.hang_up(1_000, ANN, wrap_up_ms=500)
    floor.engine.advance(1_500)
    assert next_agent(floor, 2_000) == BOB


def test_linear_takes_the_first_by_order_then_number() -> None:
    floor = Floor(0, strategy=acd.LINEAR)
    for agent, order in ((ANN, 2), (BOB, 1), (CARL, 1)):
        floor.add_agent(agent, order=order)
    floor.did()
    assert [next_agent(floor, now) for now in range(3)] == [BOB, BOB, BOB]
    floor.engine.pause(5, BOB)
    assert next_agent(floor, 6) == CARL


def test_round_robin_takes_the_next_after_the_last_offered() -> None:
    floor = Floor(3, strategy=acd.ROUND_ROBIN)
    assert [next_agent(floor, now) for now in range(5)] == [ANN, BOB, CARL, ANN, BOB]


def test_round_robin_skips_who_is_away_and_goes_round_by_order() -> None:
    floor = Floor(0, strategy=acd.ROUND_ROBIN)
    for agent, order in ((ANN, 9), (BOB, 1), (CARL, 5)):
        floor.add_agent(agent, order=order)
    floor.did()
    assert next_agent(floor, 1) == BOB
    floor.engine.pause(2, CARL)
    assert [next_agent(floor, now) for now in (3, 4)] == [ANN, BOB]
    floor.engine.unpause(5, CARL)
    assert next_agent(floor, 6) == CARL


def test_round_robin_goes_round_in_each_queue_by_itself() -> None:
    floor = Floor(0, strategy=acd.ROUND_ROBIN)
    floor.set_queue(1, strategy=acd.ROUND_ROBIN)
    for agent in (ANN, BOB, CARL):
        floor.add_agent(agent, queues=[0, 1])
    floor.did()
    assert [next_agent(floor, now) for now in (1, 2)] == [ANN, BOB]
    floor.call(3, queue=1)
    assert floor.did() == [("ring", ANN)]


def test_round_robin_goes_on_after_an_agent_who_is_no_more() -> None:
    floor = Floor(3, strategy=acd.ROUND_ROBIN)
    assert [next_agent(floor, now) for now in (1, 2)] == [ANN, BOB]
    floor.engine.drop_agent(BOB, 3)
    assert [next_agent(floor, now) for now in (4, 5)] == [CARL, ANN]


def test_ring_all_rings_everybody_and_whoever_becomes_ready_joins() -> None:
    floor = Floor(3, strategy=acd.RING_ALL)
    floor.engine.pause(0, BOB)
    floor.call(1)
    floor.call(2)
    assert floor.did() == [("ring", ANN), ("ring", CARL)]
    floor.engine.unpause(3, BOB)
    assert floor.did() == [("ring", BOB)]
    assert [floor.engine.entry_state(entry) for entry in floor.engine.waiting(0)] == [
        acd.ENTRY_OFFERED,
        acd.ENTRY_WAITING,
    ]


def test_ring_all_rings_the_next_call_for_who_has_passed_the_first_by() -> None:
    floor = Floor(2, strategy=acd.RING_ALL)
    floor.call(1)
    second = floor.call(2)
    floor.did()
    floor.released(3, ANN, refused=True)
    assert floor.did() == [("ended", ANN, "refused"), ("ring", ANN)]
    assert floor.state(second) == "offered"


@pytest.mark.parametrize("strategy", range(3), ids=acd.STRATEGIES[:3])
def test_who_has_passed_the_call_by_is_skipped(strategy: int) -> None:
    floor = Floor(3, strategy=strategy)
    floor.call(1)
    rung = [floor.did()[-1][1]]
    for now in (2, 3):
        floor.released(now, rung[-1], refused=True)
        rung.append(floor.did()[-1][1])
    assert rung == [ANN, BOB, CARL]
    floor.released(4, CARL, refused=True)
    assert floor.did() == [("ended", CARL, "refused")]


@pytest.mark.parametrize("strategy", range(3), ids=acd.STRATEGIES[:3])
def test_many_agents_are_chosen_as_the_oracle_chooses(strategy: int) -> None:
    dice = random.Random(strategy)
    floor, agents = Floor(0, strategy=strategy), []
    for number in dice.sample(range(1_000), 200):
        agents.append(Agent(number, order=dice.randint(0, 9)))
        floor.add_agent(number, order=agents[-1].order)
    floor.did()
    order = dice.sample(agents, 200)
    for now, agent in enumerate(order):
        agent.idle_since = now // 3
        rest(floor, agent.number, now // 3)
    queue, able = Queue({}, []), agents
    for now in range(100, 300):
        chosen = STRATEGIES[strategy](able, queue, Protocol())
        queue.last = (chosen.order, chosen.number)
        floor.call(now)
        assert floor.engine.actions()[0][2] == chosen.number
        able.remove(chosen)
    assert floor.engine.ready(0) == 0


def test_the_reason_of_a_choice_is_its_strategy_and_how_far_it_was_relaxed() -> None:
    floor = Floor(0, strategy=acd.LINEAR, levels=[2], relax=[(40_000, [1])])
    floor.add_agent(ANN, levels=[1])
    floor.did()
    floor.call(0)
    floor.engine.advance(40_000)
    ((kind, *_, reason), _) = floor.engine.actions()
    assert (kind, acd.REASONS[reason]) == (acd.RING, "linear, relaxed 1")
    assert acd.REASONS[acd.ROUND_ROBIN * acd.STAGES_MAX] == "round_robin"
