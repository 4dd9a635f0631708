"""Processes of the demo: waited for, ended, and what is told of one that failed."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from pbx.service.demo.processes import Child, ChildFailed

WAITS = "import signal; print('ready', flush=True); signal.pause()"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITS}"
FAILS = "import sys; print('begun', flush=True); sys.exit('\\n'.join(map(str, range(12))))"


def started(folder: Path, program: str) -> Child:
    return Child("it", ("-c", program), log=folder / "it.log")


@pytest.mark.parametrize(
    ("program", "patience_s", "by"), [(WAITS, 60.0, signal.SIGTERM), (DEAF, 0.1, signal.SIGKILL)]
)
def test_a_process_is_asked_to_end_and_killed_only_if_it_does_not(
    tmp_path: Path, program: str, patience_s: float, by: signal.Signals
) -> None:
    child = started(tmp_path, program)
    child.await_ready()
    assert child.is_alive
    child.end(patience_s)
    assert not child.is_alive
    child.end(patience_s)  # once more is no fault
    assert child._process.returncode == -by


def test_a_process_that_is_never_ready_has_failed_with_its_last_ten_lines(tmp_path: Path) -> None:
    child = started(tmp_path, FAILS)
    with pytest.raises(ChildFailed) as failed:
        child.await_ready()
    assert str(failed.value) == "it has failed:\n" + "\n".join(map(str, range(2, 12)))
    child.end(60.0)


def test_the_end_of_a_process_is_waited_for_with_its_exit_code(tmp_path: Path) -> None:
    child = started(tmp_path, "raise SystemExit(3)")
    assert asyncio.run(child.wait()) == 3
    child.end(60.0)
