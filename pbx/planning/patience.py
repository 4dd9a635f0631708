"""How long callers are willing to wait, from those who gave up and those who were answered first.

An answered call only says that its caller's patience was longer than its wait. Kaplan and Meier's
estimate uses both. It serves for all times of which some were seen to end and others only to last:
also for the work after calls (`presence.py`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernel.simulator.model import NEVER, Law, empirical
from pbx.planning.history import Array

STEPS_MAX = 500


def kaplan_meier(
    lasted_s: Array, ended: NDArray[np.bool_], *, counts: Array | None = None
) -> tuple[Array, Array]:
    """The times at which it ended, rising, and the share that ended at each; what they lack of 1
    was never seen to end. `ended[n]` False: it lasted `lasted_s[n]` at least. Each was seen once,
    or `counts[n]` times.

    Raises ValueError for what are no times, or arrays that do not match.
    """
    lasted = np.asarray(lasted_s, dtype=np.float64)
    gone = np.asarray(ended, dtype=bool)
    if lasted.shape != gone.shape or lasted.ndim != 1:
        raise ValueError(f"{lasted.shape} times and {gone.shape} ends")
    if not np.isfinite(lasted).all() or (lasted < 0).any():
        raise ValueError("what lasted is no time in seconds")
    often = np.ones(lasted.shape) if counts is None else np.asarray(counts, dtype=np.float64)
    if often.shape != lasted.shape or not (often >= 0).all():
        raise ValueError("how often each time was seen is no count")
    lasted, gone, often = (each[often > 0] for each in (lasted, gone, often))
    times, place = np.unique(lasted, return_inverse=True)
    deaths = np.bincount(place, weights=gone * often, minlength=len(times))
    seen = np.bincount(place, weights=often, minlength=len(times))
    at_risk = np.cumsum(seen[::-1])[::-1]
    left = np.cumprod(1 - deaths / at_risk)
    ends = -np.diff(left, prepend=1.0)
    happens = deaths > 0
    return times[happens], ends[happens]


def law_of(
    lasted_s: Array,
    ended: NDArray[np.bool_],
    *,
    counts: Array | None = None,
    always_ends: bool = False,
) -> Law:
    """The estimate as a law for the simulator, in at most STEPS_MAX steps.

    What was never seen to end lasts for ever, or with `always_ends` is as the rest.
    """
    times, shares = kaplan_meier(lasted_s, ended, counts=counts)
    if not len(times):
        return NEVER
    if always_ends:
        shares = shares / shares.sum()
    group = np.minimum((np.cumsum(shares) / shares.sum() * STEPS_MAX).astype(int), STEPS_MAX - 1)
    _, first = np.unique(group, return_index=True)
    sums = np.add.reduceat(shares, first)
    means = np.add.reduceat(shares * times, first) / sums
    return empirical([round(mean * 1000) for mean in means.tolist()], sums.tolist())
