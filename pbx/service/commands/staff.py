"""`pbx staff`: agents for each interval of the days to come; the recipe; which targets go together.

pbx staff LOG                         a week ahead, agents by day and interval
pbx staff LOG --day 2026-11-30        one day in full; with --recipe each step of it
pbx staff --pairs --calls 60 --per 30m --aht 300     every pair of service level and occupancy
pbx staff --together 70% --aht 300    from which size they go together
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import timedelta

import numpy as np

from pbx.planning.forecast import Forecast
from pbx.planning.history import WEEK, Array
from pbx.planning.recipe import PRODUCTIVITY, WEEKS, Step, abandons_by_seats, recipe
from pbx.planning.staffing import Cell, Seats, Target, pairs, staff, together
from pbx.service.commands.agents import add_agents, agents_told
from pbx.service.commands.erlang import seconds, share
from pbx.service.commands.planning import (
    Read,
    Wrong,
    add_forms,
    add_log,
    ahead,
    answered,
    clock_text,
    day_of,
    day_text,
    log_json,
    paged,
    read_log,
    show,
    what_came,
)
from pbx.service.planning.plots import Plot, clock_ticks

DEFAULTS = Target()
SEATS = ("agents", "service level", "ASA s", "abandoned", "occupancy")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The log or the load, the target, and what of it to show."""
    add_log(parser, is_optional=True)
    parser.add_argument("--days", type=int, default=WEEK, help="how many ahead; default 7")
    parser.add_argument("--day", type=day_of, help="one day in full")
    parser.add_argument("--recipe", action="store_true", help="the four-week recipe of that day")
    parser.add_argument("--productivity", type=share, default=PRODUCTIVITY, help="default 70%%")
    add_target(parser)
    add_agents(parser, "; default: the fewest that reach the target")
    parser.add_argument("--pairs", action="store_true", help="all that a load can reach")
    parser.add_argument("--together", metavar="OCCUPANCY", type=share, help="from which size on")
    parser.add_argument("--calls", type=float, help="a load without a log: calls …")
    parser.add_argument("--per", type=seconds, default=1800.0, help="… in this time; default 30m")
    parser.add_argument("--erlangs", type=float, help="or the load itself")
    add_forms(parser)


def add_target(parser: argparse.ArgumentParser) -> None:
    """What an interval must reach."""
    parser.add_argument("--aht", type=seconds, help="handle time; default: what the log has")
    parser.add_argument("--target", type=share, help="service level; default 80%%")
    parser.add_argument("--within", type=seconds, help="of the answer; default 20s")
    parser.add_argument("--patience", type=seconds, help="mean; default: what the log has")
    parser.add_argument(
        "--model", choices=("a", "c"), help="Erlang; default: a if a patience is known, else c"
    )
    parser.add_argument("--shrinkage", type=share, help="paid, not there; 30%%")
    parser.add_argument("--min", type=int, help="agents where calls come; default 1")
    parser.add_argument("--occupancy", type=share, help="at most; default 100%%")
    parser.set_defaults(
        target=DEFAULTS.service_level,
        within=DEFAULTS.within_s,
        shrinkage=DEFAULTS.shrinkage,
        min=DEFAULTS.agents_min,
        occupancy=DEFAULTS.occupancy_max,
    )


def run(options: argparse.Namespace) -> int:
    """Print what is asked for."""
    return answered(options, _work(options))


def _work(options: argparse.Namespace) -> Callable[[argparse.Namespace], int]:
    if options.together is not None:
        return _together
    if options.pairs:
        return _pairs
    if options.recipe:
        return _recipe
    return _day if options.day else _days


def patience_of(options: argparse.Namespace, read: Read | None = None) -> float | None:
    """The patience told, else the log's; none with Erlang C. Raises Wrong."""
    if options.model == "c":
        return None
    known = options.patience or (read.counts.patience_s if read and read.counts else None)
    if options.model == "a" and not known:
        raise Wrong("--model a: --patience is needed, the log does not have it")
    return float(known) if known else None


