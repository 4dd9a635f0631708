"""What planning needs of a call log: calls by day and interval, handle time, patience, queues."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np

from pbx.planning.history import DAY_S, DAYS_MAX, Array, History, history_of
from pbx.service.planning.call_logs import CallLogError
from pbx.service.planning.call_rows import LoggedCall

INTERVALS_S = (300, 600, 900, 1200, 1800, 3600)
HANDLE_MAX_S = 4 * 3600  # longer is a line left open, not work
WAIT_MAX_S = 7200  # in the law of patience: longer is taken for so long
QUEUES_MAX = 1000


class Counts:
    """The calls of a log, of one queue or of all, by day and interval; and their means."""

    def __init__(self, interval_s: int, queue: str = "") -> None:
        if interval_s not in INTERVALS_S:
            raise ValueError(f"intervals of {interval_s} s: {INTERVALS_S} are allowed")
        self.interval_s = interval_s
        self.queue = queue
        self.days: dict[date, Array] = {}
        self.queues: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self._handle_s, self._handled = 0.0, 0
        self._wait_s, self._waited = 0.0, 0
        self.handles = np.zeros(HANDLE_MAX_S + 1)  # how many calls took so many seconds
        self.waits = np.zeros((2, WAIT_MAX_S + 1))  # of those answered (or led away), abandoned

    def add(self, call: LoggedCall) -> None:
        """Count one call."""
        if len(self.queues) < QUEUES_MAX or call.queue in self.queues:
            self.queues[call.queue] += 1
        if self.queue and call.queue != self.queue:
            return
        row = self.days.get(call.day)
        if row is None:
            row = self._new_day(call.day)
        row[int(call.second) // self.interval_s] += 1
        self.outcomes[call.outcome] += 1
        if 0 <= call.handle_s <= HANDLE_MAX_S:
            self._handle_s += call.handle_s
            self._handled += 1
            self.handles[round(call.handle_s)] += 1
        if call.wait_s >= 0:
            self._wait_s += call.wait_s
            self._waited += 1
            wait = min(round(call.wait_s), WAIT_MAX_S)
            self.waits[int(call.outcome == "abandoned"), wait] += 1

    def _new_day(self, day: date) -> Array:
        if len(self.days) >= DAYS_MAX:
            raise ValueError(f"more than {DAYS_MAX} days")
        row = self.days[day] = np.zeros(DAY_S // self.interval_s)
        return row

    @property
    def calls(self) -> int:
        """Calls counted."""
        return sum(self.outcomes.values())

    @property
    def aht_s(self) -> float | None:
        """Mean handle time of answered calls; None if the log has none."""
        return self._handle_s / self._handled if self._handled else None

    @property
    def patience_s(self) -> float | None:
        """All waits / abandons: the mean patience if it is exponential; None without abandons."""
        abandoned = self.outcomes["abandoned"]
        return self._wait_s / abandoned if abandoned and self._waited else None

    def history(self) -> History:
        """The counts without a gap. Raises ValueError where there are none."""
        if not self.days and self.queues:
            names = " ".join(sorted(self.queues)[:20])
            raise ValueError(f"no calls of queue {self.queue!r}: there are {names}")
        return history_of(self.days, DAY_S // self.interval_s)


def count(log: Iterable[LoggedCall], *, interval_s: int, queue: str = "") -> Counts:
    """The counts of a log, read once."""
    counts = Counts(interval_s, queue)
    for call in log:
        counts.add(call)
    return counts


def read_counts(path: Path, interval_s: int) -> History:
    """A file of counts: `date,…` and one column an interval of the day, a row a day.

    Finer intervals than `interval_s` are added up. Raises CallLogError, with every line at fault.
    """
    days: dict[date, Array] = {}
    faults: list[str] = []
    wanted = DAY_S // interval_s
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = csv.reader(file)
        width = len(next(rows, [])) - 1
        if width < wanted or width % wanted:
            raise CallLogError(f"{path}: {width} intervals a day are no {interval_s} s or finer")
        for row in rows:
            try:
                values = np.array(row[1:], dtype=np.float64)
                days[date.fromisoformat(row[0])] = values.reshape(wanted, -1).sum(1)
            except (ValueError, IndexError) as error:
                faults.append(f"line {rows.line_num}: {error}")
    if faults:
        raise CallLogError(f"{path}: " + "; ".join(faults[:20]))
    try:
        return history_of(days, wanted)
    except ValueError as error:
        raise CallLogError(f"{path}: {error}") from error


def is_counts(path: Path) -> bool:
    """Whether a file is one of counts by its heading, not one of calls."""
    with path.open("rb") as file:
        return file.readline(4096).startswith((b"date,q00,", b"\xef\xbb\xbfdate,q00,"))
