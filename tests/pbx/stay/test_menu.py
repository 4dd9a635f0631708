"""Menus, announcements and opening hours: where callers are led, and what they hear."""

from __future__ import annotations

import datetime

import pytest

from pbx.commands import Answer, Play, Release, Say, SendDigits
from pbx.events import ClockRead, Digit, LogoutAsked, NightKeyTurned, Played
from pbx.notes import Announced, CallClosed, MenuPassed, NightChanged, QueueEntered
from pbx.stay.menu import PASSED_MAX
from tests.pbx.sites import Desk

SITE = """
[site]
language = "en"
[trunk.gateway]
host = "192.0.2.1:5060"
[extension.201]
contact = "sip:192.0.2.11:5060"
[agent.2001]
extension = "201"
queues = ["sales"]
[queue.sales]
exit_keys = { "0" = "extension:201", "9" = "callback" }
[menu.main]
prompt = "welcome"
keys = { "1" = "queue:sales", "2" = "menu:chinese", "3" = "menu:main" }
timeout_s = 5
retries = 1
otherwise = "queue:sales"
[menu.chinese]
prompt = "main_menu"
language = "zh"
keys = { "1" = "announce:closed" }
[hours.office]
open = ["mon-fri 09:00-17:00"]
[[route]]
from = "gateway"
called = "200"
hours = "office"
to = "queue:sales"
[[route]]
from = "gateway"
called = "200"
to = "announce:closed"
[[route]]
from = "gateway"
called = "300"
to = "menu:main"
[[route]]
from = "gateway"
called = "400"
language = "zh"
to = "menu:main"
"""
MONDAY_10 = int(datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.UTC).timestamp() * 1000)


def said(desk: Desk) -> list[tuple[str, ...]]:
    return [each.sounds for each in desk.said if isinstance(each, Say)]


def press(desk: Desk, leg: int, key: str) -> None:
    desk.said = desk.put(Digit(leg, key))


def hears_it_out(desk: Desk, leg: int) -> None:
    """The caller hears the last prompt to its end."""
    desk.said = desk.put(Played(leg, desk.exchange.state.plays_made))


def test_a_menu_answers_and_says_its_prompt() -> None:
    desk = Desk(SITE)
    leg = desk.call("300")
    assert desk.said == [Answer(leg), Say(leg, 1, ("en/welcome",))]


def test_a_key_leads_on_also_while_the_prompt_plays() -> None:
    desk = Desk(SITE)
    leg = desk.call("300")
    press(desk, leg, "1")
    assert Play(leg, "music") in desk.said
    assert [(note.menu, note.key, note.to) for note in desk.of(MenuPassed)] == [
        ("main", "1", "queue:sales")
    ]
    assert desk.of(QueueEntered)


def test_a_prompt_that_ends_after_the_key_changes_nothing() -> None:
    desk = Desk(SITE)
    leg = desk.call("300")
    press(desk, leg, "1")
    hears_it_out(desk, leg)
    assert desk.said == []


def test_a_wrong_key_is_said_so_and_asked_again_then_the_other_way() -> None:
    desk = Desk(SITE)
    leg = desk.call("300")
    press(desk, leg, "7")
    assert said(desk) == [("en/invalid_key", "en/welcome")]
    press(desk, leg, "7")
    assert desk.of(QueueEntered)


def test_silence_is_counted_from_the_end_of_the_prompt() -> None:
    desk = Desk(SITE)
    leg = desk.call("300")
    assert desk.exchange.next_deadline() == 10_000  # the sweep: nobody waits for a key yet
    desk.now = 3_000
    hears_it_out(desk, leg)
    desk.said = desk.tick(8_000)
    assert said(desk) == [("en/welcome",)]
    desk.now = 9_000
    hears_it_out(desk, leg)
    desk.said = desk.tick(14_000)
    assert desk.of(QueueEntered)
    assert desk.of(MenuPassed)[0].key == ""


def test_a_menu_without_another_way_says_goodbye() -> None:
    desk = Desk(SITE.replace('retries = 1\notherwise = "queue:sales"', "retries = 0"))
    leg = desk.call("300")
    press(desk, leg, "8")
    assert said(desk) == [("en/goodbye",)]
    hears_it_out(desk, leg)
    assert desk.said == [Release(leg, 16)]


def test_a_menu_of_another_language_is_heard_in_it_from_there_on() -> None:
    desk = Desk(SITE)
    leg = desk.call("300")
    press(desk, leg, "2")
    assert said(desk) == [("zh/main_menu",)]
    press(desk, leg, "1")
    assert said(desk) == [("zh/closed",)]


def test_a_route_has_a_language_of_its_own() -> None:
    desk = Desk(SITE)
    desk.call("400")
    assert said(desk) == [("zh/welcome",)]


