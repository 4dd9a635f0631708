"""The screens over a real socket: opened, resized, fed with nonsense, in both languages."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest

from tests.tui.consoles import a_call, a_picture, a_queue, an_agent, run, seated
from tui.app import VIEWS, ConsoleApp
from tui.text import width_of

KEYS = {name: key for name, (key, _) in VIEWS.items()}
SIZES = [(200, 60), (120, 36), (80, 24), (40, 10), (10, 3)]
ODD = [None, "x" * 500, "王\x1b[2J\n小", 7, -1.5, True, [], {}, [None, 3, "x"], [{}], {"a": [1]}]


def test_every_screen_has_a_key_and_a_class() -> None:
    assert set(VIEWS) == set(ConsoleApp.SCREENS)
    assert len(set(KEYS.values())) == len(KEYS)


@pytest.mark.parametrize("name", VIEWS)
def test_every_screen_opens_by_digit_and_by_function_key_and_bears_any_size(
    name: str, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with seated(tmp_path) as seat:
            for key in (KEYS[name], "2", f"f{KEYS[name]}"):
                await seat.press(key)
            assert seat.app.view is seat.app.get_screen(name)
            for width, height in SIZES:
                await seat.pilot.resize_terminal(width, height)
                await seat.pilot.pause()
                assert {width_of(line) for line in seat.lines()} == {width}
                assert len(seat.lines()) == height

    run(scenario())


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_nonsense_in_any_field_harms_no_screen(odd: object, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path) as seat:
            for name in VIEWS:
                await seat.press(KEYS[name])
                picture = a_picture()
                lists = {part: rows for part, rows in picture.items() if isinstance(rows, list)}
                for part, rows in lists.items():
                    lists[part] = [*(dict.fromkeys(row, odd) for row in rows), odd, *rows]
                before = seat.app.feed.picture
                seat.change(**lists)
                await seat.until(lambda old=before: seat.app.feed.picture is not old)
                await seat.pilot.pause()
            seat.change(**dict.fromkeys(seat.site.picture, odd))
            await seat.pilot.pause(0.5)
            assert seat.app.is_running
            assert "\x1b" not in seat.text()

    run(scenario())


def test_an_exchange_without_anything_is_an_empty_wallboard(tmp_path: Path) -> None:
    async def scenario() -> None:
        nothing: dict[str, Any] = {"queues": [], "agents": [], "calls": [], "trunks": []}
        async with seated(tmp_path, alarms=[], **nothing) as seat:
            await seat.sees("no queues", "no alarms")
            for key, word in (("2", "no agents"), ("3", "nobody waits"), ("4", "no calls"),
                              ("8", "no trunks"), ("9", "nothing yet")):  # fmt: skip
                await seat.press(key)
                await seat.sees(word)

    run(scenario())


def test_the_wallboard_shows_each_queue_and_what_is_over_a_limit(tmp_path: Path) -> None:
    async def scenario() -> None:
        queues = [a_queue("sales", (75, 9)), a_queue("support", service_level=0.65)]
        async with seated(tmp_path, size=(120, 20), queues=queues) as seat:
            await seat.sees(
                "WAITING 2", "LONGEST 1:1", "SL 86%", "offered 120", "abandoned 4 (3%)",
                "80% / 20s", "ALARMS 3", "support SL 65% !!", "disk 7 % free", "gw 4/4 !!",
                "agents 3/3",
            )  # fmt: skip
            nobody = a_queue("sales", (75,), agents={"talking": 3, "paused": 1, "logged_out": 2})
            seat.change(queues=[nobody])
            await seat.sees("waiting, nobody ready 1 !!", " C   C   C   P ")
            await seat.sees("call 3  paused 1  logged out 2")
            await seat.sees_no("support SL")

    run(scenario())


def test_all_screens_are_named_on_a_small_terminal(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path, size=(80, 24)) as seat:
            await seat.sees("1Wall 2Agents 3Queues 4Calls 8Trunks 9Log")
            await seat.pilot.resize_terminal(120, 24)
            await seat.sees("1 Wall  2 Agents")

    run(scenario())


def test_the_wallboard_has_large_figures_where_there_is_room(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path, size=(160, 40), queues=[a_queue("sales", (1, 2))]) as seat:
            await seat.sees("####    ")
            seat.change()
            await seat.sees("WHAT", "agent.changed", "agent 2001")
            seat.change(queues=[a_queue("sales", (100_000,))])  # 1d 03h is not made of digits
            await seat.sees("LONGEST 1d 03h !!")
            seat.change(queues=[a_queue(f"q{n}") for n in range(30)])
            await seat.sees("q0", "q1", "WAITING 0")

    run(scenario())


def test_a_small_ratio_of_few_calls_is_no_alarm(tmp_path: Path) -> None:
    async def scenario() -> None:
        few = a_queue("sales", offered=9, abandoned=5, service_level=0.1)
        async with seated(tmp_path, queues=[few], alarms=[], size=(90, 18)) as seat:
            await seat.sees("no alarms", "SL 10%", "56%")
            seat.change(queues=[few | {"offered": 10}])
            await seat.sees("ALARMS 2", "SL 10% !!")

    run(scenario())


def test_agents_show_state_timer_and_other_party(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path) as seat:
            await seat.press("2")
            await seat.sees("王小明", "CALL", "02079460123", "lunch", "PAUSE", "12:1", "3/3")
            lines = seat.lines()
            columns = {line.find(":") for line in lines if "READY" in line or "CALL " in line}
            assert len(columns) <= 2
            wrapping = an_agent("2001", "王小明", "wrap_up", for_s=130)
            seat.change(agents=[wrapping, an_agent("2004", "New", "on_the_moon")])
            await seat.sees("WRAP", "2:1", "ON_THE_MOON", "New")

    run(scenario())


def test_queues_show_the_callers_of_the_queue_under_the_cursor(tmp_path: Path) -> None:
    async def scenario() -> None:
        queues = [a_queue("sales", (75, 9)), a_queue("support", (5, 4, 3))]
        async with seated(tmp_path, queues=queues) as seat:
            await seat.press("3")
            await seat.sees("01612", "1:1")
            await seat.sees_no("01613")
            await seat.press("down")
            await seat.sees("01613", "Queues   support")
            await seat.press("tab", "down", "enter")
            await seat.sees("Queues > Log w2")
            await seat.press("escape")
            await seat.sees_no("Log w2")

    run(scenario())


def test_a_card_leads_to_its_callers_and_escape_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        queues = [a_queue("sales", (75, 9)), a_queue("support", (5, 4, 3))]
        async with seated(tmp_path, queues=queues) as seat:
            await seat.sees("support")
            await seat.press("down", "down", "enter")
            await seat.sees("Wall > Queues support", "01613")
            await seat.press("escape")
            await seat.sees("WAITING", "ALARMS")

    run(scenario())


def test_calls_show_state_sound_and_recording(tmp_path: Path) -> None:
    async def scenario() -> None:
        calls = [a_call("c1", "0207", "talking", recording="on")]
        async with seated(tmp_path, calls=calls) as seat:
            seat.site.media = [
                {"packets_in": 970, "lost": 30, "jitter_us": 6400, "mos_x100": 412},
                {"loss_permille": 1, "jitter_us": 900, "mos_x100": 300},
            ]
            await seat.press("4")
            await seat.sees("0207", "talking", "3.0% !", "6ms", "3.0 !!", "REC")
            seat.site.media = [{"packets_in": 0, "lost": 0, "jitter_us": None, "mos_x100": None}]
            await seat.sees_no("6ms")

    run(scenario())


def test_a_call_leads_to_its_decisions(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path) as seat:
            await seat.press("4", "enter")
            await seat.sees("Calls > Log c1", "call.opened", "why skill_missing", "passed_over")
            await seat.press("9")  # the site's events, not the call's
            await seat.sees_no("skill_missing")
            seat.change()
            await seat.sees("agent.changed", "agent 2001")
            seat.app.go("log", "no-such-call")
            await seat.sees("no call 'no-such-call'")

    run(scenario())


def test_a_filter_is_typed_kept_and_left(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path) as seat:
            await seat.press("2", "slash", "o", "l", "a")
            await seat.sees("Ola", "filter: ola")
            await seat.sees_no("Amir")
            await seat.press("enter", "s")
            await seat.sees("sort: EXT ^")
            await seat.press("escape")
            await seat.sees("Amir")
            await seat.press("escape")
            await seat.sees("WAITING")

    run(scenario())


@pytest.mark.parametrize("name", VIEWS)
def test_chinese_screens_have_no_sign_of_uncertain_width(name: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        waits = tuple(range(1, 60))
        async with seated(tmp_path, lang="zh", queues=[a_queue("销售", waits)]) as seat:
            await seat.press(KEYS[name])
            await seat.sees("总览", "冻结")
            await seat.press("question_mark")
            await seat.sees("退出")
            await seat.press("x", "slash")
            await seat.pilot.pause()
            odd = {sign for sign in seat.text() if unicodedata.east_asian_width(sign) == "A"}
            assert odd == set()

    run(scenario())
