"""Whole days of seeded traffic: after every event the invariants hold, and a follower agrees.

Callers, phones and the media thread are played here, with everything they may do wrong: they
hang up at any moment, refuse, do not answer, answer too late, vanish, hold. A failure names its
seed, and the seed repeats it.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from typing import Any

import pytest

from pbx.codec import decode, encode
from pbx.commands import Bridge, Command, Release, Ring
from pbx.events import (
    Answered,
    Bridged,
    Fact,
    Held,
    LoginAsked,
    LogoutAsked,
    PauseAsked,
    Released,
    Retrieved,
    Stopped,
    UnpauseAsked,
)
from pbx.exchange import Exchange
from pbx.notes import CallClosed, QueueEntered, QueueLeft
from pbx.state import State
from tests.pbx.sites import Desk

AGENTS, QUEUES = 8, 3
HOUR_MS = 3_600_000


def a_site() -> str:
    """Three queues of different habits, eight agents with skills."""
    parts = ['[trunk.gateway]\nhost = "192.0.2.1"\n']
    for number in range(AGENTS):
        parts.append(f'[extension.{201 + number}]\ncontact = "sip:192.0.2.{number + 10}"\n')
        queues = [f"q{q}" for q in range(QUEUES) if (number + q) % 3 != 0]
        parts.append(
            f'[agent.{2001 + number}]\nextension = "{201 + number}"\nqueues = {queues}\n'
            f"skills = {{ s0 = {number % 4}, s1 = {(number + 1) % 3} }}\n"
        )
    strategies = ("longest_idle", "round_robin", "linear")
    for number in range(QUEUES):
        overflow = f'overflow = "queue:q{number + 1}"\n' if number + 1 < QUEUES else ""
        parts.append(
            f'[queue.q{number}]\nstrategy = "{strategies[number]}"\npriority = {number}\n'
            f"skills = {{ s0 = {number} }}\nrelax = [{{ after_s = 20, skills = {{ s0 = 0 }} }}]\n"
            f"wrap_up_s = {number * 5}\nmax_wait_s = {60 + 60 * number}\nmax_length = 20\n"
            f"{overflow}"
            f'[[route]]\nfrom = "any"\ncalled = "10{number}"\nto = "queue:q{number}"\n'
        )
    return "".join(parts)


class World:
    """The far ends of every leg, and a clock of things they will do."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.desk = Desk(a_site())
        self.plans: list[tuple[int, int, Callable[[], None]]] = []
        self.planned = 0
        self.alive: set[int] = set()
        self.released: set[int] = set()

    def plan(self, after_ms: float, act: Callable[[], None]) -> None:
        self.planned += 1
        heapq.heappush(self.plans, (self.desk.now + round(after_ms), self.planned, act))

    def put(self, fact: Fact) -> None:
        self.react(self.desk.put(fact))

    def react(self, commands: list[Command]) -> None:
        for command in commands:
            if isinstance(command, Ring):
                self.alive.add(command.leg)
                self.rings(command.leg)
            elif isinstance(command, Release):
                self.releases(command.leg)
            elif isinstance(command, Bridge):
                self.plan(self.random.choice((0, 0, 3)), self.bridged(command))
        self.check()

    def bridged(self, command: Bridge) -> Callable[[], None]:
        def act() -> None:
            if command.leg in self.alive and command.other in self.alive:
                self.put(Bridged(command.leg, command.other))

        return act

    def gone(self, leg: int, code: int = 0, *, far: bool = True) -> None:
        if leg in self.alive:
            self.alive.discard(leg)
            self.put(Released(leg, 16 if code in (0, 487) else 17, code, far))

    def releases(self, leg: int) -> None:
        """The wire obeys: soon, late, or after an answer that crossed."""
        if leg not in self.alive or leg in self.released:
            return
        self.released.add(leg)
        chance = self.random.random()
        if chance < 0.1:
            self.plan(1, lambda: self.says(leg, Answered(leg)))
        self.plan(self.random.choice((2, 2, 2, 500, 6_000)), lambda: self.gone(leg, 487, far=False))

    def says(self, leg: int, fact: Fact) -> None:
        """A fact of a leg, if there still is one."""
        if leg in self.alive:
            self.put(fact)

    def rings(self, leg: int) -> None:
        """A phone: mostly answers, sometimes refuses, is let ring, or is dead."""
        chance = self.random.random()
        if chance < 0.7:
            self.plan(self.random.uniform(0, 14_000), lambda: self.lift(leg))
        elif chance < 0.85:
            code = self.random.choice((486, 603, 480, 408, 503))
            self.plan(self.random.uniform(0, 9_000), lambda: self.gone(leg, code))

    def lift(self, leg: int) -> None:
        if leg in self.alive:
            self.put(Answered(leg))
            self.plan(self.random.expovariate(1 / 40_000), lambda: self.gone(leg))
            if self.random.random() < 0.2:
                self.plan(500, lambda: self.says(leg, Held(leg)))
                self.plan(3_000, lambda: self.says(leg, Retrieved(leg)))

    def caller(self) -> None:
        leg = self.desk.call(f"10{self.random.randrange(QUEUES)}")
        self.alive.add(leg)
        self.react(self.desk.said)
        self.plan(self.random.expovariate(1 / 60_000), lambda: self.gone(leg))
        self.plan(self.random.expovariate(1 / 4_000), self.caller)

    def supervisor(self) -> None:
        agent = str(2001 + self.random.randrange(AGENTS))
        wishes: list[Any] = [PauseAsked, UnpauseAsked, UnpauseAsked, LogoutAsked, LoginAsked]
        self.put(self.random.choice(wishes)(agent))
        self.plan(self.random.expovariate(1 / 20_000), self.supervisor)

    def run(self, until_ms: int) -> None:
        self.plan(0, self.caller)
        self.plan(5_000, self.supervisor)
        while True:
            deadline = self.desk.exchange.next_deadline()
            planned = self.plans[0][0] if self.plans else until_ms
            if min(planned, until_ms if deadline is None else deadline) >= until_ms:
                return
            if deadline is not None and deadline < planned:
                self.desk.now = max(deadline, self.desk.now)
                self.react(self.desk.put(None))
            else:
                at, _, act = heapq.heappop(self.plans)
                self.desk.now = at
                act()

    def check(self) -> None:
        """What must hold between the exchange and the world it sees."""
        state = self.desk.exchange.state
        assert set(state.legs) == self.alive
        for call in state.calls.values():
            assert all(leg in state.legs for leg in call.legs)
            assert call.caller in call.legs
        for record in state.agents.values():
            if record.state == "talking":
                assert record.call in state.calls


