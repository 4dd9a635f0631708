"""The opening hours of a configuration as a plan sees them: which part of each interval is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from config.forms import DAY_MIN
from config.settings import Hours
from pbx.hours import day_times
from pbx.planning.history import Array


def open_parts(hours: Sequence[Hours], first: date, *, days: int, per_day: int) -> Array:
    """`[day, interval]`, 0 to 1: where any of the hours are open. Without any, all the time."""
    if not hours:
        return np.ones((days, per_day))
    minutes = np.zeros((days + 1) * DAY_MIN, dtype=bool)  # from the day before on
    for number in range(days + 1):
        for begin, end in (
            t for each in hours for t in day_times(each, first + timedelta(number - 1))
        ):
            minutes[number * DAY_MIN + begin : number * DAY_MIN + end] = True
    return np.asarray(minutes[DAY_MIN:].reshape(days, per_day, -1).mean(2))
