"""A world around an exchange: callers, phones and the media thread, with all they may do wrong.

They hang up at any moment, refuse, do not answer, answer too late, vanish, hold, transfer. After
every event what must hold between the exchange and this world is looked at.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable

from pbx.call import Call
from pbx.commands import Bridge, CheckPin, Command, Release, Ring, Say
from pbx.events import (
    Answered,
    Bridged,
    Digit,
    Fact,
    Held,
    LoginAsked,
    LogoutAsked,
    PauseAsked,
    PinChecked,
    Played,
    RecordAsked,
    RecordingFailed,
    Released,
    Retrieved,
    TransferAsked,
    TransferWished,
    TrunkFound,
    TrunkLost,
    UnpauseAsked,
)
from pbx.stay.recorder import ACTIONS
from tests.pbx.sites import Desk

AGENTS, QUEUES = 8, 3
ANSWERS = ("false", "true", "false")
NUMBERS = (
    "100", "101", "102", "104", "201", "205", "95551", "77", "*8", "*12", "*11", "*78", "*79",
)  # fmt: skip


def a_site(zone: str = "UTC") -> str:
    """Three queues of different habits, eight agents with skills."""
    parts = [f'[site]\ntimezone = "{zone}"\n[trunk.gateway]\nhost = "192.0.2.1"\nchannels = 20\n']
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
            f'exit_keys = {{ "1" = "menu:main", "2" = "extension:201" }}\n'
            f'record = "{("never", "on_demand", "always")[number]}"\nbusy_after_s = 15\n'
            f"announce = {{ position = true, every_s = 10, agent_number = {ANSWERS[number]} }}\n"
            f'[[route]]\nfrom = "any"\ncalled = "10{number}"\nto = "queue:q{number}"\n'
        )
    parts.append(
        '[menu.main]\nprompt = "welcome"\nretries = 1\notherwise = "queue:q2"\n'
        'keys = { "1" = "queue:q0", "2" = "group:desk", "3" = "menu:main" }\n'
        '[group.desk]\nmembers = ["201", "202", "203"]\nring_s = 9\notherwise = "announce:closed"\n'
        '[trunk.spare]\nhost = "192.0.2.2"\n'
        '[[route]]\nfrom = "any"\ncalled = "104"\nto = "menu:main"\n'
        '[[route]]\nfrom = "extensions"\ncalled = "9*"\nto = "trunk:gateway,spare"\n'
    )
    return "".join(parts)


class World:
    """The far ends of every leg, and a clock of things they will do; a caller each `between_ms`."""

    def __init__(self, seed: int, *, zone: str = "UTC", between_ms: int = 4_000) -> None:
        self.random = random.Random(seed)
        self.desk = Desk(a_site(zone))
        self.between_ms = between_ms
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
            elif isinstance(command, Say):
                self.plan(self.random.uniform(500, 4_000), self.played(command))
            elif isinstance(command, CheckPin):
                correct = self.random.random() < 0.5
                self.plan(2_000, self.of(command.leg, PinChecked(command.leg, correct)))
            elif isinstance(command, Bridge):
                self.plan(self.random.choice((0, 0, 3)), self.bridged(command))
        self.check()

    def bridged(self, command: Bridge) -> Callable[[], None]:
        def act() -> None:
            if command.leg in self.alive and command.other in self.alive:
                self.put(Bridged(command.leg, command.other))

        return act

    def played(self, command: Say) -> Callable[[], None]:
        return self.of(command.leg, Played(command.leg, command.play))

    def of(self, leg: int, fact: Fact) -> Callable[[], None]:
        return lambda: self.says(leg, fact)

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
            if self.random.random() < 0.2:
                to = self.random.choice(NUMBERS)
                self.plan(self.random.uniform(0, 9_000), lambda: self.transfers(leg, to))

    def transfers(self, leg: int, to: str) -> None:
        """A phone transfers its call: to a number, or to what its other leg talks with."""
        if leg not in self.alive:
            return
        party = self.desk.exchange.state.legs[leg].party
        legs = self.desk.exchange.state.legs.values()
        others = [each.number for each in legs if each.party == party and each.number != leg]
        other = self.random.choice(others) if others and self.random.random() < 0.7 else 0
        self.put(TransferAsked(leg, to, other))

    def caller(self) -> None:
        if self.random.random() < 0.2:
            source = f"extension:{201 + self.random.randrange(AGENTS)}"
            leg = self.desk.call(self.random.choice(NUMBERS), source)
        else:
            leg = self.desk.call(self.random.choice(("100", "101", "102", "104")))
        self.alive.add(leg)
        for _ in range(self.random.randrange(3)):
            key = Digit(leg, self.random.choice("1239#"))
            self.plan(self.random.uniform(0, 20_000), self.of(leg, key))
        self.react(self.desk.said)
        self.plan(self.random.expovariate(1 / 60_000), lambda: self.gone(leg))
        self.plan(self.random.expovariate(1 / self.between_ms), self.caller)

    def supervisor(self) -> None:
        agent = str(2001 + self.random.randrange(AGENTS))
        calls = [call.id for call in self.desk.exchange.state.calls.values()] or [""]
        call = self.random.choice(calls)
        wishes: list[Fact] = [
            PauseAsked(agent), UnpauseAsked(agent), UnpauseAsked(agent), LogoutAsked(agent),
            LoginAsked(agent), TransferWished(call, self.random.choice(NUMBERS)),
            RecordAsked(call, self.random.choice(ACTIONS)), RecordingFailed(call, "disk full"),
            TrunkLost("gateway", "silent"), TrunkFound("gateway"),
        ]  # fmt: skip
        self.put(self.random.choice(wishes))
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
            assert call.recording.file == "" or call.recording.is_told, "recorded without a notice"
            if call.ended_ms < 0:
                self.is_somewhere(call)
            assert call.caller in call.legs
        for record in state.agents.values():
            if record.state == "talking":
                assert record.call in state.calls

    def is_given_over(self, call: Call) -> bool:
        """Whether what a consultation rang rings on for the call it was given to; it stays until
        that is decided (semi-attended transfer)."""
        calls = self.desk.exchange.state.calls.values()
        return any(each.transfer and each.transfer.beside == call.caller for each in calls)

    def is_somewhere(self, call: Call) -> None:
        """No running call is forgotten: it waits, hears something, rings or talks."""
        here = call.visit or call.hunt.legs or call.stay or call.partner
        assert here or self.is_given_over(call), f"{call.id} is nowhere"
        if call.stay is not None and call.stay.kind in ("announce", "notice", "greet"):
            assert call.play, f"{call.id} waits for a prompt that is not played"
        if not call.visit and not call.stay and call.partner:
            assert call.partner in self.desk.exchange.state.legs, f"{call.id} talks to nobody"