def test_nobody_goes_round_in_menus_for_ever() -> None:
    desk = Desk(SITE)
    leg = desk.call("300")
    for _ in range(PASSED_MAX):
        press(desk, leg, "3")
    assert said(desk) == [("en/goodbye",)]


def test_a_caller_who_hangs_up_in_a_menu_is_neither_offered_nor_abandoned() -> None:
    desk = Desk(SITE)
    leg = desk.call("300")
    desk.now = 4_000
    desk.gone(leg)
    (record,) = desk.of(CallClosed)
    assert (record.outcome, record.answered_wall_ms > 0) == ("exited", True)
    assert [(each.kind, each.queue) for each in record.segments] == [("menu", "main")]
    assert desk.exchange.state.days["sales"].offered == 0


def test_a_caller_who_hangs_up_while_a_phone_rings_behind_a_menu_had_no_answer() -> None:
    desk = Desk(SITE.replace('"1" = "queue:sales"', '"1" = "extension:201"'))
    leg = desk.call("300")
    press(desk, leg, "1")
    (phone,) = desk.rung(desk.said).values()
    desk.gone(leg)
    desk.gone(phone, 487, far=False)
    assert desk.of(CallClosed)[0].outcome == "no_answer"


def test_what_overflows_into_an_announcement_has_overflowed() -> None:
    desk = Desk(SITE.replace("[queue.sales]", '[queue.sales]\noverflow = "announce:closed"'))
    desk.put(LogoutAsked("2001"))
    leg = desk.call("300")
    press(desk, leg, "1")
    assert said(desk) == [("en/closed",)]
    hears_it_out(desk, leg)
    desk.gone(leg, far=False)
    assert desk.of(CallClosed)[0].outcome == "overflowed"


def test_an_exit_key_leads_out_of_the_queue() -> None:
    desk = Desk(SITE.replace('login = "auto"', ""))
    leg = desk.call("300")
    press(desk, leg, "1")
    (agent,) = desk.rung(desk.said).values()
    desk.gone(agent, 486, cause=17)
    press(desk, leg, "9")
    assert desk.said == []  # there are no callbacks
    press(desk, leg, "0")
    assert "201" in desk.rung(desk.said)
    day = desk.exchange.state.days["sales"]
    assert (day.offered, day.exited, day.abandoned) == (1, 1, 0)
    left = [note.why for note in desk.notes if type(note).__name__ == "QueueLeft"]
    assert left == ["key:0"]


def test_a_key_told_in_a_talk_is_pressed_towards_the_other_end() -> None:
    desk = Desk(SITE)
    leg = desk.call("300")
    press(desk, leg, "1")
    (agent,) = desk.rung(desk.said).values()
    desk.answer(agent)
    desk.bridge(leg, agent)
    assert desk.put(Digit(agent, "5")) == [SendDigits(leg, "5")]
    assert desk.put(Digit(leg, "#")) == [SendDigits(agent, "#")]


def test_an_announcement_is_heard_then_the_call_ends() -> None:
    desk = Desk(SITE)
    desk.put(ClockRead(MONDAY_10 - 2 * 3_600_000))
    leg = desk.call("200")
    assert said(desk) == [("en/closed",)]
    hears_it_out(desk, leg)
    assert desk.said == [Release(leg, 16)]
    desk.gone(leg, far=False)
    assert desk.of(CallClosed)[0].outcome == "answered"
    assert [note.prompt for note in desk.of(Announced)] == ["closed"]


@pytest.mark.parametrize(
    ("after_h", "mode", "is_open"),
    [(0, "", True), (8, "", False), (0, "closed", False), (8, "open", True)],
)
def test_hours_and_the_night_key_decide_which_route_matches(
    after_h: int, mode: str, is_open: bool
) -> None:
    desk = Desk(SITE)
    desk.put(ClockRead(MONDAY_10 + after_h * 3_600_000))
    if mode:
        desk.put(NightKeyTurned(mode, "office", "li"))
        assert [note.mode for note in desk.of(NightChanged)] == [mode]
    desk.call("200")
    assert bool(desk.of(QueueEntered)) is is_open


def test_the_night_key_of_a_set_of_hours_goes_before_that_of_all() -> None:
    desk = Desk(SITE)
    desk.put(ClockRead(MONDAY_10))
    desk.put(NightKeyTurned("closed"))
    desk.put(NightKeyTurned("open", "office"))
    desk.call("200")
    assert desk.of(QueueEntered)
    desk.put(NightKeyTurned("auto", "office"))
    assert desk.call("200") and said(desk) == [("en/closed",)]


@pytest.mark.parametrize(("mode", "hours"), [("shut", ""), ("open", "nights")])
def test_a_night_key_that_cannot_be_turned_says_why(mode: str, hours: str) -> None:
    desk = Desk(SITE)
    desk.put(NightKeyTurned(mode, hours))
    assert desk.exchange.refused is not None and desk.exchange.refused.reason
    assert desk.of(NightChanged) == []
