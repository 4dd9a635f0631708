"""The course of the demo: a site is laid out, served, called, shown; then its figures are told.

    lay out -> serve (ready) -> callers and agents (ready) -> lines or console, breaks
    Ctrl-C, --for, console closed -> callers hang up -> no call left -> figures -> stop serving

The figures are asked for when the last call has ended, so they are those of the record too.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pbx.service.ask.client import AsyncClient, CallError
from pbx.service.demo.believable_day import Habits, breaks
from pbx.service.demo.lines import readable, summary
from pbx.service.demo.processes import CAST, CONSOLE, PBX, Child, ChildFailed
from pbx.service.demo.site import SIP_PORTS, VISITOR, DemoSite, lay_out

FAREWELL_S = 5.0  # callers and calls may take so long to end
STOP_S = 15.0
LOOK_S = 0.05
CONSOLE_S = 5.0  # a console that fails so soon has never been seen
BACK_TO_LINES = "\x1b[?1049l\x1b[?25h\x1b[?1000;1002;1003;1006l\x1b[?2004l\x1b[0m"


class Demo:
    """A demo site with its processes. `say` is told each line for a person."""

    def __init__(self, folder: Path, habits: Habits, *, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._habits = habits
        self._say = say
        self._children: list[Child] = []

    def start(self) -> None:
        """Serve the site, let the people in; raises ChildFailed, OSError."""
        try:
            self._serve = self._served(SIP_PORTS)
        except ChildFailed:  # somebody took the port that was free a moment ago
            self._serve = self._served(())
        site = self.site
        self._cast = self._child("callers", [*CAST, str(site.cast)], log=site.folder / "cast.log")
        self._say(f"demo site in {site.folder}, SIP on port {site.sip_port}")
        self._say(
            f"a phone of your own: extension {VISITOR}, password {site.password}; "
            "call 4000 (menu), 4001 (sales), 4002 (support)"
        )

    def _served(self, ports: tuple[int, ...]) -> Child:
        """Lay the site out for one of the ports, else for any, and serve it."""
        self.site: DemoSite = lay_out(self._folder, self._habits, wall_s=time.time(), wished=ports)
        words = [*PBX, "serve", "--config", str(self.site.config)]
        return self._child("pbx serve", words, log=self.site.folder / "serve.log")

    def _child(self, name: str, words: list[str], *, log: Path) -> Child:
        child = Child(name, words, log=log)
        try:
            child.await_ready()
        except ChildFailed:
            child.end(STOP_S)
            raise
        self._children.append(child)
        return child

    async def run(self, seconds: float | None, *, has_console: bool) -> list[str]:
        """Go on until `seconds` are over, somebody says stop or the console is closed; then the
        lines of the summary. Raises ChildFailed."""
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stopped.set)
        async with AsyncClient(self.site.control) as client:
            shown = asyncio.create_task(self._console() if has_console else self._lines())
            resting = asyncio.create_task(self._breaks(client))
            needed = (self._serve, self._cast)
            lost = [asyncio.create_task(child.wait()) for child in needed]
            over = asyncio.create_task(stopped.wait())
            await asyncio.wait(
                [shown, over, *lost], timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            await _ended(resting)
            for child, end in zip(needed, lost, strict=True):
                if end.done():
                    raise child.failure()
                await _ended(end)
            if has_console:
                await _ended(shown)
            queues = await self._last_figures(client)
            await _ended(shown, over)
        self._serve.end(STOP_S)
        return summary(queues, self.site.folder)

    async def _last_figures(self, client: AsyncClient) -> list[dict[str, Any]]:
        """The queues' rows when all callers have gone, and whoever else was there."""
        await asyncio.to_thread(self._cast.end, FAREWELL_S)
        if not await self._is_quiet(client):
            for row in await client.call("call.list"):
                with suppress(CallError):
                    await client.call("call.hangup", call=row["call"])
            await self._is_quiet(client)
        rows: list[dict[str, Any]] = await client.call("queue.status")
        return rows

    async def _is_quiet(self, client: AsyncClient) -> bool:
        for _ in range(round(FAREWELL_S / LOOK_S)):
            if not await client.call("call.list"):
                return True
            await asyncio.sleep(LOOK_S)
        return False

    async def _lines(self) -> None:
        """Each event as a line."""
        zone = ZoneInfo(self.site.timezone)
        async with AsyncClient(self.site.control) as client:
            async for event in client.events():
                self._say(readable(event, zone))

    async def _console(self) -> None:
        """The console, until it is closed; the lines where it cannot start."""
        begun = time.monotonic()
        terminal = termios.tcgetattr(sys.stdin)
        console = Child("console", [*CONSOLE, "--socket", str(self.site.control)])
        self._children.append(console)
        try:
            code = await console.wait()
        except asyncio.CancelledError:
            console.end(FAREWELL_S)
            print(BACK_TO_LINES, end="", flush=True)
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, terminal)
            raise
        if code and time.monotonic() - begun < CONSOLE_S:
            self._say("the console cannot start here; its events follow as lines, Ctrl-C ends")
            await self._lines()

    async def _breaks(self, client: AsyncClient) -> None:
        """Agents go for tea, and come back; what the exchange refuses does not happen."""
        begun = time.monotonic()
        for each in breaks(self._habits, self.site.agents):
            await asyncio.sleep(max(0.0, begun + each.at_ms / 1000 - time.monotonic()))
            with suppress(CallError):
                await client.call("agent.pause", agent=each.agent, reason=each.reason)
            await asyncio.sleep(each.for_ms / 1000)
            with suppress(CallError):
                await client.call("agent.unpause", agent=each.agent)

    def close(self) -> None:
        """End what still runs, callers first."""
        for child in reversed(self._children):
            child.end(STOP_S)


async def _ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and see them end; an error of theirs is raised."""
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def serve_demo(
    folder: Path, habits: Habits, *, seconds: float | None, is_headless: bool
) -> list[str]:
    """Run a demo in `folder` to its end; the lines of its summary. Raises ChildFailed, OSError."""
    has_console = not is_headless and sys.stdin.isatty() and sys.stdout.isatty()
    demo = Demo(folder, habits, say=lambda line: print(line, flush=True))
    try:
        demo.start()
        return asyncio.run(demo.run(seconds, has_console=has_console))
    except BrokenPipeError:  # our reader has gone, not the exchange
        raise
    except ConnectionError as error:
        raise ChildFailed(f"pbx serve does not answer any more: {error}") from error
    finally:
        demo.close()
