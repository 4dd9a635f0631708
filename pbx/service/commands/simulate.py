"""`pbx simulate`: a day lived many times by the queue engine, as planned and with other agents.

pbx simulate LOG --agents 12 --change +1 --from 10:00 --until 17:00
pbx simulate LOG --today 14:30 --patience 300 --change +1 --until 17:00
pbx simulate --calls 100 --per 30m --hours 8 --aht 180 --agents 14
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import numpy as np

from kernel.simulator.model import NEVER, Law, exponential, log_normal
from kernel.simulator.replications import Band
from pbx.planning.forecast import forecast
from pbx.planning.history import DAY_S, Array
from pbx.planning.intraday import update
from pbx.planning.lookback import Outlook, Past, corrected, look_back, outlook
from pbx.planning.patience import law_of
from pbx.planning.staffing import Target, staff
from pbx.planning.whatif import (
    FIGURES,
    RUNS,
    Change,
    Day,
    Outcome,
    WhatIf,
    simulate,
    what_if,
)
from pbx.service.commands.agents import add_agents, agents_told
from pbx.service.commands.erlang import seconds, share
from pbx.service.commands.planning import (
    Read,
    Wrong,
    add_forms,
    add_log,
    answered,
    calendar,
    clock,
    clock_text,
    day_of,
    log_json,
    read_log,
    show,
    what_came,
)
from pbx.service.commands.staff import add_target, aht_of, one_day, target, worth
from pbx.service.planning.plots import Plot, clock_ticks
from pbx.service.progress import Progress
from pbx.service.text_table import text_table

SHOWN = {  # figure -> heading, digits, factor
    "service_level": ("service level %", 1, 100.0),
    "abandoned_share": ("abandoned %", 1, 100.0),
    "asa_s": ("ASA s", 1, 1.0),
    "occupancy": ("occupancy %", 1, 100.0),
    "offered": ("offered", 0, 1.0),
}
SEEN_MIN = 100  # handle times from which the log's own are taken
HEADINGS = ("figure", "mean", "+-", "nine days of ten")


class Planned(NamedTuple):
    """The day to live, how it is named, the log it comes from, what that says of its bands, and
    what came, by figure, where it is known."""

    day: Day
    name: str
    read: Read | None
    outlook: Outlook | None = None
    told: str = ""
    came: Mapping[str, float] = {}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The day, its agents, what is changed, how often it is lived."""
    add_log(parser, is_optional=True)
    parser.add_argument("--day", type=day_of, help="default: the day after the log")
    parser.add_argument(
        "--today", metavar="HH:MM", type=clock, help="the log's last day, and so late is it"
    )
    parser.add_argument("--calls", type=float, help="a load without a log: calls …")
    parser.add_argument("--per", type=seconds, default=1800.0, help="… in this time; default 30m")
    parser.add_argument("--hours", type=float, default=8.0, help="… for so long; default 8")
    add_target(parser)
    parser.add_argument("--talk-sd", type=seconds, help="of the handle time; default: exponential")
    add_agents(parser, "; default: as the target needs by interval")
    parser.add_argument("--intervals", action="store_true", help="also the chance of each interval")
    parser.add_argument("--change", type=int, default=0, help="agents more, +1, or fewer, -1 …")
    parser.add_argument("--from", dest="begin", type=clock, default=0, help="… from then …")
    parser.add_argument("--until", type=clock, default=DAY_S, help="… until then; default: all day")
    parser.add_argument(
        "--spread",
        type=share,
        default=None,
        help="of a day's level; default: the log's own, 13%% without one",
    )
    parser.add_argument("--runs", type=int, default=RUNS, help="days lived; default 200")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same answer; default 1")
    add_forms(parser)


def run(options: argparse.Namespace) -> int:
    """Print what the day comes to."""
    return answered(options, _simulate)


def _simulate(options: argparse.Namespace) -> int:
    planned = _planned(options)
    progress = Progress("simulating")
    try:
        if options.change:
            change = _change(options, len(planned.day.agents))
            both = what_if(
                planned.day, change, runs=options.runs, seed=options.seed, report=progress.of
            )
            found: WhatIf | Outcome = both._replace(
                before=corrected(both.before, planned.outlook),
                after=corrected(both.after, planned.outlook),
            )
        else:
            found = corrected(
                simulate(planned.day, runs=options.runs, seed=options.seed, report=progress.of),
                planned.outlook,
            )
    finally:
        progress.end()
    return _show(options, planned, found=found)


