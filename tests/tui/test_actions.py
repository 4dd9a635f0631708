"""What can be done from the console: asked first, told afterwards, refused to who may only look."""

from __future__ import annotations

from pathlib import Path

from pbx.events import HangupAsked, LogoutAsked, PauseAsked, UnpauseAsked
from tests.tui.consoles import run, seated
from tui.themes import CYCLE

LIST = ("p", "u", "o", "f5", "f6", "f7")


def test_a_pause_asks_for_its_reason(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path) as seat:
            await seat.press("2", "down", "p")
            await seat.sees("Pause 2002 Amir. Reason?")
            await seat.press(*"tea q", "enter")
            await seat.sees("2002 Amir: pause: done")
            fact = seat.site.facts[0]
            assert isinstance(fact, PauseAsked)
            assert (fact.agent, fact.reason) == ("2002", "tea q")

    run(scenario())


def test_escape_leaves_everything_as_it_is(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path) as seat:
            await seat.press("2")
            for key in LIST:
                await seat.press(key)
                await seat.sees("?" if key in "uof6f7" else "Reason?")
                await seat.press("escape")
            await seat.press("4", "x", "n", "x", "q", "x", "escape")
            await seat.sees("02079460123")
            assert seat.site.facts == []
            assert seat.app.is_running

    run(scenario())


def test_unpause_log_out_and_hang_up_ask_first(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path) as seat:
            await seat.press("2", "u")
            await seat.sees("End 2001 王小明's pause or wrap-up?", "y yes   n no")
            await seat.press("y")
            await seat.sees("2001 王小明: ready again: done")
            await seat.press("f7", "f5")
            await seat.sees("2001 王小明: log out: done")
            await seat.press("f4", "f5")
            await seat.sees("Hang up the call of 02079460123?")
            await seat.press("y")
            await seat.sees("02079460123: hang up: done")
            assert [type(fact) for fact in seat.site.facts] == [
                UnpauseAsked, LogoutAsked, HangupAsked,
            ]  # fmt: skip
            assert getattr(seat.site.facts[2], "call", "") == "c1"

    run(scenario())


def test_a_refusal_is_told_with_its_reason(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path) as seat:
            await seat.press("2", "down", "down", "u", "y")  # 2003, whom the site does not know
            await seat.sees("refused: no agent '2003'")

    run(scenario())


def test_nothing_is_acted_on_where_there_is_no_row(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path, agents=[], calls=[]) as seat:
            await seat.press("2", *LIST, "4", "x", "f5", "enter", "w")
            await seat.sees("no calls")
            assert seat.site.facts == []

    run(scenario())


def test_who_may_only_look_is_told_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path, socket="monitor.sock") as seat:
            assert not seat.app.feed.may_write
            await seat.press("2")
            await seat.sees("王小明", "monitor, may only look")
            await seat.sees_no("p pause")
            await seat.press("p")
            await seat.sees("you may only look here")
            await seat.press("4", "x")
            await seat.sees("02079460123")
            assert seat.site.facts == []

    run(scenario())


def test_without_a_connection_an_action_says_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path) as seat:
            await seat.press("2")
            seat.server.close()
            await seat.sees("no connection since")
            await seat.press("u", "y")
            await seat.until(lambda: seat.text().count("no connection") == 2, "told")

    run(scenario())


def test_every_action_is_in_the_palette(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path) as seat:
            await seat.press("2", "colon")
            await seat.sees("Search for a command", "ready again", "log out", "language", "theme")
            await seat.press(*"queue supp")
            await seat.sees("QUEUE support")
            await seat.press("down", "enter")
            await seat.sees("Agents > Queues support")
            await seat.sees_no("Search for a command")
            await seat.press("ctrl+p", *"小明")
            await seat.sees("AGENT 2001")
            await seat.press("down", "enter")
            await seat.sees("Agents 2001")
            await seat.press("ctrl+p", *"pause")
            await seat.until(lambda: seat.text().count("pause") > 2)
            await seat.press("down", "enter")
            await seat.sees("Pause 2001 王小明. Reason?")

    run(scenario())


def test_the_keys_of_the_screen_are_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path, size=(80, 40)) as seat:
            await seat.press("2", "question_mark")
            await seat.sees("p f5", "ready again", "1 f1", "any key closes this")
            await seat.press("down", "x")
            await seat.sees_no("any key closes this")
            assert seat.site.facts == []

    run(scenario())


def test_language_theme_and_freeze_change_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path, language="zh") as seat:
            await seat.sees("总览", "呼入 120")  # the site's own language
            await seat.press("L")
            await seat.sees("Wall", "offered 120")
            await seat.press("2", "L")
            await seat.sees("姓名", "通话")
            theme = seat.app.theme
            await seat.press("T")
            assert seat.app.theme != theme
            await seat.press("L", "space")
            await seat.sees("FROZEN")
            seat.change(agents=[])
            await seat.until(lambda: seat.app.feed.picture.data["agents"] == [])
            await seat.sees("王小明")
            await seat.press("space")
            await seat.sees("no agents")

    run(scenario())


def test_every_theme_can_be_worn(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path, size=(160, 40)) as seat:
            for theme in CYCLE[1:]:
                await seat.press("T")
                assert seat.app.theme == theme
                for key, word in (("1", "ALARMS"), ("2", "王小明"), ("4", "02079460123")):
                    await seat.press(key)
                    await seat.sees(word)
            await seat.press("T")
            assert seat.app.theme == CYCLE[0]

    run(scenario())


def test_a_language_asked_for_goes_before_that_of_the_site(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path, language="zh", lang="en") as seat:
            await seat.sees("Agents", "offered 120")

    run(scenario())


