"""Nanoseconds of a simulated call, beside SimPy and Ciw: one queue, twenty skills, overload.

    M/M/50+M     48 Erlang, talks of 180 s, patience of 120 s
    20 skills    500 agents of two skills each, load .95, talks of 180 s, wrap-up of 30 s
    overload     the same at twice the load, patience so that about 5,000 wait

Ours simulates a million calls each time, each routed by the live engine, and counts all figures
of a result. SimPy's model is that of its guide (bank renege); it keeps each wait, Ciw its records.
A peer, by which a million would take minutes, does PEER_CALLS: a call costs it the same throughout.
Both sides begin the overload with 5,000 who wait.

python -m benchmarks.bench_simulator            the lines of `make bench`
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import ciw
import simpy

from benchmarks.promise import line
from kernel.simulator import model as m
from kernel.simulator.simulation import Simulator

CALLS = 1_000_000
PEER_CALLS = 30_000
OVERLOADED_PEER_CALLS = 4_000
SERVERS, ERLANGS, TALK_S, PATIENCE_S = 50, 48.0, 180.0, 120.0
SKILLS, AGENTS, SKILLS_EACH, LOAD, WRAP_UP_S = 20, 500, 2, 0.95, 30.0
WAITING, OVERLOAD = 5_000, 2.0
ROUNDS = 5

Round = Callable[[], tuple[float, int]]  # seconds and calls


def timed(run: Callable[[], object], calls: int) -> tuple[float, int]:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began, calls


# ---- ours -------------------------------------------------------------------------------------


def single(calls: int = CALLS) -> m.Model:
    length = int(calls * TALK_S / ERLANGS * 1_000)
    queue = m.Queue(
        talk=m.exponential(TALK_S * 1_000), patience=m.exponential(PATIENCE_S * 1_000)
    )
    return m.Model(
        queues=[queue], agents=[m.Agent(queues=[0])] * SERVERS, length_ms=length,
        arrivals=m.Arrivals(length, [[calls]]),
    )  # fmt: skip


def skills_of(agent: int) -> list[int]:
    return sorted({(agent + step * step) % SKILLS for step in range(SKILLS_EACH)})


def rate(load: float) -> float:
    """Calls a second."""
    return load * AGENTS / (TALK_S + WRAP_UP_S)


def patience_s() -> float:
    """So that WAITING wait: who is too much abandons, and waits this long on the mean."""
    return WAITING / (rate(OVERLOAD) - rate(1.0))


def many(load: float, waiting: int = 0, *, calls: int = CALLS) -> m.Model:
    length = int(calls / rate(load) * 1_000)
    queues = [
        m.Queue(
            talk=m.exponential(TALK_S * 1_000), wrap_up=m.exponential(WRAP_UP_S * 1_000),
            patience=m.exponential(patience_s() * 1_000) if waiting else m.NEVER,
            routing={"levels": [0] * skill + [1]},
        )
        for skill in range(SKILLS)
    ]  # fmt: skip
    agents = [
        m.Agent(queues=skills_of(agent), levels=[skill in skills_of(agent) for skill in range(20)])
        for agent in range(AGENTS)
    ]
    return m.Model(
        queues=queues, agents=agents, length_ms=length,
        arrivals=m.Arrivals(length, [[calls / SKILLS]] * SKILLS),
        waiting=[(number % SKILLS, number % 1_000) for number in range(waiting)],
    )  # fmt: skip


def ours(model: m.Model) -> Round:
    simulator, seeds = Simulator(model), iter(range(1, 1_000))

    def lived() -> tuple[float, int]:
        simulator.restart(next(seeds))
        took, _ = timed(simulator.live, 0)
        return took, simulator.counts().figures().offered

    return lived


# ---- SimPy ------------------------------------------------------------------------------------


def simpy_single() -> tuple[float, int]:
    env, dice = simpy.Environment(), random.Random(1)
    servers = simpy.Resource(env, SERVERS)
    waits: list[tuple[bool, float]] = []

    def call() -> Iterator[Any]:
        came = env.now
        with servers.request() as place:
            happened = yield place | env.timeout(dice.expovariate(1 / PATIENCE_S))
            waits.append((place in happened, env.now - came))
            if place in happened:
                yield env.timeout(dice.expovariate(1 / TALK_S))

    def arrivals() -> Iterator[Any]:
        for _ in range(PEER_CALLS):
            yield env.timeout(dice.expovariate(ERLANGS / TALK_S))
            env.process(call())

    env.process(arrivals())
    return timed(env.run, PEER_CALLS)


class Floor:
    """Agents in a FilterStore: who calls gets one with the skill, who comes back after wrap-up."""

    def __init__(self, load: float, waiting: int, *, calls: int) -> None:
        self.env, self.dice = simpy.Environment(), random.Random(1)
        self.agents = simpy.FilterStore(self.env)
        self.agents.items = [frozenset(skills_of(agent)) for agent in range(AGENTS)]
        self.load, self.calls, self.has_patience = load, calls, waiting > 0
        for _ in range(waiting + (AGENTS if waiting else 0)):
            self.env.process(self.call())
        self.env.run(until=1)

    def call(self) -> Iterator[Any]:
        skill, dice, env = self.dice.randrange(SKILLS), self.dice, self.env
        wanted = self.agents.get(lambda agent: skill in agent)
        if self.has_patience:
            yield wanted | env.timeout(dice.expovariate(1 / patience_s()))
            if not wanted.triggered:
                wanted.cancel()
                return
        else:
            yield wanted
        yield env.timeout(dice.expovariate(1 / TALK_S))
        yield env.timeout(dice.expovariate(1 / WRAP_UP_S))
        yield self.agents.put(wanted.value)

    def arrivals(self) -> Iterator[Any]:
        for _ in range(self.calls):
            yield self.env.timeout(self.dice.expovariate(rate(self.load)))
            self.env.process(self.call())

    def lived(self) -> tuple[float, int]:
        return timed(lambda: self.env.run(self.env.process(self.arrivals())), self.calls)


# ---- Ciw --------------------------------------------------------------------------------------


def ciw_single() -> tuple[float, int]:
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(ERLANGS / TALK_S)],
        service_distributions=[ciw.dists.Exponential(1 / TALK_S)],
        reneging_time_distributions=[ciw.dists.Exponential(1 / PATIENCE_S)],
        number_of_servers=[SERVERS],
    )
    simulation = ciw.Simulation(network)
    return timed(
        lambda: simulation.simulate_until_max_customers(PEER_CALLS, method="Arrive"), PEER_CALLS
    )


def nanoseconds(*rounds: Round) -> list[float]:
    """A call of each: the median of five, taken in turns."""
    found: list[list[float]] = [[] for _ in rounds]
    for _ in range(ROUNDS):
        for place, lived in enumerate(rounds):
            took, calls = lived()
            found[place].append(took / calls * 1e9)
    return [statistics.median(times) for times in found]


def main() -> None:
    us, them, ciws = nanoseconds(ours(single()), simpy_single, ciw_single)
    print(line("sim ns a call, M/M/50+M (SimPy)", us, peer=them, most=them / 100))
    print(line("sim ns a call, M/M/50+M (Ciw)", us, peer=ciws, most=ciws / 150))
    us, them = nanoseconds(ours(many(LOAD)), lambda: Floor(LOAD, 0, calls=PEER_CALLS).lived())
    print(line("sim ns a call, 20 skills (SimPy)", us, peer=them, most=them / 200))
    us, them = nanoseconds(
        ours(many(OVERLOAD, WAITING)),
        lambda: Floor(OVERLOAD, WAITING, calls=OVERLOADED_PEER_CALLS).lived(),
    )
    print(line("sim ns a call, 5,000 waiting (SimPy)", us, peer=them, most=them / 1_000))


if __name__ == "__main__":
    main()
