"""Histories for the tests: weeks of calls alike but for what a test wants in them."""

from __future__ import annotations

from datetime import date

import numpy as np

from pbx.planning.history import History

MONDAY = date(2026, 8, 3)
PER_DAY = 48
SHAPE = np.zeros(PER_DAY)
SHAPE[16:36] = np.sin(np.linspace(0.2, np.pi - 0.2, 20))  # open from 8:00 to 18:00
LEVELS = (100.0, 90.0, 80.0, 90.0, 110.0, 30.0, 0.0)  # Monday to Sunday


def weeks(number: int, *, first: date = MONDAY) -> History:
    """So many whole weeks, each day its weekday's calls."""
    shape = SHAPE / SHAPE.sum()
    days = [shape * LEVELS[day % 7] for day in range(7 * number)]
    return History(first, np.array(days))


def noisy(number: int, *, seed: int = 7) -> History:
    """The same with days above and below, and Poisson counts."""
    dice = np.random.default_rng(seed)
    smooth = weeks(number)
    levels = dice.lognormal(0, 0.1, smooth.days)
    return History(smooth.first, dice.poisson(smooth.counts * levels[:, None]).astype(float))
