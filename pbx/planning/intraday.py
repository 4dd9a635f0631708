"""The rest of today: the forecast scaled by what has come so far, as far as that can be trusted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pbx.planning.history import Array

# A day's level strays from its forecast by about 15 % (the bank log's days: .13 to .17), so the
# forecast weighs as much as 1 / .15^2 = 44 calls that came. They come in clumps: a factor of 8
# served the bank log best at every hour from 9:00 to 16:00, and any from 4 on improved the rest.
LEVEL_SPREAD = 0.15
CLUMP = 8.0


class Today(NamedTuple):
    """`counts` of the whole day: what has come, then what is expected; `level` is the factor."""

    counts: Array
    level: float


def update(day: Array, so_far: Array) -> Today:
    """Scale `day`, a forecast per interval, by the intervals that are over (`so_far`).

    The level is a mean of 1 and came / expected, weighted by how much each can tell: at the first
    call of the morning it is 1, at night what came. Raises ValueError for more intervals than day.
    """
    over = len(so_far)
    if over > len(day):
        raise ValueError(f"{over} intervals have passed of a day of {len(day)}")
    came, expected = float(np.sum(so_far)), float(np.sum(day[:over]))
    prior = CLUMP / LEVEL_SPREAD**2
    level = (came + prior) / (expected + prior)
    return Today(np.concatenate([so_far, day[over:] * level]), level)
