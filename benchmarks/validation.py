"""Simulated against real: the bank log's days of March to May 1999 in the queue engine.

Each day has its real calls (when they asked for an agent, and the talk times of those who got one),
its agents as `pbx.planning.presence` estimates them from the calls they took, each for the types of
call that they took in the log, and callers whose patience is drawn by Kaplan and Meier's
estimate over all three months. Nothing of the day's waits or abandons goes in, but for presence:
it asks who waited while an agent took no call.

python -m benchmarks.validation [--runs N] [--figure FILE]     the table of docs/validation.md
"""

from __future__ import annotations

import argparse
import importlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import numpy as np

from kernel.simulator.model import Agent, Call, Model, Queue, empirical
from kernel.simulator.replications import Replications, replicate
from pbx.planning.patience import law_of
from pbx.planning.presence import Taken, after_call, presence
from pbx.service.planning.call_logs import CallLog
from pbx.service.planning.call_rows import LoggedCall
from tests.shared import SHARED

LOG = "data/bank1999_calls_mar_may.csv"
WITHIN_S = 20
HOUR_MS = 3_600_000
LENGTH_MS = 27 * HOUR_MS  # the last calls of a day end after midnight
TALK_MAX_S = 4 * 3600
SERVED_SHARE = 0.01
CALLS_MIN = 50  # a day with fewer says nothing


class Reached(NamedTuple):
    """Shares of the calls that asked for an agent."""

    service_level: float
    abandoned: float


class Lived(NamedTuple):
    """A day as it was and as it is simulated; `low` and `high` hold nine runs of ten."""

    day: date
    calls: int
    real: Reached
    simulated: Reached
    low: Reached
    high: Reached
    by_hour: list[tuple[int, float, float]]  # calls, real and simulated service level


class Laws(NamedTuple):
    """What all days have in common."""

    queues: dict[str, Queue]  # by type of call
    served: dict[str, list[int]]  # the queues of each agent, by their place in `queues`


def days_of(path: Path) -> dict[date, list[LoggedCall]]:
    days: dict[date, list[LoggedCall]] = defaultdict(list)
    for call in CallLog(path):
        days[call.day].append(call)
    return {day: sorted(calls, key=lambda call: call.second) for day, calls in days.items()}


def laws_of(days: dict[date, list[LoggedCall]]) -> Laws:
    every = [call for calls in days.values() for call in calls]
    gaps: list[tuple[float, bool]] = []
    for calls in days.values():
        for own in by_agent(calls).values():
            gaps += after_call([taken(call) for call in own], [call.wait_s for call in own])
    lasted, ended = (np.array(column) for column in zip(*gaps, strict=True))
    wrap_up = law_of(lasted, ended, always_ends=True)
    kinds = sorted({call.queue for call in every})
    queues = {}
    for kind in kinds:
        own = [call for call in every if call.queue == kind]
        talks = [round(call.handle_s * 1000) for call in own if 0 <= call.handle_s <= TALK_MAX_S]
        waits = np.array([call.wait_s for call in own])
        gone = np.array([call.outcome == "abandoned" for call in own])
        queues[kind] = Queue(
            talk=empirical(talks),
            wrap_up=wrap_up,
            patience=law_of(waits, gone),
            within_ms=WITHIN_S * 1000,
        )
    served = {
        name: [place for place, kind in enumerate(kinds) if _serves(own, kind)]
        for name, own in by_agent(every).items()
    }
    return Laws(queues, served)


def _serves(own: list[LoggedCall], kind: str) -> bool:
    """Whether an agent's calls are of a type often enough to be no exception."""
    return sum(call.queue == kind for call in own) > SERVED_SHARE * len(own)


def by_agent(calls: list[LoggedCall]) -> dict[str, list[LoggedCall]]:
    own: dict[str, list[LoggedCall]] = defaultdict(list)
    for call in calls:
        if call.agent:
            own[call.agent].append(call)
    return {name: sorted(each, key=taken) for name, each in own.items()}


def taken(call: LoggedCall) -> Taken:
    start = call.second + call.wait_s
    return Taken(start, start + call.handle_s)


def model_of(calls: list[LoggedCall], laws: Laws) -> Model:
    waiting = [(call.second, call.second + call.wait_s) for call in calls if call.wait_s > 0]
    agents = []
    for name, own in by_agent(calls).items():
        spans = presence([taken(call) for call in own], waiting)
        shifts = [(round(a * 1000), round(b * 1000)) for a, b in spans]
        agents.append(Agent(queues=laws.served[name], shifts=shifts))
    places = {kind: place for place, kind in enumerate(laws.queues)}
    listed = [
        Call(
            at=round(call.second * 1000),
            queue=places[call.queue],
            talk_ms=round(call.handle_s * 1000) if call.handle_s >= 0 else None,
        )
        for call in calls
    ]
    return Model(
        queues=list(laws.queues.values()),
        agents=agents,
        length_ms=LENGTH_MS,
        interval_ms=HOUR_MS,
        calls=listed,
    )


