"""Which agent a call gets: each strategy, its ties, and who has passed the call by."""

from __future__ import annotations

import random

import pytest

from kernel.acd import engine as acd
from tests.kernel.acd.floor import ANN, BOB, CARL, Floor
from tests.kernel.acd.oracle_protocol import Agent, Protocol, Queue
from tests.kernel.acd.oracle_strategies import GOLDEN, STRATEGIES, WORD

ONE_AT_A_TIME = [n for n in range(len(acd.STRATEGIES)) if n != acd.RING_ALL]
BY_LOT = (acd.RANDOM, acd.WEIGHTED)


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


@pytest.mark.parametrize("strategy", ONE_AT_A_TIME, ids=acd.STRATEGIES.__getitem__)
def test_who_has_passed_the_call_by_is_skipped(strategy: int) -> None:
    floor = Floor(3, strategy=strategy)
    floor.call(1)
    rung = [floor.did()[-1][1]]
    for now in (2, 3):
        floor.released(now, rung[-1], refused=True)
        rung.append(floor.did()[-1][1])
    assert sorted(rung) == [ANN, BOB, CARL]
    assert rung == [ANN, BOB, CARL] or strategy in BY_LOT
    floor.released(4, rung[-1], refused=True)
    assert floor.did() == [("ended", rung[-1], "refused")]


@pytest.mark.parametrize("strategy", ONE_AT_A_TIME, ids=acd.STRATEGIES.__getitem__)
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
    queue, able, plain = Queue({}, []), agents, Protocol()
    plain.now = 100
    for now in range(100, 300):
        plain.now = now
        chosen = STRATEGIES[strategy](able, queue, plain)
        queue.last = (chosen.order, chosen.number)
        plain.dice = plain.dice + GOLDEN & WORD
        floor.call(now)
        assert floor.engine.actions()[0][2] == chosen.number
        able.remove(chosen)
    assert floor.engine.ready(0) == 0


# ---- by figures of the day


def worked(floor: Floor, agent: int, now: int, talk_ms: int) -> None:
    """A talk of this agent with a caller of the queue, from now on."""
    others = [other for other in range(3) if other != agent]
    for other in others:
        floor.engine.pause(now, other)
    floor.call(now)
    floor.did()
    floor.talk(now, agent)
    for other in others:
        floor.engine.unpause(now, other)
    floor.hang_up(now + talk_ms, agent)
    floor.did()


def test_fewest_calls_counts_talks_and_not_offers_and_gives_a_tie_to_the_longest_idle() -> None:
    floor = Floor(3, strategy=acd.FEWEST_CALLS)
    worked(floor, ANN, 0, 10)
    worked(floor, BOB, 100, 10)
    assert [next_agent(floor, now) for now in (200, 201)] == [CARL, CARL]
    worked(floor, CARL, 300, 10)
    worked(floor, BOB, 400, 10)
    assert next_agent(floor, 500) == ANN
    assert [floor.engine.today(agent)[0] for agent in range(3)] == [1, 2, 1]


def test_least_talk_adds_up_the_talk_of_the_day() -> None:
    floor = Floor(3, strategy=acd.LEAST_TALK)
    for now, (agent, talk_ms) in enumerate(((ANN, 50), (BOB, 20), (CARL, 60), (BOB, 20))):
        worked(floor, agent, now * 100, talk_ms)
    assert [floor.engine.today(agent)[1] for agent in range(3)] == [50, 40, 60]
    assert next_agent(floor, 500) == BOB


def test_least_occupied_looks_at_the_share_of_the_time_at_work() -> None:
    floor = Floor(3, strategy=acd.LEAST_OCCUPIED)
    floor.engine.logout(0, CARL)
    worked(floor, ANN, 1_000, 500)
    floor.engine.login(9_000, CARL)
    worked(floor, CARL, 9_000, 400)
    worked(floor, BOB, 9_400, 600)
    floor.engine.advance(10_000)
    figures = [floor.engine.today(agent)[2:] for agent in range(3)]
    assert figures == [(500, 9_500), (600, 9_400), (400, 600)]
    assert next_agent(floor, 10_000) == ANN


def test_occupied_are_ringing_calls_and_wrap_up_but_no_pause() -> None:
    floor = Floor(1)
    floor.call(100)
    floor.did()
    floor.talk(110, ANN)
    floor.hang_up(150, ANN, wrap_up_ms=30)
    floor.engine.advance(180)
    floor.engine.pause(200, ANN)
    floor.engine.advance(900)
    assert floor.engine.today(ANN) == (1, 40, 80, 120)
    floor.did()


def test_a_new_day_begins_at_nothing_also_for_who_talks() -> None:
    floor = Floor(2, strategy=acd.FEWEST_CALLS)
    floor.call(100)
    floor.did()
    floor.talk(100, ANN)
    floor.engine.new_day(500)
    assert floor.engine.today(ANN) == floor.engine.today(BOB) == (0, 0, 0, 0)
    floor.hang_up(800, ANN)
    assert floor.engine.today(ANN) == (0, 300, 300, 0)
    assert floor.engine.today(BOB) == (0, 0, 0, 300)
    floor.did()


# ---- by dice


def drawn(floor: Floor, count: int) -> list[int]:
    return [next_agent(floor, now) for now in range(count)]


def test_random_takes_each_as_often_and_the_same_seed_the_same() -> None:
    days = []
    for seed in (7, 7, 8):
        floor = Floor(3, strategy=acd.RANDOM)
        floor.engine.set_seed(seed)
        days.append(drawn(floor, 600))
    assert days[0] == days[1] != days[2]
    assert all(150 < days[0].count(agent) < 250 for agent in range(3))


def test_weighted_takes_each_as_often_as_their_weight_says() -> None:
    floor = Floor(0, strategy=acd.WEIGHTED)
    for agent, weight in ((ANN, 1), (BOB, 2), (CARL, 5)):
        floor.add_agent(agent, weight=weight)
    floor.did()
    rung = drawn(floor, 1_600)
    assert abs(rung.count(ANN) - 200) < 60
    assert abs(rung.count(BOB) - 400) < 80
    assert abs(rung.count(CARL) - 1_000) < 90


def test_looking_does_not_roll_the_dice() -> None:
    floor, other = Floor(3, strategy=acd.RANDOM), Floor(3, strategy=acd.RANDOM)
    rung = []
    for now in range(30):
        other.engine.next_entry(ANN)
        other.engine.restore(other.engine.snapshot())
        rung.append((next_agent(floor, now), next_agent(other, now)))
    assert all(one == two for one, two in rung)
    assert floor.engine.digest() == other.engine.digest()


def test_the_reason_of_a_choice_is_its_strategy_and_how_far_it_was_relaxed() -> None:
    floor = Floor(0, strategy=acd.LINEAR, levels=[2], relax=[(40_000, [1])])
    floor.add_agent(ANN, levels=[1])
    floor.did()
    floor.call(0)
    floor.engine.advance(40_000)
    ((kind, *_, reason), _) = floor.engine.actions()
    assert (kind, acd.REASONS[reason]) == (acd.RING, "linear, relaxed 1")
    assert acd.REASONS[acd.ROUND_ROBIN * acd.STAGES_MAX] == "round_robin"
