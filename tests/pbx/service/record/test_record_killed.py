"""`kill -9` at random moments: each call that was journalled is recorded once, in rows and logs."""

from __future__ import annotations

import collections
import contextlib
import csv
import random
import subprocess
import sys
from pathlib import Path

import pytest

from pbx.service.journal.reader import read
from pbx.service.record.store import read_only
from tests.pbx.service.record.call_notes import NOTES_PER_CALL, call_of
from tests.pbx.service.sound.recorder import Recorder
from tests.shared import ROOT


def run_and_kill(folder: Path, dice: random.Random) -> int:
    """Run a recorder and kill it: some at a moment of its start, some behind a number of calls.
    The last call it had journalled, 0 if none."""
    command = [sys.executable, "-m", "tests.pbx.service.sound.recorder", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        said = []
        if dice.random() < 0.3:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(dice.uniform(0.02, 0.12))
        else:
            said = [process.stdout.readline() for _ in range(dice.randrange(1, 120))]
        process.kill()
        said += process.stdout.read().splitlines(keepends=True)
    return max(
        (int(line) for line in said if line[:1].isdigit() and line.endswith("\n")), default=0
    )


def each_once(calls: int) -> dict[str, int]:
    return {call_of(n): 1 for n in range(1, calls + 1)}


def check_rows(folder: Path, calls: int) -> None:
    with contextlib.closing(read_only(folder / "pbx.db")) as db:
        ids = db.execute("SELECT id, 1 FROM calls")
        assert dict(ids) == each_once(calls)
        figures = "SELECT (SELECT count(*) FROM segments), (SELECT count(*) FROM events)"
        assert db.execute(figures).fetchone() == (3 * calls, (NOTES_PER_CALL - 1) * calls)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def check_logs(folder: Path, calls: int) -> None:
    with (folder / "asterisk" / "Master.csv").open(newline="") as file:
        assert collections.Counter(row[16] for row in csv.reader(file)) == each_once(calls)
    lines = (folder / "asterisk" / "queue_log").read_text().splitlines()
    found = collections.Counter(tuple(line.split("|")[1:5:3]) for line in lines)
    events = ("ENTERQUEUE", "CONNECT", "COMPLETECALLER")
    assert found == {(call, event): 1 for call in each_once(calls) for event in events}


@pytest.mark.parametrize("kills", [20, pytest.param(300, marks=pytest.mark.long)])
def test_no_call_is_lost_or_doubled_however_often_the_process_is_killed(
    tmp_path: Path, kills: int
) -> None:
    dice = random.Random(f"kill -9 {kills}")
    journalled = 0
    for _ in range(kills):
        journalled = max(journalled, run_and_kill(tmp_path, dice))
    recorder = Recorder(tmp_path)
    calls = recorder.calls
    recorder.close()
    assert calls >= journalled > 0
    check_rows(tmp_path, calls)
    check_logs(tmp_path, calls)
    numbers = [record.number for record in read(tmp_path / "journal")]
    assert sorted(set(numbers)) == list(range(calls + 1))