def target(options: argparse.Namespace, read: Read | None = None) -> Target:
    """The target of the options, with the patience of a log."""
    return Target(
        service_level=options.target,
        within_s=options.within,
        patience_s=patience_of(options, read),
        shrinkage=options.shrinkage,
        agents_min=options.min,
        occupancy_max=options.occupancy,
    )


def log_of(options: argparse.Namespace) -> Read:
    """The log, which must have been named."""
    if options.log is None:
        raise Wrong("it takes a LOG, or a load: --calls --per --aht, or --erlangs")
    return read_log(options)


def aht_of(options: argparse.Namespace, read: Read | None = None) -> float:
    """The handle time told, else the log's."""
    if options.aht:
        return float(options.aht)
    measured = read.counts.aht_s if read and read.counts else None
    if not measured:
        raise Wrong("--aht is needed: the log does not have the handle time")
    return measured


def staffed(options: argparse.Namespace, read: Read, *, expected: Forecast) -> list[list[Cell]]:
    """The cells of each day of a forecast."""
    aht_s, wanted = aht_of(options, read), target(options, read)
    days = []
    for number, row in enumerate(expected.counts):
        calls = worth(row)
        days.append(
            staff(
                calls,
                aht_s=aht_s,
                interval_s=options.interval,
                target=wanted,
                agents=agents_told(options, read, day=expected.day(number), calls=calls),
            )
        )
    return days


def worth(row: Array) -> Array:
    """Expected calls; less than one in ten days is nobody worth an agent."""
    return np.where(row < 0.1, 0.0, row)


def _days(options: argparse.Namespace) -> int:
    read = log_of(options)
    expected = ahead(options, read, days=options.days)
    cells = staffed(options, read, expected=expected)
    days = [expected.day(n) for n in range(len(cells))]
    agents = np.array([[cell.agents for cell in day] for day in cells])
    rows = [
        [clock_text(place, options.interval), *(f"{value:g}" for value in row)]
        for place, row in enumerate(agents.T)
        if row.any()
    ]
    hours = agents.sum(1) * options.interval / 3600
    rows.append(["hours", *(f"{each:.1f}" for each in hours)])
    paid = sum(cell.scheduled for day in cells for cell in day) * options.interval / 3600
    lines = {day_text(day): row.tolist() for day, row in zip(days[:WEEK], agents, strict=False)}
    places = list(range(agents.shape[1]))
    return show(
        options,
        table=paged(["from", *map(day_text, days)], rows),
        notes=[_means(options, read), f"with shrinkage {paid:.1f} paid hours"],
        json={
            **_head(options, read),
            "days": [
                {"date": str(day), **_columns(row)} for day, row in zip(days, cells, strict=True)
            ],
            "need": agents.ravel().tolist(),
        },
        plot=Plot("Agents needed", lines, places, clock_ticks(len(places)), ("hour", "agents")),
    )


def _columns(cells: list[Cell]) -> dict[str, list[float]]:
    """A day's cells by field."""
    return {name: [getattr(cell, name) for cell in cells] for name in Cell._fields}


def _head(options: argparse.Namespace, read: Read) -> dict[str, object]:
    return {
        "interval_s": options.interval,
        "aht_s": aht_of(options, read),
        "model": "c" if patience_of(options, read) is None else "a",
        "target": target(options, read)._asdict(),
        "log": log_json(read),
    }


def _means(options: argparse.Namespace, read: Read | None = None) -> str:
    """The target and its law, in a line."""
    patience = patience_of(options, read)
    law = "Erlang C" if patience is None else f"Erlang A, patience {patience:.0f} s"
    if patience is not None and not options.patience:
        law += " of the log"
    return (
        f"{options.target:.0%} within {options.within:g} s, handle time {aht_of(options, read):.0f}"
        f" s, shrinkage {options.shrinkage:.0%}; {law}"
    )


