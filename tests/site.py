"""A real `pbx serve` process for tests: its ports, its data directory, its control socket."""

from __future__ import annotations

import json
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tests.shared import ROOT

T = TypeVar("T")
READY_S = 20.0
PBX = [sys.executable, "-c", "import sys, pbx.service.cli as cli; sys.exit(cli.main())"]


class NotReady(Exception):
    """`pbx serve` ended, or said nothing, before its `ready ` line."""


class CallRefused(Exception):
    """The control socket answered with an error object; `name` is its code name."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(json.dumps(error))
        self.name: str = error.get("data", {}).get("name", "")


def until(question: Callable[[], T], *, timeout_s: float = 10.0, what: str = "") -> T:
    """Ask until the answer is true and return it; `AssertionError` with the last answer if never.

    For real processes only: everything of ours that waits takes its time as an argument.
    """
    pause = threading.Event()
    end = time.monotonic() + timeout_s
    while not (answer := question()):
        assert time.monotonic() < end, f"not within {timeout_s} s: {what}; last: {answer!r}"
        pause.wait(0.02)
    return answer


def run_pbx(*words: str | Path, timeout_s: float = 30) -> subprocess.CompletedProcess[str]:
    """Run one `pbx` command to its end."""
    command = [*PBX, *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=timeout_s, cwd=ROOT, check=False
    )


class Site:
    """One running `pbx serve`; `start` again after `stop` or `kill` serves the same directory."""

    def __init__(self, folder: Path, toml: str) -> None:
        self.data = folder / "data"
        self.config = folder / "pbx.toml"
        self.log = folder / "serve.log"
        self.config.write_text(toml)
        self.data.mkdir(parents=True, exist_ok=True)
        self.ready_s = 0.0
        self._process: subprocess.Popen[str] | None = None

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None, "not started"
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    def start(self, *words: str) -> Site:
        """Serve; returns once the process has printed its `ready ` line."""
        command = [*PBX, "serve", "--config", str(self.config), "--data", str(self.data), *words]
        begun = time.monotonic()
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT
            )
        self._await_ready(begun + READY_S)
        self.ready_s = time.monotonic() - begun
        return self

    def _await_ready(self, end: float) -> None:
        out = self.process.stdout
        assert out is not None
        while select.select([out], [], [], max(0.0, end - time.monotonic()))[0]:
            line = out.readline()
            if line.startswith("ready "):
                return
            if not line:
                break
        self.kill()
        raise NotReady(f"exit {self.process.returncode}: {self.log.read_text()[-4000:]}")

    def ctl(self, method: str, **params: Any) -> Any:
        """The result of one method of the control socket; `CallRefused` on an error object."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(10)
            link.connect(str(self.data / "control.sock"))
            call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            link.sendall(json.dumps(call).encode() + b"\n")
            with link.makefile("rb") as lines:
                answer = json.loads(lines.readline())
        if "error" in answer:
            raise CallRefused(answer["error"])
        return answer["result"]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table or view of `pbx.db`, in the order of their first column."""
        link = sqlite3.connect(f"file:{self.data / 'pbx.db'}?mode=ro", uri=True, timeout=10)
        link.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in link.execute(f"SELECT * FROM {table} ORDER BY 1")]
        finally:
            link.close()

    def queue_log(self) -> list[list[str]]:
        """The lines of `asterisk/queue_log`, split at their bars."""
        path = self.data / "asterisk" / "queue_log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.split("|") for line in lines]

    def stop(self, timeout_s: float = 15) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout_s)
        self._close()
        return code

    def kill(self) -> None:
        """SIGKILL: what no process can prepare for."""
        if self._process is not None:
            self.process.kill()
            self.process.wait(10)
            self._close()

    def _close(self) -> None:
        if self.process.stdout is not None:
            self.process.stdout.close()
