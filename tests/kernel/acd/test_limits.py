"""What the engine refuses, what it bears, and that its limits hold."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable
from typing import Any

import pytest

from kernel.acd import engine as acd
from tests.kernel.acd.floor import ANN, SETTINGS, Floor
from tests.shared import ROOT

BAD_SETTINGS: list[dict[str, Any]] = [
    {"strategy": -1},
    {"strategy": len(acd.STRATEGIES)},
    {"strategy": "linear"},
    {"offer_ms": 0},
    {"offer_ms": 1.5},
    {"offer_ms": acd.MS_MAX + 1},
    {"confirm_ms": 0},
    {"release_ms": 0},
    {"retry_ms": -1},
    {"wrap_up_ms": -1},
    {"max_wait_ms": -1},
    {"misses_max": -1},
    {"ageing_ms": -1},
    {"ageing_ms": acd.MS_MAX + 1},
    {"weight": 0},
    {"weight": acd.WEIGHT_MAX + 1},
    {"weight": 1.5},
    {"levels": [0] * (acd.SKILLS_MAX + 1)},
    {"levels": [-1]},
    {"levels": [acd.LEVEL_MAX + 1]},
    {"relax": [(0, [])]},
    {"relax": [(10, []), (10, [])]},
    {"relax": [(20, []), (10, [])]},
    {"relax": [(step, []) for step in range(1, acd.STAGES_MAX + 1)]},
]


@pytest.mark.parametrize("bad", BAD_SETTINGS, ids=str)
def test_a_bad_queue_setting_is_refused_and_changes_nothing(bad: dict[str, Any]) -> None:
    floor = Floor(1)
    before = floor.engine.digest()
    with pytest.raises(ValueError, match=r"must be|allowed"):
        floor.set_queue(0, **bad)
    assert floor.engine.digest() == before
    floor.call(1)
    assert floor.did() == [("ring", ANN)]


@pytest.mark.parametrize(
    "bad",
    [
        {"order": 1 << 40},
        {"levels": [-1]},
        {"queues": [acd.QUEUES_MAX]},
        {"queues": [-1]},
        {"weight": 0},
        {"weight": acd.WEIGHT_MAX + 1},
        {"after": {0: -1}},
        {"after": {0: acd.MS_MAX + 1}},
        {"after": {1: 5}},
    ],
    ids=str,
)
def test_a_bad_agent_setting_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        acd.Engine().set_agent(0, **{"order": 0, "levels": [], "queues": [0], **bad})


@pytest.mark.parametrize("number", [-1, acd.AGENTS_MAX])
def test_an_agent_number_beyond_the_limit_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="agent is"):
        acd.Engine().set_agent(number, order=0, levels=[], queues=[])


@pytest.mark.parametrize("number", [-1, acd.QUEUES_MAX])
def test_a_queue_number_beyond_the_limit_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="queue is"):
        acd.Engine().set_queue(number, **SETTINGS)


AGENT_CALLS: list[Callable[[acd.Engine, int], Any]] = [
    lambda engine, agent: engine.login(1, agent),
    lambda engine, agent: engine.logout(1, agent),
    lambda engine, agent: engine.pause(1, agent),
    lambda engine, agent: engine.unpause(1, agent),
    lambda engine, agent: engine.device(1, agent, True),
    lambda engine, agent: engine.leg_added(1, agent),
    lambda engine, agent: engine.leg_removed(1, agent),
    lambda engine, agent: engine.talk_ended(1, agent, 5),
    lambda engine, agent: engine.end_wrap_up(1, agent),
    lambda engine, agent: engine.extend_wrap_up(1, agent, 5),
    lambda engine, agent: engine.today(agent),
    lambda engine, agent: engine.next_entry(agent),
    lambda engine, agent: engine.drop_agent(agent, 1),
    lambda engine, agent: engine.standing(agent),
    lambda engine, agent: engine.standing_since(agent),
    lambda engine, agent: engine.wrap_up_until(agent),
    lambda engine, agent: engine.paused(agent),
    lambda engine, agent: engine.misses(agent),
]


@pytest.mark.parametrize("agent", [-1, 1, 2, 5, 1 << 30])
def test_an_unknown_agent_is_refused_everywhere(agent: int) -> None:
    floor = Floor(1)
    floor.engine.set_agent(4, order=0, levels=[], queues=[])
    for call in AGENT_CALLS:
        with pytest.raises(ValueError, match="there is no agent"):
            call(floor.engine, agent)


@pytest.mark.parametrize("queue", [-1, 1, 2, 5, 1 << 30])
def test_an_unknown_queue_is_refused_everywhere(queue: int) -> None:
    floor = Floor(1)
    floor.set_queue(4)
    engine = floor.engine
    for ask in (
        engine.waiting, engine.length, engine.staffed, engine.ready, engine.counts,
        engine.longest_wait_since,
    ):  # fmt: skip
        with pytest.raises(ValueError, match="there is no queue"):
            ask(queue)
    with pytest.raises(ValueError, match="there is no queue"):
        engine.enter(1, queue, 0)
    with pytest.raises(ValueError, match="there is no queue"):
        engine.drop_queue(queue, 1)


def test_nobody_enters_a_dropped_queue_until_it_is_set_again() -> None:
    floor = Floor(1)
    floor.engine.drop_queue(0, 1)
    with pytest.raises(ValueError, match="there is no queue"):
        floor.call(2)
    floor.set_queue(0)
    floor.call(3)
    assert floor.did() == [("ring", ANN)]


def test_time_that_falls_is_a_bug() -> None:
    floor = Floor(1)
    floor.call(10)
    for fact in (lambda: floor.call(9), lambda: floor.engine.advance(9), lambda: floor.call(-1)):
        with pytest.raises(AssertionError, match="now went"):
            fact()
    floor.call(10)


def test_time_has_an_end() -> None:
    with pytest.raises(AssertionError, match="now went"):
        Floor(1).call(acd.NOW_MAX + 1)


@pytest.mark.parametrize("outcome", [acd.ANSWERED, acd.OVERFLOWED, -1, 9])
def test_nobody_leaves_by_an_outcome_that_is_the_engines(outcome: int) -> None:
    floor = Floor(1)
    with pytest.raises(ValueError, match="outcome"):
        floor.engine.leave(1, floor.call(0), outcome)


def test_an_entry_that_never_was_has_left() -> None:
    floor = Floor(1)
    entry = floor.call()
    for number in (-1, 0, 1, entry + 1, entry << 1, (1 << 63) - 1):
        assert floor.state(number) == "left"
        assert floor.engine.position(number) == 0
        floor.engine.leave(1, number, acd.ABANDONED)
    assert floor.engine.length(0) == 1


def test_a_leg_that_is_not_there_cannot_be_removed() -> None:
    with pytest.raises(ValueError, match="no leg"):
        Floor(1).engine.leg_removed(1, ANN)


@pytest.mark.parametrize("priority", [acd.PRIORITY_MAX + 1, -acd.PRIORITY_MAX - 1])
def test_a_priority_has_limits(priority: int) -> None:
    with pytest.raises(ValueError, match="priority"):
        Floor(1).call(1, priority=priority)


BAD_ARRIVALS: list[dict[str, int]] = [
    {"credit_ms": -1},
    {"credit_ms": acd.MS_MAX + 1},
    {"preferred": 0, "preferred_ms": -1},
    {"preferred": 0, "preferred_ms": acd.MS_MAX + 1},
    {"preferred": 1, "preferred_ms": 5},
    {"preferred": -2, "preferred_ms": 5},
]


@pytest.mark.parametrize("bad", BAD_ARRIVALS, ids=str)
def test_a_bad_credit_or_preference_is_refused_and_nobody_enters(bad: dict[str, int]) -> None:
    floor = Floor(1)
    before = floor.engine.digest()
    with pytest.raises(ValueError, match=r"must be|there is no agent"):
        floor.engine.enter(1, 0, 0, **bad)
    assert floor.engine.digest() == before
    assert floor.engine.length(0) == 0


@pytest.mark.parametrize("seed", [-1, 1 << 64, "7", 0.5])
def test_a_seed_has_64_bits(seed: Any) -> None:
    with pytest.raises(ValueError, match="seed"):
        acd.Engine().set_seed(seed)


def test_the_last_entry_fits_and_one_more_does_not() -> None:
    floor = Floor(0)
    entries = [floor.call(now // 100) for now in range(acd.ENTRIES_MAX)]
    with pytest.raises(OverflowError):
        floor.call(300)
    assert floor.engine.length(0) == acd.ENTRIES_MAX
    assert floor.engine.position(entries[-1]) == acd.ENTRIES_MAX
    floor.engine.leave(300, entries[7], acd.ABANDONED)
    again = floor.call(301)
    assert again > entries[-1]
    assert floor.engine.entry_state(entries[7]) == acd.ENTRY_LEFT
    assert floor.engine.check() == []


def test_all_agents_and_queues_fit() -> None:
    floor = Floor(0)
    floor.set_queue(acd.QUEUES_MAX - 1, strategy=acd.RING_ALL)
    for agent in range(acd.AGENTS_MAX):
        floor.add_agent(agent, queues=[acd.QUEUES_MAX - 1])
    floor.call(1, queue=acd.QUEUES_MAX - 1)
    rung = [action for action in floor.engine.actions() if action[0] == acd.RING]
    assert [agent for _, _, agent, _, _ in rung] == list(range(acd.AGENTS_MAX))


def test_a_busy_floor_of_ten_thousand_stays_sound_and_in_order() -> None:
    dice = random.Random(1)
    floor = Floor(0, levels=[2], relax=[(5_000, [1]), (9_000, [])])
    floor.set_queue(1, strategy=acd.ROUND_ROBIN)
    for agent in range(1_000):
        floor.add_agent(agent, levels=[agent % 4], queues=[agent % 2, 0])
        floor.engine.leg_added(0, agent)
    for now in range(10_000):
        floor.call(now, queue=now % 2, priority=dice.randint(0, 3))
    floor.engine.advance(10_000)
    floor.engine.actions()
    for agent in dice.sample(range(1_000), 1_000):
        floor.engine.leg_removed(10_000, agent)
    rung = [entry for kind, entry, _, _, _ in floor.engine.actions() if kind == acd.RING]
    assert len(rung) == 1_000
    for queue in (0, 1):
        order = floor.engine.waiting(queue)
        sample = [*range(10), *dice.sample(range(len(order)), 50)]
        assert [floor.engine.position(order[index]) - 1 for index in sample] == sample
    assert floor.engine.check() == []


def test_the_stub_names_what_there_is() -> None:
    stub = ast.parse((ROOT / "kernel" / "acd" / "engine.pyi").read_text())
    items = ast.parse((ROOT / "kernel" / "acd" / "work.pyi").read_text())
    classes = [node for node in (*stub.body, *items.body) if isinstance(node, ast.ClassDef)]
    constants = [node.target for node in stub.body if isinstance(node, ast.AnnAssign)]
    named = {target.id for target in constants if isinstance(target, ast.Name)}
    assert named == {name for name in vars(acd) if name.isupper()}
    bodies = [node for one in classes for node in one.body]
    methods = {node.name for node in bodies if isinstance(node, ast.FunctionDef)}
    assert methods - {"__init__"} == {name for name in dir(acd.Engine) if not name.startswith("_")}


def test_an_offers_end_is_told_by_its_most_telling_bit() -> None:
    assert acd.ended_reason(acd.NO_ANSWER | acd.MISSED) == "no_answer"
    assert acd.ended_reason(acd.NO_ANSWER | acd.LOST) == "lost"
    assert acd.ended_reason(acd.FELL | acd.LOST) == "lost"
    assert acd.ended_reason(acd.FELL) == "fell"
    assert acd.ended_reason(acd.WITHDRAWN) == "withdrawn"
    assert acd.ended_reason(acd.REFUSED) == "refused"