def _day(options: argparse.Namespace) -> int:
    read = log_of(options)
    expected = one_day(options, read)
    cells = staffed(options, read, expected=expected)[0]
    rows = [
        [clock_text(n, options.interval), f"{c.calls:.1f}", f"{c.erlangs:.2f}", c.agents,
         c.scheduled, f"{c.service_level:.1%}", f"{c.asa_s:.1f}", f"{c.p_abandon:.1%}",
         f"{c.occupancy:.0%}"]
        for n, c in enumerate(cells)
        if c.agents
    ]  # fmt: skip
    heads: tuple[str, ...] = ("from", "calls", "erlangs", "agents", "scheduled", *SEATS[1:])
    place = read.came(expected.first)
    came = read.after.history.counts[place] if read.after and place is not None else None
    if came is not None:
        heads = (*heads, "came")
        rows = [
            [*row, f"{came[n]:.0f}"]
            for row, n in zip(rows, (n for n, c in enumerate(cells) if c.agents), strict=True)
        ]
    places = list(range(len(cells)))
    lines = {"agents": [float(c.agents) for c in cells], "erlangs": [c.erlangs for c in cells]}
    return show(
        options,
        table=(heads, rows),
        notes=[f"{day_text(expected.first)}: {_means(options, read)}"],
        json={
            **_head(options, read),
            "days": [
                {
                    "date": str(expected.first),
                    **_columns(cells),
                    "came": None if came is None else came.tolist(),
                    "reached": what_came(read, expected.first) or None,
                }
            ],
        },
        plot=Plot(str(expected.first), lines, places, clock_ticks(len(places)), ("hour", "")),
    )


def one_day(options: argparse.Namespace, read: Read) -> Forecast:
    """The forecast of `--day` alone, or of the day after the log."""
    day = options.day or read.history.next_day
    number = (day - read.history.next_day).days + 1
    if number < 1:
        last = read.history.next_day - timedelta(1)
        raise Wrong(f"{day} is in the log, which ends on {last}: --as-of plans as if it were then")
    expected = ahead(options, read, days=number)
    return Forecast(day, expected.counts[-1:], expected.band)


def _recipe(options: argparse.Namespace) -> int:
    """Each step for one day, from the four like it before the log's end."""
    read = log_of(options)
    day = options.day or read.history.next_day
    starts = [(day - read.history.first).days - WEEK * back for back in range(WEEKS, 0, -1)]
    if starts[0] < 0 or starts[-1] >= read.history.days:
        raise Wrong(f"the log does not have the {WEEKS} weeks before {day}")
    steps = recipe(
        read.history.counts[starts],
        aht_s=aht_of(options, read),
        interval_s=options.interval,
        productivity=options.productivity,
        target=target(options, read),
    )
    per_agent = options.interval / aht_of(options, read)
    places = list(range(len(steps)))
    lines = {
        "perfect world": [s.perfect for s in steps],
        f"productivity {options.productivity:.0%}": [float(s.productive) for s in steps],
        "Erlang": [float(s.erlang) for s in steps],
    }
    weeks = [f"{read.history.day(start):%m-%d}" for start in starts]
    return show(
        options,
        table=(
            ("from", *weeks, "profile", "perfect", "productive", "Erlang", "service level",
             "trunks"),
            [_step(n, s, interval_s=options.interval) for n, s in enumerate(steps) if s.profile],
        ),
        notes=[
            f"one agent does {per_agent:.2f} calls in an interval; {_means(options, read)}",
            *_abandons(options, read, steps=steps),
        ],
        json={
            **_head(options, read),
            "date": str(day),
            "steps": {name: [getattr(s, name) for s in steps] for name in Step._fields},
        },
        plot=Plot(f"Agents on {day}", lines, places, clock_ticks(len(places)), ("hour", "agents")),
    )  # fmt: skip


