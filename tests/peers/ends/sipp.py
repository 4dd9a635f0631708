"""Real sipp processes: one runs a scenario as callers or as the agents of one port.

Everything a process leaves (messages, errors, statistics) stays in its folder; `why` shows the end
of it when an expectation fails.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.peers.ends.steps import CALLER_PREFIX, scenario
from tests.shared import IN_CI
from tests.site import until

CALLER_HOST = "127.0.0.2"  # the gateway; phones are on 127.0.0.1
PHONE_HOST = "127.0.0.1"


def peer(name: str) -> str:
    """The path of a peer's program; without it the test is skipped, under CI=true it fails."""
    path = shutil.which(name)
    if path is None and IN_CI:
        pytest.fail(f"{name} is not installed, and CI=true wants every peer")
    return path or pytest.skip(f"{name} is not installed")


def is_open(port: int) -> bool:
    """Whether some process has bound the port, by UDP or TCP, on IPv4."""
    tables = (Path("/proc/net/udp"), Path("/proc/net/tcp"))
    return any(f":{port:04X} " in table.read_text() for table in tables)


class Sipp:
    """One sipp process and what it counted."""

    def __init__(self, folder: Path, *, host: str, port: int, tcp: bool = False) -> None:
        self.folder, self.host, self.port = folder, host, port
        self.transport = "t1" if tcp else "u1"
        self.options: list[str] = []
        self.prefix = "555"
        self.traces = ["-trace_msg", "-message_file", "messages.log"]
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)

    def with_fields(self, rows: Iterable[str]) -> Sipp:
        """One line a call for [field0], in order."""
        path = self.folder / "fields.csv"
        path.write_text("SEQUENTIAL\n" + "".join(f"{row}\n" for row in rows))
        self.options += ["-inf", str(path)]
        return self

    def with_prefix(self, prefix: str) -> Sipp:
        """Let the callers' numbers start with this instead of 555."""
        self.prefix = prefix
        return self

    def without_retransmission(self) -> Sipp:
        """Send and receive exactly the scenario's messages; what comes in a pause is ignored."""
        self.options += ["-nr", "-pause_msg_ign"]
        return self

    def patient(self) -> Sipp:
        """Ignore what the scenario does not expect at its point: it will come again."""
        self.options += ["-default_behaviors", "none"]
        return self

    def under_load(self) -> Sipp:
        """Keep times instead of messages, by a clock of 1 ms."""
        self.traces = ["-trace_shortmsg"]
        self.options += ["-timer_resol", "1", "-buff_size", "4194304", "-deadcall_wait", "2000"]
        return self

    def answer(self, *steps: str) -> Sipp:
        """Be the agents of a port, until stopped; returns once the port is open."""
        self._start(steps, [])
        until(lambda: is_open(self.port), what=f"sipp on port {self.port}")
        return self

    def call(self, *steps: str, to: str, number: str, calls: int = 1, rate: int = 10) -> Sipp:
        """Make `calls` calls to `number` at the address `to`, `rate` a second."""
        words = [to, "-s", number, "-m", str(calls), "-r", str(rate), "-l", "5000"]
        return self._start(steps, words)

    def _start(self, steps: tuple[str, ...], words: list[str]) -> Sipp:
        xml = self.folder / "scenario.xml"
        xml.write_text(scenario(*steps).replace(CALLER_PREFIX, f"sip:{self.prefix}"))
        command = [
            peer("sipp"), *words, "-sf", str(xml), "-i", self.host, "-p", str(self.port),
            "-t", self.transport, "-nostdin", "-aa", "-mi", PHONE_HOST,
            "-trace_err", "-error_file", "errors.log",
            *self.traces, *self.options,
        ]  # fmt: skip
        with (self.folder / "screen.txt").open("wb") as screen:
            self._process = subprocess.Popen(
                command, cwd=self.folder, stdout=screen, stderr=screen, stdin=subprocess.DEVNULL
            )
        return self

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "not started"
        return self._process

    def succeeds(self, timeout_s: float = 30) -> Sipp:
        """Wait for the callers' end; every call must have gone as the scenario says."""
        code = self.wait(timeout_s)
        assert code == 0, f"sipp exit {code}\n{self.why()}"
        return self

    def wait(self, timeout_s: float = 30) -> int:
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"sipp still runs after {timeout_s} s\n{self.why()}") from None

    def signal(self, number: signal.Signals) -> None:
        """SIGSTOP: the phone falls silent; SIGCONT: it comes back and finds what it has missed."""
        self.process.send_signal(number)

    def stop(self) -> None:
        """SIGKILL: to the far end the phone has vanished."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def messages(self, start: str) -> int:
        """How many messages it sent or received whose first line starts with `start`."""
        return self._trace().count(f"\n{start}")

    def invited(self) -> list[str]:
        """The extensions that were called on an agents' process, in the order of its calls."""
        found = re.findall(r"\nINVITE sip:(\w+)@.*?\nCall-ID: *(\S+)", self._trace(), re.DOTALL)
        return list({call: extension for extension, call in found}.values())

    def answered(self) -> list[str]:
        """The numbers of the callers whose INVITE got a 200."""
        pattern = (
            r"\nSIP/2.0 200 [^\n]*\n(?:[^\n]+\n)*?From:[^\n]*sip:(\w+)@(?:[^\n]+\n)*?CSeq: 1 INVITE"
        )
        return sorted(set(re.findall(pattern, self._trace().replace("\r", ""))))

    def short_messages(self) -> list[list[str]]:
        """Under load: unix time, S or R, Call-ID, CSeq, first line of each message, in order."""
        files = self.folder.glob("*_shortmessages.log")
        cells = (line.split("\t") for path in files for line in path.read_text().splitlines())
        return [cell[2:] for cell in cells if len(cell) > 6]

    def _trace(self) -> str:
        path = self.folder / "messages.log"
        return path.read_text() if path.exists() else ""

    def why(self) -> str:
        """The end of what the process wrote."""
        files = [self.folder / name for name in ("screen.txt", "errors.log", "messages.log")]
        return "\n".join(f"-- {p.name}\n{p.read_text()[-4000:]}" for p in files if p.exists())
