"""The bank log's counts of calls, which the benchmarks of planning are measured by."""

from __future__ import annotations

from datetime import date

from pbx.planning.history import Calendar, History
from pbx.service.planning.call_counts import read_counts
from tests.shared import SHARED

COUNTS = "data/bank1999_arrivals_15min_jan_jul.csv"
CALLS = "data/bank1999_calls_mar_may.csv"
# Purim, Passover, Memorial and Independence Day, an election, Pentecost, the fast of Av
HOLIDAYS = Calendar(
    dict.fromkeys(
        date(1999, month, day)
        for month, day in (
            (3, 2), (3, 31), (4, 1), (4, 6), (4, 7), (4, 20), (4, 21), (5, 17), (5, 20), (5, 21),
            (7, 22),
        )
    )
)  # fmt: skip


def is_here(name: str) -> bool:
    """Whether the log is there; if not, the benchmark `name` says so in its line."""
    if (SHARED / COUNTS).exists():
        return True
    print(f"{name}: {COUNTS} is not here: set AGNER_SHARED  -  -  -  -  no")
    return False


def counts(interval_s: int) -> History:
    """Calls of January to July 1999, by day and interval."""
    return read_counts(SHARED / COUNTS, interval_s)
