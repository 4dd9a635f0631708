"""A week's roster by team: how many people of each team work which week.

Where a team has no fixed size, the fewest people that cover every interval; else the people there
are, so that as little as possible is missing, a missing agent weighing more where few are needed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pbx.planning.history import WEEK, Array
from pbx.planning.shifts import KINDS, Team, Tour, coverage, tours
from pbx.planning.solver import Problem, Report, solve

PEOPLE_MAX = 2_000
NEED_MAX = 10_000.0
WEIGHT_MAX = 4.0
DISLIKED = 1e-3  # of the cost of one missing agent in one interval, for a disliked day


class Line(NamedTuple):
    """`people` of a team work this week."""

    tour: Tour
    people: int


class Roster(NamedTuple):
    """`cover`, `need`, `short`: agents per interval of the week. `gap`: how far from the best at
    most (0 = proved best); `bound`: the least that any roster costs."""

    lines: list[Line]
    cover: Array
    need: Array
    short: Array
    cost: float
    bound: float
    gap: float
    seconds: float

    @property
    def people(self) -> int:
        """People at work in the week."""
        return sum(line.people for line in self.lines)


def roster(
    need: Array,
    teams: tuple[Team, ...],
    *,
    gap: float = 0.01,
    seconds_max: float = 60.0,
    report: Report = lambda seconds, gap: None,
) -> Roster:
    """The roster for `need[interval of the week]`, seven days of as many intervals; `report` as of
    `solve`.

    Raises ValueError (a need or a team that makes no sense) or solver.Unsolved.
    """
    need = _checked(need, teams)
    found = tours(teams)
    cover = coverage(found, teams, per_day=len(need) // WEEK)
    is_open = any(team.size == 0 for team in teams)
    unreached = np.flatnonzero((need > 0) & (cover.sum(1) == 0))
    if is_open and unreached.size:
        where = "; ".join(_when(*each, per_week=len(need)) for each in spans(unreached, len(need)))
        raise ValueError(f"nobody's shift reaches {where}")
    problem = _problem(need, teams, found=found, cover=cover)
    solved = solve(problem, gap=gap, seconds_max=seconds_max, report=report)
    people = solved.values[: len(found)].astype(int)
    covered = cover @ people
    lines = [Line(tour, int(n)) for tour, n in zip(found, people, strict=True) if n]
    short = np.maximum(0, need - covered)
    cost = (solved.cost, solved.bound, solved.gap, solved.seconds)
    return Roster(lines, covered, need, short, *cost)


def there(made: Roster, shrinkage: float) -> Roster:
    """Of a roster for `need / (1 - shrinkage)`, those who are there: not on holiday, nor ill."""
    part = 1 - shrinkage
    return made._replace(cover=made.cover * part, need=made.need * part, short=made.short * part)


def _checked(need: Array, teams: tuple[Team, ...]) -> Array:
    need = np.asarray(need, dtype=np.float64).ravel()
    if not teams:
        raise ValueError("a roster needs a team")
    if not need.size or need.size % WEEK or 1440 % (need.size // WEEK):
        raise ValueError(f"{need.size} intervals are no week of whole days")
    if not np.isfinite(need).all() or (need < 0).any() or (need > NEED_MAX).any():
        raise ValueError(f"a need is no number of agents from 0 to {NEED_MAX:g}")
    for team in teams:
        if not 0 <= team.size <= PEOPLE_MAX:
            raise ValueError(f"team {team.name}: {team.size} people, at most {PEOPLE_MAX}")
    return need


def spans(intervals: Array | NDArray[np.int64], per_week: int) -> list[tuple[int, int]]:
    """Rising intervals of the week as stretches of one day: first, and the one after the last."""
    per_day = per_week // WEEK
    found: list[tuple[int, int]] = []
    for place in map(int, intervals):
        if found and found[-1][1] == place and place % per_day:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found


def _when(first: int, last: int, *, per_week: int) -> str:
    """A stretch of the week as a person says it."""
    per_day = per_week // WEEK
    day, place = divmod(first, per_day)
    times = (n * 1440 // per_day for n in (place, place + last - first))
    return f"day {day + 1} of the week at " + " to ".join(
        f"{m // 60:02}:{m % 60:02}" for m in times
    )


def _problem(need: Array, teams: tuple[Team, ...], *, found: list[Tour], cover: Array) -> Problem:
    """Columns: people a tour, agents short an interval, a team's choice of each kind of shift."""
    together = [number for number, team in enumerate(teams) if team.is_together]
    is_open = any(team.size == 0 for team in teams)
    counts = (len(found), len(need), len(together) * len(KINDS))
    rows = [np.hstack([cover, np.eye(len(need)), np.zeros((len(need), counts[2]))])]
    limits = [(need, np.full(len(need), np.inf))]
    for block, low, high in _team_rows(teams, found, together=together, counts=counts):
        rows.append(block)
        limits.append((np.array([low]), np.array([high])))
    weight = np.clip(need[need > 0].mean() / np.maximum(need, 1e-9), 1, WEIGHT_MAX)
    upper = [
        np.full(counts[0], float(PEOPLE_MAX)),
        np.zeros(counts[1]) if is_open else need,
        np.ones(counts[2]),
    ]
    return Problem(
        cost=np.concatenate(
            [_tour_costs(teams, found, is_open=is_open), weight, np.zeros(counts[2])]
        ),
        lower=np.zeros(sum(counts)),
        upper=np.concatenate(upper),
        whole=np.concatenate([np.ones(counts[0]), np.zeros(counts[1]), np.ones(counts[2])]) > 0,
        matrix=np.vstack(rows),
        row_lower=np.concatenate([low for low, _ in limits]),
        row_upper=np.concatenate([high for _, high in limits]),
    )


def _tour_costs(teams: tuple[Team, ...], found: list[Tour], *, is_open: bool) -> Array:
    """1 a person where the fewest are sought; and a little for days that people dislike."""
    disliked = [
        teams[tour.team].dislike[KINDS.index(tour.shift.kind)] * len(tour.days) for tour in found
    ]
    return float(is_open) + DISLIKED * np.array(disliked)


def _team_rows(
    teams: tuple[Team, ...], found: list[Tour], *, together: list[int], counts: tuple[int, int, int]
) -> list[tuple[Array, float, float]]:
    """Rows with limits: everyone of a team works one week; a team together only one kind."""
    rows: list[tuple[Array, float, float]] = []
    width = sum(counts)
    for number, team in enumerate(teams):
        if team.size:
            row = np.zeros(width)
            row[: counts[0]] = [tour.team == number for tour in found]
            rows.append((row, team.size, team.size))
    for place, number in enumerate(together):
        first = counts[0] + counts[1] + place * len(KINDS)
        one = np.zeros(width)
        one[first : first + len(KINDS)] = 1
        rows.append((one, 1, 1))
        for offset, kind in enumerate(KINDS):
            row = np.zeros(width)
            row[: counts[0]] = [t.team == number and t.shift.kind == kind for t in found]
            row[first + offset] = -float(teams[number].size or PEOPLE_MAX)
            rows.append((row, -np.inf, 0.0))
    return rows
