"""What plans of the past missed, and what a plan may miss by that: in log-odds of shares.

    miss     log-odds of what was reached - log-odds of what was planned, a day each
    shift    of all such days, and beyond it of the days alike, as far as they are many
    spread   of what is left, beyond what chance does to a day even if all is as planned

The newest days count most; one that is far out counts as one that is just far. In log-odds no share
leaves 0 to 1, and a good day and a bad one may miss by as much.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernel.replications import Band, student
from pbx.planning.history import WEEK, Array

SPECIAL = WEEK  # the kind of a special day, after those of the weekdays
HALF_LIFE = 14.0  # days after which a day counts half
ALIKE = 2.0  # days of no shift of their own, with which the days alike are averaged
FAR = 2.5  # spreads from the median; what is further counts as so far
NOISY = 0.3  # log-odds: a day to which chance does so much counts half
SPREAD_MIN = 0.1
SPECIAL_WEIGHT = 4.0  # of a special day among those alike, whatever its age
OLDER_MIN = 14  # usual days before a day that tell its shift
ROOM = 0.02  # given to a share and to its rest, so that 0 and 1 have log-odds
CHANCE_MIN = 200  # intervals that it takes to tell what a chance said is worth
Z90 = NormalDist().inv_cdf(0.95)


class Miss(NamedTuple):
    """Of a figure on a day of some kind."""

    shift: float
    spread: float


class Missed(NamedTuple):
    """Days of the past: how old in days, of which kind (weekday or SPECIAL), what each missed, and
    how much of that is chance."""

    age: Array
    kind: NDArray[np.int64]
    miss: Array
    noise: Array


class Chance(NamedTuple):
    """What a chance said is worth: log-odds = `first` + `second` x the log-odds said."""

    first: float = 0.0
    second: float = 1.0


def odds(share: float) -> float:
    """Log-odds of a share, which are finite for 0 and 1 too."""
    return math.log((share + ROOM) / (1 + ROOM - share))


def share_of(log_odds: float) -> float:
    """The share that has these."""
    share = (1 + 2 * ROOM) / (1 + math.exp(-log_odds)) - ROOM
    return min(1.0, max(0.0, share))


def slope(share: float) -> float:
    """By how much log-odds rise as the share does."""
    return (1 + 2 * ROOM) / ((share + ROOM) * (1 + ROOM - share))


def miss_of(past: Missed, kind: int) -> Miss:
    """What a plan for a day of this kind may miss. There must be usual days in the past."""
    usual = past.kind != SPECIAL
    weight = 0.5 ** (past.age / HALF_LIFE) / (1 + (past.noise / NOISY) ** 2)
    middle = float(np.median(past.miss[usual]))
    far = FAR * 1.4826 * float(np.median(np.abs(past.miss[usual] - middle)))
    near = np.where(usual, np.clip(past.miss, middle - far, middle + far), past.miss)
    told = weight * usual
    counts = np.where(usual, weight, SPECIAL_WEIGHT)  # they are few, and far from the others
    left = (near - _by_others(past, near, told, counts))[usual]
    part = told[usual] / told.sum()
    square = float((part * (left**2 - past.noise[usual] ** 2)).sum())
    days = 1 / float((part**2).sum())  # the fewer, the less is known of their spread
    unknown = student(0.9, max(1, round(days) - 1)) / Z90 * math.sqrt(1 + 1 / days)
    alike = counts * (past.kind == kind)
    return Miss(
        float(_shift(near, told[None, :], alike[None, :])[0]),
        math.sqrt(max(square, SPREAD_MIN**2)) * unknown,
    )


def _shift(near: Array, told: Array, alike: Array) -> Array:
    """The shift by all days and by those alike, weighed for a row each."""
    base = (told * near).sum(1) / told.sum(1)
    own = (alike * (near[None, :] - base[:, None])).sum(1) / np.maximum(alike.sum(1) + ALIKE, 1e-9)
    return np.asarray(base + own)


def _by_others(past: Missed, near: Array, told: Array, counts: Array) -> Array:
    """The shift of each day by the days before it, as it would have been planned; of the first
    ones, before which there are too few, by all the others."""
    older = past.age[None, :] > past.age[:, None]
    is_first = (older & (told > 0)).sum(1) < OLDER_MIN
    others = np.where(is_first[:, None], ~np.eye(len(near), dtype=bool), older)
    is_alike = past.kind[None, :] == past.kind[:, None]
    return _shift(near, others * told[None, :], others * is_alike * counts[None, :])


def shifted(band: Band, noise: float, miss: Miss) -> Band:
    """A share's band over the runs, as such days come to it. `noise` of the share by chance."""
    middle = odds(band.mean) + miss.shift
    mean = share_of(middle)
    far = Z90 * math.hypot(miss.spread, noise * slope(band.mean))
    return Band(
        mean,
        band.half_width * slope(band.mean) / slope(mean),
        share_of(middle - far),
        share_of(middle + far),
        band.runs,
    )


def chance_of(said: Array, was_met: NDArray[np.bool_]) -> Chance | None:
    """What chances said were worth, by logistic regression; None where it cannot be told."""
    if len(said) < CHANCE_MIN or was_met.all() or not was_met.any():
        return None
    columns = np.column_stack([np.ones(len(said)), [odds(each) for each in said.tolist()]])
    found = np.array([0.0, 1.0])
    for _ in range(20):
        p = 1 / (1 + np.exp(-columns @ found))
        fisher = (columns * (p * (1 - p))[:, None]).T @ columns + np.eye(2)
        step = np.linalg.solve(fisher, columns.T @ (was_met - p) - (found - [0.0, 1.0]))
        found = found + np.clip(step, -1, 1)
    return Chance(*found.tolist())


def mended(said: float, chance: Chance | None) -> float:
    """The chance that what is said so has."""
    if chance is None:
        return said
    return 1 / (1 + math.exp(-(chance.first + chance.second * odds(said))))
