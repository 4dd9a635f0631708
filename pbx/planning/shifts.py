"""Shifts, teams and the weeks that a team's people can work: what a roster chooses among.

A tour is one person's week: one shift on some of the seven days, always from the same hour, so that
between two days there is the same rest.

    interval     |  1  |  2  |  3  |  4  |  5  |  6  |
    shift        meet  work  work break  work  work          each interval by the part worked in it
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np

from pbx.planning.history import WEEK, Array

KINDS = ("early", "day", "late")
DAY_MIN = 1440
REST_MIN = 11 * 60  # between two days
TOURS_MAX = 20_000
ROUNDING_MIN = 30  # a week's paid time may stray from the contract by so much


class Shift(NamedTuple):
    """Minutes: `start` from midnight, `breaks` (from the shift's start, length), not paid."""

    name: str
    kind: str
    start: int
    length: int
    breaks: tuple[tuple[int, int], ...] = ()

    @property
    def paid(self) -> int:
        """Minutes paid."""
        return self.length - sum(length for _, length in self.breaks)


class Team(NamedTuple):
    """`size` people, 0: as many as it takes. `week` is the contract in minutes a week. Together:
    all work the same kind of shift in a week. `meeting` minutes begin each shift, paid, not on
    calls. Off together: their free days follow each other. `dislike`: of each kind, 0 to 1, how
    much a day of it is to be avoided; it only decides between weeks that serve callers alike.
    """

    name: str
    size: int
    week: int
    shifts: tuple[Shift, ...]
    meeting: int = 0
    is_together: bool = False
    is_off_together: bool = False
    dislike: tuple[float, float, float] = (0.0, 0.0, 0.0)


class Tour(NamedTuple):
    """A week of one person of team number `team`: `shift` on each of `days` (0 to 6)."""

    team: int
    shift: Shift
    days: tuple[int, ...]


def checked(shift: Shift) -> Shift:
    """The shift; ValueError for one that cannot be worked."""
    name = f"shift {shift.name}"
    if shift.kind not in KINDS:
        raise ValueError(f"{name}: kind {shift.kind!r}, there are {' '.join(KINDS)}")
    if not 0 <= shift.start < DAY_MIN:
        raise ValueError(f"{name}: starts at minute {shift.start} of the day")
    if not 60 <= shift.length <= DAY_MIN - REST_MIN:
        raise ValueError(f"{name}: lasts {shift.length} min; 60 to {DAY_MIN - REST_MIN} leave rest")
    end = 0
    for start, length in sorted(shift.breaks):
        if start < end or length <= 0 or start + length > shift.length:
            raise ValueError(f"{name}: its break at minute {start} is not within it")
        end = start + length
    return shift


def tours(teams: tuple[Team, ...]) -> list[Tour]:
    """Every week that someone can work. Raises ValueError: a team without, or too many."""
    found: list[Tour] = []
    for number, team in enumerate(teams):
        before = len(found)
        for shift in map(checked, team.shifts):
            patterns = _patterns(_days(team, shift), is_together=team.is_off_together)
            found += [Tour(number, shift, days) for days in patterns]
        if len(found) == before:
            raise ValueError(
                f"team {team.name}: no shift adds up to {team.week / 60:g} hours in a week"
            )
        if len(found) > TOURS_MAX:
            raise ValueError(f"more than {TOURS_MAX} weeks to choose from; give fewer shifts")
    return found


def _days(team: Team, shift: Shift) -> int:
    """Days a week by which the shift fills the contract; 0 if it does not."""
    days = round(team.week / shift.paid)
    fits = 1 <= days <= WEEK and abs(days * shift.paid - team.week) <= ROUNDING_MIN
    return days if fits else 0


def _patterns(days: int, *, is_together: bool) -> list[tuple[int, ...]]:
    """The sets of working days; with `is_together` those whose free days follow each other."""
    if days == 0:
        return []
    if not is_together:
        return list(combinations(range(WEEK), days))
    ways = range(WEEK) if days < WEEK else range(1)
    return [tuple(sorted((first + n) % WEEK for n in range(days))) for first in ways]


def presence(shift: Shift, meeting: int, *, per_day: int) -> Array:
    """The part of each interval worked on calls, over two days from the shift's midnight."""
    length = DAY_MIN // per_day
    minutes = np.zeros(2 * DAY_MIN)
    minutes[shift.start + meeting : shift.start + shift.length] = 1
    for start, pause in shift.breaks:
        minutes[shift.start + start : shift.start + start + pause] = 0
    return np.asarray(minutes.reshape(-1, length).mean(1))


def coverage(found: list[Tour], teams: tuple[Team, ...], *, per_day: int) -> Array:
    """`[interval of the week, tour]`: the part worked. The week goes round: what passes the end of
    its last day is worked at the beginning of the first, as last week's roster was alike."""
    matrix = np.zeros((WEEK * per_day, len(found)))
    known: dict[tuple[int, Shift], Array] = {}
    for column, tour in enumerate(found):
        key = (tour.team, tour.shift)
        if key not in known:
            known[key] = presence(tour.shift, teams[tour.team].meeting, per_day=per_day)
        for day in tour.days:
            rows = (day * per_day + np.arange(2 * per_day)) % (WEEK * per_day)
            matrix[rows, column] += known[key]
    return matrix
