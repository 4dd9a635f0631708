"""`pbx roster FILE`: who works when in a week, by team; forced early and late days are counted."""

from __future__ import annotations

import argparse
import importlib
import math
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pbx.service.commands.asking import complain
from pbx.service.commands.erlang import share
from pbx.service.commands.planning import add_forms, answered, clock_text, day_text, show
from pbx.service.exit_codes import FAILED, WRONG
from pbx.service.planning.plots import Plot
from pbx.service.progress import Progress

if TYPE_CHECKING:  # they need highspy, which only the extra has
    from pbx.planning.people import Week
    from pbx.planning.roster import Line, Roster
    from pbx.service.planning.roster_file import RosterFile

SHORT_LEAST = 0.05  # agents that are missed
SHORT_SHOWN = 10  # stretches
EXTRA = "a roster needs highspy: install the extra `roster`"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The file, how good, how long."""
    parser.add_argument("file", metavar="FILE", type=Path, help="shifts, teams, people (TOML)")
    parser.add_argument("--need", metavar="JSON", type=Path, help="of `pbx staff LOG --json`")
    parser.add_argument("--gap", type=share, default=0.01, help="from the best; default 1%%")
    parser.add_argument("--seconds", type=float, default=60.0, help="at most; default 60")
    add_forms(parser)


def run(options: argparse.Namespace) -> int:
    """Print the roster."""
    try:
        importlib.import_module("highspy")
    except ModuleNotFoundError:
        return complain(EXTRA)
    return answered(options, _roster)


def _roster(options: argparse.Namespace) -> int:
    file, planning, solver, people = (
        importlib.import_module(name)
        for name in (
            "pbx.service.planning.roster_file",
            "pbx.planning.roster",
            "pbx.planning.solver",
            "pbx.planning.people",
        )
    )
    try:
        read: RosterFile = file.read_roster(options.file, options.need)
    except file.RosterFileError as error:
        return complain(str(error), WRONG)
    progress = Progress("rostering")
    try:
        made: Roster = planning.roster(
            read.need / (1 - read.shrinkage),
            read.teams,
            gap=options.gap,
            seconds_max=options.seconds,
            report=lambda seconds, gap: progress.say(f"{seconds:.0f} s, {_apart(gap)}"),
        )
    except solver.Unsolved as error:
        return complain(f"{options.file}: {error}", FAILED)
    finally:
        progress.end()
    made = planning.there(made, read.shrinkage)
    weeks = [
        people.assign(members, [line for line in made.lines if line.tour.team == number])
        if members
        else []
        for number, members in enumerate(read.people)
    ]
    return show(
        options,
        table=(_headings(read), list(_rows(read, made, weeks=weeks))),
        notes=list(_notes(read, made, weeks=weeks)),
        json=_json(read, made, weeks=weeks),
        plot=_plot(made),
    )


def _apart(gap: float) -> str:
    """How far the best roster so far is from the best that can be."""
    return f"at most {gap:.1%} from the best" if gap < math.inf else "none found yet"


def _headings(read: RosterFile) -> list[str]:
    """The week's days by date, or by number where only the need is known."""
    days = [f"{n + 1}" for n in range(7)]
    if read.first:
        days = [day_text(read.first + timedelta(n)) for n in range(7)]
    return ["team", "person", "shift", *days, "forced", "forced so far"]


def _rows(read: RosterFile, made: Roster, *, weeks: list[list[Week]]) -> Iterator[list[object]]:
    """A row a person; of a team without names, a row for those who work alike."""
    for number, (team, members) in enumerate(zip(read.teams, weeks, strict=True)):
        for week in members:
            mark = " !" if week.is_too_much else ""
            so_far = f"{week.share:.0%}{mark}"
            yield [team.name, week.person.name, *_line(week.line), week.forced, so_far]
        nameless = [] if members else [line for line in made.lines if line.tour.team == number]
        for line in nameless:
            yield [team.name, f"{line.people} people", *_line(line), None, None]


def _line(line: Line | None) -> list[object]:
    """The shift, and a mark in the columns of its days."""
    if line is None:
        return [None] * 8
    marks = ["x" if day in line.tour.days else None for day in range(7)]
    return [line.tour.shift.name, *marks]


def _notes(read: RosterFile, made: Roster, *, weeks: list[list[Week]]) -> Iterator[str]:
    hours = read.interval_s / 3600
    proof = "proved best" if made.gap < 1e-6 else f"at most {made.gap:.2%} from the best"
    yield (
        f"{made.people} people; {made.need.sum() * hours:.1f} hours needed, "
        f"{made.cover.sum() * hours:.1f} covered, {made.short.sum() * hours:.1f} short; {proof}"
    )
    if read.shrinkage:
        yield f"{read.shrinkage:.0%} of those rostered are on holiday or ill; the rest cover"
    yield from _short(read, made)
    if made.gap > 0.01:
        yield "time was over before it was better; --seconds gives it more"
    unhappy = [week.person.name for team in weeks for week in team if week.is_too_much]
    if unhappy:
        yield f"over a third of the days forced (!): {', '.join(unhappy)}"


def _short(read: RosterFile, made: Roster) -> Iterator[str]:
    """Where agents are missing, the worst first."""
    planning = importlib.import_module("pbx.planning.roster")
    per_week = len(made.need)
    found = planning.spans((made.short > SHORT_LEAST).nonzero()[0], per_week)
    worst = sorted(found, key=lambda span: -made.short[span[0] : span[1]].sum())
    days = _headings(read)[3:10]
    texts = []
    for first, last in worst[:SHORT_SHOWN]:
        day, place = divmod(first, per_week // 7)
        begin, end = (clock_text(n, read.interval_s) for n in (place, place + last - first))
        most = made.short[first:last].max()
        texts.append(f"{days[day]} {begin} to {end} by up to {most:.1f}")
    more = len(worst) - len(texts)
    if texts:
        yield "short: " + "; ".join(texts) + (f"; and {more} stretches more" if more else "")


def _json(read: RosterFile, made: Roster, *, weeks: list[list[Week]]) -> dict[str, Any]:
    return {
        "first": str(read.first) if read.first else None,
        "interval_s": read.interval_s,
        "shrinkage": read.shrinkage,
        "people": made.people,
        "gap": made.gap,
        "cost": made.cost,
        "bound": made.bound,
        "seconds": made.seconds,
        "lines": [
            {
                "team": read.teams[line.tour.team].name,
                "shift": line.tour.shift.name,
                "breaks_min": [list(each) for each in line.tour.shift.breaks],
                "days": [day + 1 for day in line.tour.days],
                "people": line.people,
            }
            for line in made.lines
        ],
        "weeks": [
            {
                "team": team.name,
                "person": week.person.name,
                "shift": week.line.tour.shift.name if week.line else None,
                "days": [day + 1 for day in week.line.tour.days] if week.line else [],
                "forced": week.forced,
                "forced_share": week.share,
            }
            for team, members in zip(read.teams, weeks, strict=True)
            for week in members
        ],
        "need": made.need.tolist(),
        "cover": made.cover.tolist(),
        "short": made.short.tolist(),
    }


def _plot(made: Roster) -> Plot:
    places = list(range(len(made.need)))
    per_day = len(places) // 7
    lines = {"needed": made.need.tolist(), "covered": made.cover.tolist()}
    ticks = {float(day * per_day): f"day {day + 1}" for day in range(7)}
    return Plot("Agents by interval of the week", lines, places, ticks, ("", "agents"))
