"""`pbx demo` as a user runs it: calls flow, the figures are those of the record, nothing stays."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.demo import NAMES, Demo, processes_of
from tests.shared import ROOT
from tests.site import PBX, until

OUTCOMES = ("answered", "abandoned", "overflowed", "exited")

pytestmark = pytest.mark.xdist_group("demo")  # each fills two cores


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name, for the paths of sockets are bounded."""
    with tempfile.TemporaryDirectory(prefix="d") as name:
        yield Path(name)


def outcomes(data: Path) -> Counter[str]:
    """How often each kind of event is in the record, and each outcome of a visit to a queue."""
    with closing(sqlite3.connect(f"file:{data / 'pbx.db'}?mode=ro", uri=True)) as link:
        rows = link.execute(
            "SELECT type, coalesce(json_extract(data, '$.outcome'), '') FROM events"
        ).fetchall()
    return Counter(kind if kind != "QueueLeft" else outcome for kind, outcome in rows)


def check_summary(demo: Demo) -> None:
    """The summary parses, and the record says the same."""
    summary = demo.summary()
    assert tuple(summary) == NAMES, demo.lines
    offered, answered, abandoned = (int(summary[name]) for name in NAMES[:3])
    record = outcomes(Path(summary["data"]))
    assert offered == record["QueueEntered"]
    assert answered == record["answered"]
    assert abandoned == record["abandoned"]
    assert offered == sum(record[outcome] for outcome in OUTCOMES), "nobody waits at the end"
    if summary["service_level"] != "-":
        assert 0 <= float(summary["service_level"]) <= 1


def test_calls_flow_and_the_summary_is_that_of_the_record(folder: Path) -> None:
    begun = time.monotonic()
    demo = Demo(folder, "--for", "12", "--seed", "1", "--rate", "3600", "--speed", "2")
    demo.read_until("call.opened")
    assert time.monotonic() - begun < 10, "calls are flowing within 10 s"
    demo.read_until("call.answered")
    assert demo.finish() == 0
    summary = demo.summary()
    assert int(summary["offered"]) > 0 and int(summary["answered"]) > 0
    check_summary(demo)
    assert outcomes(Path(summary["data"]))["MenuPassed"] > 0
    assert processes_of(folder) == []
    with closing(sqlite3.connect(Path(summary["data"]) / "pbx.db")) as link:
        assert link.execute("SELECT count(*) FROM calls WHERE ended IS NULL").fetchone() == (0,)
        assert link.execute("SELECT count(*) FROM calls").fetchone()[0] >= int(summary["offered"])
    serve_log = (Path(summary["data"]) / "serve.log").read_text()
    assert "Traceback" not in serve_log and "alarm" not in serve_log
    assert (Path(summary["data"]) / "cast.log").read_text() == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_it_tells_its_figures_and_leaves_nobody(folder: Path, number: int) -> None:
    demo = Demo(folder, "--seed", "2")
    demo.read_until("call.answered")
    demo.signal(number)
    assert demo.finish() == 0
    check_summary(demo)
    assert processes_of(folder) == []


def test_killed_it_leaves_no_process_behind(folder: Path) -> None:
    demo = Demo(folder)
    demo.read_until("call.opened")
    assert len(processes_of(folder)) == 2
    demo.signal(signal.SIGKILL)
    until(lambda: not processes_of(folder), timeout_s=20, what="children end")
    demo.finish()


def test_a_reader_who_goes_away_ends_it(folder: Path) -> None:
    demo = Demo(folder)
    demo.read_until("call.opened")
    assert demo.hang_up() == 0
    assert processes_of(folder) == []


def test_when_the_callers_are_gone_it_says_so(folder: Path) -> None:
    demo = Demo(folder)
    demo.read_until("call.opened")
    (cast,) = (
        pid for pid in processes_of(folder)
        if "pbx.service.demo.simulated" in Path(f"/proc/{pid}/cmdline").read_text()
    )  # fmt: skip
    os.kill(cast, signal.SIGKILL)
    assert demo.finish() == 1
    assert any("callers has failed" in line for line in demo.lines)
    assert processes_of(folder) == []


@pytest.mark.parametrize("words", ["--for 0", "--rate x", "--speed 61", "--rate 1e9", "--seed a"])
def test_a_wrong_word_is_wrong_usage(folder: Path, words: str) -> None:
    demo = Demo(folder, *words.split())
    assert demo.finish() == 2
    assert list(folder.iterdir()) == []


def test_on_a_terminal_something_is_drawn_and_the_summary_comes_last(folder: Path) -> None:
    """Whether the console can start here or its events come as lines."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PBX, "demo", "--for", "6"], cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "TMPDIR": str(folder), "TERM": "xterm-256color"},
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    drawn = b""
    while select.select([ours], [], [], 40)[0]:
        try:
            data = os.read(ours, 65_536)
        except OSError:  # the other end is closed
            break
        drawn += data
    os.close(ours)
    assert process.wait(10) == 0, drawn[-2000:].decode(errors="replace")
    text = re.sub(r"\x1b\[[0-9;?<>=]*[a-zA-Z]", "\n", drawn.decode(errors="replace"))
    lines = text.splitlines()
    assert [line.split(" ")[0] for line in lines[-len(NAMES) :]] == list(NAMES), lines[-20:]
    assert processes_of(folder) == []
