"""Agents for each interval: enough for the service level, for people who are not always there.

Without patience by Erlang C (everybody waits), with it by Erlang A (callers hang up). `agents` are
those on calls; `scheduled` counts breaks, training and illness in: agents / (1 - shrinkage).
Service level: answered within T / offered.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from kernel.erlang import a as erlang_a
from kernel.erlang import c as erlang_c

SHRINKAGE_MAX = 0.9
SEATS_MAX = 5_000
NEARLY_ALL = 0.9999


class Target(NamedTuple):
    """What an interval must reach. `patience_s` None: nobody hangs up. `agents_min` where any call
    is expected; `occupancy_max` 1: people may be at work all the time."""

    service_level: float = 0.8
    within_s: float = 20.0
    patience_s: float | None = None
    shrinkage: float = 0.3
    agents_min: int = 1
    occupancy_max: float = 1.0


class Cell(NamedTuple):
    """An interval: `calls` come in it, `erlangs` are their load. Shares 0 to 1."""

    calls: float
    erlangs: float
    agents: float  # whole, unless told
    scheduled: int
    service_level: float
    asa_s: float  # of the answered calls
    p_abandon: float
    occupancy: float


class Seats(NamedTuple):
    """What so many agents reach at a load."""

    agents: int
    service_level: float
    asa_s: float
    p_abandon: float
    occupancy: float


def staff(
    calls: Iterable[float],
    *,
    aht_s: float,
    interval_s: float,
    target: Target,
    agents: Iterable[float] | None = None,
) -> list[Cell]:
    """A cell for each interval's calls, in order: what the fewest agents reach, or those told.
    Raises ValueError for what cannot be."""
    _check(aht_s, target)
    if not interval_s > 0:
        raise ValueError(f"an interval of {interval_s:g} s")
    counts = list(map(float, calls))
    told = [None] * len(counts) if agents is None else list(map(float, agents))
    return [
        _cell(count, (aht_s, count * aht_s / interval_s), target=target, told=number)
        for count, number in zip(counts, told, strict=True)
    ]


def _check(aht_s: float, target: Target) -> None:
    if not (0 < aht_s < math.inf):
        raise ValueError(f"a handle time of {aht_s:g} s: it must be above 0")
    if not 0 < target.service_level < 1:
        raise ValueError(f"a service level of {target.service_level:g}: it must be between 0 and 1")
    if not 0 <= target.within_s < math.inf:
        raise ValueError(f"within {target.within_s:g} s")
    if not 0 <= target.shrinkage <= SHRINKAGE_MAX:
        raise ValueError(f"a shrinkage of {target.shrinkage:g}: 0 to {SHRINKAGE_MAX:g} is allowed")
    if not 0 < target.occupancy_max <= 1:
        raise ValueError(f"an occupancy of {target.occupancy_max:g}: above 0, at most 1")
    if not 0 <= target.agents_min <= SEATS_MAX:
        raise ValueError(f"at least {target.agents_min} agents: 0 to {SEATS_MAX} are allowed")


def _cell(calls: float, load: tuple[float, float], *, target: Target, told: float | None) -> Cell:
    """`load`: the handle time, and the erlangs that the calls make with it."""
    aht_s, erlangs = load
    if not 0 <= calls < math.inf:
        raise ValueError(f"{calls:g} calls in an interval")
    if calls == 0:
        return Cell(0.0, 0.0, told or 0, _scheduled(told or 0, target), 1.0, 0.0, 0.0, 0.0)
    if told is not None:
        reached = seats(told, erlangs, aht_s=aht_s, target=target)
        return Cell(calls, erlangs, told, _scheduled(told, target), *reached[1:])
    agents = max(_fewest(erlangs, aht_s, target=target), target.agents_min)
    reached = seats(agents, erlangs, aht_s=aht_s, target=target)
    while reached.occupancy > target.occupancy_max:
        agents += 1
        reached = seats(agents, erlangs, aht_s=aht_s, target=target)
    return Cell(calls, erlangs, agents, _scheduled(agents, target), *reached[1:])


def _scheduled(agents: float, target: Target) -> int:
    """With those who are not there; a hair less: 0.7 is not a binary number, and 7 / 0.7 are 10
    people, not 11."""
    return math.ceil(agents / (1 - target.shrinkage) - 1e-9)


def _fewest(erlangs: float, aht_s: float, *, target: Target) -> int:
    level, within_s = target.service_level, target.within_s
    if target.patience_s is None:
        return erlang_c.agents(erlangs, aht_s=aht_s, within_s=within_s, service_level=level)
    return erlang_a.agents(
        erlangs,
        aht_s=aht_s,
        patience_s=target.patience_s,
        within_s=within_s,
        service_level=level,
    )


def seats(agents: float, erlangs: float, *, aht_s: float, target: Target) -> Seats:
    """What `agents` reach. Raises kernel's Unstable where the queue grows without end."""
    within_s = target.within_s
    if target.patience_s is None:
        c = erlang_c.wait(agents, erlangs, aht_s=aht_s, within_s=within_s)
        return Seats(int(agents), c.service_level, c.asa_s, 0.0, c.occupancy)
    a = erlang_a.wait(agents, erlangs, aht_s=aht_s, patience_s=target.patience_s, within_s=within_s)
    return Seats(int(agents), a.sl_offered, a.asa_answered_s, a.p_abandon, a.occupancy)


