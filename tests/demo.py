"""A real `pbx demo` for tests: its lines, its summary, the processes it has started."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.shared import ROOT
from tests.site import PBX

NAMES = ("offered", "answered", "abandoned", "service_level", "data")


class Demo:
    """A running `pbx demo --headless`, its lines, its processes."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [*PBX, "demo", "--headless", *words],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "TMPDIR": str(folder)},
        )  # fmt: skip

    def hang_up(self) -> int:
        """Close our end of its stdout; the exit code."""
        assert self._process.stdout is not None
        self._process.stdout.close()
        return self._process.wait(30)

    def read_until(self, text: str) -> None:
        """Read lines until one holds the text."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
            if text in line:
                return
        raise AssertionError(f"no {text!r} in {self.lines}")

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def finish(self, timeout_s: float = 60) -> int:
        """Read to the end; the exit code."""
        out, _ = self._process.communicate(timeout=timeout_s)
        self.lines += out.splitlines()
        return self._process.returncode

    def stop(self) -> None:
        """SIGTERM; what it says at its end is not kept."""
        self._process.terminate()
        self._process.communicate(timeout=60)

    def summary(self) -> dict[str, str]:
        """The last lines: a name and a figure each."""
        pairs = (line.partition(" ") for line in self.lines[-len(NAMES) :])
        return {name: figure for name, _, figure in pairs}


def processes_of(folder: Path) -> list[int]:
    """The processes whose command line names the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(folder) in (entry / "cmdline").read_text():
                found.append(int(entry.name))
        except OSError:
            continue  # ended meanwhile
    return found
