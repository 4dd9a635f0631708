"""What a queue's settings come to in the engine: steps, strategies, credit, the last agent."""

from __future__ import annotations

import pytest

from config.settings import Agent, Queue, Relax
from kernel.acd import engine as kernel
from pbx.events import ClockRead
from pbx.exchange import Exchange
from pbx.queue import setup as queue_setup
from tests.pbx.sites import SITE, WALL_MS, Desk

HELP = """
[queue.help]
[agent.2004]
extension = "300"
queues = ["help"]
"""


def levels(skills: dict[str, int]) -> list[int]:
    return [skills.get(name, 0) for name in ("en", "loan")]


def edited(*edits: tuple[str, str]) -> str:
    toml = SITE
    for old, new in edits:
        assert old in toml
        toml = toml.replace(old, new, 1)
    return toml


def test_the_steps_of_relax_and_of_reserved_agents_are_one_list() -> None:
    queue = Queue(
        skills={"en": 3, "loan": 2},
        relax=(Relax(after_s=40, skills={"loan": 1}), Relax(after_s=20, skills={"en": 1})),
    )
    agents = [Agent(after_s={"sales": 30}), Agent(after_s={"sales": 20, "help": 5}), Agent()]
    apart = queue_setup.delays("sales", agents)
    assert queue_setup.steps(queue, apart, levels=levels) == [
        (20_000, [1, 2]),
        (30_000, [1, 2]),
        (40_000, [1, 1]),
    ]


@pytest.mark.parametrize("name", kernel.STRATEGIES)
def test_every_strategy_of_the_configuration_is_the_engines(name: str) -> None:
    desk = Desk(edited(("[queue.sales]", f'[queue.sales]\nstrategy = "{name}"')))
    desk.call()
    assert set(desk.rung()) <= {"201", "202"}
    assert desk.rung()


def test_a_reserved_agent_comes_in_when_the_call_has_waited_so_long() -> None:
    desk = Desk(
        edited(
            ('extension = "201"\n', 'extension = "201"\nafter_s = { sales = 30 }\n'),
            ('extension = "202"\n', 'extension = "202"\nafter_s = { sales = 31 }\n'),
        )
    )
    desk.call()
    assert desk.rung() == {}
    assert desk.rung(desk.tick(29_999)) == {}
    assert set(desk.rung(desk.tick(30_000))) == {"201"}


def test_the_caller_of_a_favoured_number_goes_before_who_came_a_little_sooner() -> None:
    favoured = '[[route]]\nfrom = "gateway"\ncalled = "101"\nto = "queue:sales"\ncredit_s = 60\n'
    desk = Desk(SITE + favoured)
    desk.talk()
    desk.talk()
    first = desk.call()
    desk.tick(59_999)
    second = desk.call("101")
    calls = desk.exchange.state.calls
    places = {each.caller: desk.exchange.engine.position(each.visit.entry)
              for each in calls.values() if each.visit}  # fmt: skip
    assert places == {second: 1, first: 2}


@pytest.mark.parametrize(("keeps", "place"), [("true", 1), ("false", 2)])
def test_who_overflows_into_another_queue_keeps_the_wait(keeps: str, place: int) -> None:
    limits = f'[queue.sales]\noverflow = "queue:help"\nkeep_wait = {keeps}'
    toml = edited(("[queue.sales]", limits)).replace("max_wait_s = 300", "max_wait_s = 10") + HELP
    route = '[[route]]\nfrom = "gateway"\ncalled = "102"\nto = "queue:help"\n'
    desk = Desk(toml + route)
    desk.talk("102")
    desk.talk()
    desk.talk()
    caller = desk.call()
    desk.tick(9_000)
    desk.call("102")
    desk.tick(10_000)
    (visit,) = [each.visit for each in desk.exchange.state.calls.values() if each.caller == caller]
    assert visit is not None
    assert visit.queue == "help"
    assert desk.exchange.engine.position(visit.entry) == place


def a_talk_that_ended(desk: Desk, calling: str, now: int) -> str:
    """The agent whom a caller talked to, who is free again."""
    desk.now = now
    caller = desk.call(calling=calling)
    ((extension, leg),) = desk.rung().items()
    desk.answer(leg)
    desk.bridge(caller, leg)
    desk.gone(caller)
    desk.gone(leg)
    return extension


def test_a_caller_gets_the_agent_of_the_last_talk_and_waits_for_them() -> None:
    desk = Desk(edited(("wrap_up_s = 10", "wrap_up_s = 10\nlast_agent_s = 20")))
    first = a_talk_that_ended(desk, "5551111", 0)
    other = a_talk_that_ended(desk, "5552222", 1_000)
    assert {first, other} == {"201", "202"}
    desk.tick(11_500)
    desk.call(calling="5552222")
    assert set(desk.rung()) == {other}  # though the first has been idle longer
    desk.call(calling="5552222")
    assert desk.rung() == {}
    assert set(desk.rung(desk.tick(31_500))) == {first}


def test_the_last_talks_survive_a_restart() -> None:
    toml = edited(("wrap_up_s = 10", "wrap_up_s = 10\nlast_agent_s = 20"))
    desk = Desk(toml)
    a_talk_that_ended(desk, "5551111", 0)
    exchange = Exchange.restored(desk.exchange.snapshot())
    assert exchange.state.last_agents == {"5551111": "2001"}


def test_agents_figures_begin_anew_at_midnight() -> None:
    desk = Desk(edited(("wrap_up_s = 10", "wrap_up_s = 0")))
    a_talk_that_ended(desk, "5551111", 0)
    number = desk.exchange.state.agents["2001"].number
    assert desk.exchange.engine.today(number)[0] == 1
    desk.put(ClockRead(WALL_MS + 86_400_000), 2_000)
    assert desk.exchange.engine.today(number)[0] == 0
