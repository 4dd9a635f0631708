"""The client of the socket: `Client` blocks, `AsyncClient` does not; the standard library only.

async with AsyncClient(path) as client:
    picture = await client.call("snapshot")
    async for event in client.events(["queue.*"], since=picture["seq"]):
        ...
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from typing import Any

from pbx.service.ask.line_client import (
    CALL_S,
    CallError,
    Client,
    Inbox,
    Message,
    follow,
    request,
    result,
    subscription,
)

__all__ = ["AsyncClient", "CallError", "Client", "follow"]

LINE_MAX = 64 << 20  # an answer, such as a snapshot, may be longer than a request


class AsyncClient:
    """A connection whose calls may overlap and whose events come beside them.

    `open` raises OSError where there is no server; the others ConnectionError when it is lost.
    """

    def __init__(self, path: str | os.PathLike[str], *, timeout_s: float = CALL_S) -> None:
        self._path = os.fspath(path)
        self._timeout_s = timeout_s
        self._inbox = Inbox()
        self._arrived = asyncio.Event()
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._number = 0
        self._end: ConnectionError | None = None
        self._reason = "the connection to the server is closed"

    async def open(self) -> None:
        """Connect."""
        streams = await asyncio.open_unix_connection(self._path, limit=LINE_MAX)
        self._reader, self._writer = streams
        self._task = asyncio.create_task(self._read())

    async def call(self, method: str, /, **params: Any) -> Any:
        """The result of a method; raises CallError, TimeoutError."""
        if self._end:
            raise self._end
        self._number += 1
        number = self._number
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._writer.write(request(number, method, params=params))
            return result(await asyncio.wait_for(answer, self._timeout_s))
        finally:
            del self._waiting[number]

    async def events(
        self,
        topics: Sequence[str] = ("*",),
        *,
        since: int | None = None,
        epoch: int | None = None,
    ) -> AsyncIterator[Message]:
        """Subscribe, then each event as it comes; too many unread ones are told as `lagged`."""
        await self.call("subscribe", **subscription(topics, since, epoch=epoch))
        while True:
            while event := self._inbox.get():
                yield event
            if self._end:
                raise self._end
            self._arrived.clear()
            await self._arrived.wait()

    async def close(self) -> None:
        """Close the connection."""
        self._task.cancel()
        self._writer.close()
        await asyncio.wait([self._task])

    async def _read(self) -> None:
        """Sort what comes: answers to who waits for them, events to the inbox."""
        try:
            while (line := await self._reader.readline()).endswith(b"\n"):
                self._sort(json.loads(line))
        except ConnectionError:
            pass
        finally:
            self._ended()

    def _sort(self, message: Message) -> None:
        waiting = self._waiting.get(message.get("id", 0))
        if "method" in message:
            self._inbox.put(message)
            self._arrived.set()
        elif waiting and not waiting.done():
            waiting.set_result(message)
        elif message.get("id") is None and "error" in message:
            self._reason = message["error"]["message"]  # for the connection, not for a call

    def _ended(self) -> None:
        """The connection is closed: nobody waits any longer."""
        self._end = ConnectionError(self._reason)
        self._arrived.set()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(self._end)

    async def __aenter__(self) -> AsyncClient:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
