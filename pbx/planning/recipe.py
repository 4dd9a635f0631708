"""The four-week recipe, each step to be seen: counts, profile, perfect world, productivity, Erlang.

    1  four weeks of counts per interval, smoothed into a profile (calls)
    2  perfect world: one agent does interval / AHT calls; agents = profile / that
    3  productivity: people are on calls for 60 to 75 % of their time; agents = perfect / that
    4  Erlang C for the agents who keep the service level, Erlang B for the trunks

Step 3 knows no waits: it is too many for a large site and too few for a small one. Step 4 says how
many of its seats it can spare, or lacks.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from kernel.erlang import b as erlang_b
from pbx.planning.history import Array
from pbx.planning.smoothing import smoothed
from pbx.planning.staffing import Seats, Target, seats, staff

WEEKS = 4
PRODUCTIVITY = 0.7
BLOCKING = 0.01


class Step(NamedTuple):
    """An interval through all steps."""

    counts: tuple[float, ...]  # of each week, the oldest first
    profile: float
    perfect: float
    productive: int
    erlang: int
    service_level: float
    trunks: int


def smooth(weeks: Array) -> Array:
    """`weeks[week, interval]` to a profile: the mean of the weeks, an interval with its neighbours.

    The day's calls stay as many as they are, and closed hours closed.
    """
    mean = np.asarray(weeks, dtype=np.float64).mean(0)
    profile = smoothed(mean[None, :])[0]
    total = profile.sum()
    return np.asarray(profile * (mean.sum() / total)) if total > 0 else profile


def recipe(
    weeks: Array,
    *,
    aht_s: float,
    interval_s: float,
    productivity: float = PRODUCTIVITY,
    target: Target,
) -> list[Step]:
    """The steps of each interval of a day, by the counts of four such days. Raises ValueError."""
    if weeks.ndim != 2 or len(weeks) != WEEKS:
        raise ValueError(f"{len(weeks)} weeks of counts, the recipe takes {WEEKS}")
    if not 0 < productivity <= 1:
        raise ValueError(f"a productivity of {productivity:g}: above 0, at most 1")
    profile = smooth(weeks)
    cells = staff(profile, aht_s=aht_s, interval_s=interval_s, target=target)
    per_agent = interval_s / aht_s
    steps = []
    for counts, cell in zip(weeks.T, cells, strict=True):
        perfect = cell.calls / per_agent
        productive = math.ceil(perfect / productivity - 1e-9)
        # a trunk is taken from the first ring to the end: wait and call
        load = cell.calls * (aht_s + cell.asa_s) / interval_s
        trunks = erlang_b.lines(load, BLOCKING) if load else 0
        steps.append(
            Step(
                tuple(counts.tolist()), cell.calls, perfect, productive, int(cell.agents),
                cell.service_level, trunks,
            )
        )  # fmt: skip
    return steps


def abandons_by_seats(erlangs: float, *, aht_s: float, target: Target) -> list[Seats]:
    """The lost chart: abandonment by seats, from half the load to where next to nobody leaves.

    Needs a patience; raises ValueError without.
    """
    if target.patience_s is None:
        raise ValueError("abandonment needs a patience")
    rows: list[Seats] = []
    for agents in range(max(1, math.floor(erlangs / 2)), math.ceil(2 * erlangs) + 10):
        rows.append(seats(agents, erlangs, aht_s=aht_s, target=target))
        if rows[-1].p_abandon < 0.001:
            break
    return rows
