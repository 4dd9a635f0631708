"""The processes of the demo: started, waited for, ended; they do not outlive their parent.

    pbx demo ── pbx serve            stderr in DIR/serve.log
             ├─ pbx.service.demo.simulated    stderr in DIR/cast.log
             └─ tui                  on the terminal, if there is one

Ctrl-C on the terminal is for `pbx demo` alone, which ends the others in order; if it is killed
itself, the kernel tells them (PR_SET_PDEATHSIG).
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pbx

PR_SET_PDEATHSIG = 1
READY_S = 20.0
PBX = ("-c", "import sys; from pbx.service.cli import main; sys.exit(main())")
CAST = ("-m", "pbx.service.demo.simulated")
CONSOLE = ("-m", "tui")

_libc = ctypes.CDLL(None)


class ChildFailed(Exception):
    """A process of the demo ended, or never said `ready`: which, and its last words."""


class Child:
    """One process. With `log` its stdout is read by us and its stderr written there; without, it
    has our own streams."""

    def __init__(self, name: str, words: Sequence[str], *, log: Path | None = None) -> None:
        self.name = name
        self._log = log
        command = [sys.executable, *words]
        home = Path(pbx.__file__).parents[1]  # a `config` in the user's directory is not ours
        if log is None:
            self._process = subprocess.Popen(command, cwd=home, preexec_fn=_bound_to_parent())
            return
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                command, cwd=home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=errors, start_new_session=True, preexec_fn=_bound_to_parent(),
            )  # fmt: skip

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def await_ready(self) -> None:
        """Return when it has printed its `ready` line; raises ChildFailed."""
        out = self._process.stdout
        assert out is not None
        end = time.monotonic() + READY_S
        while select.select([out], [], [], max(0.0, end - time.monotonic()))[0]:
            line = out.readline()
            if line.startswith(b"ready"):
                return
            if not line:
                break
        raise self.failure()

    def failure(self) -> ChildFailed:
        """What to tell a person: the last lines of its log."""
        text = self._log.read_text(errors="replace") if self._log is not None else ""
        last = "\n".join(text.splitlines()[-10:])
        return ChildFailed(f"{self.name} has failed:\n{last}")

    async def wait(self) -> int:
        """Wait for its end; the exit code."""
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        descriptor = os.pidfd_open(self._process.pid)
        loop.add_reader(descriptor, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
        return self._process.wait()

    def end(self, timeout_s: float) -> None:
        """SIGTERM, and SIGKILL where that is not enough."""
        if self.is_alive:
            self._process.terminate()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def _bound_to_parent() -> Callable[[], None]:
    """What a child does first: ask to be ended with its parent, which may be gone already."""
    parent = os.getpid()

    def bind() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return bind