def _step(number: int, step: Step, *, interval_s: int) -> list[object]:
    return [
        clock_text(number, interval_s), *(f"{count:.0f}" for count in step.counts),
        f"{step.profile:.1f}", f"{step.perfect:.2f}", step.productive, step.erlang,
        f"{step.service_level:.1%}", step.trunks,
    ]  # fmt: skip


def _abandons(options: argparse.Namespace, read: Read, *, steps: list[Step]) -> list[str]:
    """Abandonment by seats in the busiest interval, where a patience is known."""
    wanted, aht_s = target(options, read), aht_of(options, read)
    if wanted.patience_s is None or not steps:
        return []
    busiest = max(step.profile for step in steps) * aht_s / options.interval
    rows = abandons_by_seats(busiest, aht_s=aht_s, target=wanted)
    shown = "  ".join(f"{row.agents}: {row.p_abandon:.1%}" for row in rows)
    return [f"abandoned by seats in the busiest interval: {shown}"]


def _pairs(options: argparse.Namespace) -> int:
    aht_s = aht_of(options)
    if options.erlangs is None and options.calls is None:
        raise Wrong("--pairs takes a load: --calls --per --aht, or --erlangs --aht")
    erlangs = options.erlangs
    if erlangs is None:
        erlangs = options.calls * aht_s / options.per
    rows = pairs(erlangs, aht_s=aht_s, target=target(options))
    meet = [row for row in rows if row.service_level >= options.target]
    note = f"{erlangs:g} erlangs; {_means(options)}"
    if meet:
        note += f": {meet[0].agents} agents, who are busy {meet[0].occupancy:.0%} of the time"
    lines = {
        "service level": [row.service_level for row in rows],
        "occupancy": [row.occupancy for row in rows],
    }
    places = [float(row.agents) for row in rows]
    return show(
        options,
        table=(SEATS, [_seats(row) for row in rows]),
        notes=[note],
        json={"erlangs": erlangs, "aht_s": aht_s, "rows": [row._asdict() for row in rows]},
        plot=Plot(
            f"{erlangs:g} erlangs",
            lines,
            places,
            {place: f"{place:g}" for place in places[:: max(1, len(places) // 10)]},
            ("agents", ""),
        ),
    )


def _seats(row: Seats) -> list[object]:
    return [
        row.agents, f"{row.service_level:.1%}", f"{row.asa_s:.1f}", f"{row.p_abandon:.1%}",
        f"{row.occupancy:.1%}",
    ]  # fmt: skip


def _together(options: argparse.Namespace) -> int:
    aht_s = aht_of(options)
    found = together(options.together, aht_s=aht_s, target=target(options))
    sizes = list(range(1, max(20, found.agents * 2)))
    note = (
        f"{options.target:.0%} within {options.within:g} s and an occupancy of "
        f"{options.together:.0%} go together from {found.agents} agents at {found.erlangs:.1f} "
        f"erlangs on, and at any load above {found.always_erlangs:.1f}"
    )
    rows = [seats for load in sizes for seats in _best(load, aht_s, wanted=target(options))]
    return show(
        options,
        table=(("erlangs", *SEATS), [[size, *_seats(rows[size - 1])] for size in sizes]),
        notes=[note],
        json={"occupancy": options.together, "aht_s": aht_s, **found._asdict()},
        plot=Plot(
            "Occupancy of the fewest agents",
            {"occupancy": [row.occupancy for row in rows]},
            [float(size) for size in sizes],
            {float(size): str(size) for size in sizes[:: max(1, len(sizes) // 10)]},
            ("erlangs", ""),
        ),
    )


def _best(load: int, aht_s: float, *, wanted: Target) -> list[Seats]:
    """The fewest agents who keep the service level at a load."""
    (cell,) = staff([load], aht_s=aht_s, interval_s=aht_s, target=wanted)
    return [Seats(int(cell.agents), *cell[4:])]
