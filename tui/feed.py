"""What the console knows of the exchange: the last snapshot, how old it is, the last events.

Events say that something has changed, snapshots what there is: one is taken at most three times
a second while events come, and every five seconds in a calm. A snapshot that nobody has drawn
when the next one comes is forgotten. When the connection is lost the last one stays, with its age.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pbx.service.ask.client import AsyncClient, CallError
from tui.fields import Row, number, text

BUSY_S, SLOW_S, CALM_S, ANSWER_S = 0.3, 2.0, 5.0, 5.0
RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)
EVENTS_KEPT = 500
MONITOR = "monitor.sock"


class NoConnection(Exception):
    """There is no exchange to ask."""


class Picture(NamedTuple):
    """A snapshot: when it was taken, by our monotonic clock, and how far the exchange's wall
    clock is before ours, both in seconds."""

    data: Row
    taken_s: float
    ahead_s: float


class Feed:
    """Keeps a connection and what came over it; calls `changed` after each of them."""

    def __init__(
        self, path: Path, changed: Callable[[], None], *, lang: str = "", busy_s: float = BUSY_S
    ) -> None:
        self.path = path
        self.picture = Picture({}, 0.0, 0.0)
        self.events: deque[Row] = deque(maxlen=EVENTS_KEPT)
        self.role = ""
        self.fault = ""  # why there is no connection; empty while there is one
        self.lost_s = time.monotonic()  # since when there is none
        self._changed = changed
        self._lang = lang
        self._busy_s = busy_s
        self._client: AsyncClient | None = None
        self._news = asyncio.Event()

    @property
    def is_live(self) -> bool:
        """True while there is a connection."""
        return self._client is not None

    @property
    def has_picture(self) -> bool:
        """True once a snapshot was taken."""
        return self.picture.taken_s > 0

    @property
    def may_write(self) -> bool:
        """True if this user may do more than look."""
        return self.role not in ("", "monitor")

    @property
    def age_s(self) -> float:
        """How old the last snapshot is."""
        return time.monotonic() - self.picture.taken_s

    def clock(self, at: float, form: str = "%H:%M:%S") -> str:
        """A time in epoch seconds as the site's clocks show it."""
        try:
            zone = ZoneInfo(text(self.picture.data, "timezone") or "UTC")
            return datetime.fromtimestamp(at, zone).strftime(form)
        except (ZoneInfoNotFoundError, OSError, ValueError, OverflowError):
            return ""

    @property
    def now(self) -> float:
        """The exchange's wall clock, in epoch seconds."""
        return time.time() + self.picture.ahead_s

    async def ask(self, method: str, **params: Any) -> Any:
        """One call; raises CallError for a refusal, NoConnection, OSError when it is lost."""
        if self._client is None:
            raise NoConnection
        return await self._client.call(method, **params)

    async def run(self) -> None:
        """Connect, follow, and connect again, without end."""
        attempt = 0
        while True:
            try:
                async with AsyncClient(self.reachable(), timeout_s=ANSWER_S) as client:
                    await self._introduce(client)
                    attempt = 0
                    await self._follow(client)
            except (OSError, CallError, ValueError) as error:
                self._lose(error)
            await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
            attempt += 1

    def reachable(self) -> Path:
        """The socket, or the monitor's beside it for somebody who may only look."""
        may_not = self.path.exists() and not os.access(self.path, os.W_OK)
        return self.path.with_name(MONITOR) if may_not else self.path

    async def _introduce(self, client: AsyncClient) -> None:
        hello = await client.call("hello", client="console", lang=self._lang)
        if not isinstance(hello, dict):
            raise ValueError("no exchange speaks here")
        self.role = text(hello, "role")
        await self._take(client)

    async def _follow(self, client: AsyncClient) -> None:
        """Take snapshots while events come; raises what ends the connection."""
        self._client = client
        tasks = [asyncio.create_task(self._listen(client)), asyncio.create_task(self._poll(client))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._client = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, client: AsyncClient) -> None:
        async for event in client.events(["*"]):
            self.events.append(event)
            self._news.set()

    async def _poll(self, client: AsyncClient) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), CALM_S)
            await asyncio.sleep(self._busy_s)  # what comes in the meantime is in the snapshot, too
            self._news.clear()
            await self._take(client)

    async def _take(self, client: AsyncClient) -> None:
        data = await client.call("snapshot")
        if not isinstance(data, dict):
            raise ValueError("the snapshot is no object")
        ahead_s = (number(data, "time") or time.time()) - time.time()
        self.picture = Picture(data, time.monotonic(), ahead_s)
        self.fault = ""
        self._changed()

    def _lose(self, error: Exception) -> None:
        if not self.fault:
            self.lost_s = time.monotonic()
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        self.fault = reason or type(error).__name__
        self._changed()
