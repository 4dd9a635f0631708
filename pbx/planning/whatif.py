"""What if: a day lived many times by the exchange's own queue engine, with and without a change.

The calls that came so far are taken as they came, those to come are drawn: a level for the rest of
the day, as forecasts stray, and by it Poisson calls in each interval. Both days get the same
callers, so what a change brings is known better than either day. What else a day may bring, the
log's own days tell: `lookback.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from kernel.simulator.model import AT_ONCE, NEVER, Agent, Arrivals, Call, Law, Model, Queue
from kernel.simulator.replications import Band, Replications, band, replicate
from kernel.simulator.simulation import Simulator
from pbx.planning.history import Array

RUNS, RUNS_MAX = 200, 100_000
LEVELS = 10  # the day's level is drawn from so many equal slices of its law
LEVEL_SPREAD = 0.13  # of a day's calls about its forecast, see docs/planning.md
FIGURES = ("service_level", "abandoned_share", "asa_s", "occupancy", "offered")
AGENTS_MAX = 1_000

Report = Callable[[int, int], object]


class Day(NamedTuple):
    """`expected` calls and `agents` at work by interval of `interval_s`. `came`: seconds of the day
    at which calls came so far, up to `now_s`. `spread` of the level of what is to come."""

    expected: Array
    agents: Array
    interval_s: int
    talk: Law
    patience: Law = NEVER
    wrap_up: Law = AT_ONCE
    within_s: int = 20
    target: float = 0.8
    came: Sequence[float] = ()
    now_s: float = 0.0
    spread: float = LEVEL_SPREAD


class Change(NamedTuple):
    """So many agents more (or fewer) from the beginning of interval `first` to that of `last`; a
    part of an interval for that part of it."""

    agents: int
    first: float = 0
    last: float | None = None


class Outcome(NamedTuple):
    """Bands over the runs, by name of FIGURES; and by interval, None where nobody calls, the mean
    service level and the share of the runs in which it reached `Day.target`. `noise` of a figure:
    its standard deviation among runs of the same level, by chance alone."""

    bands: dict[str, Band]
    by_interval: list[float | None]
    chance: list[float | None]
    noise: dict[str, float]


class WhatIf(NamedTuple):
    """The day as planned, the day with the change, and how much each figure rises, run by run."""

    before: Outcome
    after: Outcome
    gain: dict[str, Band]


def simulate(
    day: Day, *, runs: int = RUNS, seed: int = 1, report: Report = lambda done, runs: None
) -> Outcome:
    """The day lived `runs` times. Raises ValueError for a day that cannot be."""
    return _outcome(day, _lived(day, runs, seed=seed, report=report))


def what_if(
    day: Day,
    change: Change,
    *,
    runs: int = RUNS,
    seed: int = 1,
    report: Report = lambda done, runs: None,
) -> WhatIf:
    """Both days, `runs` times each."""
    before = _lived(day, runs, seed=seed, report=lambda done, runs: report(done, 2 * runs))
    after = _lived(
        changed(day, change),
        runs,
        seed=seed,
        report=lambda done, runs: report(runs + done, 2 * runs),
    )
    gain = {name: _gain(before, after, name=name) for name in FIGURES}
    return WhatIf(_outcome(day, before), _outcome(day, after), gain)


def changed(day: Day, change: Change) -> Day:
    """The day with other agents. Raises ValueError for a stretch that is not in it."""
    last = len(day.agents) if change.last is None else change.last
    if not 0 <= change.first < last <= len(day.agents):
        raise ValueError(f"intervals {change.first} to {last} of a day of {len(day.agents)}")
    begins = np.arange(len(day.agents))
    parts = np.clip(np.minimum(last, begins + 1) - np.maximum(change.first, begins), 0, 1)
    return day._replace(agents=np.maximum(0, day.agents + change.agents * parts))


def rosters(agents: Array, interval_s: int) -> list[list[tuple[int, int]]]:
    """Shifts in ms, one list an agent, so that so many are at work in each interval. A part of an
    agent is there for that part of the interval, beside the interval that has more of it."""
    numbers = np.asarray(agents, dtype=np.float64)
    if not numbers.size or not (numbers >= 0).all() or numbers.max() > AGENTS_MAX:
        raise ValueError(f"agents at work must be from 0 to {AGENTS_MAX}")
    length = interval_s * 1000
    shifts = []
    for agent in range(math.ceil(numbers.max())):
        parts = np.clip(numbers - agent, 0, 1)
        around = np.concatenate([[0.0], parts, [0.0]])
        is_later = around[2:] > around[:-2]
        places = np.arange(len(parts)) * length
        begin = np.round(places + np.where(is_later, 1 - parts, 0) * length).astype(int)
        end = np.round(places + np.where(is_later, 1, parts) * length).astype(int)
        shifts.append(_joined(np.column_stack((begin, end)).tolist()))
    return shifts


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Rising spans, those that touch as one, empty ones left out."""
    joined: list[tuple[int, int]] = []
    for begin, end in spans:
        if begin == end:
            continue
        if joined and joined[-1][1] == begin:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    return joined


