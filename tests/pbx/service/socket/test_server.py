"""The sockets for real: answers, events, resume, limits, and clients that do not play along."""

from __future__ import annotations

import asyncio
import json
import random
import resource
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import uvloop

from pbx.notes import QueueEntered
from pbx.service.ask.client import AsyncClient, CallError
from pbx.service.socket.dispatch import LINE_MAX
from pbx.service.socket.event_ring import EventRing
from pbx.service.socket.server import Server
from pbx.service.socket.socket_file import SocketError
from tests.pbx.service.socket.fake_site import AGENTS, FakeSite, clock, serving
from tests.waiting import soon

LIMIT = 4 << 20
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


@pytest.fixture(params=sorted(LOOPS))
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, None]], None]:
    """Run a coroutine on each kind of loop, with a time limit; no error may go by unseen."""
    faults: list[dict[str, Any]] = []

    async def watched(coroutine: Coroutine[Any, Any, None]) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: faults.append(context))
        await asyncio.wait_for(coroutine, 60)

    def runner(coroutine: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as loop:
            loop.run(watched(coroutine))
        assert faults == []

    return runner


Run = Callable[[Coroutine[Any, Any, None]], None]


class Raw:
    """A client that sends what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, path: Path) -> Raw:
        return cls(*await asyncio.open_unix_connection(str(path), limit=LIMIT))

    async def line(self) -> dict[str, Any]:
        return json.loads(await self.reader.readline())  # type: ignore[no-any-return]

    async def ask(self, line: bytes) -> dict[str, Any]:
        self.writer.write(line + b"\n")
        return await self.line()


async def published(server: Server, count: int, *, each_turn: int = 50) -> None:
    """Publish events, some each turn, as an exchange would."""
    for number in range(count):
        server.publish_note(QueueEntered("c", "sales", "5551000", number, 0, 0), 1.5)
        if number % each_turn == 0:
            await asyncio.sleep(0)


def test_a_client_is_answered(tmp_path: Path, run: Run) -> None:
    async def scenario() -> None:
        async with serving(tmp_path), AsyncClient(tmp_path / "control.sock") as client:
            assert (await client.call("hello"))["role"] == "admin"
            assert [row["agent"] for row in await client.call("agent.list")] == list(AGENTS)

    run(scenario())


def test_the_monitor_socket_only_reads(tmp_path: Path, run: Run) -> None:
    async def scenario() -> None:
        site = FakeSite()
        async with serving(tmp_path, site=site), AsyncClient(tmp_path / "monitor.sock") as client:
            assert (await client.call("hello"))["role"] == "monitor"
            assert len(await client.call("agent.list")) == 2
            with pytest.raises(CallError, match="forbidden"):
                await client.call("agent.pause", agent="2001")
            assert site.facts == []

    run(scenario())


def test_requests_may_be_pipelined_and_cut_anywhere(tmp_path: Path, run: Run) -> None:
    async def scenario() -> None:
        async with serving(tmp_path):
            client = await Raw.connect(tmp_path / "control.sock")
            requests = b"".join(b'{"id":%d,"method":"hello"}\r\n\n' % n for n in range(500))
            chance = random.Random(3)
            while requests:
                size = chance.randrange(1, 400)
                client.writer.write(requests[:size])
                requests = requests[size:]
                await asyncio.sleep(0)
            assert [(await client.line())["id"] for _ in range(500)] == list(range(500))
            client.writer.close()

    run(scenario())


def test_a_client_that_has_asked_all_is_answered_all_then_closed(tmp_path: Path, run: Run) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as server:
            client = await Raw.connect(tmp_path / "control.sock")
            client.writer.write(b'{"id":1,"method":"agent.list"}\n' * 300 + b'{"id":2')
            client.writer.write_eof()
            answers = (await client.reader.read()).splitlines()
            assert len(answers) == 300
            client.writer.close()
            await soon(lambda: server.clients == 0)

    run(scenario())


def test_followers_get_what_they_follow_in_order(tmp_path: Path, run: Run) -> None:
    async def scenario() -> None:
        async with (
            serving(tmp_path) as server,
            AsyncClient(tmp_path / "monitor.sock") as every,
            AsyncClient(tmp_path / "control.sock") as one,
        ):
            events, agents = every.events(["*"]), one.events(["agent.2001.*"])
            first = [asyncio.ensure_future(anext(each)) for each in (events, agents)]
            await soon(lambda: all(client._topics for client in server._clients))
            await published(server, 3_000)
            server.publish("agent.changed", {"agent": "2001", "state": "ready"}, t=2.5)
            seen = [await first[0]] + [await anext(events) for _ in range(3_000)]
            assert [event["seq"] for event in seen] == list(range(1, 3_002))
            assert seen[7]["type"] == "queue.entered"
            assert (await first[1])["seq"] == 3_001

    run(scenario())


def test_a_client_that_comes_back_gets_what_it_missed(tmp_path: Path, run: Run) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as server:
            await published(server, 30_000, each_turn=5_000)
            async with AsyncClient(tmp_path / "control.sock") as client:
                events = client.events(["queue.*"], since=20_000, epoch=3)
                seen = [(await anext(events))["seq"] for _ in range(5_000)]
                await published(server, 500)
                seen += [(await anext(events))["seq"] for _ in range(5_500)]
                assert seen == list(range(20_001, 30_501))

    run(scenario())


def test_a_client_that_comes_back_too_late_takes_a_snapshot(tmp_path: Path, run: Run) -> None:
    async def scenario() -> None:
        control, events = tmp_path / "control.sock", EventRing(5_000)
        async with serving(tmp_path, events=events), AsyncClient(control) as client:
            with pytest.raises(CallError, match="resync_required"):
                await anext(client.events(since=4_000))
            picture = await client.call("snapshot")
            assert picture["seq"] == 5_000
            started = await client.call("subscribe", since=picture["seq"], epoch=picture["epoch"])
            assert started["seq"] == 5_000

    run(scenario())


def test_a_client_that_never_reads_costs_nobody_anything(tmp_path: Path, run: Run) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as server, AsyncClient(tmp_path / "control.sock") as good:
            lazy = await Raw.connect(tmp_path / "control.sock")
            lazy.writer.transport.pause_reading()
            lazy.writer.write(b'{"method":"subscribe","params":{"topics":["*"]}}\n')
            events = good.events()
            numbers = [asyncio.ensure_future(anext(events))]
            await soon(lambda: all(client._topics for client in server._clients))
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            for _ in range(50):
                await published(server, 1_000)
                expected = 1_000 - len(numbers)
                seen = [(await anext(events))["seq"] for _ in range(expected)]
                numbers = []
            assert seen[-1] == 50_000
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            assert grown < 16 << 10, f"{grown} KiB"
            unsent = [client._transport.get_write_buffer_size() for client in server._clients]
            assert sum(unsent) <= 256 << 10
            lazy.writer.close()

    run(scenario())


def test_a_client_too_far_behind_is_told_once_and_goes_on(tmp_path: Path, run: Run) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as server:
            slow = await Raw.connect(tmp_path / "control.sock")
            await slow.ask(b'{"id":1,"method":"subscribe"}')
            slow.writer.transport.pause_reading()
            await published(server, 20_000)
            slow.writer.transport.resume_reading()
            seen = [await slow.line()]
            while seen[-1]["method"] == "event":
                seen.append(await slow.line())
            lagged = seen.pop()["params"]
            assert [each["params"]["seq"] for each in seen] == list(range(1, lagged["from"]))
            assert lagged["to"] == 20_000
            await published(server, 10)
            assert [(await slow.line())["params"]["seq"] for _ in range(10)] == list(
                range(20_001, 20_011)
            )
            slow.writer.close()

    run(scenario())


def test_a_client_that_asks_and_never_reads_is_not_served_on(tmp_path: Path, run: Run) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as server, AsyncClient(tmp_path / "control.sock") as good:
            greedy = await Raw.connect(tmp_path / "control.sock")
            greedy.writer.transport.pause_reading()
            request = b'{"id":1,"method":"methods"}\n'
            greedy.writer.write(request * 20_000)
            for _ in range(100):
                await good.call("hello")
            unsent = max(each._transport.get_write_buffer_size() for each in server._clients)
            assert unsent <= 128 << 10
            greedy.writer.transport.resume_reading()
            for _ in range(20_000):
                assert await greedy.reader.readline()
            greedy.writer.close()

    run(scenario())


def test_a_turn_ends_after_a_request_that_takes_long(tmp_path: Path, run: Run) -> None:
    class Slow(FakeSite):
        def status(self) -> dict[str, Any]:
            end = clock() + 5
            while clock() < end:
                pass
            return {}

    async def scenario() -> None:
        async with serving(tmp_path, site=Slow()):
            client = await Raw.connect(tmp_path / "control.sock")
            client.writer.write(b'{"id":1,"method":"system.status"}\n' * 40)
            size = 40 * len(b'{"jsonrpc":"2.0","id":1,"result":{}}\n')
            turns, answers = 0, asyncio.ensure_future(client.reader.readexactly(size))
            while not answers.done():
                await asyncio.sleep(0)
                turns += 1
            assert turns >= 40
            client.writer.close()

    run(scenario())


def test_a_line_too_long_is_said_once_and_skipped(tmp_path: Path, run: Run) -> None:
    async def scenario() -> None:
        async with serving(tmp_path):
            client = await Raw.connect(tmp_path / "control.sock")
            answer = await client.ask(b"x" * (5 * LINE_MAX))
            assert answer["error"]["data"]["name"] == "too_large"
            assert (await client.ask(b'{"id":7,"method":"hello"}'))["id"] == 7
            just = b'{"id":8,"method":"hello","params":{"more":"%s"}}'
            line = just % (b"x" * (LINE_MAX - len(just) + 2))
            assert len(line) == LINE_MAX
            assert (await client.ask(line))["id"] == 8
            assert (await client.ask(line + b" "))["error"]["data"]["name"] == "too_large"
            client.writer.close()

    run(scenario())


def test_there_is_a_limit_to_clients_on_each_socket(tmp_path: Path, run: Run) -> None:
    async def scenario() -> None:
        async with serving(tmp_path, clients_max=2) as server:
            paths = [tmp_path / "monitor.sock"] * 3 + [tmp_path / "control.sock"]
            clients = [await Raw.connect(path) for path in paths]
            refused = await clients[2].line()
            assert refused["error"]["data"]["name"] == "too_many_clients"
            assert await clients[2].reader.read() == b""
            assert (await clients[3].ask(b'{"id":1,"method":"hello"}'))["id"] == 1
            before = server.clients
            clients[0].writer.close()
            await soon(lambda: server.clients < before)
            late = await Raw.connect(tmp_path / "monitor.sock")
            assert (await late.ask(b'{"id":1,"method":"hello"}'))["id"] == 1
            for client in [*clients, late]:
                client.writer.close()

    run(scenario())


def test_noise_closes_nobody_and_stops_nothing(tmp_path: Path, run: Run) -> None:
    async def scenario() -> None:
        async with serving(tmp_path), AsyncClient(tmp_path / "control.sock") as good:
            chance = random.Random(5)
            for _ in range(40):
                noisy = await Raw.connect(tmp_path / "control.sock")
                noise = chance.randbytes(chance.randrange(1, 20_000))
                noisy.writer.write(noise.replace(b"\n", b"}\n", 3))
                if chance.random() < 0.5:
                    noisy.writer.write(b'\n{"id":1,"method":"hello"}\n')
                    assert await noisy.line()
                noisy.writer.transport.abort()
                assert await good.call("hello")

    run(scenario())


def test_an_error_of_ours_costs_that_client_its_connection_only(tmp_path: Path, run: Run) -> None:
    class Faulty(FakeSite):
        def status(self) -> dict[str, Any]:
            raise ZeroDivisionError("ours")

    async def scenario() -> None:
        faults: list[dict[str, Any]] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: faults.append(context))
        async with (
            serving(tmp_path, site=Faulty()),
            AsyncClient(tmp_path / "control.sock") as good,
        ):
            async with AsyncClient(tmp_path / "control.sock") as unlucky:
                with pytest.raises(ConnectionError):
                    await unlucky.call("system.status")
            assert await good.call("hello")
        assert isinstance(faults[0]["exception"], ZeroDivisionError)

    run(scenario())


def test_a_second_server_says_that_one_is_there(tmp_path: Path, run: Run) -> None:
    async def scenario() -> None:
        async with serving(tmp_path), AsyncClient(tmp_path / "control.sock") as client:
            with pytest.raises(SocketError, match="another pbx serves"):
                async with serving(tmp_path):
                    pass
            assert await client.call("hello")

    run(scenario())


def test_closing_takes_the_files_away_and_the_clients_off(tmp_path: Path, run: Run) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as server:
            client = AsyncClient(tmp_path / "control.sock")
            await client.open()
            await client.call("hello")
            server.close()
            with pytest.raises(ConnectionError):
                await client.call("hello")
            await client.close()
            assert list(tmp_path.iterdir()) == []
            server.publish("call.ended", {}, t=0.0)

    run(scenario())


def test_an_event_without_followers_is_only_kept(tmp_path: Path, run: Run) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as server, AsyncClient(tmp_path / "control.sock") as client:
            await client.call("hello")
            await published(server, 200)
            assert set(server.events._lines) == {None}

    run(scenario())
