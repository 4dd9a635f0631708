"""What plans of the past missed, and what a plan may miss by that: in log-odds of shares.

    miss     log-odds of what was reached - log-odds of what was planned, a day each
    shift    of all such days, and beyond it of the days alike, as far as they are many
    slope    plans stray among themselves more than days do: one that says much comes to less
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

from kernel.simulator.replications import Band, student
from pbx.planning.history import WEEK, Array

SPECIAL = WEEK  # the kind of a special day, after those of the weekdays
HALF_LIFE = 14.0  # days after which a day counts half
ALIKE = 2.0  # days of no shift of their own, with which the days alike are averaged
STEADY = 4.0  # days planned one log-odd off, with no miss by it, that the slope is averaged with
FAR = 2.5  # spreads from the median; what is further counts as so far
NOISY = 0.3  # log-odds: a day to which chance does so much counts half
SPREAD_MIN = 0.1
SPECIAL_WEIGHT = 4.0  # of a special day among those alike, whatever its age
OLDER_MIN = 14  # usual days before a day that tell its shift
ROOM = 0.02  # given to a share and to its rest, so that 0 and 1 have log-odds
CHANCE_MIN = 200  # intervals that it takes to tell what a chance said is worth
Z90 = NormalDist().inv_cdf(0.95)


class Miss(NamedTuple):
    """Of a figure on a day of some kind: `shift` of a plan that says what plans are `about`."""

    shift: float
    spread: float
    slope: float = 0.0
    about: float = 0.0

    def of(self, planned: float) -> float:
        """The shift of a plan, by the log-odds it says."""
        return self.shift + self.slope * (planned - self.about)


class Missed(NamedTuple):
    """Days of the past: how old in days, of which kind (weekday or SPECIAL), what each missed, how
    much of that is chance, and what was planned."""

    age: Array
    kind: NDArray[np.int64]
    miss: Array
    noise: Array
    planned: Array


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
    middle = float(np.median(past.miss[usual]))
    far = FAR * 1.4826 * float(np.median(np.abs(past.miss[usual] - middle)))
    near = np.where(usual, np.clip(past.miss, middle - far, middle + far), past.miss)
    told = usual * 0.5 ** (past.age / HALF_LIFE) / (1 + (past.noise / NOISY) ** 2)
    left = _left(past, near, told=told)
    part = told[usual] / told.sum()
    square = float((part * (left**2 - past.noise[usual] ** 2)).sum())
    days = 1 / float((part**2).sum())  # the fewer, the less is known of their spread
    unknown = student(0.9, max(1, round(days) - 1)) / Z90 * math.sqrt(1 + 1 / days)
    spread = math.sqrt(max(square, SPREAD_MIN**2)) * unknown
    line = _line(past, near, told=told)
    if kind == SPECIAL:  # they are few, and far from the others
        own = SPECIAL_WEIGHT * (near[~usual] - line.base)
        alike = SPECIAL_WEIGHT * len(own) + ALIKE
        return Miss(line.base + float(own.sum()) / alike, spread)
    return Miss(line.base + line.own[kind], spread, line.slope, line.about)


class _Line(NamedTuple):
    """Misses of usual days: of all, of each weekday beyond that, and by how far a plan is above
    what plans are `about`."""

    base: float
    own: list[float]
    slope: float
    about: float

    def at(self, kind: int, planned: float) -> float:
        return self.base + self.own[kind] + self.slope * (planned - self.about)


def _line(past: Missed, near: Array, *, told: Array) -> _Line:
    """By least squares, days weighed by `told`; what a weekday has of its own and the slope are
    drawn towards none."""
    about = float((told * past.planned).sum() / told.sum())
    weekdays = past.kind[:, None] == np.arange(WEEK)
    columns = np.column_stack([np.ones(len(near)), weekdays, past.planned - about])
    weighed = columns.T * told
    doubt = np.diag([0.0, *[ALIKE] * WEEK, STEADY])
    base, *own, slope = np.linalg.solve(weighed @ columns + doubt, weighed @ near).tolist()
    return _Line(base, own, slope, about)


def _left(past: Missed, near: Array, *, told: Array) -> Array:
    """What each usual day missed beyond what the days before it told, as it would have been
    planned; of the first ones, before which there are too few, beyond what all the others told."""
    left = []
    for day in np.flatnonzero(told > 0):
        older = past.age > past.age[day]
        if (older & (told > 0)).sum() < OLDER_MIN:
            older = np.arange(len(near)) != day
        line = _line(past, near, told=told * older)
        left.append(near[day] - line.at(int(past.kind[day]), float(past.planned[day])))
    return np.array(left)


def shifted(band: Band, noise: float, *, miss: Miss) -> Band:
    """A share's band over the runs, as such days come to it. `noise` of the share by chance."""
    middle = odds(band.mean) + miss.of(odds(band.mean))
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
