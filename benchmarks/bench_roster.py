"""Seconds to a roster within 1 % of the best, beside CP-SAT: 840 integers, 336 intervals.

The need: the week after the bank log, 80 % in 20 s, at one, two and five times its calls. A tour is
one of 40 shifts (ten starts, four places of the break) on five of seven days; the fewest people are
sought. Both build their model and stop at a gap of 1 %; CP-SAT takes all cores, HiGHS one. CP-SAT
runs in a process of its own, as its library and that of HiGHS do not load together.

python -m benchmarks.bench_roster         the lines of `make bench`
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from typing import Any

import numpy as np

from benchmarks import bank_log
from benchmarks.promise import line
from pbx.planning.forecast import forecast
from pbx.planning.history import Array
from pbx.planning.roster import roster
from pbx.planning.shifts import Shift, Team, coverage, tours
from pbx.planning.staffing import Target, staff
from tests.shared import ROOT

TIMES, ROUNDS = (1, 2, 5), 5
GAP, SLOWER = 0.01, 3.0
AHT_S, INTERVAL_S = 198.0, 1800
SHIFTS = tuple(
    Shift(f"{start}", "day", start, 510, ((pause, 30),))
    for start in range(7 * 60, 17 * 60, 60)
    for pause in (180, 210, 240, 270)
)
TEAM = Team("all", 0, 2400, SHIFTS)


def need(times: int, reached: Array) -> Array:
    """Agents by interval of the week, where any shift reaches."""
    counts = forecast(bank_log.counts(INTERVAL_S)).counts.ravel() * times
    cells = staff(counts, aht_s=AHT_S, interval_s=INTERVAL_S, target=Target())
    return np.where(reached, [float(cell.agents) for cell in cells], 0.0)


class Peer:
    """CP-SAT in another process: a need in, seconds, people and the bound out."""

    def __init__(self, cover: Array) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.peer_cp_sat"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._say({"cover": cover.astype(int).tolist(), "gap": GAP})

    def _say(self, message: dict[str, Any]) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def solve(self, wanted: Array) -> tuple[float, int, float]:
        answer = self._say({"need": wanted.astype(int).tolist()})
        return answer["seconds"], answer["people"], answer["bound"]

    def end(self) -> None:
        self._process.communicate()


def main() -> None:
    if not bank_log.is_here("roster"):
        return
    found = tours((TEAM,))
    cover = coverage(found, (TEAM,), per_day=48)
    peer = Peer(cover)
    for times in TIMES:
        wanted = need(times, cover.sum(1) > 0)
        ours, theirs, people, bound = [], [], 0, 0.0
        for _ in range(ROUNDS):
            began = time.perf_counter()
            made = roster(wanted, (TEAM,), gap=GAP)
            ours.append(time.perf_counter() - began)
            seconds, _, lower = peer.solve(wanted)
            theirs.append(seconds)
            people, bound = made.people, max(bound, made.bound, lower)
        mine, other = statistics.median(ours), statistics.median(theirs)
        name = f"roster s, {cover.shape[1]} x {cover.shape[0]}, {people} people (CP-SAT)"
        print(line(name, mine, peer=other, most=round(SLOWER * other, 3), digits=3))
        above = people / np.ceil(bound - 1e-6) - 1
        print(line(f"roster above the proved best, {people} people", above, most=GAP, digits=4))
    peer.end()


if __name__ == "__main__":
    main()
