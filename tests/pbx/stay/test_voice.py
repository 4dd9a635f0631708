"""Announcements: place and wait in a queue, all agents busy, the agent's number, tones."""

from __future__ import annotations

from pbx.commands import Bridge, Play, Release, Say
from pbx.events import Digit, Held, Played
from pbx.figures import queue_day
from pbx.notes import Announced
from pbx.stay import phrases
from tests.pbx.sites import SITE, Desk

TOLD = SITE.replace(
    "[queue.sales]\n",
    "[queue.sales]\nbusy_after_s = 40\n"
    "announce = { position = true, wait = true, every_s = 30, agent_number = true }\n",
)


def sounds(desk: Desk) -> list[tuple[str, ...]]:
    return [each.sounds for each in desk.said if isinstance(each, Say)]


def full(desk: Desk) -> int:
    """All agents are in talks; one more caller waits."""
    for _ in range(2):
        caller, _ = desk.talk()
        desk.said = desk.put(Played(caller, desk.exchange.state.plays_made))
    return desk.call("100")


def test_who_waits_is_told_its_place_and_then_hears_music_again() -> None:
    desk = Desk(TOLD)
    caller = full(desk)
    desk.said = desk.tick(30_000)
    assert sounds(desk) == [phrases.position(1, "en")]
    desk.said = desk.put(Played(caller, desk.exchange.state.plays_made))
    assert desk.said == [Play(caller, "music")]
    desk.said = desk.tick(40_000)
    assert sounds(desk) == [("en/busy",)]
    desk.put(Played(caller, desk.exchange.state.plays_made))
    desk.said = desk.tick(60_000)
    assert sounds(desk) == [phrases.position(1, "en")]


def test_the_expected_wait_follows_what_calls_lately_took() -> None:
    desk = Desk(TOLD)
    full(desk)
    desk.exchange.state.days["sales"].handle_ms = 120_000
    desk.said = desk.tick(30_000)
    assert sounds(desk) == [phrases.position(1, "en") + phrases.wait(60, "en")]


def test_the_expected_wait_is_calls_ahead_shared_by_those_at_work() -> None:
    day = queue_day.new_day()
    assert queue_day.expected_wait_ms(day, 3, staffed=2) == 0  # nothing is known yet
    queue_day.handled(day, 200_000)
    assert queue_day.expected_wait_ms(day, 3, staffed=2) == 300_000
    assert queue_day.expected_wait_ms(day, 3, staffed=0) == 0
    queue_day.handled(day, 300_000)
    assert day.handle_ms == 210_000


def test_all_agents_are_busy_is_said_once() -> None:
    desk = Desk(TOLD.replace("position = true, wait = true, ", ""))
    caller = full(desk)
    desk.said = desk.tick(40_000)
    assert sounds(desk) == [("en/busy",)]
    desk.put(Played(caller, desk.exchange.state.plays_made))
    desk.said = desk.tick(80_000)
    assert sounds(desk) == []


def test_who_has_left_the_queue_is_told_nothing() -> None:
    desk = Desk(TOLD)
    caller = full(desk)
    desk.gone(caller)
    desk.said = desk.tick(40_000)
    assert sounds(desk) == []


def test_the_agents_number_is_heard_by_both_before_they_talk() -> None:
    desk = Desk(TOLD)
    caller = desk.call("100")
    (agent,) = desk.rung().values()
    desk.answer(agent)
    desk.said = desk.bridge(caller, agent)
    number = phrases.agent("2001", "en")
    says = [each for each in desk.said if isinstance(each, Say)]
    assert [(each.leg, each.sounds) for each in says] == [(agent, number), (caller, number)]
    desk.said = desk.put(Played(caller, desk.exchange.state.plays_made))
    assert desk.said == [Bridge(caller, agent)]
    assert [note.prompt for note in desk.of(Announced)] == ["agent"]


def test_a_hold_during_the_greeting_is_not_undone_by_its_end() -> None:
    desk = Desk(TOLD)
    caller = desk.call("100")
    (agent,) = desk.rung().values()
    desk.answer(agent)
    desk.bridge(caller, agent)
    desk.put(Held(agent))
    assert desk.put(Played(caller, desk.exchange.state.plays_made)) == []


def test_who_was_answered_by_a_menu_hears_busy_then_is_hung_up() -> None:
    menu = '[menu.m]\nkeys = { "1" = "extension:300" }\n'
    route = '[[route]]\nfrom = "gateway"\ncalled = "600"\nto = "menu:m"\n'
    desk = Desk(SITE + menu + route)
    caller = desk.call("600")
    phone = desk.rung(desk.put(Digit(caller, "1")))["300"]
    assert desk.gone(phone, 486, cause=17) == [Play(caller, "busy")]
    assert desk.tick(6_000) == [Release(caller, 17)]
