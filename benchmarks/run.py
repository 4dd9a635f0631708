"""Every benchmark, each in a process of its own, one line per promise.

    name  ours  peer  ratio  target  ok

Asterisk is quoted from its baseline on a like machine; the UDP echo in the media's lines says how
fast this one is. Exit 1 where a promise is not kept or a benchmark fails.
"""

from __future__ import annotations

import subprocess
import sys

from tests.shared import ROOT

# benchmarks/bench_NAME.py
BENCHMARKS = (
    "calls", "media", "recording", "acd", "parse", "record", "reports", "console", "erlang",
    "forecast", "roster", "simulator", "whatif", "config",
)  # fmt: skip


def lines_of(name: str) -> list[str]:
    """Run one benchmark and print its lines as they come; a failure is a line with `no`."""
    command = [sys.executable, "-m", f"benchmarks.bench_{name}"]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line.strip())
    if process.returncode or not lines:
        lines.append(f"{name}  -  -  -  exit 0  no")
        print(lines[-1], flush=True)
    return lines


def main() -> int:
    lines = [line for name in BENCHMARKS for line in lines_of(name)]
    return int(any(line.endswith("  no") for line in lines))


if __name__ == "__main__":
    sys.exit(main())
