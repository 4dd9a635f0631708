"""What holds in the engine after every event, whatever happens: a day that hypothesis makes up."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kernel.acd import engine as acd
from tests.kernel.acd.floor import SETTINGS

AGENTS = range(4)
QUEUES = range(3)
STEP_MS = 50
KEPT_OUT = {
    acd.WHY_NOT.index(name)
    for name in ("not_in_queue", "skill_missing", "reserved", "another_preferred", "passed")
}
Agents = st.sampled_from(AGENTS)

queue_settings = st.fixed_dictionaries(
    {
        "strategy": st.integers(0, len(acd.STRATEGIES) - 1),
        "offer_ms": st.just(40),
        "retry_ms": st.sampled_from([0, 60]),
        "max_wait_ms": st.sampled_from([0, 400]),
        "misses_max": st.sampled_from([0, 2]),
        "levels": st.sampled_from([[], [1]]),
        "relax": st.sampled_from([[], [(STEP_MS, [])]]),
        "leave_when_empty": st.booleans(),
        "ageing_ms": st.sampled_from([0, 30, 70]),
        "weight": st.sampled_from([1, 3]),
        "dial_ms": st.just(40),
        "callback_retry_ms": st.sampled_from([20, 200]),
        "callback_tries": st.sampled_from([1, 2, 5]),
    }
)
agent_settings = st.fixed_dictionaries(
    {
        "order": st.integers(0, 1),
        "levels": st.sampled_from([[], [1]]),
        "queues": st.sampled_from([[0], [0, 1], [1, 2], [0, 1, 2]]),
        "weight": st.sampled_from([1, 5]),
        "is_reserved": st.booleans(),
        "capacity": st.sampled_from([{}, {1: 1}, {1: 2, 2: 1}]),
    }
)


class Day(RuleBasedStateMachine):
    """An engine, a log of what it was told, and what it must have thought of each."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.log: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.engine = acd.Engine()
        self.twin: acd.Engine | None = None  # restored from a snapshot on the way
        self.standings = dict.fromkeys(AGENTS, acd.LOGGED_OUT)
        self.wrap_ups = dict.fromkeys(AGENTS, 0)
        self.legs = dict.fromkeys(AGENTS, 0)
        self.offers: dict[int, int] = {}  # agent -> the last offer
        self.entries: dict[int, tuple[int, int, int]] = {}  # entry -> queue, priority, place
        self.left: set[int] = set()
        self.queues: list[dict[str, Any]] = []
        self.items: dict[int, int] = {}  # item -> the agent who is offered it or has it, or -1
        self.dialled: dict[int, int] = {}  # entry -> the agent who waits for its customer

    def tell(self, what: str, *given: Any, **named: Any) -> Any:
        """A fact for the engine, and for its twin; what it answered."""
        self.log.append((what, given, named))
        if self.twin is not None:
            getattr(self.twin, what)(*given, **named)
            self.twin.actions()
        return getattr(self.engine, what)(*given, **named)

    def fact(self, what: str, *given: Any, **named: Any) -> Any:
        """A fact at this moment; then every action is looked at."""
        answer = self.tell(what, self.now, *given, **named)
        for action in self.engine.actions():
            self.look_at(*action, is_alone=what != "advance")
        return answer

    def look_at(
        self, kind: int, entry: int, agent: int, offer: int, value: int, *, is_alone: bool
    ) -> None:
        if kind == acd.STANDING:
            if value == acd.OFFERED:  # (3) and (6): only who is free, in every queue
                assert self.standings[agent] == acd.READY
            self.standings[agent] = value
        elif kind == acd.OFFER_ITEM:  # to who is free of calls, and by one at a time
            assert self.standings[agent] == acd.READY
            assert self.items.get(offer, -1) == -1
            self.items[offer] = agent
        elif kind == acd.TAKE_BACK_ITEM:
            assert self.items[offer] == agent
            self.items[offer] = -1
        elif kind == acd.LEFT_ITEM:
            assert self.items.pop(offer, -1) == agent
        elif kind == acd.DIAL:  # (the protocol's 8) once at a time, each for another agent
            assert entry not in self.dialled
            assert agent not in self.dialled.values()
            assert value <= self.queues[self.entries[entry][0]]["callback_tries"]
            self.dialled[entry] = agent
        elif kind == acd.RELEASE and agent < 0:
            self.dialled.pop(entry, None)
        elif kind == acd.RING:
            self.offers[agent] = offer
            if is_alone:
                self.was_right(entry, agent)
        elif kind == acd.CONFIRMED:
            self.legs[agent] += 1
        elif kind == acd.LEFT:  # (4) counted once
            assert entry not in self.left
            self.left.add(entry)

    def merit(self, entry: int) -> tuple[Fraction, int, int]:
        queue, priority, place = self.entries[entry]
        wait = self.queues[queue]["weight"] * (self.now - place)
        ageing_ms = self.queues[queue]["ageing_ms"]
        return priority + (Fraction(wait, ageing_ms) if ageing_ms else Fraction(0)), wait, -entry

    def was_right(self, entry: int, agent: int) -> None:
        """(5) first come, first served; (7) weights: of those whom this agent may take."""
        for queue in QUEUES:
            for other in self.engine.waiting(queue):
                reasons = dict(self.engine.why_not(other))
                is_waiting = self.engine.entry_state(other) == acd.ENTRY_WAITING
                if is_waiting and other in self.entries and reasons.get(agent) not in KEPT_OUT:
                    assert self.merit(entry) > self.merit(other)

    # ---- what happens

    @initialize(
        queues=st.lists(queue_settings, min_size=3, max_size=3),
        agents=st.lists(agent_settings, min_size=4, max_size=4),
        seed=st.integers(0, (1 << 64) - 1),
    )
    def set_up(self, queues: list[dict[str, Any]], agents: list[dict[str, Any]], seed: int) -> None:
        self.queues = queues
        self.tell("set_seed", seed)
        for number, queue in enumerate(queues):
            self.tell("set_queue", number, **{**SETTINGS, "release_ms": 20, **queue})
        for number, agent in enumerate(agents):
            given = {name: value for name, value in agent.items() if name != "is_reserved"}
            after = {agent["queues"][0]: STEP_MS} if agent["is_reserved"] else {}
            self.tell("set_agent", number, **given, after=after)
            self.fact("device", number, True)
            self.fact("login", number)

    @rule(ms=st.sampled_from([0, 1, 10, 50, 200]))
    def time_passes(self, ms: int) -> None:
        self.now += ms
        self.fact("advance")

    @rule(
        queue=st.sampled_from(QUEUES),
        priority=st.integers(-1, 2),
        credit_ms=st.sampled_from([0, 0, 100]),
        preferred=st.sampled_from([-1, -1, *AGENTS]),
        fact=st.sampled_from(["enter", "enter", "enter_callback"]),
    )
    def a_call_comes(
        self, queue: int, priority: int, credit_ms: int, preferred: int, fact: str
    ) -> None:
        newest = max(self.entries, default=0)
        first_serial = (newest >> 15) + 1
        # its number is known before it rings: the next serial, in the lowest free slot
        taken = {entry & 0x7FFF for entry in self.entries if entry not in self.left}
        slot = next(n for n in range(len(taken) + 1) if n not in taken)
        number = first_serial << 15 | slot
        self.entries[number] = queue, priority, self.now - credit_ms
        assert self.fact(fact, queue, priority, credit_ms, preferred, 60) == number

    @precondition(lambda self: self.dialled)
    @rule(pick=st.integers(0, 3), is_there=st.booleans())
    def a_customer_says(self, pick: int, is_there: bool) -> None:
        entry = sorted(self.dialled)[pick % len(self.dialled)]
        del self.dialled[entry]
        self.fact("customer_answered" if is_there else "customer_gone", entry)

    @precondition(lambda self: self.entries)
    @rule(pick=st.integers(0, 3))
    def a_customer_is_gone(self, pick: int) -> None:
        entry = sorted(self.entries)[-1 - pick % len(self.entries)]
        self.dialled.pop(entry, None)
        self.fact("customer_gone", entry)

    @rule(queue=st.sampled_from(QUEUES), priority=st.integers(-1, 1), kind=st.integers(1, 2))
    def an_item_comes(self, queue: int, priority: int, kind: int) -> None:
        item = self.fact("enter_item", queue, priority, kind)
        self.items.setdefault(item, -1)

    @precondition(lambda self: self.items)
    @rule(
        pick=st.integers(0, 3),
        what=st.sampled_from(["taken", "taken", "refused", "done", "cancelled"]),
    )
    def somebody_says_of_an_item(self, pick: int, what: str) -> None:
        item = sorted(self.items)[pick % len(self.items)]
        whose = (max(self.items[item], 0),) if what in ("taken", "refused") else ()
        self.fact(f"item_{what}", item, *whose)

    @precondition(lambda self: self.offers)
    @rule(agent=Agents, what=st.sampled_from(["answered", "bridged", "talk", "refused", "lost"]))
    def a_phone_says(self, agent: int, what: str) -> None:
        offer = self.offers.get(agent, 1)
        if what in ("answered", "talk"):
            self.fact("answered", offer)
        if what in ("bridged", "talk"):
            self.fact("bridged", offer)
        if what in ("refused", "lost"):
            self.fact("released", offer, refused=what == "refused", lost=what == "lost")

    @rule(agent=Agents, wrap_up_ms=st.sampled_from([0, 30]))
    def a_talk_ends(self, agent: int, wrap_up_ms: int) -> None:
        if self.legs[agent]:
            self.legs[agent] -= 1
            self.fact("talk_ended", agent, wrap_up_ms)
            self.fact("leg_removed", agent)

    @rule(agent=Agents, what=st.sampled_from(["login", "logout", "pause", "unpause", "leg_added"]))
    def an_agent_does(self, agent: int, what: str) -> None:
        self.legs[agent] += what == "leg_added"
        self.fact(what, agent)

    @rule(agent=Agents, up=st.booleans())
    def a_device_comes_or_goes(self, agent: int, up: bool) -> None:
        self.fact("device", agent, up)

    @rule(agent=Agents, ms=st.sampled_from([0, 100]))
    def wrap_up_goes_on(self, agent: int, ms: int) -> None:
        self.fact("extend_wrap_up", agent, self.now + ms)

    @rule(agent=Agents)
    def wrap_up_is_ended(self, agent: int) -> None:
        self.wrap_ups[agent] = 0
        self.fact("end_wrap_up", agent)

    @rule()
    def a_day_begins(self) -> None:
        self.fact("new_day")
        assert all(self.engine.today(agent) == (0, 0, 0, 0) for agent in AGENTS)

    @rule(outcome=st.sampled_from([acd.ABANDONED, acd.EXITED]), pick=st.integers(0, 7))
    def a_caller_leaves(self, outcome: int, pick: int) -> None:
        here = sorted(self.entries.keys() - self.left)
        if here:
            self.fact("leave", here[pick % len(here)], outcome)

    @precondition(lambda self: self.twin is None)
    @rule()
    def a_twin_is_restored(self) -> None:
        twin = acd.Engine()
        twin.restore(self.engine.snapshot())
        self.twin = twin

    # ---- what holds

    @invariant()
    def the_tables_are_sound(self) -> None:
        assert self.engine.check() == []  # (1) nobody waits for a READY agent, (3) deadlines

    @invariant()
    def every_visit_has_one_outcome_or_waits(self) -> None:
        for queue, _ in enumerate(self.queues):  # (2)
            entered, *outcomes = self.engine.counts(queue)
            assert entered == sum(outcomes) + self.engine.length(queue)
        assert len(self.entries) - len(self.left) == sum(
            self.engine.length(queue) for queue, _ in enumerate(self.queues)
        )

    @invariant()
    def every_item_is_where_it_was_last_said_to_be(self) -> None:
        for item, agent in self.items.items():
            assert self.engine.item_state(item)[1] == agent
        for queue, _ in enumerate(self.queues):
            entered, *ends = self.engine.item_counts(queue)
            assert 0 <= entered - sum(ends) <= len(self.items)

    @invariant()
    def wrap_up_is_never_cut_short(self) -> None:
        for agent in AGENTS if self.queues else ():  # (6)
            until = self.engine.wrap_up_until(agent)
            assert until >= self.wrap_ups[agent]
            self.wrap_ups[agent] = until
            if until > self.now:
                assert self.standings[agent] != acd.READY

    def teardown(self) -> None:
        if not self.queues:
            return
        again = acd.Engine()
        for what, given, named in self.log:  # (8) the same log, the same day
            getattr(again, what)(*given, **named)
        assert again.digest() == self.engine.digest()
        assert self.twin is None or self.twin.digest() == self.engine.digest()
        for _ in range(20):  # (3) each reservation ends, without a word from any phone
            self.now += 1_000_000
            self.fact("advance")
            for agent in AGENTS:
                self.fact("device", agent, False)
        assert acd.OFFERED not in self.standings.values()


TestDay = Day.TestCase
TestDay.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
