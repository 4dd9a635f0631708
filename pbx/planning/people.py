"""Who of a team works which week of the roster: forced early and late days counted and spread.

A day is forced if its shift is early or late and the person did not wish for that kind. Each week
is given so that the shares of forced days, with those of the past, come out as even as can be: the
sum of their squares is the least.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pbx.planning.history import Array
from pbx.planning.roster import Line
from pbx.planning.shifts import KINDS
from pbx.planning.solver import Problem, solve

SHARE_MAX = 1 / 3  # of the days worked: more forced ones drive people away
PEOPLE_MAX = 300  # in one team


class Person(NamedTuple):
    """`days` worked so far, `forced` of them early or late. `wish`: `early`, `late` or none."""

    name: str
    days: int = 0
    forced: int = 0
    wish: str = ""


class Week(NamedTuple):
    """A person's week: the line (None: no line was left), forced days in it, and with the past."""

    person: Person
    line: Line | None
    forced: int
    share: float

    @property
    def is_too_much(self) -> bool:
        """Whether over a third of the days are forced."""
        return self.share > SHARE_MAX + 1e-9


def forced_days(person: Person, line: Line) -> int:
    """Days of this week that are early or late against the wish."""
    kind = line.tour.shift.kind
    return 0 if kind in ("day", person.wish) else len(line.tour.days)


def dislikes(people: tuple[Person, ...]) -> tuple[float, float, float]:
    """For `Team.dislike`: the mean share of forced days if all worked this kind for one week."""
    if not people:
        return (0.0, 0.0, 0.0)
    parts = []
    for kind in KINDS:
        forced = [p for p in people if kind not in ("day", p.wish)]
        parts.append(sum((p.forced + 5) / (p.days + 5) for p in forced) / len(people))
    return (parts[0], parts[1], parts[2])


def assign(people: tuple[Person, ...], lines: list[Line]) -> list[Week]:
    """Give the lines of one team to its people, in the order of `people`.

    Raises ValueError for more weeks than people, or too many people.
    """
    wanted = sum(line.people for line in lines)
    if wanted > len(people):
        raise ValueError(f"{wanted} weeks for {len(people)} people")
    if len(people) > PEOPLE_MAX:
        raise ValueError(f"{len(people)} people in a team, at most {PEOPLE_MAX}")
    if not lines:
        return [_week(person, None) for person in people]
    alike = _alike(lines)
    firsts = [group[0] for group in alike]
    cost = np.array([[_week(person, line).share ** 2 for line in firsts] for person in people])
    given = _transport(cost, np.array([len(group) for group in alike], dtype=np.float64))
    weeks = []
    for person, row in zip(people, given, strict=True):
        group = alike[int(row.argmax())] if row.max() > 0.5 else []
        weeks.append(_week(person, group.pop(0) if group else None))
    return weeks


def _alike(lines: list[Line]) -> list[list[Line]]:
    """The lines once for each of their people, those together that weigh alike on a person."""
    groups: dict[tuple[str, int], list[Line]] = {}
    for line in lines:
        key = (line.tour.shift.kind, len(line.tour.days))
        groups.setdefault(key, []).extend([line] * line.people)
    return list(groups.values())


def _week(person: Person, line: Line | None) -> Week:
    forced = forced_days(person, line) if line else 0
    days = person.days + (len(line.tour.days) if line else 0)
    return Week(person, line, forced, (person.forced + forced) / days if days else 0.0)


def _transport(cost: Array, wanted: Array) -> Array:
    """`given[person, line]`, 1 or 0: each line so often as wanted, a person at most once."""
    people, lines = cost.shape
    rows = np.vstack([np.kron(np.eye(people), np.ones(lines)), np.tile(np.eye(lines), people)])
    size = cost.size
    problem = Problem(
        cost=cost.ravel(),
        lower=np.zeros(size),
        upper=np.ones(size),
        whole=np.zeros(size, dtype=bool),  # a transport problem comes out whole by itself
        matrix=rows,
        row_lower=np.concatenate([np.zeros(people), wanted]),
        row_upper=np.concatenate([np.ones(people), wanted]),
    )
    return solve(problem).values.reshape(people, lines)