def real_of(calls: list[LoggedCall]) -> Reached:
    soon = sum(call.outcome == "answered" and call.wait_s <= WITHIN_S for call in calls)
    gone = sum(call.outcome == "abandoned" for call in calls)
    return Reached(soon / len(calls), gone / len(calls))


def simulated_of(runs: Replications) -> tuple[Reached, Reached, Reached]:
    level, gone = runs.band("service_level"), runs.band("abandoned_share")
    return (
        Reached(level.mean, gone.mean),
        Reached(level.low, gone.low),
        Reached(level.high, gone.high),
    )


def live(day: date, calls: list[LoggedCall], *, laws: Laws, runs: int) -> Lived:
    lived = replicate(model_of(calls, laws), runs, seed=day.toordinal())
    by_hour = []
    for hour, band in enumerate(lived.by_interval("service_level")[:24]):
        came = [call for call in calls if hour * 3600 <= call.second < (hour + 1) * 3600]
        if came and band:
            by_hour.append((len(came), real_of(came).service_level, band.mean))
        else:
            by_hour.append((0, 0.0, 0.0))
    return Lived(day, len(calls), real_of(calls), *simulated_of(lived), by_hour)


def validate(runs: int, days_max: int = 1000) -> list[Lived]:
    """Every day with enough calls, lived `runs` times."""
    days = days_of(SHARED / LOG)
    laws = laws_of(days)
    chosen = [day for day in sorted(days) if len(days[day]) >= CALLS_MIN][:days_max]
    return [live(day, days[day], laws=laws, runs=runs) for day in chosen]


def summary(lived: list[Lived]) -> Iterator[str]:
    """The rows of the table: name, real, simulated, and how the days differ."""
    weights = np.array([day.calls for day in lived])
    yield "| | real | simulated | mean difference of a day | mean distance | correlation |"
    yield "|---|---|---|---|---|---|"
    for name in Reached._fields:
        real = np.array([getattr(day.real, name) for day in lived])
        made = np.array([getattr(day.simulated, name) for day in lived])
        overall = [float((each * weights).sum() / weights.sum()) for each in (real, made)]
        apart = made - real
        yield (
            f"| {name.replace('_', ' ')} | {overall[0]:.3f} | {overall[1]:.3f} "
            f"| {apart.mean():+.3f} | {np.abs(apart).mean():.3f} "
            f"| {np.corrcoef(real, made)[0, 1]:.2f} |"
        )


def by_hours(lived: list[Lived]) -> list[tuple[int, int, float, float]]:
    """Hour, calls, real and simulated service level over all days."""
    rows = []
    for hour in range(24):
        cells = [day.by_hour[hour] for day in lived]
        calls = sum(count for count, _, _ in cells)
        if calls >= CALLS_MIN:
            real, made = (sum(c[0] * c[n] for c in cells) / calls for n in (1, 2))
            rows.append((hour, calls, real, made))
    return rows


def figure(lived: list[Lived], path: Path) -> None:
    """Each day as a point, real against simulated, and the days in order."""
    matplotlib_figure = importlib.import_module("matplotlib.figure")
    drawn = matplotlib_figure.Figure(figsize=(11, 8), dpi=100, layout="constrained")
    panels = drawn.subplots(2, 2, width_ratios=(1, 2))
    for (points, course), name, text in zip(
        panels, Reached._fields, (f"answered within {WITHIN_S} s", "abandoned"), strict=True
    ):
        real = [getattr(day.real, name) for day in lived]
        made = [getattr(day.simulated, name) for day in lived]
        most = max(*real, *made)
        points.plot([0, most], [0, most], color="0.6", linewidth=1)
        points.scatter(real, made, s=12)
        points.set_xlabel(f"{text}, real")
        points.set_ylabel("simulated")
        places = range(len(lived))
        course.plot(places, real, label="real")
        course.plot(places, made, label="simulated")
        low = [getattr(day.low, name) for day in lived]
        high = [getattr(day.high, name) for day in lived]
        course.fill_between(places, low, high, alpha=0.25, label="nine runs of ten")
        course.set_xlabel(f"days from {lived[0].day}")
        course.set_ylabel(text)
        course.legend()
    drawn.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--figure", type=Path)
    options = parser.parse_args()
    lived = validate(options.runs)
    print(f"{len(lived)} days, {sum(day.calls for day in lived)} calls, {options.runs} runs each")
    print(*summary(lived), sep="\n")
    inside = fmean(
        day.low.service_level <= day.real.service_level <= day.high.service_level for day in lived
    )
    print(f"real service level within nine runs of ten: {inside:.0%} of the days")
    for hour, calls, real, made in by_hours(lived):
        print(f"| {hour:02} | {calls} | {real:.3f} | {made:.3f} |")
    if options.figure:
        figure(lived, options.figure)


if __name__ == "__main__":
    main()
