"""The examples of docs/integrators.md, run: what is sent there is sent, and comes back as shown."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pbx.notes import QueueEntered
from pbx.service.socket.api import METHODS
from pbx.service.socket.dispatch import ERRORS
from pbx.service.socket.event_line import EVENT_NAMES
from tests.documents import Document, is_like
from tests.pbx.service.socket.fake_site import serving
from tests.shared import ROOT
from tests.site import PBX
from tests.waiting import passes

DOCUMENT = Document("integrators.md")
blocks = DOCUMENT.blocks


@asynccontextmanager
async def a_site(folder: Path) -> AsyncIterator[Path]:
    """The control socket of a site into whose queue a caller comes every few milliseconds."""
    async with serving(folder) as server:

        async def call() -> None:
            while True:
                note = QueueEntered("a00003-00000007", "sales", "5551000", 1, 0, 0)
                server.publish_note(note, 1_700_000_000.5)
                await passes(0.02)

        calling = asyncio.create_task(call())
        yield folder / "control.sock"
        calling.cancel()


async def spoken(block: str, path: Path) -> None:
    """Say a block's lines to the socket and compare what comes back."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    for line in block.splitlines():
        arrow, _, text = line.partition(" ")
        if arrow == "->":
            writer.write(text.encode() + b"\n")
        else:
            assert arrow == "<-"
            answer = json.loads(await reader.readline())
            assert is_like(json.loads(text), answer), f"{text}\nbut: {answer}"
    writer.close()


async def output(path: Path, *command: str) -> list[str]:
    """What a command prints, with the socket in its environment."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PBX_SOCKET": str(path)},
        cwd=ROOT,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, command
    return out.decode().splitlines()


async def typed(block: str, path: Path) -> None:
    """Type a block's commands and compare what they print."""
    real: list[str] = []
    for line in block.splitlines():
        if line.startswith("$ pbx "):
            assert not real, f"not in the document: {real}"
            real = await output(path, *PBX, *shlex.split(line)[2:])
        else:
            printed = real.pop(0)
            assert is_like(json.loads(line), json.loads(printed)), f"{line}\nbut: {printed}"


@pytest.mark.parametrize("block", blocks("socket"))
def test_what_is_said_on_the_socket_is_answered_as_shown(block: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with a_site(tmp_path) as path:
            await asyncio.wait_for(spoken(block, path), 20)

    asyncio.run(scenario())


@pytest.mark.parametrize("block", blocks("console"))
def test_what_is_typed_prints_what_is_shown(block: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with a_site(tmp_path) as path:
            await asyncio.wait_for(typed(block, path), 30)

    asyncio.run(scenario())


@pytest.mark.parametrize("block", blocks("python"))
def test_the_programs_run(block: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with a_site(tmp_path) as path:
            lines = await asyncio.wait_for(output(path, sys.executable, "-c", block), 30)
            assert lines[-1].startswith("queue.entered")

    asyncio.run(scenario())


def test_every_method_event_and_error_is_in_the_document() -> None:
    names = [*METHODS, *EVENT_NAMES.values(), *ERRORS]
    assert [name for name in names if f"`{name}`" not in DOCUMENT.text] == []
