"""How much of the bank log's calls a forecast misses, one week ahead, and what a forecast costs.

The last ten weekly origins of January to July 1999, each forecast from the days before it, without
a calendar. Missed: the sum of |forecast - came| / the sum of what came, per quarter-hour and
per day. The peers: last week, mean of 4 and median of 6 weeks, and Holt-Winters of statsmodels on
the days' totals times the median profile of 12 weeks (of eight forms the one that missed least).

python -m benchmarks.bench_forecast       the lines of `make bench`
"""

from __future__ import annotations

import statistics
import time
import warnings

import numpy as np
from statsmodels.tsa.holtwinters import ExponentialSmoothing

from benchmarks import bank_log
from benchmarks.promise import line
from pbx.planning.accuracy import Accuracy, accuracy, measures
from pbx.planning.forecast import WEEKS, forecast
from pbx.planning.history import WEEK, Array, Calendar, History

INTERVAL_S = 900
ROUNDS = 25
PEERS = ("last week", "mean of 4 weeks", "median of 6 weeks")


def holt_winters(history: History) -> Array:
    totals = history.counts.sum(1)
    model = ExponentialSmoothing(
        totals, seasonal="add", seasonal_periods=WEEK, initialization_method="estimated"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says so where its search did not end
        days = np.maximum(model.fit().forecast(WEEK), 0)
    weeks = min(WEEKS, history.days // WEEK)
    profile = np.median(history.counts[-WEEK * weeks :].reshape(weeks, WEEK, -1), axis=0)
    whole = profile.sum(1, keepdims=True)
    return np.asarray(profile / np.where(whole > 0, whole, 1) * days[:, None])


def milliseconds(history: History) -> tuple[float, float]:
    """One forecast of ours, one of Holt-Winters: medians."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        forecast(history)
        ours.append(time.perf_counter() - began)
    for _ in range(5):
        began = time.perf_counter()
        holt_winters(history)
        theirs.append(time.perf_counter() - began)
    return statistics.median(ours) * 1e3, statistics.median(theirs) * 1e3


def missed(name: str, ours: Accuracy, *, peer: Accuracy) -> None:
    """Two lines: less than the peer per quarter-hour, and per day."""
    for what, mine, theirs in (
        ("15 min", ours.per_interval, peer.per_interval),
        ("day", ours.per_day, peer.per_day),
    ):
        most = round(theirs, 4)
        print(line(f"forecast missed per {what} ({name})", mine, peer=theirs, most=most, digits=4))


def main() -> None:
    if not bank_log.is_here("forecast"):
        return
    history = bank_log.counts(INTERVAL_S)
    methods = measures(Calendar())
    ours = accuracy(history, methods["dated"])
    for name in PEERS:
        missed(name, ours, peer=accuracy(history, methods[name]))
    missed("Holt-Winters", ours, peer=accuracy(history, holt_winters))
    known = bank_log.HOLIDAYS
    missed("without calendar", accuracy(history, measures(known)["dated"]), peer=ours)
    mine, theirs = milliseconds(history)
    print(line("forecast ms (Holt-Winters)", mine, peer=theirs, most=5))


if __name__ == "__main__":
    main()
