"""Seconds for a what-if: 200 replications of a real day of the bank log, 3,000 calls, on one core.

The log's busiest day scaled to 3,000 calls, agents as 80 % in 20 s takes, patience as measured: one
more agent from 10:00 to 17:00. Both days are lived, 1.2 million calls.

python -m benchmarks.bench_whatif         the lines of `make bench`
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from benchmarks import bank_log
from benchmarks.promise import line
from kernel.simulator.model import exponential
from pbx.planning.staffing import Target, staff
from pbx.planning.whatif import RUNS, Change, Day, simulate, what_if

CALLS, ROUNDS, MOST_S = 3_000, 5, 1.0
INTERVAL_S, AHT_S, PATIENCE_S = 900, 198.0, 379.0


def a_day() -> Day:
    history = bank_log.counts(INTERVAL_S)
    busiest = history.counts[int(history.counts.sum(1).argmax())]
    calls = busiest * CALLS / busiest.sum()
    target = Target(patience_s=PATIENCE_S)
    cells = staff(calls, aht_s=AHT_S, interval_s=INTERVAL_S, target=target)
    return Day(
        expected=calls,
        agents=np.array([float(cell.agents) for cell in cells]),
        interval_s=INTERVAL_S,
        talk=exponential(AHT_S * 1000),
        patience=exponential(PATIENCE_S * 1000),
    )


def main() -> None:
    if not bank_log.is_here("whatif"):
        return
    day, change = a_day(), Change(1, 40, 68)
    one, both = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        simulate(day)
        one.append(time.perf_counter() - began)
        began = time.perf_counter()
        found = what_if(day, change)
        both.append(time.perf_counter() - began)
    print(line(f"a day of {CALLS} calls, {RUNS} times, s", statistics.median(one), most=MOST_S))
    print(line("with and without one more agent, s", statistics.median(both), most=MOST_S))
    before, gain = found.before.bands["service_level"], found.gain["service_level"]
    for name, band in (("service level", before), ("gain", gain)):
        text = f"{name}, half-width of {band.mean:.3f} (nine days of ten {band.low:.3f} to "
        print(line(f"{text}{band.high:.3f})", band.half_width, most=None, digits=4))


if __name__ == "__main__":
    main()
