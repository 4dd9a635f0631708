"""The commands as processes: what they print, where, and their exit codes."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

import pbx as package
from pbx.service.cli import COMMANDS
from pbx.service.socket.event_ring import EventRing
from tests.pbx.service.socket.fake_site import FakeSite, serving
from tests.shared import ROOT
from tests.site import PBX, run_pbx
from tests.waiting import passes, soon

GOOD = """
[extension.201]
password = "long enough to pass 1"
"""


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, 60))


async def started(*words: str | Path) -> asyncio.subprocess.Process:
    """A `pbx` process."""
    return await asyncio.create_subprocess_exec(
        *PBX,
        *map(str, words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )


async def pbx(*words: str | Path) -> tuple[int | None, str, str]:
    """A `pbx` command run to its end: exit code, stdout, stderr."""
    process = await started(*words)
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


def test_help_names_every_command() -> None:
    done = run_pbx("--help")
    assert done.returncode == 0
    assert all(f"\n  {name} " in done.stdout for name in COMMANDS)


def test_the_version_is_the_package_s() -> None:
    done = run_pbx("--version")
    assert (done.returncode, done.stdout) == (0, f"agner {package.__version__}\n")


@pytest.mark.parametrize("command", ["ctl", "watch", "phones", "check-config"])
def test_every_command_has_help(command: str) -> None:
    done = run_pbx(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: pbx {command}")


@pytest.mark.parametrize("words", [[], ["nothing"], ["ctl"], ["ctl", "hello", "--no-such"]])
def test_wrong_usage_is_exit_2(words: list[str]) -> None:
    done = run_pbx(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: pbx" in done.stderr


def test_ctl_prints_the_result_as_json(tmp_path: Path) -> None:
    async def scenario() -> None:
        site = FakeSite()
        async with serving(tmp_path, site=site):
            code, out, err = await pbx("ctl", "agent.list", "--data", tmp_path)
            assert (code, json.loads(out), err) == (0, site.agents(), "")
            words = ("agent.pause", "agent=2001", "reason=喝茶")
            code, out, _ = await pbx("ctl", *words, "--socket", tmp_path / "control.sock")
            assert (code, out) == (0, '{"done": true}\n')
            assert site.states["2001"] == "paused"

    run(scenario())


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["agent.login", "agent=2001"], 1, "agent 2001 is logged in already"),
        (["call.explain", "call=none"], 1, "no call 'none'"),
        (["agent.pose", "agent=2001"], 2, "no method 'agent.pose'"),
        (["agent.pause", "agnt=2001"], 2, "no parameter 'agnt'"),
        (["agent.pause"], 2, "missing: agent=…"),
        (["call.list", "limit=0"], 2, "limit: Expected `int` >= 1"),
    ],
)
def test_ctl_says_why_not_on_stderr(
    tmp_path: Path, words: list[str], code: int, reason: str
) -> None:
    async def scenario() -> None:
        async with serving(tmp_path):
            got, out, err = await pbx("ctl", *words, "--data", tmp_path)
            assert (got, out) == (code, "")
            assert reason in err

    run(scenario())


def test_ctl_waits_for_as_long_as_it_is_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        site = FakeSite()
        site.may_read.clear()
        async with serving(tmp_path, site=site):
            words = ("ctl", "recording.list", "--data", tmp_path, "--timeout")
            code, out, err = await pbx(*words, "0.3")
            site.may_read.set()
            assert (code, out) == (1, "") and "timed out" in err
            assert (await pbx(*words, "60"))[0] == 0
            for wrong in ("0", "-1", "nan", "x", "1e9"):
                code, _, err = await pbx(*words, wrong)
                assert code == 2 and "--timeout" in err

    run(scenario())


def test_ctl_says_that_nothing_runs(tmp_path: Path) -> None:
    done = run_pbx("ctl", "hello", "--data", tmp_path)
    assert done.returncode == 1
    assert f"no pbx answers at {tmp_path}/control.sock: No such file" in done.stderr
    done = run_pbx("ctl", "hello", "--config", tmp_path / "no.toml")
    assert done.returncode == 2
    assert "no.toml: No such file" in done.stderr


def test_phones_are_a_table_or_json(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path):
            code, out, _ = await pbx("phones", "--data", tmp_path)
            assert code == 0
            lines = [line.split() for line in out.splitlines()]
            assert lines[0][:5] == ["extension", "name", "reachable", "calls", "contact"]
            assert lines[1][:5] == ["201", "王小明", "yes", "0", "sip:201@10.0.0.7"]
            assert lines[2][4] == "sip:201@10.0.0.8"
            assert lines[3] == ["202", "Li", "Na", "no", "0", "sip:10.0.0.9", "fixed", "-"]
            assert lines[4] == ["203", "Door", "no", "0", "-", "-", "-"]
            _, out, _ = await pbx("phones", "--json", "--data", tmp_path)
            assert json.loads(out) == FakeSite().phones()

    run(scenario())


def test_watch_prints_events_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    async def connected(server: Any) -> None:
        await soon(lambda: any(client._topics for client in server._clients))

    async def scenario() -> None:
        process = None
        for number in (1, 2):
            async with serving(tmp_path, events=EventRing(number - 1)) as server:
                process = process or await started("watch", "queue.*", "--data", tmp_path)
                assert process.stdout is not None
                await connected(server)
                server.publish("queue.left", {"queue": "销售"}, t=1.5)
                line = (await process.stdout.readline()).decode()
                expected = {"seq": number, "t": 1.5, "type": "queue.left", "queue": "销售"}
                assert json.loads(line) == expected
                assert "销售" in line
        assert process is not None
        process.send_signal(signal.SIGINT)
        await process.communicate()
        assert process.returncode == 0

    run(scenario())


def test_watch_ends_quietly_when_its_reader_does(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as server:
            words = " ".join(f"'{word}'" for word in [*PBX, "watch", "--data", str(tmp_path)])
            process = await asyncio.create_subprocess_shell(
                f"set -o pipefail; {words} | head -n 1",
                executable="/bin/bash",
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=ROOT,
            )
            while process.returncode is None:
                server.publish("queue.left", {}, t=1.5)
                await passes(0.02)
            out, err = await process.communicate()
            assert (process.returncode, out.count(b"\n"), err) == (0, 1, b"")

    run(scenario())


def test_watch_says_what_is_wrong_with_a_topic(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path):
            code, _, err = await pbx("watch", "call*", "--data", tmp_path)
            assert code == 2
            assert "topic 'call*'" in err

    run(scenario())


def test_check_config_finds_nothing_in_a_good_file(tmp_path: Path) -> None:
    file = tmp_path / "pbx.toml"
    file.write_text(GOOD)
    done = run_pbx("check-config", file)
    assert done.returncode == 0, done.stdout
    assert f"{file}: 0 errors" in done.stdout


def test_check_config_shows_each_value_and_its_layer(tmp_path: Path) -> None:
    file = tmp_path / "pbx.toml"
    file.write_text(GOOD)
    lines = run_pbx("check-config", file, "--values").stdout.splitlines()
    assert f'extension.201.password = "***"  ({file})' in lines
    assert 'site.language = "en"  (defaults)' in lines


def test_check_config_tells_every_error_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "pbx.toml"
    file.write_text('[queue.sales]\nstrategy = "odd"\ncolour = "blue"\n')
    done = run_pbx("check-config", file)
    assert done.returncode == 2
    lines = done.stdout.splitlines()
    assert [line.startswith(f"{file}:{n}: ") for n, line in enumerate(lines[:2], 2)] == [True] * 2
    done = run_pbx("check-config", file, "--json")
    assert done.returncode == 2
    report = json.loads(done.stdout)
    assert report["ok"] is False
    assert {problem["line"] for problem in report["problems"]} >= {2, 3}


def test_replay_of_nothing_is_a_failure(tmp_path: Path) -> None:
    done = run_pbx("replay", tmp_path / "no")
    assert done.returncode == 1
    assert "no such file" in done.stderr
