"""Plans against what came: April and May 1999 of the bank log, each week planned at its beginning.

A plan of a day is what `pbx simulate LOG --as-of ORIGIN --day DAY --interval 15m --agents log
--calendar HOLIDAYS` makes: calls by the forecast, one queue, handle times and patience of the log,
agents as such days had them, bands by what earlier plans missed. All of it is of the days before
the origin, the agents too: nothing of the day planned goes in, nor of the days between. The
origins are 1 April and each week after.

python -m benchmarks.plans [--runs N] [--figure FILE]     the table of docs/validation.md
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import fmean
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from benchmarks import bank_log
from kernel.simulator.replications import Band
from pbx.planning.forecast import forecast
from pbx.planning.history import WEEK, Array
from pbx.planning.lookback import FIGURES, Past, corrected, look_back, outlook, usual_agents
from pbx.planning.whatif import Day, Outcome, simulate
from pbx.service.commands.planning import Read
from pbx.service.commands.simulate import patience_law, talk_law
from pbx.service.planning.call_counts import Counts
from pbx.service.planning.call_days import CallDays
from pbx.service.planning.call_logs import CallLog
from pbx.service.planning.call_rows import LoggedCall
from tests.shared import SHARED

INTERVAL_S, WITHIN_S, RUNS = 900, 20.0, 200
FIRST, LAST = date(1999, 4, 1), date(1999, 5, 31)
CHANCE_STEPS = 10


class Kept(NamedTuple):
    """A plan of a day and what came: real figures by name, what `pbx simulate` says, and for each
    interval with calls the chance said and whether the target was met."""

    day: date
    calls: float
    real: dict[str, float]
    plan: Outcome
    chances: list[tuple[float, bool]]


def read_calls() -> list[LoggedCall]:
    return list(CallLog(SHARED / bank_log.CALLS))


def past_of(calls: list[LoggedCall], until: date) -> tuple[Past, Counts]:
    """The log of the days before `until`."""
    counts, days = Counts(INTERVAL_S), CallDays()
    for call in calls:
        if call.day < until:
            counts.add(call)
            days.add(call)
    return days.past(counts.history().until(until), WITHIN_S), counts


def week(calls: list[LoggedCall], whole: Past, *, origin: date, runs: int) -> Iterator[Kept]:
    """The days of a week, planned at its beginning."""
    past, counts = past_of(calls, origin)
    read = Read(past.history, counts, past)
    options: Any = SimpleNamespace(talk_sd=None, aht=None, patience=None)
    nobody = np.zeros(past.history.per_day)
    day = Day(
        expected=nobody,
        agents=nobody,
        interval_s=INTERVAL_S,
        talk=talk_law(options, read, aht_s=0.0),
        patience=patience_law(options, read),
    )
    compared = look_back(past, day, calendar=bank_log.HOLIDAYS)
    expected = forecast(past.history, WEEK, calendar=bank_log.HOLIDAYS).counts
    agents = usual_agents(past, WEEK, calendar=bank_log.HOLIDAYS)
    for place in range(WEEK):
        when = origin + timedelta(place)
        number = (when - whole.history.first).days
        if when > LAST or not whole.history.counts[number].sum():
            continue
        said = outlook(compared, when, calendar=bank_log.HOLIDAYS)
        assert said is not None
        plan = day._replace(expected=expected[place], agents=agents[place], spread=said.spread)
        yield kept(whole, when, plan=corrected(simulate(plan, runs=runs), said), target=day.target)


def kept(whole: Past, when: date, *, plan: Outcome, target: float) -> Kept:
    """The plan beside what came."""
    assert whole.within is not None and whole.abandoned is not None
    number = (when - whole.history.first).days
    counts = whole.history.counts[number]
    within, gone = whole.within[number], whole.abandoned[number]
    shares = (within.sum() / counts.sum(), gone.sum() / counts.sum())
    chances = [
        (said, bool(soon >= target * came))
        for said, soon, came in zip(plan.chance, within, counts, strict=True)
        if said is not None and came
    ]
    return Kept(when, float(counts.sum()), dict(zip(FIGURES, shares, strict=True)), plan, chances)


def judge(runs: int = RUNS, weeks_max: int = 100) -> list[Kept]:
    """Every day from FIRST to LAST on which anybody called."""
    calls = read_calls()
    whole, _ = past_of(calls, LAST + timedelta(1))
    origins = [FIRST + timedelta(n) for n in range(0, (LAST - FIRST).days + 1, WEEK)][:weeks_max]
    return [each for origin in origins for each in week(calls, whole, origin=origin, runs=runs)]


def holds(day: Kept, name: str) -> bool:
    band = day.plan.bands[name]
    return band.low <= day.real[name] <= band.high


def width(band: Band) -> float:
    return band.high - band.low


def usual_width(name: str) -> tuple[float, int]:
    """The mean width of the 5 to 95 % range of the same weekday's days before, and how many of the
    days judged lay in theirs."""
    whole, _ = past_of(read_calls(), LAST + timedelta(1))
    assert whole.within is not None and whole.abandoned is not None
    counts = whole.history.counts.sum(1)
    reached = whole.within if name == FIGURES[0] else whole.abandoned
    shares: Array = reached.sum(1) / np.maximum(counts, 1)
    widths, inside = [], 0
    for number in range((FIRST - whole.history.first).days, whole.history.days):
        before = [n for n in range(number % WEEK, number, WEEK) if counts[n]]
        if counts[number]:
            low, high = np.quantile(shares[before], (0.05, 0.95))
            widths.append(float(high - low))
            inside += bool(low <= shares[number] <= high)
    return fmean(widths), inside


def chances(days: list[Kept]) -> Iterator[str]:
    """A row for each tenth of the chances: said, happened, intervals."""
    pairs = np.array([pair for day in days for pair in day.chances], dtype=np.float64)
    steps = np.minimum((pairs[:, 0] * CHANCE_STEPS).astype(int), CHANCE_STEPS - 1)
    yield "| said | happened | intervals |"
    yield "|---|---|---|"
    for step in np.unique(steps):
        said, happened = pairs[steps == step].T
        yield f"| {said.mean():.0%} | {happened.mean():.0%} | {len(said)} |"


def summary(days: list[Kept]) -> Iterator[str]:
    yield "| 90 % band of | holds | mean width | the weekday's past 5-95 %: holds | mean width |"
    yield "|---|---|---|---|---|"
    for name in FIGURES:
        inside = sum(holds(day, name) for day in days)
        mean = fmean(width(day.plan.bands[name]) for day in days)
        usual, was_inside = usual_width(name)
        yield (
            f"| planned {name.replace('_', ' ')} | {inside} of {len(days)} | {mean:.3f} "
            f"| {was_inside} of {len(days)} | {usual:.3f} |"
        )


def figure(days: list[Kept], path: Path) -> None:
    """The bands of both figures by day, and what came."""
    drawn = importlib.import_module("matplotlib.figure").Figure(
        figsize=(11, 7), dpi=100, layout="constrained"
    )
    panels = drawn.subplots(2, 1, sharex=True)
    for panel, name, text in zip(
        panels, FIGURES, ("answered within 20 s", "abandoned"), strict=True
    ):
        bands = [day.plan.bands[name] for day in days]
        places = list(range(len(days)))
        panel.fill_between(places, [b.low for b in bands], [b.high for b in bands], alpha=0.25,
                           step="mid", label="planned, nine days of ten")  # fmt: skip
        panel.step(places, [b.mean for b in bands], where="mid", label="planned")
        for is_in, colour in ((True, "black"), (False, "red")):
            chosen = [n for n in places if holds(days[n], name) is is_in]
            panel.scatter(chosen, [days[n].real[name] for n in chosen], s=14, color=colour,
                          label="came, in the band" if is_in else "came, outside")  # fmt: skip
        panel.set_ylabel(text)
        panel.legend()
    panels[1].set_xlabel(f"days with calls from {days[0].day}")
    drawn.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--figure", type=Path)
    options = parser.parse_args()
    days = judge(options.runs)
    print(f"{len(days)} days, {sum(day.calls for day in days):.0f} calls, {options.runs} runs each")
    print(*summary(days), "", *chances(days), sep="\n")
    for name in FIGURES:
        outside = [f"{day.day:%d %B}" for day in days if not holds(day, name)]
        print(f"{name} outside: {', '.join(outside)}")
    if options.figure:
        figure(days, options.figure)


if __name__ == "__main__":
    main()
