"""Nanoseconds of a queue decision: flat from 50 agents to 1,000, beside numpy and SQLite.

    decision     which of all who wait an agent takes: 20 queues, 4 priorities
    agent free   the same as a whole fact: standing, offer, deadline and actions included
    call in      a whole fact too: an entry takes the agent of its queue's strategy, all READY

All are called from Python. numpy finds the entry over arrays; SQLite finds and marks it, by an
indexed query, or asked as mod_callcenter does: all who wait in order, then for each the agents of
its queue, until one of them is free.

python -m benchmarks.bench_acd            the lines of `make bench`
pytest benchmarks/bench_acd.py --benchmark-enable -n0
"""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy
import pytest

from benchmarks.promise import line
from kernel.acd import engine as acd

QUEUES, PRIORITIES, QUEUES_OF_AGENT = 20, 4, 5
SMALL, LARGE = (50, 10), (1_000, 10_000)  # agents, entries waiting
SHARE = 5  # of the agents, one in so many is freed in a round: the others keep who waits in place
ROUNDS = 20


def priority_of(entry: Any) -> Any:
    """Each queue has entries of each priority."""
    return entry // QUEUES % PRIORITIES


def queues_of(agent: int) -> list[int]:
    return [(agent + step * step) % QUEUES for step in range(QUEUES_OF_AGENT)]


class Floor:
    """A call centre at work; `free` and `call_in` are rounds of decisions, timed alone."""

    def __init__(self, agents: int, waiting: int, *, strategy: int = acd.LONGEST_IDLE) -> None:
        self.engine = acd.Engine()
        self.agents = agents
        for queue in range(QUEUES):
            self.engine.set_queue(
                queue, strategy=strategy, offer_ms=15_000, wrap_up_ms=0, retry_ms=10_000,
                confirm_ms=5_000, release_ms=4_000, max_wait_ms=10**9, misses_max=0,
                levels=[0] * queue + [1],
            )  # fmt: skip
        for agent in range(agents):
            served = queues_of(agent)
            levels = [int(skill in served) for skill in range(QUEUES)]
            self.engine.set_agent(agent, order=agent % 7, levels=levels, queues=served)
        for agent in range(agents):
            self.engine.device(agent, agent, True)
            self.engine.login(agent, agent)
            if waiting:
                self.engine.leg_added(agent, agent)
        self.now = agents + waiting
        for entry in range(waiting):
            self.engine.enter(agents + entry, entry % QUEUES, priority_of(entry))
        self.freed = range(0, agents, SHARE)
        self.engine.actions()

    def decide(self) -> tuple[float, int]:
        """Seconds and number of decisions: the best entry for each of the agents."""
        next_entry = self.engine.next_entry
        began = time.perf_counter()
        for agent in self.freed:
            next_entry(agent)
        return time.perf_counter() - began, len(self.freed)

    def free(self) -> tuple[float, int]:
        """Seconds and number of decisions: each of the freed agents takes the best entry."""
        engine, now, leg_removed = self.engine, self.now, self.engine.leg_removed
        began = time.perf_counter()
        for agent in self.freed:
            leg_removed(now, agent)
        took = time.perf_counter() - began
        rings = [action for action in engine.actions() if action[0] == acd.RING]
        for agent in self.freed:
            engine.leg_added(now, agent)
        for _, _, _, offer, _ in rings:
            engine.released(now, offer, refused=False, lost=False)
        engine.actions()
        return took, len(self.freed)

    def call_in(self) -> tuple[float, int]:
        """Seconds and number of decisions: an entry a queue gets an agent."""
        engine, now, enter = self.engine, self.now, self.engine.enter
        began = time.perf_counter()
        for queue in range(QUEUES):
            enter(now, queue, 0)
        took = time.perf_counter() - began
        rings = [action for action in engine.actions() if action[0] == acd.RING]
        for _, entry, _, offer, _ in rings:
            engine.leave(now, entry, acd.EXITED)
            engine.released(now, offer, refused=False, lost=False)
        engine.actions()
        return took, QUEUES


def nanoseconds(round_of: Callable[[], tuple[float, int]]) -> float:
    """One decision: the median of five of the best rounds, for the engine and its peers alike."""

    def best() -> float:
        return min(took / count for took, count in (round_of() for _ in range(ROUNDS)))

    return statistics.median(best() for _ in range(5)) * 1e9


