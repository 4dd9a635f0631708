"""A random day for the queue engine, told to it and to the oracle; the seed is the whole story."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from kernel.acd import engine as acd
from tests.kernel.acd.oracle_items import ItemOracle
from tests.kernel.acd.oracle_protocol import GRANTED

SKILLS = 2
OF_ITEMS = (acd.OFFER_ITEM, acd.TAKE_BACK_ITEM, acd.LEFT_ITEM)
WISHES: tuple[str, ...] = ("login", "login", "logout", "pause", "unpause", "unpause", "unpause")
WISHES += ("device", "device", "device", "leg_added", "end_wrap_up", "extend_wrap_up")


class Trace:
    """An engine and an oracle that are told the same and must answer the same."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.engines = [acd.Engine()]
        self.oracle = ItemOracle()
        self.now = 0
        self.handles: list[int] = []  # by the oracle's entry number - 1
        self.offers: list[int] = []
        self.wrap_ups: dict[int, int] = {}
        self.items: list[int] = []  # by the oracle's number - 1
        self.callbacks = self.dice.choice((0, 0.3, 0.8))  # the share of calls that are one
        self.item_weight = self.dice.choice((0, 8, 30))
        for queue in range(self.dice.randint(1, 3)):
            self.set_queue(queue)
        for agent in range(self.dice.randint(1, 7)):
            self.set_agent(agent)
            self.tell("device", agent, True)
            self.tell("login", agent)

    # ---- what happens

    def step(self) -> None:
        """Let some time go by, and one thing happen."""
        deadline = self.oracle.next_deadline()
        ahead = self.dice.choice((0, 0, 0, 1, 7, 60))
        if deadline is not None and self.dice.random() < 0.3:
            self.now = max(self.now, deadline - self.dice.randint(0, 1))
        elif deadline is not None and self.dice.random() < 0.9:
            self.now = max(self.now, min(deadline, self.now + ahead))
        else:  # the loop was late
            self.now += ahead
        things, weights = zip(*self.things(), strict=True)
        self.dice.choices(things, weights)[0]()

    def things(self) -> Sequence[tuple[Callable[[], None], float]]:
        return (
            (self.call, 20),
            (self.wire, 45),
            (self.advance, 15),
            (self.agent, 12),
            (self.hang_up, 6),
            (self.customer, self.callbacks * 100),
            (self.item, self.item_weight),
            (self.new_day, 1),
            (self.reload, 1),
            (self.fork, 1),
        )

    def call(self) -> None:
        known = [number for number, queue in self.oracle.queues.items() if queue.is_known]
        if known:
            choice = self.dice.choice
            agent = choice(sorted(self.oracle.agents)) if self.dice.random() < 0.3 else -1
            given = choice(known), choice((0, 0, 0, 5, -2)), choice((0, 0, 0, 30, 300))
            kept_ms = choice((0, 20, 100))
            fact = "enter_callback" if self.dice.random() < self.callbacks else "enter"
            numbers = [
                getattr(side, fact)(self.now, *given, agent, kept_ms) for side in self.sides()
            ]
            assert len(set(numbers[:-1])) == 1
            self.handles.append(numbers[0])
            assert numbers[-1] == len(self.handles)
            self.compare()

    def customer(self) -> None:
        """A customer answers or is gone; mostly one who could, sometimes anybody."""
        dialled = [number for number, one in self.oracle.entries.items() if one.customer > 1]
        if self.handles:
            newest = len(self.handles)
            number = self.dice.choice([*dialled, self.dice.randint(max(1, newest - 6), newest)])
            fact = "customer_answered" if self.dice.random() < 0.5 else "customer_gone"
            for engine in self.engines:
                getattr(engine, fact)(self.now, self.handles[number - 1])
            getattr(self.oracle, fact)(self.now, number)
            self.compare()

    def hang_up(self) -> None:
        if self.handles:
            newest = len(self.handles)
            number = self.dice.randint(max(1, newest - 12), newest)
            outcome = self.dice.choice((acd.ABANDONED, acd.EXITED))
            for engine in self.engines:
                engine.leave(self.now, self.handles[number - 1], outcome)
            self.oracle.leave(self.now, number, outcome)
            self.compare()

    def item(self) -> None:
        """An item comes, or somebody says something about one of the last."""
        what, choice = self.dice.random(), self.dice.choice
        if what < 0.4 or not self.items:
            known = [number for number, queue in self.oracle.queues.items() if queue.is_known]
            if known:
                given = choice(known), choice((0, 0, 3, -1)), choice((1, 1, 2, 7))
                handles = {engine.enter_item(self.now, *given) for engine in self.engines}
                assert len(handles) == 1
                self.items.append(handles.pop())
                assert self.oracle.enter_item(self.now, *given) == len(self.items)
                self.compare()
            return
        number = self.dice.randint(max(1, len(self.items) - 8), len(self.items))
        row = self.oracle.items.get(number)
        of_agent = row.agent if row and row.agent >= 0 else choice(sorted(self.oracle.agents))
        asked = (number, of_agent) if what < 0.8 else (number,)
        fact = next(
            name
            for most, name in ((0.7, "taken"), (0.8, "refused"), (0.95, "done"), (1, "cancelled"))
            if what < most
        )
        said = [
            getattr(side, f"item_{fact}")(self.now, handle, *asked[1:])
            for side, handle in self.by_handle(number)
        ]
        assert len(set(said)) == 1
        self.compare()

    def by_handle(self, number: int) -> list[tuple[Any, int]]:
        return [(side, self.items[number - 1]) for side in self.engines] + [(self.oracle, number)]

    def wire(self) -> None:
        """A phone says something: mostly what it would say now, sometimes about an old offer."""
        if not self.offers:
            return
        offer = self.dice.choice(self.offers[-8:])
        one = self.oracle.find(offer)
        answers = 0.15 if one is None or one.state >= GRANTED else 0.6
        what = self.dice.random()
        if what < answers:
            self.tell("answered", offer)
        elif what < 0.7:
            self.tell("bridged", offer)
        else:
            refused, lost = self.dice.random() < 0.4, self.dice.random() < 0.05
            self.tell("released", offer, refused=refused, lost=lost)

    def agent(self) -> None:
        number = self.dice.choice(sorted(self.oracle.agents))
        agent = self.oracle.agents[number]
        if agent.legs and self.dice.random() < 0.6:
            if self.dice.random() < 0.8:
                self.tell("talk_ended", number, self.dice.choice((0, 40, 200)))
            self.tell("leg_removed", number)
            return
        what = self.dice.choice(WISHES)
        given: tuple[Any, ...] = ()
        if what == "device":
            given = (self.dice.random() < 0.8,)
        elif what == "extend_wrap_up":
            given = (self.now + self.dice.choice((0, 10, 300)),)
        self.tell(what, number, *given)

    def new_day(self) -> None:
        if self.dice.random() < 0.3:
            self.tell("new_day")

    def advance(self) -> None:
        self.tell("advance")

    def reload(self) -> None:
        what = self.dice.random()
        if what < 0.4:
            self.set_queue(self.dice.randint(0, 3))
        elif what < 0.45:
            self.set_seed()
        elif what < 0.85:
            self.set_agent(self.dice.randint(0, 8))
        else:
            self.drop("queue" if what < 0.92 else "agent")
        if self.dice.random() < 0.5:  # questions change nothing: one engine is asked
            assert self.engines[0].check() == []

    def drop(self, kind: str) -> None:
        table: dict[int, Any] = getattr(self.oracle, kind + "s")
        number = self.dice.choice(sorted(table))
        for side in self.sides():
            getattr(side, "drop_" + kind)(number, self.now)
        self.compare()

    def fork(self) -> None:
        """From here on, an engine restored from a snapshot is told everything as well."""
        restored = acd.Engine()
        restored.restore(self.engines[0].snapshot())
        assert restored.snapshot() == self.engines[0].snapshot()
        self.engines = [self.engines[0], restored]

    # ---- configuration

    def levels(self) -> list[int]:
        return [self.dice.choice((0, 0, 1, 2)) for _ in range(self.dice.randint(0, SKILLS))]

    def set_queue(self, queue: int) -> None:
        choice = self.dice.choice
        steps = sorted(self.dice.sample(range(10, 200), self.dice.randint(0, 2)))
        settings: dict[str, Any] = {
            "strategy": self.dice.randrange(len(acd.STRATEGIES)),
            "offer_ms": choice((20, 50)),
            "wrap_up_ms": 0,
            "retry_ms": choice((0, 30, 100)),
            "confirm_ms": 15,
            "release_ms": 10,
            "max_wait_ms": choice((0, 0, 150, 600)),
            "misses_max": choice((0, 1, 3)),
            "levels": self.levels(),
            "relax": [(after_ms, self.levels()) for after_ms in steps],
            "leave_when_empty": choice((False, False, True)),
            "ageing_ms": choice((0, 0, 40, 100)),
            "weight": choice((1, 1, 2, 7)),
            "dial_ms": choice((10, 30)),
            "callback_retry_ms": choice((5, 60)),
            "callback_tries": choice((1, 2, 3)),
        }
        for side in self.sides():
            side.set_queue(queue, **settings)

    def set_agent(self, agent: int) -> None:
        queues = [queue for queue in range(4) if self.dice.random() < 0.7]
        settings: dict[str, Any] = {
            "order": self.dice.randint(0, 2),
            "levels": self.levels(),
            "queues": queues,
            "weight": self.dice.choice((1, 1, 4)),
            "after": {queue: self.dice.choice((0, 0, 0, 50)) for queue in queues},
            "capacity": {
                kind: self.dice.choice((0, 1, 3)) for kind in self.dice.sample((1, 2, 7), 2)
            },
        }
        for side in self.sides():
            side.set_agent(agent, **settings)

    def set_seed(self) -> None:
        seed = self.dice.getrandbits(64)
        for side in self.sides():
            side.set_seed(seed)

    # ---- telling and comparing

    def sides(self) -> list[Any]:
        return [*self.engines, self.oracle]

    def tell(self, what: str, *given: Any, **named: Any) -> None:
        if what != "end_wrap_up":
            self.wrap_ups = {n: agent.wrap_up_until for n, agent in self.oracle.agents.items()}
        for side in self.sides():
            getattr(side, what)(self.now, *given, **named)
        self.compare()

    def compare(self) -> None:
        self.oracle.look()
        expected, self.oracle.log = self.oracle.log, []
        self.offers += [offer for kind, _, _, offer, _ in expected if kind == acd.RING]
        for engine in self.engines:
            assert [
                (
                    kind,
                    entry >> 15 if entry >= 0 else entry,
                    agent,
                    offer >> 15 if kind in OF_ITEMS else offer,
                    value,
                )
                for kind, entry, agent, offer, value in engine.actions()
            ] == expected
            self.compare_tables(engine)
            assert engine.check() == []
        assert len({engine.digest() for engine in self.engines}) == 1

    def compare_tables(self, engine: acd.Engine) -> None:
        assert engine.next_deadline() == self.oracle.next_deadline()
        for number, agent in self.oracle.agents.items():
            assert engine.standing(number) == agent.standing
            assert engine.wrap_up_until(number) == agent.wrap_up_until
            assert engine.wrap_up_until(number) >= self.wrap_ups.get(number, 0)
            assert engine.misses(number) == agent.misses
            assert engine.today(number) == self.oracle.today(number)
            if self.now % 4 == 0:
                following = engine.next_entry(number)
                assert (following and following >> 15) == self.oracle.next_entry(number)
        for number, entry in self.oracle.entries.items():
            assert engine.tries(self.handles[number - 1]) == entry.tries
            assert engine.entry_state(self.handles[number - 1]) == entry.state
        for number, item in self.oracle.items.items():
            assert engine.item_state(self.items[number - 1]) == (item.state, item.agent)
        self.wrap_ups = {}
        for number, queue in self.oracle.queues.items():
            inside = self.oracle.in_queue(number)
            waiting = [entry for entry in inside if entry.state != acd.ENTRY_GRANTED]
            assert [entry >> 15 for entry in engine.waiting(number)] == [
                entry.number for entry in waiting
            ]
            for position, handle in enumerate(engine.waiting(number), 1):
                assert engine.position(handle) == position
            assert engine.length(number) == len(inside)
            assert engine.counts(number) == tuple(queue.counts)
            assert engine.staffed(number) == self.oracle.staffed(number)
            oldest = min((entry.entered for entry in waiting), default=None)
            assert engine.longest_wait_since(number) == oldest