def _planned(options: argparse.Namespace) -> Planned:
    """The day of a log's forecast, the log's last day so far, or one of even calls."""
    if options.log is None:
        return Planned(_even(options), f"{options.hours:g} hours", None)
    read = read_log(options)
    came: list[float] = []
    if options.today is not None:
        today = read.history.day(read.history.days - 1)
        came = _came(read, options)
        expected = forecast(read.history.before(today), 1, calendar=calendar(options))
        over = options.today // options.interval
        calls = update(expected.counts[0], read.history.counts[-1][:over]).counts
    else:
        expected = one_day(options, read)
        calls = expected.counts[0]
    agents = agents_told(options, read, day=expected.first, calls=calls)
    if agents is None:
        agents = _needed(options, calls, aht_s=aht_of(options, read), read=read)
    day = _day(options, read, calls=calls, agents=agents)._replace(
        came=came, now_s=float(options.today or 0)
    )
    planned = Planned(day, str(expected.first), read, came=what_came(read, expected.first))
    return (
        planned
        if options.spread is not None
        else _looked_back(options, planned, when=expected.first)
    )


def _looked_back(options: argparse.Namespace, planned: Planned, *, when: date) -> Planned:
    """The day with the spread that the log's own days had, and what its bands are mended by. Of the
    rest of a day only the spread of its calls is known."""
    assert planned.read
    past = planned.read.past or Past(planned.read.history)
    if options.today is not None:
        past = Past(past.history)
    progress = Progress("looking back")
    try:
        days = look_back(past, planned.day, calendar=calendar(options), report=progress.of)
    finally:
        progress.end()
    said = outlook(days, when, calendar=calendar(options))
    if said is None:
        told = f"spread {planned.day.spread:.0%}: the log is too short to tell its own"
        return planned._replace(told=told)
    told = f"spread {said.spread:.0%}"
    told += " and bands" if said.figures else ""
    return planned._replace(
        day=planned.day._replace(spread=said.spread),
        outlook=said,
        told=f"{told} by {len(days)} days of the log, each planned from the days before its week",
    )


def _even(options: argparse.Namespace) -> Day:
    """So many hours of even calls, without a log."""
    if options.calls is None or not options.aht:
        raise Wrong("it takes a LOG, or --calls --per --aht")
    intervals = round(options.hours * 3600 / options.interval)
    if not 1 <= intervals <= 7 * DAY_S // options.interval:
        raise Wrong(f"--hours {options.hours:g}: an interval to a week is possible")
    calls = np.full(intervals, options.calls * options.interval / options.per)
    agents = agents_told(options, None, day=None, calls=calls)
    if agents is None:
        agents = _needed(options, calls, aht_s=options.aht)
    return _day(options, None, calls=calls, agents=agents)


def _needed(
    options: argparse.Namespace, calls: Array, *, aht_s: float, read: Read | None = None
) -> Array:
    """Agents at work by interval, as the target needs."""
    wanted: Target = target(options, read)
    cells = staff(worth(calls), aht_s=aht_s, interval_s=options.interval, target=wanted)
    return np.array([float(cell.agents) for cell in cells])


def _day(options: argparse.Namespace, read: Read | None, *, calls: Array, agents: Array) -> Day:
    aht_s = aht_of(options, read)
    day = Day(
        expected=calls,
        agents=agents,
        interval_s=options.interval,
        talk=talk_law(options, read, aht_s=aht_s),
        patience=patience_law(options, read),
        within_s=int(options.within),
        target=options.target,
    )
    return day if options.spread is None else day._replace(spread=options.spread)


def talk_law(options: argparse.Namespace, read: Read | None, *, aht_s: float) -> Law:
    """The log's own handle times; those told are exponential, or log-normal with --talk-sd."""
    if options.talk_sd:
        return log_normal(aht_s * 1000, options.talk_sd * 1000)
    seen = read.counts.handles if read and read.counts else np.zeros(1)
    if options.aht or seen.sum() < SEEN_MIN:
        return exponential(aht_s * 1000)
    lasted = np.arange(len(seen), dtype=np.float64)
    return law_of(lasted, np.ones(len(seen), dtype=bool), counts=seen, always_ends=True)


def patience_law(options: argparse.Namespace, read: Read | None) -> Law:
    """Told, then exponential; else Kaplan and Meier's of the log; else nobody hangs up."""
    if options.patience:
        return exponential(options.patience * 1000)
    if read is None or read.counts is None or not read.counts.waits.any():
        return NEVER
    waits = read.counts.waits
    lasted = np.tile(np.arange(waits.shape[1], dtype=np.float64), 2)
    ended = np.repeat([False, True], waits.shape[1])
    is_seen = waits.ravel() > 0
    return law_of(lasted[is_seen], ended[is_seen], counts=waits.ravel()[is_seen])


def _came(read: Read, options: argparse.Namespace) -> list[float]:
    """Seconds at which the last day's calls came before now: evenly in each interval."""
    row = read.history.counts[-1]
    length = options.interval
    seconds_of = [
        place * length + (n + 0.5) * length / count
        for place, count in enumerate(row)
        for n in range(int(count))
    ]
    return [second for second in seconds_of if second < options.today]


