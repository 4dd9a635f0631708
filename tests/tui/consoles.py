"""A console on a real socket, in front of it a site whose rows a test may change at will."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from textual.pilot import Pilot

from pbx.service.socket.server import Server
from tests.pbx.service.socket.fake_site import FakeSite, serving
from tui.app import ConsoleApp

Row = dict[str, Any]
SIZE = (120, 36)
PATIENCE_S = 10.0


class ShownSite(FakeSite):
    """A site whose snapshot is `picture`; `told` is what `call.explain` knows."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = a_picture()
        self.media: list[Row] = []

    def snapshot(self) -> Row:
        return self.picture | {"time": time.time()}

    def calls(self) -> list[Row]:
        return [row | {"media": self.media} for row in self.picture.get("calls", [])]

    def call(self, call: str) -> Row | None:
        return next((row for row in self.calls() if row["call"] == call), None)

    def explain(self, call: str) -> list[Row] | None:
        if self.call(call) is None:
            return None
        return [
            {"t": time.time(), "what": "call.opened", "calling": "0207946", "called": "4001"},
            {"t": time.time(), "what": "passed_over", "agent": "2002", "why": "skill_missing"},
        ]


def an_agent(agent: str, name: str, state: str, *, for_s: float = 60, **fields: Any) -> Row:
    """A row of `agent.list`, in its state for some seconds."""
    row = {
        "agent": agent, "name": name, "extension": agent[1:], "state": state,
        "since": time.time() - for_s, "reason": "", "queues": ["sales"], "call": None,
    }  # fmt: skip
    return row | fields


def a_call(call: str, calling: str, state: str, *, for_s: float = 30, **fields: Any) -> Row:
    """A row of `call.list`, without the sound."""
    began = time.time() - for_s
    row = {
        "call": call, "direction": "in", "source": "trunk:gateway", "calling": calling,
        "called": "4001", "name": "", "state": state, "queue": "sales", "agent": None,
        "since": began, "answered": began, "connected": began if state == "talking" else None,
        "legs": 2,
    }  # fmt: skip
    return row | fields


def a_queue(queue: str, waits_s: tuple[float, ...] = (), **fields: Any) -> Row:
    """A row of `queue.status`, with callers who have been waiting for so long."""
    now = time.time()
    waiting = [
        {"call": f"w{n}", "position": n, "since": now - wait, "caller": f"0161{n}", "priority": 0}
        for n, wait in enumerate(waits_s, 1)
    ]
    row = {
        "queue": queue, "waiting": waiting, "longest_s": max(waits_s, default=0.0),
        "agents": {"ready": 1, "talking": 1}, "offered": 120, "answered": 110, "abandoned": 4,
        "overflowed": 0, "exited": 0, "service_level": 0.86, "target": 0.8, "within_s": 20,
        "mean_wait_s": 9.0,
    }  # fmt: skip
    row |= fields
    return row | {"abandon_rate": row["abandoned"] / row["offered"]}


def a_picture() -> Row:
    """A small site: two queues, three agents, three calls, one trunk."""
    return {
        "site": "demo",
        "language": "en",
        "agents": [
            an_agent("2001", "王小明", "talking", for_s=220, call="c1"),
            an_agent("2002", "Amir", "ready", for_s=62),
            an_agent("2003", "Ola", "paused", for_s=730, reason="lunch", queues=["support"]),
        ],
        "calls": [
            a_call("c1", "02079460123", "talking", for_s=220, agent="2001"),
            a_call("w1", "01611", "waiting", for_s=75),
            a_call("w2", "01612", "waiting", for_s=9),
        ],
        "queues": [a_queue("sales", (75, 9)), a_queue("support", service_level=0.65)],
        "trunks": [
            {"trunk": "gw", "driver": "sip_gateway", "host": "h:5060", "channels": 4, "used": 4}
        ],
        "alarms": [{"name": "disk", "text": "7 % free", "t": time.time()}],
    }


class Seat(NamedTuple):
    """A console that is open: itself, its keyboard, the site and its server."""

    app: ConsoleApp
    pilot: Pilot[None]
    site: ShownSite
    server: Server

    def lines(self) -> list[str]:
        """What stands on the screen."""
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    def text(self) -> str:
        """The same in one piece."""
        return "\n".join(self.lines())

    async def until(self, question: Callable[[], object], what: str = "") -> None:
        """Wait for something to become true; else fail with the screen."""
        end = time.monotonic() + PATIENCE_S
        while not question():
            assert time.monotonic() < end, f"never: {what}\n{self.text()}"
            await self.pilot.pause(0.02)

    async def sees(self, *words: str) -> None:
        """Wait until all the words stand on the screen."""
        await self.until(lambda: all(word in self.text() for word in words), str(words))

    async def sees_no(self, word: str) -> None:
        """Wait until a word has gone from the screen."""
        await self.until(lambda: word not in self.text(), f"no {word}")

    async def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        await self.pilot.press(*keys)

    def change(self, **fields: Any) -> None:
        """Change parts of the site, and publish that something has happened."""
        self.site.picture = self.site.picture | fields
        self.server.publish("agent.changed", {"agent": "2001"}, t=time.time())


@asynccontextmanager
async def seated(
    folder: Path,
    *,
    size: tuple[int, int] = SIZE,
    lang: str = "",
    socket: str = "control.sock",
    **picture: Any,
) -> AsyncIterator[Seat]:
    """A console with the wallboard on it, in front of a site."""
    site = ShownSite()
    site.picture |= picture
    async with serving(folder, site=site) as server:
        app = ConsoleApp(folder / socket, lang=lang)
        async with app.run_test(size=size, notifications=True) as pilot:
            seat = Seat(app, pilot, site, server)
            await seat.until(lambda: app.feed.has_picture, "a snapshot")
            yield seat


def run(scenario: Any) -> None:
    """Run a test's coroutine to its end."""
    asyncio.run(asyncio.wait_for(scenario, 60))
