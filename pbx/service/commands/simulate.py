"""`pbx simulate`: a day lived many times by the queue engine, as planned and with other agents.

    pbx simulate LOG --agents 12 --change +1 --from 10:00 --until 17:00
    pbx simulate LOG --today 14:30 --patience 300 --change +1 --until 17:00
    pbx simulate --calls 100 --per 30m --hours 8 --aht 180 --agents 14
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kernel.replications import Band
from kernel.simulator_model import NEVER, Law, exponential, log_normal
from pbx.planning.forecast import forecast
from pbx.planning.history import DAY_S, WEEK, Array
from pbx.planning.intraday import update
from pbx.planning.patience import law_of
from pbx.planning.staffing import Target, staff
from pbx.planning.whatif import (
    AGENTS_MAX,
    FIGURES,
    RUNS,
    Change,
    Day,
    Outcome,
    WhatIf,
    simulate,
    what_if,
)
from pbx.service.commands.erlang import seconds, share
from pbx.service.commands.forecast import log_json
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
    read_log,
    show,
)
from pbx.service.commands.staff import add_target, aht_of, one_day, target, worth
from pbx.service.plots import Plot, clock_ticks
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
    """The day to live, how it is named, and the log it comes from."""

    day: Day
    name: str
    read: Read | None


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
    parser.add_argument("--agents", type=int, help="default: as the target needs by interval")
    parser.add_argument(
        "--roster", metavar="JSON", type=Path, help="of `pbx roster --json`: its agents of that day"
    )
    parser.add_argument("--intervals", action="store_true", help="also the chance of each interval")
    parser.add_argument("--change", type=int, default=0, help="agents more, +1, or fewer, -1 …")
    parser.add_argument("--from", dest="begin", type=clock, default=0, help="… from then …")
    parser.add_argument("--until", type=clock, default=DAY_S, help="… until then; default: all day")
    parser.add_argument("--spread", type=share, default=None, help="of a day's level; default 13%%")
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
            found: WhatIf | Outcome = what_if(
                planned.day, change, runs=options.runs, seed=options.seed, report=progress.of
            )
        else:
            found = simulate(
                planned.day, runs=options.runs, seed=options.seed, report=progress.of
            )
    finally:
        progress.end()
    return _show(options, planned, found)


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
    if options.roster:
        agents = _rostered(options, expected.first)
    else:
        agents = _agents(options, calls, aht_of(options, read))
    day = _day(options, read, calls, agents)._replace(came=came, now_s=float(options.today or 0))
    return Planned(day, str(expected.first), read)


def _even(options: argparse.Namespace) -> Day:
    """So many hours of even calls, without a log."""
    if options.calls is None or not options.aht:
        raise Wrong("it takes a LOG, or --calls --per --aht")
    intervals = round(options.hours * 3600 / options.interval)
    if not 1 <= intervals <= 7 * DAY_S // options.interval:
        raise Wrong(f"--hours {options.hours:g}: an interval to a week is possible")
    calls = np.full(intervals, options.calls * options.interval / options.per)
    agents = _agents(options, calls, options.aht)
    return _day(options, None, calls, agents)


def _rostered(options: argparse.Namespace, day: date) -> Array:
    """The agents whom a roster has on a day, by interval; a part of one is none."""
    try:
        made = json.loads(options.roster.read_text())
        place = (day - date.fromisoformat(made["first"])).days
        cover = np.array(made["cover"], dtype=np.float64).reshape(WEEK, -1)
        interval_s = int(made["interval_s"])
    except OSError as error:
        raise Wrong(f"{options.roster}: {error.strerror}") from error
    except (ValueError, LookupError, TypeError) as error:
        raise Wrong(f"{options.roster}: not from `pbx roster --json`: {error}") from error
    if not 0 <= place < WEEK:
        raise Wrong(f"{options.roster}: begins on {made['first']} and does not have {day}")
    if interval_s != options.interval:
        raise Wrong(f"{options.roster}: its intervals are of {interval_s} s: --interval")
    return np.asarray(np.floor(cover[place]))


def _agents(options: argparse.Namespace, calls: Array, aht_s: float) -> Array:
    """Agents at work by interval: the number told, or what the target needs."""
    if options.agents is not None:
        if not 0 <= options.agents <= AGENTS_MAX:
            raise Wrong(f"--agents {options.agents}: 0 to {AGENTS_MAX} are possible")
        return np.where(calls > 0, float(options.agents), 0.0)
    wanted: Target = target(options)
    cells = staff(worth(calls), aht_s=aht_s, interval_s=options.interval, target=wanted)
    return np.array([float(cell.agents) for cell in cells])


def _day(options: argparse.Namespace, read: Read | None, calls: Array, agents: Array) -> Day:
    aht_s = aht_of(options, read)
    day = Day(
        expected=calls,
        agents=agents,
        interval_s=options.interval,
        talk=_talk(options, read, aht_s),
        patience=_patience(options, read),
        within_s=int(options.within),
        target=options.target,
    )
    return day if options.spread is None else day._replace(spread=options.spread)


def _talk(options: argparse.Namespace, read: Read | None, aht_s: float) -> Law:
    """The log's own handle times; those told are exponential, or log-normal with --talk-sd."""
    if options.talk_sd:
        return log_normal(aht_s * 1000, options.talk_sd * 1000)
    seen = read.counts.handles if read and read.counts else np.zeros(1)
    if options.aht or seen.sum() < SEEN_MIN:
        return exponential(aht_s * 1000)
    lasted = np.arange(len(seen), dtype=np.float64)
    return law_of(lasted, np.ones(len(seen), dtype=bool), counts=seen, always_ends=True)


def _patience(options: argparse.Namespace, read: Read | None) -> Law:
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
    first = options.begin // options.interval
    last = min(intervals, -(-options.until // options.interval))
    if first >= last:
        raise Wrong("--until must come after --from, within the day")
    return Change(options.change, first, last)


def _show(options: argparse.Namespace, planned: Planned, found: WhatIf | Outcome) -> int:
    before = found.before if isinstance(found, WhatIf) else found
    rows = [_row(name, before.bands[name]) for name in FIGURES]
    headings: tuple[str, ...] = HEADINGS
    if isinstance(found, WhatIf):
        headings = (*HEADINGS, f"with {options.change:+d}", "gain", "+-")
        rows = [
            [*row, *_after(name, found.after.bands[name], found.gain[name])]
            for name, row in zip(FIGURES, rows, strict=True)
        ]
    return show(
        options,
        table=(headings, rows),
        notes=[
            f"{planned.name}: {before.bands['offered'].runs} days lived, seed {options.seed}; "
            "+- is the 95 % interval of the mean",
            *(_chances(options, planned, before) if options.intervals else ()),
        ],
        json=_json(options, planned, found),
        plot=_plot(planned, found),
    )


def _chances(options: argparse.Namespace, planned: Planned, outcome: Outcome) -> list[str]:
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


def _row(name: str, band: Band) -> list[object]:
    heading, digits, factor = SHOWN[name]
    mean, half, low, high = (
        f"{value * factor:.{digits}f}"
        for value in (band.mean, band.half_width, band.low, band.high)
    )
    return [heading, mean, half, f"{low} to {high}"]


def _after(name: str, after: Band, gain: Band) -> list[object]:
    _, digits, factor = SHOWN[name]
    return [
        f"{after.mean * factor:.{digits}f}",
        f"{gain.mean * factor:+.{digits}f}",
        f"{gain.half_width * factor:.{max(digits, 1)}f}",
    ]


def _json(
    options: argparse.Namespace, planned: Planned, found: WhatIf | Outcome
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
