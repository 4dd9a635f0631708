"""Standard output of every command that prints JSON, among libraries that print too.

From the import of the command's module on, each import and each file opened makes a noise: by a
system call, by C's own buffered `puts`, which reaches the descriptor when the process ends, and by
Python's `print`. The commands are processes; nothing of theirs is changed.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pbx.service.cli import COMMANDS, DRAWS
from tests.pbx.service.planning.logs_of_calls import bank_days
from tests.pbx.service.socket.fake_site import FakeSite, serving
from tests.shared import ROOT
from tests.waiting import soon

NOISY = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
state = {"loud": False, "busy": False}

def noise(event, args):
    if event == "open" and "service/commands" in str(args[0]):
        state["loud"] = True
    if state["busy"] or not state["loud"] or event not in ("import", "open"):
        return
    state["busy"] = True
    os.write(1, b"noise of a system call\\n")
    libc.puts(b"noise of C")
    print("noise of Python")
    state["busy"] = False

sys.addaudithook(noise)
import pbx.service.cli as cli
sys.exit(cli.main())
"""
PEOPLE = """
need = "staff.json"
[shift.early]
kind = "early"
start = ["08:00"]
hours = 8
[team.red]
hours = 40
shifts = ["early"]
[[team.red.person]]
name = "Li Na"
"""
ERLANG = ("c", "--calls", "100", "--per", "30m", "--aht", "180", "--within", "20", "--agents", "14")
CLINIC = ROOT / "config" / "examples" / "clinic"
# command -> its words; FOLDER has a log and a roster
FILES: dict[str, tuple[str, ...]] = {
    "check-config": (f"{CLINIC}.toml", "--json"),
    "test": (f"{CLINIC}.test.toml", "--json"),
    "erlang": (*ERLANG, "--json"),
    "forecast": ("FOLDER/bank.csv", "--json"),
    "staff": ("FOLDER/bank.csv", "--json"),
    "simulate": ("FOLDER/bank.csv", "--runs", "2", "--json"),
    "roster": ("FOLDER/roster.toml", "--json"),
    "import": ("--list", "--data", "FOLDER", "--json"),
}
SOCKET: dict[str, tuple[str, ...]] = {
    "ctl": ("agent.list",),
    "phones": ("--json",),
    "watch": ("queue.*",),
}
# no JSON on their standard output, or JSON that goes there as bytes of a report
TEXT = (
    "serve", "replay", "report", "verify-figures", "export", "config", "backup", "restore",
)  # fmt: skip
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
NOISES = ("noise of a system call", "noise of C", "noise of Python")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of calls, what it needs, and who could work."""
    made = tmp_path_factory.mktemp("loud")
    log = bank_days(made, 28)
    program = "import sys, pbx.service.cli as cli; sys.exit(cli.main())"
    need = subprocess.run(
        [sys.executable, "-c", program, "staff", str(log), "--json"],
        cwd=ROOT, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    (made / "staff.json").write_bytes(need.stdout)
    (made / "roster.toml").write_text(PEOPLE)
    return made


def loud(*words: str) -> subprocess.CompletedProcess[str]:
    """A command among noisy libraries, run to its end."""
    return subprocess.run(
        [sys.executable, "-c", NOISY, *words],
        cwd=ROOT, env=BUFFERED, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_every_command_is_in_one_of_the_tables() -> None:
    drawing = [name for (name,) in DRAWS]
    assert sorted(COMMANDS) == sorted([*FILES, *SOCKET, *TEXT, *drawing])


@pytest.mark.parametrize("command", FILES)
def test_json_alone_is_on_standard_output_whatever_a_library_prints(
    folder: Path, command: str
) -> None:
    done = loud(command, *(word.replace("FOLDER", str(folder)) for word in FILES[command]))
    assert isinstance(json.loads(done.stdout), dict | list), done.stderr
    for noise in NOISES:
        assert noise in done.stderr


def test_so_it_is_where_the_json_is_of_the_socket(tmp_path: Path) -> None:
    async def asked(command: str) -> tuple[Any, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", NOISY, command, *SOCKET[command], "--data", str(tmp_path),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        return json.loads(out), err.decode()

    async def scenario() -> None:
        async with serving(tmp_path):
            expectations = {"ctl": FakeSite().agents(), "phones": FakeSite().phones()}
            for command, expected in expectations.items():
                found, said = await asked(command)
                assert found == expected
                assert all(noise in said for noise in NOISES)

    asyncio.run(asyncio.wait_for(scenario(), 60))


def test_so_it_is_line_by_line(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as server:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", NOISY, "watch", "queue.*", "--data", str(tmp_path),
                cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            assert process.stdout is not None
            await soon(lambda: any(client._topics for client in server._clients))
            for number in (1, 2):
                server.publish("queue.left", {}, t=1.5)
                assert json.loads(await process.stdout.readline())["seq"] == number
            process.terminate()
            assert await process.stdout.read() == b""
            await process.wait()

    asyncio.run(asyncio.wait_for(scenario(), 60))


def test_a_table_is_free_of_what_c_prints_too(folder: Path) -> None:
    done = loud("roster", str(folder / "roster.toml"))
    assert done.stdout.startswith("noise of Python") or done.stdout.startswith("team")
    assert "noise of C" not in done.stdout and "system call" not in done.stdout
    assert "noise of C" in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_stream_that_is_closed_is_no_fault(closed: str) -> None:
    words = " ".join(("erlang", *ERLANG, "--json", closed))
    done = subprocess.run(
        ["sh", "-c", f'"$0" -c "$1" {words}', sys.executable, NOISY],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    if closed == "2>&-":
        assert json.loads(done.stdout)["n"] == 14
    else:
        assert done.stdout == ""
    assert "Traceback" not in done.stderr
