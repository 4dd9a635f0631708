"""How far a log's own days were from what would have been planned for them: what a plan may miss.

Each day of the log's last weeks is planned as if it were to come, from the days before its week:
its calls by the forecast, its agents by what such weekdays had. That day is lived by the engine and
compared with what came:

    calls                      log(came / forecast): how far the level of a day strays
    service level, abandoned   reached, against the days lived (`misses.py`)
    chances of the intervals   said, and whether the target was reached

So a day to come may miss its plan by as much as days did, whatever it was: breaks, longer calls, an
agent ill, and what engine and model lack.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pbx.planning.forecast import forecast
from pbx.planning.history import WEEK, Array, Calendar, History
from pbx.planning.misses import (
    SPECIAL,
    Chance,
    Miss,
    Missed,
    chance_of,
    mended,
    miss_of,
    odds,
    share_of,
    shifted,
    slope,
)
from pbx.planning.whatif import LEVEL_SPREAD, Day, Outcome, Report, simulate

WEEKS = 12  # that are looked back upon
WEEKS_BEFORE = 2  # of log before the first of them
DAYS_MIN = 10  # fewer tell nothing of a spread
RUNS = 30  # of each day
OPEN_MIN = 1.0  # calls expected on a day that is planned at all
FIGURES = ("service_level", "abandoned_share")
NO_FLAGS = np.zeros(0, dtype=bool)


class Past(NamedTuple):
    """A log as a plan looks back on it, `[day, interval]` as its history: agents at work, calls
    answered within T, abandoned. None where it does not tell who took which call, and when."""

    history: History
    agents: Array | None = None
    within: Array | None = None
    abandoned: Array | None = None

    def before(self, day: date) -> Past:
        """The days before `day`."""
        number = max(0, (day - self.history.first).days)
        agents, within, abandoned = (
            None if each is None else each[:number]
            for each in (self.agents, self.within, self.abandoned)
        )
        return Past(self.history.before(day), agents, within, abandoned)


class Outlook(NamedTuple):
    """What days of a log say of a plan for one to come: the spread of its calls, what its figures
    may miss, by name, and what its chances are worth. Without figures the log does not tell."""

    spread: float
    figures: dict[str, Miss]
    chance: Chance | None = None


class Compared(NamedTuple):
    """A day that was planned and came: log(came / forecast), for each of FIGURES miss, noise and
    what was planned, and the chances said for its intervals and whether each was met."""

    day: date
    kind: int
    calls: float
    figures: list[tuple[float, float, float]]
    said: Array
    was_met: NDArray[np.bool_]


def look_back(
    past: Past,
    day: Day,
    *,
    calendar: Calendar | None = None,
    report: Report = lambda done, weeks: None,
) -> list[Compared]:
    """The days of the log's last weeks, as planned and as they came. `day` has the laws by which
    they are lived, T and the target."""
    days: list[Compared] = []
    origins = _origins(past.history)
    for number, start in enumerate(origins, 1):
        days += _week(past, start, day=day, calendar=calendar or Calendar())
        report(number, len(origins))
    return days


def outlook(
    days: list[Compared], when: date, *, calendar: Calendar | None = None
) -> Outlook | None:
    """What the days say of a plan for `when`; None where they are too few."""
    kinds = np.array([each.kind for each in days], dtype=np.int64)
    if (kinds != SPECIAL).sum() < DAYS_MIN:
        return None
    last = max(each.day for each in days)
    ages = np.array([(last - each.day).days for each in days], dtype=np.float64)
    kind = kind_of(when, calendar or Calendar())
    calls, none = np.array([each.calls for each in days]), np.zeros(len(days))
    strayed = Missed(ages, kinds, calls, none, none)
    spread = min(1.0, miss_of(strayed, kind).spread)
    figures = {}
    for place, name in enumerate(FIGURES if days[0].figures else ()):
        told = np.array([each.figures[place] for each in days]).T
        figures[name] = miss_of(Missed(ages, kinds, *told), kind)
    said = np.concatenate([each.said for each in days])
    was_met = np.concatenate([each.was_met for each in days])
    return Outlook(spread, figures, chance_of(said, was_met))


def usual_agents(past: Past, days: int, *, calendar: Calendar | None = None) -> Array:
    """The agents whom such days had, for the days after the log. Raises ValueError where the log
    does not tell."""
    if past.agents is None:
        raise ValueError("the log does not tell who was at work")
    at_work = History(past.history.first, past.agents)
    return forecast(at_work, days, calendar=calendar).counts


def corrected(outcome: Outcome, back: Outlook | None) -> Outcome:
    """The outcome as such days come to it, by what the log says."""
    if back is None or not back.figures:
        return outcome
    bands = {
        name: shifted(band, outcome.noise[name], miss=back.figures[name])
        if name in back.figures and band.runs
        else band
        for name, band in outcome.bands.items()
    }
    shift = back.figures["service_level"].of(odds(outcome.bands["service_level"].mean))
    return outcome._replace(
        bands=bands,
        by_interval=[
            None if level is None else share_of(odds(level) + shift)
            for level in outcome.by_interval
        ],
        chance=[None if said is None else mended(said, back.chance) for said in outcome.chance],
    )


def _origins(history: History) -> list[int]:
    """The days at which the last weeks begin, for which there is a log long enough before."""
    weeks = min(WEEKS, history.days // WEEK - WEEKS_BEFORE)
    return [history.days - WEEK * back for back in range(weeks, 0, -1)]


def kind_of(day: date, calendar: Calendar) -> int:
    """The weekday, or SPECIAL."""
    return SPECIAL if day in calendar.special else day.weekday()


def _week(past: Past, start: int, *, day: Day, calendar: Calendar) -> Iterator[Compared]:
    """The days of one week, planned at its beginning, that had calls and were to have some."""
    before = past.before(past.history.day(start))
    calls = forecast(before.history, WEEK, calendar=calendar).counts
    is_told = past.within is not None and past.abandoned is not None and past.agents is not None
    agents = usual_agents(before, WEEK, calendar=calendar) if is_told else None
    for place in range(WEEK):
        came = float(past.history.counts[start + place].sum())
        planned = float(calls[place].sum())
        if came == 0 or planned < OPEN_MIN:
            continue
        when = past.history.day(start + place)
        alone = Compared(
            when, kind_of(when, calendar), math.log(came / planned), [], np.zeros(0), NO_FLAGS
        )
        if agents is None:
            yield alone
        else:
            plan = day._replace(expected=calls[place], agents=agents[place])
            yield _compared(past, start + place, alone=alone, plan=plan)


def _compared(past: Past, number: int, *, alone: Compared, plan: Day) -> Compared:
    assert past.within is not None and past.abandoned is not None  # as the caller has seen
    plan = plan._replace(came=(), now_s=0.0, spread=LEVEL_SPREAD)
    lived = simulate(plan, runs=RUNS, seed=number + 1)
    counts = past.history.counts[number]
    figures = []
    for real, name in zip((past.within, past.abandoned), FIGURES, strict=True):
        mean = lived.bands[name].mean
        reached = float(real[number].sum() / counts.sum())
        planned = odds(mean)
        figures.append((odds(reached) - planned, lived.noise[name] * slope(mean), planned))
    said = np.array([math.nan if each is None else each for each in lived.chance])
    is_told = (counts > 0) & np.isfinite(said)
    was_met = past.within[number] >= plan.target * counts
    return alone._replace(figures=figures, said=said[is_told], was_met=was_met[is_told])
