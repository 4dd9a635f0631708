"""The bank log's counts of calls, which the benchmarks of planning are measured by."""

from __future__ import annotations

from pbx.planning.history import History
from pbx.service.call_counts import read_counts
from tests.shared import SHARED

COUNTS = "data/bank1999_arrivals_15min_jan_jul.csv"


def is_here(name: str) -> bool:
    """Whether the log is there; if not, the benchmark `name` says so in its line."""
    if (SHARED / COUNTS).exists():
        return True
    print(f"{name}: {COUNTS} is not here: set AGNER_SHARED  -  -  -  -  no")
    return False


def counts(interval_s: int) -> History:
    """Calls of January to July 1999, by day and interval."""
    return read_counts(SHARED / COUNTS, interval_s)