def pairs(erlangs: float, *, aht_s: float, target: Target) -> list[Seats]:
    """What each number of agents reaches at this load: the pairs of service level and occupancy
    among which one must choose. From the fewest that are stable to where nearly nobody waits."""
    _check(aht_s, target)
    if not 0 < erlangs <= SEATS_MAX / 2:
        raise ValueError(f"{erlangs:g} erlangs: above 0, at most {SEATS_MAX / 2:g}")
    first = math.floor(erlangs) + 1 if target.patience_s is None else 1
    rows: list[Seats] = []
    for agents in range(first, SEATS_MAX):
        rows.append(seats(agents, erlangs, aht_s=aht_s, target=target))
        if rows[-1].service_level > NEARLY_ALL:
            break
    return rows


class Together(NamedTuple):
    """From which size on a service level and an occupancy go together.

    `agents`: the smallest site where both are possible, at its best load `erlangs`, with the
    occupancy that this load gives. `always_erlangs`: from this load on they always are; below, it
    depends on how the load fits whole agents.
    """

    agents: int
    erlangs: float
    occupancy: float
    always_erlangs: float


def together(occupancy: float, *, aht_s: float, target: Target) -> Together:
    """Where `target.service_level` and at least this occupancy are possible at once.

    By Erlang C. Raises ValueError where no site up to SEATS_MAX agents is large enough.
    """
    _check(aht_s, target)
    if not 0 < occupancy < 1:
        raise ValueError(f"an occupancy of {occupancy:g}: it must be between 0 and 1")

    def most_load(agents: int) -> float:
        return _most_load(agents, aht_s, target=target)

    def at_worst(agents: int) -> bool:
        """Whether even a load a little too much for one agent less keeps them busy."""
        return most_load(agents - 1) >= occupancy * agents

    if not at_worst(SEATS_MAX):
        raise ValueError(
            f"{target.service_level:g} within {target.within_s:g} s and an occupancy of "
            f"{occupancy:g} do not go together, even with {SEATS_MAX} agents"
        )
    agents = _first(lambda agents: most_load(agents) >= occupancy * agents)
    load = most_load(agents)
    # the last size that can fail, fully used as far as the occupancy asks
    return Together(agents, load, load / agents, occupancy * (_first(at_worst) - 1))


def _first(holds: Callable[[int], bool]) -> int:
    """The smallest number of agents for which it holds; it then holds for all above."""
    low, high = 0, SEATS_MAX
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _most_load(agents: int, aht_s: float, *, target: Target) -> float:
    """The load at which so many agents just keep the service level."""
    low, high = 0.0, float(agents)
    for _ in range(60 if agents else 0):
        middle = (low + high) / 2
        reached = erlang_c.wait(agents, middle, aht_s=aht_s, within_s=target.within_s)
        if reached.service_level >= target.service_level:
            low = middle
        else:
            high = middle
    return low
