"""The file of a roster: shifts, teams and their people, and the need of the week.

    need = "staff.json"                   # of `pbx staff LOG --json`; or a list, one by one
    shrinkage = 0.1                       # of those rostered: on holiday, ill
    [shift.early]
    kind = "early"                        # early day late
    start = ["07:00", "07:30"]            # a shift for each start and place of the break
    hours = 8.5                           # from coming to leaving
    break_min = 30                        # not paid
    break_after_h = [3, 3.5, 4]
    [team.red]
    hours = 40                            # a week, by contract
    shifts = ["early", "late"]
    size = 0                              # without people: as many as it takes, or so many
    together = true                       # all early or all late in one week
    days_off_together = true
    meeting_min = 15                      # before each shift: paid, not on calls
    [[team.red.person]]
    name = "Li Na"
    wish = "early"
    days = 60                             # worked so far, and how many of them forced
    forced = 12
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pbx.planning.history import WEEK, Array
from pbx.planning.people import Person, dislikes
from pbx.planning.shifts import KINDS, Shift, Team, checked

TOP = {
    "need": (str, list), "interval_min": int, "shift": dict, "team": dict,
    "shrinkage": (int, float),
}  # fmt: skip
SHRINKAGE_MAX = 0.9
SHIFT = {"kind": str, "start": list, "hours": (int, float), "break_min": int, "break_after_h": list}
TEAM = {
    "hours": (int, float), "shifts": list, "size": int, "together": bool,
    "days_off_together": bool, "meeting_min": int, "person": list,
}  # fmt: skip
PERSON = {"name": str, "wish": str, "days": int, "forced": int}
SHIFTS_MAX = 500

Table = dict[str, Any]


class RosterFile(NamedTuple):
    """What a roster is made of; `people[n]` are those of team `n`, none where it is a number.
    `first`: the date of the week's first day, where the need has it. `shrinkage`: the share of
    those rostered who are on holiday or ill."""

    need: Array
    interval_s: int
    first: date | None
    teams: tuple[Team, ...]
    people: tuple[tuple[Person, ...], ...]
    shrinkage: float = 0.0


class RosterFileError(Exception):
    """The file cannot be used: a line for each fault."""


def read_roster(path: Path, need: Path | None = None) -> RosterFile:
    """Read the file, and the need that it or `need` names. Raises RosterFileError."""
    faults: list[str] = []
    try:
        top = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RosterFileError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    _check(top, TOP, where="the file", faults=faults)
    away = top.get("shrinkage", 0.0)
    if isinstance(away, int | float) and not 0 <= away <= SHRINKAGE_MAX:
        faults.append(f"shrinkage {away:g}: 0 to {SHRINKAGE_MAX:g} is possible")
    shifts = _each(top, "shift", make=_shifts, faults=faults)
    found = _each(
        top, "team", make=lambda name, table: _team(name, table, shifts=shifts), faults=faults
    )
    if not faults and not found:
        faults.append("there is no [team.NAME]")
    if not faults:
        try:
            needed = _need(top, path, told=need)
        except ValueError as error:
            faults.append(str(error))
    if faults:
        raise RosterFileError("\n".join(f"{path}: {fault}" for fault in faults))
    teams = tuple(team for team, _ in found.values())
    return RosterFile(*needed, teams, tuple(people for _, people in found.values()), float(away))


def _each(
    top: Table, kind: str, *, make: Callable[[str, Table], Any], faults: list[str]
) -> dict[str, Any]:
    """Every table of a kind made into what it stands for."""
    made = {}
    tables = top.get(kind)
    for name, table in (tables if isinstance(tables, dict) else {}).items():
        try:
            made[name] = make(name, table)
        except ValueError as error:
            faults.append(str(error))
    return made


def _check(table: Any, known: Mapping[str, Any], *, where: str, faults: list[str]) -> None:
    """Faults for keys that are unknown or hold something else."""
    if not isinstance(table, dict):
        faults.append(f"{where}: it must be a table")
        return
    for key, value in table.items():
        wanted = known.get(key)
        if wanted is None:
            faults.append(f"{where}: unknown key {key}; there are {' '.join(known)}")
        elif not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            faults.append(f"{where}: {key} = {value!r} is of the wrong kind")


def _checked(table: Any, known: Mapping[str, Any], *, where: str, needed: tuple[str, ...]) -> Table:
    faults: list[str] = []
    _check(table, known, where=where, faults=faults)
    if not faults:
        faults += [f"{where}: {key} is missing" for key in needed if key not in table]
    if faults:
        raise ValueError("; ".join(faults))
    return dict(table)


def _shifts(name: str, table: Any) -> list[Shift]:
    """A shift for each start and each place of its break."""
    where = f"shift.{name}"
    table = _checked(table, SHIFT, where=where, needed=("kind", "start", "hours"))
    length = round(table["hours"] * 60)
    pause = table.get("break_min", 0)
    places = table.get("break_after_h", [table["hours"] / 2]) if pause else [None]
    if not table["start"] or not places:
        raise ValueError(f"{where}: it has no start or no place for its break")
    made = []
    for start in table["start"]:
        for place in places:
            if place is not None and not isinstance(place, int | float):
                raise ValueError(f"{where}: break_after_h has {place!r}, hours are needed")
            breaks = () if place is None else ((round(place * 60), pause),)
            begin = _minute(start, where)
            made.append(checked(Shift(f"{name} {start}", table["kind"], begin, length, breaks)))
    return made


def _minute(text: Any, where: str) -> int:
    found = re.fullmatch(r"(\d{1,2}):([0-5]\d)", text) if isinstance(text, str) else None
    if not found or int(found[1]) > 23:
        raise ValueError(f"{where}: {text!r} is no time such as 07:30")
    return int(found[1]) * 60 + int(found[2])


def _team(
    name: str, table: Any, *, shifts: Mapping[str, list[Shift]]
) -> tuple[Team, tuple[Person, ...]]:
    where = f"team.{name}"
    table = _checked(table, TEAM, where=where, needed=("hours", "shifts"))
    unknown = [each for each in table["shifts"] if each not in shifts]
    if unknown:
        raise ValueError(f"{where}: no shift {unknown[0]!r}")
    mine = tuple(shift for each in table["shifts"] for shift in shifts[each])
    if len(mine) > SHIFTS_MAX:
        raise ValueError(f"{where}: {len(mine)} shifts to choose from, at most {SHIFTS_MAX}")
    people = tuple(_person(each, where) for each in table.get("person", []))
    if people and table.get("size", len(people)) != len(people):
        raise ValueError(f"{where}: a size of {table['size']} and {len(people)} people")
    team = Team(
        name,
        len(people) or table.get("size", 0),
        round(table["hours"] * 60),
        mine,
        table.get("meeting_min", 0),
        table.get("together", False),
        table.get("days_off_together", False),
        dislikes(people),
    )
    return team, people


def _person(table: Any, where: str) -> Person:
    table = _checked(table, PERSON, where=f"{where}.person", needed=("name",))
    person = Person(**table)
    if person.wish not in ("", *KINDS):
        raise ValueError(f"{where}: {person.name} wishes {person.wish!r}; {' '.join(KINDS)}")
    if not 0 <= person.forced <= person.days:
        raise ValueError(
            f"{where}: {person.name} has {person.forced} forced days of {person.days}"
        )
    return person


def _need(top: Table, path: Path, *, told: Path | None) -> tuple[Array, int, date | None]:
    """The agents needed, by interval of the week; the length of an interval; the first day."""
    need, first = top.get("need"), None
    interval_s = top.get("interval_min", 30) * 60
    if told or isinstance(need, str):
        file = told or path.parent / str(need)
        try:
            read = json.loads(file.read_text())
            need, interval_s = read["need"], int(read["interval_s"])
            first = date.fromisoformat(read["days"][0]["date"])
        except OSError as error:
            raise ValueError(f"{file}: {error.strerror}") from error
        except (ValueError, LookupError, TypeError) as error:
            raise ValueError(f"{file}: not from `pbx staff LOG --json`: {error}") from error
    if need is None:
        raise ValueError("there is no need: name the file of `pbx staff LOG --json`")
    try:
        agents = np.array(need, dtype=np.float64).ravel()
    except (ValueError, TypeError) as error:
        raise ValueError(f"need: {error}") from error
    if agents.size * interval_s != WEEK * 86_400:
        raise ValueError(f"a need of {agents.size} intervals of {interval_s} s is no week")
    return agents, interval_s, first
