"""What a simulation counted, and the figures that follow from it, each with its formula.

    offered     entries into a queue; who comes where it is full, or no line is free, is blocked
    T           the queue's `within_ms`; a wait of T is within T
    by arrival  counts and sums of waits belong to the interval in which the call came
    by clock    waiting and standings belong to the interval in which they pass
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

# fields of a cell, in the kernel's order
CELL_FIELDS = (
    "offered", "answered", "abandoned", "overflowed", "blocked", "redialled",
    "answered_within", "abandoned_within", "abandoned_short",
    "answered_wait_ms", "abandoned_wait_ms", "overflowed_wait_ms", "talk_ms", "wrap_up_ms",
    "waiting_ms",
)  # fmt: skip
STANDINGS = ("logged_out", "unreachable", "paused", "ready", "offered", "busy", "wrap_up")
WAIT_BINS = 736

Counts = Mapping[str, int]


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


# name -> formula, and what computes it from counts; None where there is nothing to divide by
SERVICE_LEVELS: Mapping[str, tuple[str, Callable[[Counts], float | None]]] = MappingProxyType({
    "of_offered": (
        "answered within T / offered",
        lambda n: _share(n["answered_within"], n["offered"]),
    ),
    "of_ended": (
        "answered within T / (answered + abandoned + overflowed)",
        lambda n: _share(n["answered_within"], n["answered"] + n["abandoned"] + n["overflowed"]),
    ),
    "of_answered": (
        "answered within T / answered",
        lambda n: _share(n["answered_within"], n["answered"]),
    ),
    "of_answered_and_abandoned": (
        "answered within T / (answered + abandoned)",
        lambda n: _share(n["answered_within"], n["answered"] + n["abandoned"]),
    ),
    "excluding_abandoned_within": (
        "answered within T / (offered - abandoned within T)",
        lambda n: _share(n["answered_within"], n["offered"] - n["abandoned_within"]),
    ),
    "excluding_short": (
        "answered within T / (offered - abandoned within short_ms)",
        lambda n: _share(n["answered_within"], n["offered"] - n["abandoned_short"]),
    ),
    "abandoned_within_is_good": (
        "(answered within T + abandoned within T) / offered",
        lambda n: _share(n["answered_within"] + n["abandoned_within"], n["offered"]),
    ),
})  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """Figures of some queues and intervals together; None where there is nothing to divide by."""

    counts: Counts
    standing_ms: Counts  # all agents' time, by standing
    length_ms: int

    def __getattr__(self, name: str) -> int:
        try:
            return self.counts[name]
        except KeyError:
            raise AttributeError(name) from None

    def service_level(self, definition: str = "of_offered") -> float | None:
        """By a name of SERVICE_LEVELS."""
        return SERVICE_LEVELS[definition][1](self.counts)

    @property
    def abandoned_share(self) -> float | None:
        """Abandoned / offered."""
        return _share(self.counts["abandoned"], self.counts["offered"])

    @property
    def blocked_share(self) -> float | None:
        """Blocked / (offered + blocked)."""
        blocked = self.counts["blocked"]
        return _share(blocked, self.counts["offered"] + blocked)

    @property
    def asa_s(self) -> float | None:
        """Mean wait of the answered calls, in seconds."""
        return _share(self.counts["answered_wait_ms"] / 1000, self.counts["answered"])

    @property
    def mean_wait_s(self) -> float | None:
        """Mean wait of the answered, abandoned and overflowed calls, in seconds."""
        ways = ("answered", "abandoned", "overflowed")
        waited = sum(self.counts[f"{way}_wait_ms"] for way in ways)
        ended = sum(self.counts[way] for way in ways)
        return _share(waited / 1000, ended)

    @property
    def aht_s(self) -> float | None:
        """(Talk + wrap-up) / answered, in seconds."""
        handled = self.counts["talk_ms"] + self.counts["wrap_up_ms"]
        return _share(handled / 1000, self.counts["answered"])

    @property
    def mean_queue(self) -> float | None:
        """Calls that wait or ring, on the mean, by the clock."""
        return _share(self.counts["waiting_ms"], self.length_ms)

    @property
    def staffed(self) -> float | None:
        """Agents logged in and not paused, on the mean; a talk counts to its end."""
        return _share(self._staffed_ms(), self.length_ms)

    @property
    def occupancy(self) -> float | None:
        """(Ringing + talk + wrap-up) / (logged in and not paused), of agents' time."""
        at_work = sum(self.standing_ms[what] for what in ("offered", "busy", "wrap_up"))
        return _share(at_work, self._staffed_ms())

    def _staffed_ms(self) -> int:
        return sum(self.standing_ms[what] for what in ("ready", "offered", "busy", "wrap_up"))


@dataclass(frozen=True)
class Result:
    """What was counted by queue and interval, up to `now_ms`; the arrays are the kernel's."""

    queues: int
    intervals: int
    interval_ms: int
    now_ms: int
    cells: array[int] = field(repr=False)
    all_standing_ms: array[int] = field(repr=False)
    waits: array[int] = field(repr=False)

    def column(self, name: str, queue: int) -> array[int]:
        """A field of CELL_FIELDS by interval."""
        width = len(CELL_FIELDS)
        first = queue * self.intervals * width + CELL_FIELDS.index(name)
        return self.cells[first : (queue + 1) * self.intervals * width : width]

    def standing_ms(self, standing: str) -> array[int]:
        """All agents' time in a standing, by interval."""
        return self.all_standing_ms[STANDINGS.index(standing) :: len(STANDINGS)]

    def figures(
        self, queue: int | None = None, first: int = 0, last: int | None = None
    ) -> Figures:
        """Of one queue or all, in the intervals from `first` to before `last`."""
        last = self.intervals if last is None else last
        width = len(CELL_FIELDS)
        counts = dict.fromkeys(CELL_FIELDS, 0)
        for number in self._queues(queue):
            start, end = ((number * self.intervals + at) * width for at in (first, last))
            for place, name in enumerate(CELL_FIELDS):
                counts[name] += sum(self.cells[start + place : end : width])
        standings = {name: sum(self.standing_ms(name)[first:last]) for name in STANDINGS}
        length_ms = min(last * self.interval_ms, self.now_ms) - first * self.interval_ms
        return Figures(counts, standings, max(length_ms, 0))

    def _queues(self, queue: int | None) -> Iterable[int]:
        return range(self.queues) if queue is None else (queue,)

    def wait_s(
        self, part: float, queue: int | None = None, first: int = 0, last: int | None = None
    ) -> float | None:
        """The wait in seconds that `part` (0..1) of the answered calls did not exceed.

        Exact below 64 ms, else at most 3 % above.
        """
        last = self.intervals if last is None else last
        bins = [0] * WAIT_BINS
        for number in self._queues(queue):
            start, end = ((number * self.intervals + at) * WAIT_BINS for at in (first, last))
            for place in range(WAIT_BINS):
                bins[place] += sum(self.waits[start + place : end : WAIT_BINS])
        wanted = max(1, math.ceil(part * sum(bins)))
        for place, count in enumerate(bins):
            wanted -= count
            if wanted <= 0:
                return _highest_ms(place) / 1000
        return None


def _highest_ms(place: int) -> int:
    """The longest wait of a bin."""
    octave = max(0, place // 32 - 1)
    return ((place - 32 * octave + 1) << octave) - 1