def _lived(day: Day, runs: int, *, seed: int, report: Report) -> Replications:
    """Runs of the day, shared among the levels that the rest of it may have."""
    if not 1 <= runs <= RUNS_MAX:
        raise ValueError(f"{runs} runs, from 1 to {RUNS_MAX} are possible")
    levels = _levels(day.spread, min(LEVELS, runs))
    together = Replications()
    for place, level in enumerate(levels):
        share = len(range(place, runs, len(levels)))
        lived = replicate(Simulator(_model(day, level)), share, seed=seed + place)
        together.results += lived.results
        report(len(together.results), runs)
    return together


def _levels(spread: float, slices: int) -> list[float]:
    """Factors with mean about 1: the middles of equal slices of a log-normal law."""
    if not 0 <= spread <= 1:
        raise ValueError(f"a spread of {spread:g}, from 0 to 1 are possible")
    if not spread:
        return [1.0]
    sigma = math.sqrt(math.log1p(spread**2))
    law = NormalDist(-(sigma**2) / 2, sigma)
    return [math.exp(law.inv_cdf((n + 0.5) / slices)) for n in range(slices)]


def _model(day: Day, level: float) -> Model:
    if len(day.expected) != len(day.agents):
        raise ValueError(f"{len(day.expected)} intervals of calls, {len(day.agents)} of agents")
    interval_ms = day.interval_s * 1000
    queue = Queue(
        talk=day.talk,
        wrap_up=day.wrap_up,
        within_ms=day.within_s * 1000,
        patience=day.patience,
    )
    expected = np.where(np.arange(len(day.expected)) * day.interval_s < day.now_s, 0, day.expected)
    return Model(
        queues=[queue],
        agents=[Agent(queues=[0], shifts=s) for s in rosters(day.agents, day.interval_s)],
        length_ms=interval_ms * len(day.expected),
        interval_ms=interval_ms,
        arrivals=Arrivals(interval_ms, [(expected * level).tolist()]),
        calls=[Call(at=int(second * 1000), queue=0) for second in day.came],
    )


def _outcome(day: Day, lived: Replications) -> Outcome:
    """The one queue's service level by interval is computed here at once for all runs: as figures
    of each interval of each run it would take longer than the runs."""
    columns = (
        np.array([run.column(name, 0) for run in lived.results], dtype=np.float64)
        for name in ("answered_within", "offered")
    )
    within, offered = columns
    came = offered > 0
    runs = came.sum(0)
    levels = np.where(came, within / np.maximum(offered, 1), 0.0)
    reached = (came & (levels >= day.target)).sum(0)
    means = [float(s / n) if n else None for s, n in zip(levels.sum(0), runs, strict=True)]
    chance = [float(s / n) if n else None for s, n in zip(reached, runs, strict=True)]
    bands = {name: _band(lived, name) for name in FIGURES}
    slices = 1 if not day.spread else min(LEVELS, len(lived.results))
    return Outcome(
        bands, means, chance, {name: _noise(lived, name, slices=slices) for name in FIGURES}
    )


def _noise(lived: Replications, name: str, *, slices: int) -> float:
    """The standard deviation within the runs of each level, together."""
    values = [math.nan if value is None else value for value in lived.values(name)]
    squares, free, first = 0.0, 0, 0
    for place in range(slices):
        last = first + len(range(place, len(values), slices))
        own = [value for value in values[first:last] if not math.isnan(value)]
        if len(own) > 1:
            squares += float(np.var(own)) * len(own)
            free += len(own) - 1
        first = last
    return math.sqrt(squares / free) if free else 0.0


def _band(lived: Replications, name: str) -> Band:
    """A figure's band; of a day on which nobody called, zeros."""
    values = [value for value in lived.values(name) if value is not None]
    return band(values) if values else Band(0.0, 0.0, 0.0, 0.0, 0)


def _gain(before: Replications, after: Replications, *, name: str) -> Band:
    pairs = zip(before.values(name), after.values(name), strict=True)
    gains = [b - a for a, b in pairs if a is not None and b is not None]
    return band(gains) if gains else Band(0.0, 0.0, 0.0, 0.0, 0)