def _change(options: argparse.Namespace, intervals: int) -> Change:
    first = options.begin / options.interval
    last = min(float(intervals), options.until / options.interval)
    if first >= last:
        raise Wrong("--until must come after --from, within the day")
    return Change(options.change, first, last)


def _show(options: argparse.Namespace, planned: Planned, *, found: WhatIf | Outcome) -> int:
    before = found.before if isinstance(found, WhatIf) else found
    rows = [_row(name, before.bands[name]) for name in FIGURES]
    headings: tuple[str, ...] = HEADINGS
    if planned.came:
        headings = (*headings, "came")
        rows = [[*row, _real(name, planned.came)] for name, row in zip(FIGURES, rows, strict=True)]
    if isinstance(found, WhatIf):
        headings = (*headings, f"with {options.change:+d}", "gain", "+-")
        rows = [
            [*row, *_after(name, found.after.bands[name], gain=found.gain[name])]
            for name, row in zip(FIGURES, rows, strict=True)
        ]
    return show(
        options,
        table=(headings, rows),
        notes=[
            f"{planned.name}: {before.bands['offered'].runs} days lived, seed {options.seed}; "
            "+- is the 95 % interval of the mean",
            *([planned.told] if planned.told else ()),
            *(_chances(options, planned, outcome=before) if options.intervals else ()),
        ],
        json=_json(options, planned, found=found),
        plot=_plot(planned, found),
    )


def _chances(options: argparse.Namespace, planned: Planned, *, outcome: Outcome) -> list[str]:
    """A table of the intervals in which calls come: agents, service level, chance of the target."""
    day = planned.day
    rows = [
        [clock_text(place, day.interval_s), int(day.agents[place]), f"{level:.1%}", f"{chance:.0%}"]
        for place, (level, chance) in enumerate(
            zip(outcome.by_interval, outcome.chance, strict=True)
        )
        if level is not None and chance is not None
    ]
    headings = ("from", "agents", "service level", f"chance of {options.target:.0%}")
    return ["", text_table(headings, rows)]


def _real(name: str, came: Mapping[str, float]) -> str | None:
    """What came of a figure, as its row shows it."""
    _, digits, factor = SHOWN[name]
    return f"{came[name] * factor:.{digits}f}" if name in came else None


def _row(name: str, band: Band) -> list[object]:
    heading, digits, factor = SHOWN[name]
    mean, half, low, high = (
        f"{value * factor:.{digits}f}"
        for value in (band.mean, band.half_width, band.low, band.high)
    )
    return [heading, mean, half, f"{low} to {high}"]


def _after(name: str, after: Band, *, gain: Band) -> list[object]:
    _, digits, factor = SHOWN[name]
    return [
        f"{after.mean * factor:.{digits}f}",
        f"{gain.mean * factor:+.{digits}f}",
        f"{gain.half_width * factor:.{max(digits, 1)}f}",
    ]


def _json(
    options: argparse.Namespace, planned: Planned, *, found: WhatIf | Outcome
) -> dict[str, object]:
    outcome = found.before if isinstance(found, WhatIf) else found
    read = planned.read
    answer: dict[str, object] = {
        "day": planned.name,
        "interval_s": options.interval,
        "seed": options.seed,
        "runs": outcome.bands["offered"].runs,
        "agents": planned.day.agents.tolist(),
        "calls": planned.day.expected.tolist(),
        "spread": planned.day.spread,
        "bands_by": planned.told or None,
        "came": dict(planned.came) or None,
        "log": log_json(read) if read else None,
        **_bands(outcome),
    }
    if isinstance(found, WhatIf):
        answer["change"] = options.change
        answer["after"] = _bands(found.after)
        answer["gain"] = {name: vars(band) for name, band in found.gain.items()}
    return answer


def _bands(outcome: Outcome) -> dict[str, object]:
    bands: dict[str, object] = {name: vars(band) for name, band in outcome.bands.items()}
    return {**bands, "by_interval": outcome.by_interval, "chance": outcome.chance}


def _plot(planned: Planned, found: WhatIf | Outcome) -> Plot:
    """The service level over the day; an interval without calls keeps the one before."""
    outcomes = {"as planned": found.before, "changed": found.after} if isinstance(
        found, WhatIf) else {"as planned": found}  # fmt: skip
    count = len(planned.day.agents)
    calls = [place for place in range(count) if planned.day.expected[place] > 0]
    lines = {
        name: [100 * (outcome.by_interval[place] or 0.0) for place in calls]
        for name, outcome in outcomes.items()
    }
    is_day = count * planned.day.interval_s == DAY_S
    ticks = clock_ticks(count) if is_day else {
        float(place): clock_text(place, planned.day.interval_s)
        for place in range(0, count, max(1, count // 8))
    }  # fmt: skip
    return Plot(f"Service level % {planned.name}", lines, calls, ticks)
