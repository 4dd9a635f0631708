"""The feed: how old the data is, what happens when the exchange goes away and comes back."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from tests.pbx.service.socket.fake_site import serving
from tests.tui.consoles import ShownSite, run, seated
from tests.waiting import passes, soon
from tui.app import ConsoleApp
from tui.feed import BUSY_S, CALM_S, EVENTS_KEPT, Feed, NoConnection


class CountedSite(ShownSite):
    """Counts the snapshots it gave."""

    def __init__(self) -> None:
        super().__init__()
        self.given = 0

    def snapshot(self) -> dict[str, Any]:
        self.given += 1
        return super().snapshot()


def test_a_flood_of_events_costs_few_snapshots(tmp_path: Path) -> None:
    async def scenario() -> None:
        site = CountedSite()
        async with serving(tmp_path, site=site) as server:
            feed = Feed(tmp_path / "control.sock", lambda: None)
            running = asyncio.create_task(feed.run())
            await soon(lambda: feed.is_live)
            began = time.monotonic()
            for number in range(1000):
                server.publish("call.opened", {"call": str(number)}, t=0.0)
                if number % 20 == 0:
                    await passes(0.02)
            await soon(lambda: feed.events and feed.events[-1].get("call") == "999")
            seen = site.given
            await soon(lambda: site.given > seen)  # and the last of them is seen, too
            assert site.given <= 2 + (time.monotonic() - began) / BUSY_S
            assert len(feed.events) == EVENTS_KEPT
            running.cancel()

    run(scenario())


def test_a_calm_site_is_asked_every_few_seconds(tmp_path: Path) -> None:
    async def scenario() -> None:
        site = CountedSite()
        async with serving(tmp_path, site=site):
            feed = Feed(tmp_path / "control.sock", lambda: None)
            running = asyncio.create_task(feed.run())
            await soon(lambda: site.given == 1)
            began = time.monotonic()
            await soon(lambda: site.given == 2)
            assert CALM_S - 0.1 < time.monotonic() - began < CALM_S + 2
            running.cancel()

    run(scenario())


def test_without_an_exchange_a_feed_says_why_and_tries_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        told: list[str] = []
        feed = Feed(tmp_path / "control.sock", lambda: told.append(feed.fault))
        running = asyncio.create_task(feed.run())
        await soon(lambda: len(told) > 1)
        assert set(told) == {"No such file or directory"}
        with pytest.raises(NoConnection):
            await feed.ask("hello")
        assert not feed.may_write
        async with serving(tmp_path, site=ShownSite()):
            await soon(lambda: feed.is_live)
            assert (feed.fault, feed.role, feed.may_write) == ("", "admin", True)
        running.cancel()

    run(scenario())


@pytest.mark.parametrize(
    "line",
    [b"", b"nonsense\n", b"[]\n", b'{"jsonrpc":"2.0","id":1,"result":[1]}\n',
     b'{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no"}}\n', b"\xff\xfe\n"],
)  # fmt: skip
def test_whoever_answers_nonsense_is_asked_again(line: bytes, tmp_path: Path) -> None:
    async def scenario() -> None:
        path, visits = tmp_path / "control.sock", []

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            visits.append(await reader.readline())
            writer.write(line)
            writer.close()

        server = await asyncio.start_unix_server(answer, str(path))
        feed = Feed(path, lambda: None)
        running = asyncio.create_task(feed.run())
        await soon(lambda: len(visits) > 2)
        assert feed.fault
        assert not running.done()
        running.cancel()
        server.close()

    run(scenario())


def test_who_may_not_write_to_the_socket_reads_the_monitor(tmp_path: Path) -> None:
    feed = Feed(tmp_path / "control.sock", lambda: None)
    assert feed.reachable() == tmp_path / "control.sock"


def test_the_screen_says_when_the_connection_went_and_comes_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with seated(tmp_path) as seat:
            await seat.press("2")
            await seat.sees("王小明")
            seat.server.close()
            await seat.sees("no connection since", "last data", "!!", "王小明")
            site = ShownSite()
            site.picture["agents"] = []
            async with serving(tmp_path, site=site):
                await seat.sees("no agents")
                await seat.sees_no("no connection")

    run(scenario())


def test_a_console_may_be_opened_before_the_exchange(tmp_path: Path) -> None:
    async def scenario() -> None:
        app = ConsoleApp(tmp_path / "control.sock")
        async with app.run_test(size=(120, 20)) as pilot:
            await soon(lambda: app.feed.fault)
            for key in "123489":
                await pilot.press(key, "enter", "s", "w", "o")
            text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
            assert "no exchange answers at" in text
            assert "no data yet" in text
            async with serving(tmp_path, site=ShownSite()):
                await soon(lambda: app.feed.is_live)

    run(scenario())


def test_clocks_that_differ_do_not_change_the_timers(tmp_path: Path) -> None:
    async def scenario() -> None:
        class FarSite(ShownSite):
            def snapshot(self) -> dict[str, Any]:
                return super().snapshot() | {"time": time.time() - 7200}

        async with serving(tmp_path, site=FarSite()):
            feed = Feed(tmp_path / "control.sock", lambda: None)
            running = asyncio.create_task(feed.run())
            await soon(lambda: feed.has_picture)
            assert abs(feed.now - (time.time() - 7200)) < 1
            running.cancel()

    run(scenario())
