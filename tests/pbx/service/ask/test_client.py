"""The clients: calls, events, errors, and what happens when the server goes away."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from pbx.service.ask.client import AsyncClient, CallError, Client, follow
from pbx.service.ask.line_client import Inbox
from pbx.service.socket.event_ring import EventRing
from tests.pbx.service.socket.fake_site import FakeSite, serving
from tests.waiting import soon


def run(scenario: Any) -> None:
    asyncio.run(asyncio.wait_for(scenario, 30))


def test_the_blocking_client_calls_and_follows(tmp_path: Path) -> None:
    def work() -> list[int]:
        with Client(tmp_path / "control.sock") as client:
            assert client.call("agent.pause", agent="2001", reason="喝茶") == {"done": True}
            with pytest.raises(CallError) as error:
                client.call("agent.login", agent="2002")
            assert (error.value.name, error.value.code) == ("refused", -32000)
            events = client.events(["call.*"], since=0)
            seen = [next(events)["seq"] for _ in range(3)]
            assert client.call("hello")["seq"] == 5  # between events
            return seen + [next(events)["seq"] for _ in range(2)]

    async def scenario() -> None:
        async with serving(tmp_path) as server:
            for _ in range(5):
                server.publish("call.ended", {}, t=0.0)
            assert await asyncio.to_thread(work) == [1, 2, 3, 4, 5]

    run(scenario())


def test_no_server_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Client(tmp_path / "control.sock")
    with pytest.raises(FileNotFoundError):
        run(AsyncClient(tmp_path / "control.sock").open())


def test_a_client_over_the_limit_is_told_why(tmp_path: Path) -> None:
    def work() -> None:
        with Client(tmp_path / "control.sock") as client:
            with pytest.raises(CallError, match="too_many_clients"):
                client.call("hello")

    async def scenario() -> None:
        async with serving(tmp_path, clients_max=0):
            await asyncio.to_thread(work)
            async with AsyncClient(tmp_path / "control.sock") as client:
                with pytest.raises(ConnectionError, match="0 clients"):
                    await client.call("hello")

    run(scenario())


def test_calls_of_the_async_client_overlap(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path), AsyncClient(tmp_path / "control.sock") as client:
            names = ["hello", "queue.list", "trunk.list", "system.status"] * 25
            answers = await asyncio.gather(*(client.call(name) for name in names))
            assert answers[1] == FakeSite().queues()
            assert answers[99] == FakeSite().status()

    run(scenario())


def test_who_waits_is_told_when_the_server_goes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as server, AsyncClient(tmp_path / "control.sock") as client:
            events = asyncio.ensure_future(anext(client.events()))
            await soon(lambda: any(client._topics for client in server._clients))
            server.close()
            with pytest.raises(ConnectionError):
                await events
            with pytest.raises(ConnectionError):
                await client.call("hello")

    run(scenario())


def test_a_follower_resumes_after_a_restart(tmp_path: Path) -> None:
    """The same epoch goes on without a gap; another one says that a snapshot is needed."""
    site, seen, stop = FakeSite(), list[Any](), threading.Event()

    def work() -> None:
        for event in follow(tmp_path / "control.sock", ["call.*"], stop=stop):
            seen.append((event["type"], event["seq"]))
            if len(seen) == 4:
                stop.set()

    async def until(count: int) -> None:
        await soon(lambda: len(seen) >= count)

    async def connected(server: Any) -> None:
        await soon(lambda: any(client._topics for client in server._clients))

    async def scenario() -> None:
        async with serving(tmp_path, site=site) as server:
            task = asyncio.create_task(asyncio.to_thread(work))
            await connected(server)
            server.publish("call.ended", {}, t=0.0)
            await until(1)
        async with serving(tmp_path, site=site, events=EventRing(1)) as server:
            server.publish("call.ended", {}, t=0.0)
            await until(2)
        site.epoch = 4
        async with serving(tmp_path, site=site) as server:
            await until(3)
            await connected(server)
            server.publish("call.ended", {}, t=0.0)
            await until(4)
        await task

    run(scenario())
    assert seen == [("call.ended", 1), ("call.ended", 2), ("resync_required", 0), ("call.ended", 1)]


def event(seq: int) -> dict[str, Any]:
    return {"method": "event", "params": {"seq": seq, "type": "call.ended"}}


def test_an_inbox_that_is_full_tells_what_it_dropped() -> None:
    inbox = Inbox(size=2)
    for seq in range(1, 6):
        inbox.put(event(seq))
    inbox.put({"method": "lagged", "params": {"from": 6, "to": 9}})
    assert [inbox.get() for _ in range(2)] == [event(seq)["params"] for seq in (1, 2)]
    assert inbox.get() == {"type": "lagged", "from": 3, "to": 9}
    assert inbox.get() is None
    inbox.put(event(10))
    assert inbox.get() == event(10)["params"]