class Scan:
    """The best entry for an agent, found by numpy over arrays of all who wait: those whose level
    the agent reaches, that wait, that the agent has not passed by."""

    def __init__(self, agents: int, waiting: int) -> None:
        entry = numpy.arange(waiting)
        self.queue, self.level = entry % QUEUES, numpy.ones(waiting, dtype=numpy.int16)
        self.is_waiting = numpy.ones(waiting, dtype=bool)
        self.passed_by = numpy.full(waiting, -1)
        self.key = (PRIORITIES - priority_of(entry)) * waiting + entry
        self.levels = numpy.zeros((agents, QUEUES), dtype=numpy.int16)
        for agent in range(agents):
            self.levels[agent, queues_of(agent)] = 1
        self.never = numpy.iinfo(self.key.dtype).max
        self.agents = agents

    def free(self) -> tuple[float, int]:
        began = time.perf_counter()
        for agent in range(0, self.agents, SHARE):
            able = self.levels[agent][self.queue] >= self.level
            may = able & self.is_waiting & (self.passed_by != agent)
            numpy.where(may, self.key, self.never).argmin()
        return time.perf_counter() - began, len(range(0, self.agents, SHARE))


class Sql:
    """The same in SQLite, with indexes and statistics: an agent's best entry; a call's agent.

    The second joins agents and tiers and sorts them by idle time, as mod_callcenter does.
    """

    ENTRY = (
        "SELECT id FROM entry JOIN tier USING (queue) WHERE tier.agent = ? AND state = 0 "
        "ORDER BY priority DESC, id LIMIT 1"
    )
    AGENT = (
        "SELECT agent.id FROM agent JOIN tier ON tier.agent = agent.id "
        "WHERE tier.queue = ? AND agent.state = 0 ORDER BY tier.level, idle_since, agent.id LIMIT 1"
    )

    def __init__(self, agents: int, waiting: int) -> None:
        self.base = sqlite3.connect(":memory:", isolation_level=None)
        self.base.executescript(
            "CREATE TABLE entry (id INTEGER PRIMARY KEY, queue INT, priority INT, state INT);"
            "CREATE TABLE agent (id INTEGER PRIMARY KEY, idle_since INT, state INT);"
            "CREATE TABLE tier (agent INT, queue INT, level INT, PRIMARY KEY (agent, queue));"
            "CREATE INDEX waits ON entry (state, queue, priority DESC, id);"
            "CREATE INDEX serves ON tier (queue, level);"
        )
        entries = ((n, n % QUEUES, priority_of(n), 0) for n in range(waiting))
        self.base.executemany("INSERT INTO entry VALUES (?, ?, ?, ?)", entries)
        people = ((agent, agent * 7 % agents, 0) for agent in range(agents))
        self.base.executemany("INSERT INTO agent VALUES (?, ?, ?)", people)
        tiers = ((agent, queue) for agent in range(agents) for queue in set(queues_of(agent)))
        self.base.executemany("INSERT INTO tier VALUES (?, ?, 1)", tiers)
        self.base.execute("ANALYZE")

    def decide(self, query: str, table: str) -> tuple[float, int]:
        """Seconds and number of decisions: find one, mark it; marks are undone afterwards."""
        mark = f"UPDATE {table} SET state = 1 WHERE id = ?"
        began, found = time.perf_counter(), []
        for number in range(QUEUES):
            found.append(self.base.execute(query, (number,)).fetchone()[0])
            self.base.execute(mark, (found[-1],))
        took = time.perf_counter() - began
        self.base.execute(f"UPDATE {table} SET state = 0 WHERE state = 1")
        return took, len(found)

    def free(self) -> tuple[float, int]:
        return self.decide(self.ENTRY, "entry")

    def call_in(self) -> tuple[float, int]:
        return self.decide(self.AGENT, "agent")


