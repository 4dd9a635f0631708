"""The bootstrap over days: how much sums over a range would stray, were its days drawn anew.

Days of a range are drawn with replacement, as many as there are, and their counts added up; a
figure of the sums strays as the range's own does (Efron, Tibshirani, "An Introduction to the
Bootstrap", 1993, chapter 13: the percentile interval). Counts stay whole numbers. The same days and
seed give the same draws.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kernel.random import Draws

DRAWS = 2_000
BAND = 90  # per cent of the draws that a band holds, the rest left out half at each end


def drawn_sums(
    days: Sequence[Sequence[int]], *, seed: int, stream: int = 0, draws: int = DRAWS
) -> list[list[int]]:
    """The counts of each draw, added up; `days` has a row of counts a day. Raises ValueError where
    there is no day."""
    if not days:
        raise ValueError("there is no day to draw from")
    counts = np.array(days, dtype=np.int64)
    number = len(days)
    uniform = Draws(seed, stream).uniform
    sums = []
    for _ in range(draws):
        picked = np.array([uniform() for _ in range(number)]) * number
        times = np.bincount(picked.astype(np.int64), minlength=number)
        sums.append([int(each) for each in times @ counts])
    return sums


def band(values: Sequence[float], *, per_cent: int = BAND) -> tuple[float, float] | None:
    """From where to where the middle `per_cent` of the values are; None of none."""
    if not values:
        return None
    ordered = sorted(values)
    left_out = len(ordered) * (100 - per_cent) // 200
    return ordered[left_out], ordered[-1 - left_out]
