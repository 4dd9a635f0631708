"""How many queue calls a second one process takes: steps of ten seconds, each faster, until calls
are refused. What is above its rate must be refused at the door (503), never broken half-way.

Not part of `make bench`; run `.venv/bin/python -m benchmarks.bench_rate [FIRST LAST STEP]`. Callers
and agents are sipp processes on the same machine: with two cores they need as much as we do.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.bench_calls import TALK_MS, Bench, a_talk, answer_times_ms, bench, rest, used
from benchmarks.promise import line, percentile
from tests.peers.ends.sipp import Sipp

AGENTS, STEP_S = 600, 10
DROPS = 12  # the column of /proc/net/udp


class Step(NamedTuple):
    """What became of the calls of ten seconds."""

    calls: int
    answered: int
    refused: int  # by 503, at the door
    broken: int  # answered, and not ended in order
    left: int  # legs that were still there a minute later
    dropped: int  # datagrams, by our socket's buffer
    setup_p99_ms: float
    cpu_ms: float


def dropped(port: int) -> int:
    """Datagrams for a port of ours that found its buffer full, since it was opened."""
    rows = [row.split() for row in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return sum(int(row[DROPS]) for row in rows if row[1].endswith(f":{port:04X}"))


def answers(callers: Sipp) -> Counter[str]:
    """How many calls got which answer to which request, as `200 INVITE`."""
    found = set()
    for _, way, call, cseq, first in callers.short_messages():
        if way == "R" and first.startswith("SIP/2.0 "):
            found.add((call, f"{first.split()[1]} {cseq.split()[-1]}"))
    return Counter(answer for _, answer in found)


def legs_left(made: Bench) -> int:
    """Wait until all calls are over, a minute at most; how many legs are left."""
    for _ in range(60):
        legs = int(made.site.ctl("system.status")["legs"])
        if not legs:
            break
        rest(1)
    return legs


def a_step(made: Bench, rate: int) -> Step:
    """Ten seconds at a rate, and the rest of the calls."""
    calls, port = rate * STEP_S, int(made.plan.address.rpartition(":")[2])
    before, lost = used(made.site), dropped(port)
    callers = made.callers(*a_talk(TALK_MS), calls=calls, rate=rate)
    callers.wait(6 * STEP_S)
    left = legs_left(made)
    got = answers(callers)
    return Step(
        calls,
        got["200 INVITE"],
        got["503 INVITE"],
        got["200 INVITE"] - got["200 BYE"],
        left,
        dropped(port) - lost,
        percentile(answer_times_ms(callers), 99),
        1_000 * (used(made.site).cpu_s - before.cpu_s) / calls,
    )


def rising(first: int, last: int, *, step: int) -> Iterator[str]:
    """Each rate's figures, and then the highest at which every call was answered in time."""
    highest = 0
    with bench(AGENTS) as made:
        made.answer_at_once()
        for rate in range(first, last + 1, step):
            found = a_step(made, rate)
            print(rate, *(f"{name}={value:g}" for name, value in found._asdict().items()))
            in_time = not found.dropped and found.setup_p99_ms < 20
            if found.answered == found.calls and in_time:
                highest = rate
    yield line("queue_calls_a_second_short_of_1500", 1_500 - highest, most=0, digits=0)


def main() -> None:
    first, last, step = map(int, sys.argv[1:] or ("300", "1500", "100"))
    for each in rising(first, last, step=step):
        print(each, flush=True)


if __name__ == "__main__":
    main()