class Callcenter:
    """As mod_callcenter asks its database, which here has the indexes that it lacks: the callers
    by score, for each the agents of its queue by the time they are idle; its callback looks for
    one who waits. One agent is free, the others are in calls."""

    MEMBERS = (
        "SELECT queue, uuid, session_uuid, cid_number, cid_name, joined_epoch, "
        "base_score - joined_epoch AS score, state, serving_agent FROM members "
        "WHERE state = 'Waiting' ORDER BY base_score - joined_epoch DESC"
    )
    AGENTS = (
        "SELECT agents.name, status, contact, no_answer_count, max_no_answer, agents.state, "
        "last_bridge_end, wrap_up_time, ready_time, tiers.position, tiers.level, uuid FROM agents "
        "LEFT JOIN tiers ON agents.name = tiers.agent WHERE tiers.queue = ? "
        "AND agents.status IN ('Available', 'On Break', 'Available (On Demand)') "
        "ORDER BY level, last_bridge_end, position"
    )

    SET_AGENT = "UPDATE agents SET state = ? WHERE name = ?"
    SET_MEMBER = "UPDATE members SET state = ? WHERE uuid = ?"

    def __init__(self, agents: int, waiting: int) -> None:
        self.base = sqlite3.connect(":memory:", isolation_level=None)
        self.base.executescript(
            "CREATE TABLE members (queue, uuid PRIMARY KEY, session_uuid, cid_number, cid_name,"
            " joined_epoch INT, base_score INT, state, serving_agent);"
            "CREATE TABLE agents (name PRIMARY KEY, status, contact, no_answer_count INT,"
            " max_no_answer INT, state, last_bridge_end INT, wrap_up_time INT, ready_time INT,"
            " uuid);"
            "CREATE TABLE tiers (queue, agent, position INT, level INT);"
            "CREATE INDEX scores ON members (state, base_score - joined_epoch DESC);"
            "CREATE INDEX serves ON tiers (queue);"
        )
        callers = [
            (f"q{n % QUEUES}", f"u{n:032}", f"s{n:032}", "5551000", "", n,
             priority_of(n) * 10**6, "Waiting", "") for n in range(waiting)
        ]  # fmt: skip
        self.base.executemany("INSERT INTO members VALUES (?,?,?,?,?,?,?,?,?)", callers)
        people = [
            (f"agent{n}", "Available", f"user/{n}", 0, 3, "In a queue call", n * 7 % agents, 10,
             0, "") for n in range(agents)
        ]  # fmt: skip
        self.base.executemany("INSERT INTO agents VALUES (?,?,?,?,?,?,?,?,?,?)", people)
        tiers = [
            (f"q{queue}", f"agent{n}", 1, 1) for n in range(agents) for queue in set(queues_of(n))
        ]
        self.base.executemany("INSERT INTO tiers VALUES (?,?,?,?)", tiers)
        self.base.execute("ANALYZE")

    def free(self) -> tuple[float, int]:
        """Seconds and number of decisions: an agent is free, the first whom they fit is theirs."""
        took = 0.0
        for number in range(QUEUES):
            name = f"agent{number}"
            self.base.execute(self.SET_AGENT, ("Waiting", name))
            began = time.perf_counter()
            caller = self._first()
            self.base.execute(self.SET_AGENT, ("Receiving", name))
            self.base.execute(self.SET_MEMBER, ("Trying", caller))
            took += time.perf_counter() - began
            self.base.execute(self.SET_MEMBER, ("Waiting", caller))
        return took, QUEUES

    def _first(self) -> str:
        for member in self.base.execute(self.MEMBERS):
            for agent in self.base.execute(self.AGENTS, (member[0],)):
                if agent[5] == "Waiting":
                    return str(member[1])
        raise AssertionError("nobody fits")


def main() -> None:
    small, large = Floor(*SMALL), Floor(*LARGE)
    found, few = nanoseconds(large.decide), nanoseconds(small.decide)
    scan = nanoseconds(Scan(*LARGE).free)
    print(line("decision ns, 1000/10000 (numpy scan)", found, peer=scan, most=scan / 200))
    print(line("decision ns, 1000/10000 (50/10)", found, peer=few, most=1.3 * few))
    fact, sql = nanoseconds(large.free), Sql(*LARGE)
    entry, agent = nanoseconds(sql.free), nanoseconds(sql.call_in)
    asked = nanoseconds(Callcenter(*LARGE).free)
    print(line("agent free ns, 1000/10000 (mod_callcenter)", fact, peer=asked, most=asked / 2_000))
    print(line("agent free ns, 1000/10000 (SQLite, one query)", fact, peer=entry, most=None))
    for number, name in enumerate(acd.STRATEGIES):
        if number == acd.RING_ALL:  # rings them all: no decision
            continue
        few, many = (
            nanoseconds(Floor(size[0], 0, strategy=number).call_in) for size in (SMALL, LARGE)
        )
        if number < acd.FEWEST_CALLS:
            print(line(f"call in ns, {name}, 1000 (50)", many, peer=few, most=1.3 * few))
        else:  # these look at each READY agent of the queue
            print(line(f"call in ns, {name}, 1000 (SQLite)", many, peer=agent, most=agent / 20))
    idle = nanoseconds(Floor(LARGE[0], 0).call_in)
    print(line("call in ns, longest_idle, 1000 (SQLite)", idle, peer=agent, most=None))


@pytest.mark.parametrize(("agents", "waiting"), [SMALL, LARGE])
def test_agent_free(benchmark: Any, agents: int, *, waiting: int) -> None:
    assert benchmark(Floor(agents, waiting).free)[1] == agents // SHARE


@pytest.mark.parametrize("agents", [SMALL[0], LARGE[0]])
def test_call_in(benchmark: Any, agents: int) -> None:
    assert benchmark(Floor(agents, 0).call_in)[1] == QUEUES


@pytest.mark.parametrize("peer", [Scan, Sql])
def test_peer_agent_free(benchmark: Any, peer: type[Scan | Sql]) -> None:
    assert benchmark(peer(*LARGE).free)[1]


def test_peer_call_in(benchmark: Any) -> None:
    assert benchmark(Sql(*LARGE).call_in)[1]


if __name__ == "__main__":
    main()