@pytest.mark.parametrize("seed", range(8))
def test_an_hour_of_trouble_leaves_one_record_for_each_call_and_every_agent_sound(
    seed: int,
) -> None:
    world = World(seed)
    world.run(HOUR_MS)
    desk = world.desk
    desk.put(Stopped())
    assert not desk.exchange.state.legs
    records = desk.of(CallClosed)
    assert len(records) == desk.legs > 600
    assert len({record.call for record in records}) == len(records)
    entered, left = desk.of(QueueEntered), desk.of(QueueLeft)
    assert len(entered) == len(left)
    assert not desk.exchange.state.calls and not desk.exchange.state.entries


@pytest.mark.parametrize("seed", range(3))
def test_a_follower_fed_the_encoded_records_says_the_same_and_takes_over_anywhere(
    seed: int,
) -> None:
    world = World(seed)
    world.run(600_000)
    facts = world.desk.facts
    chosen = random.Random(seed)
    handover = chosen.randrange(len(facts))
    owner, follower = Exchange(State(group="t")), Exchange(State(group="t"))
    for place, (now, fact) in enumerate(facts):
        copy = decode(encode(fact)) if fact is not None else None
        expected = owner.tick(now) if fact is None else owner.handle(fact, now)
        if place == handover:
            follower = Exchange.restored(follower.snapshot())
        found = follower.tick(now) if copy is None else follower.handle(copy, now)
        assert found == expected, f"record {place} of seed {seed}"
        assert follower.take_notes() == owner.take_notes()
    assert follower.digest() == owner.digest() == world.desk.exchange.digest()
    assert follower.snapshot() == owner.snapshot()
