"""Answers that wait for the disk: in their order, while everybody else is served."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from pbx.service.ask.client import AsyncClient
from tests.pbx.service.socket.fake_site import CALL, FakeSite, serving

LIST = b'{"id":1,"method":"recording.list"}\n'
HELLO = b'{"id":2,"method":"hello"}\n'


def run(scenario: Coroutine[Any, Any, None]) -> list[dict[str, Any]]:
    """Run it with a time limit; what the loop had to complain of."""
    faults: list[dict[str, Any]] = []

    async def watched() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: faults.append(context))
        await asyncio.wait_for(scenario, 30)

    asyncio.run(watched())
    return faults


async def until_read(site: FakeSite) -> None:
    """Until a thread has begun to read."""
    while not site.threads:
        await asyncio.sleep(0)


async def said(folder: Path, *lines: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_unix_connection(str(folder / "control.sock"))
    writer.writelines(lines)
    return reader, writer


def test_the_disk_is_read_in_another_thread(tmp_path: Path) -> None:
    async def scenario() -> None:
        site = FakeSite()
        async with serving(tmp_path, site=site), AsyncClient(tmp_path / "control.sock") as client:
            [row] = await client.call("recording.list", queue="sales")
            assert row["call"] == CALL
            assert threading.get_ident() not in site.threads

    assert run(scenario()) == []


def test_answers_keep_their_order_and_nobody_else_waits(tmp_path: Path) -> None:
    async def scenario() -> None:
        site = FakeSite()
        site.may_read.clear()
        async with serving(tmp_path, site=site), AsyncClient(tmp_path / "control.sock") as other:
            reader, writer = await said(tmp_path, LIST, HELLO)
            await until_read(site)
            writer.write(LIST)
            assert (await other.call("hello"))["role"] == "admin"
            site.may_read.set()
            answers = [json.loads(await reader.readline())["id"] for _ in range(3)]
            assert answers == [1, 2, 1]
            writer.close()

    assert run(scenario()) == []


def test_who_has_asked_all_is_answered_all(tmp_path: Path) -> None:
    async def scenario() -> None:
        site = FakeSite()
        site.may_read.clear()
        async with serving(tmp_path, site=site):
            reader, writer = await said(tmp_path, LIST, HELLO)
            writer.write_eof()
            await until_read(site)
            site.may_read.set()
            assert len((await reader.read()).splitlines()) == 2
            writer.close()

    assert run(scenario()) == []


def test_who_leaves_meanwhile_is_no_trouble(tmp_path: Path) -> None:
    async def scenario() -> None:
        site = FakeSite()
        site.may_read.clear()
        async with serving(tmp_path, site=site) as server:
            _, writer = await said(tmp_path, LIST, HELLO)
            await until_read(site)
            writer.transport.abort()
            site.may_read.set()
            while server.clients:
                await asyncio.sleep(0)
            async with AsyncClient(tmp_path / "control.sock") as client:
                assert await client.call("recording.list")

    assert run(scenario()) == []


class BadSite(FakeSite):
    """A site with an error of its own."""

    def recordings(self, wanted: object) -> list[dict[str, Any]]:
        raise ZeroDivisionError


def test_an_error_of_ours_costs_that_client_its_connection_only(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path, site=BadSite()):
            reader, writer = await said(tmp_path, LIST)
            assert await reader.read() == b""
            writer.close()
            async with AsyncClient(tmp_path / "control.sock") as client:
                assert await client.call("hello")

    faults = run(scenario())
    assert [type(fault["exception"]) for fault in faults] == [ZeroDivisionError]
