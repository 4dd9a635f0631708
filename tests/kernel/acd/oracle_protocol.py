"""The offer protocol in the plainest Python: its tables as objects, its moves as scans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count

from kernel.acd import engine as acd
from tests.kernel.acd.oracle_strategies import BY_LOT, GOLDEN, STRATEGIES, WORD, in_order

RINGING, GRANTED, WITHDRAWN, CLEARING = range(4)  # an offer's states
CALLER_LEFT, NO_ANSWER, NOT_AWARDED, DEVICE_LOST = 16, 19, 26, 27
CALLER, MAX_WAIT, EMPTY, KEY, TRIES = range(1, 6)  # why an entry left
CALL, AWAY, DIALLED, UP, RELEASED = range(5)  # a callback's customer


@dataclass
class Queue:
    settings: dict[str, int]
    stages: list[tuple[int, Sequence[int]]]
    is_known: bool = True
    last: tuple[int, int] | None = None  # order and number of the agent last offered
    counts: list[int] = field(default_factory=lambda: [0] * 7)

    def __getattr__(self, name: str) -> int:
        return self.settings[name]


@dataclass
class Agent:
    number: int
    order: int = 0
    weight: int = 1
    levels: Sequence[int] = ()
    queues: Sequence[int] = ()
    after: dict[int, int] = field(default_factory=dict)  # queue -> ms
    is_in: bool = False
    is_up: bool = False
    is_paused: bool = False
    is_pause_late: bool = False
    standing: int = acd.LOGGED_OUT
    legs: int = 0
    misses: int = 0
    since: int = 0
    idle_since: int = 0
    calls: int = 0
    talk_ms: int = 0
    occupied_ms: int = 0
    ready_ms: int = 0
    talk_since: int | None = None
    wrap_up_until: int = 0
    wrap_up_due: int | None = None
    offer: Offer | None = None

    def reaches(self, levels: Sequence[int]) -> bool:
        mine = [*self.levels, *[0] * len(levels)]
        return all(mine[skill] >= level for skill, level in enumerate(levels))


@dataclass
class Entry:
    number: int
    entered: int
    queue: int
    priority: int
    place: int
    preferred: int | None = None
    prefer_until: int = 0
    state: int = acd.ENTRY_WAITING
    stage: int = 0
    overdue: int = 0
    passed: dict[int, int] = field(default_factory=dict)  # agent -> until
    customer: int = CALL
    tries: int = 0
    next_try: int = 0


@dataclass
class Offer:
    number: int
    agent: Agent
    entry: Entry
    due: int
    state: int = RINGING
    cause: int = 0
    unsaid: int = 0


class Protocol:
    """The tables and the only functions that change an offer, an entry or a standing."""

    def __init__(self) -> None:
        self.now = 0
        self.queues: dict[int, Queue] = {}
        self.agents: dict[int, Agent] = {}
        self.entries: dict[int, Entry] = {}
        self.log: list[tuple[int, int, int, int, int]] = []
        self.is_unsettled = False
        self.dice = self.day_since = 0
        self._entry_numbers, self._offer_numbers = count(1), count(1)

    # ---- the moves

    def emit(self, kind: int, offer: Offer, value: int) -> None:
        self.log.append((kind, offer.entry.number, offer.agent.number, offer.number, value))

    def stand(self, agent: Agent) -> None:
        offer = agent.offer.number if agent.offer else -1
        if (standing := self.standing_of(agent)) != agent.standing:
            self.count(agent)
            agent.standing, agent.since = standing, self.now
            self.log.append((acd.STANDING, -1, agent.number, offer, standing))
            for entry in self.entries.values():
                if entry.preferred == agent.number and standing <= acd.PAUSED:
                    entry.preferred = None

    def so_far(self, agent: Agent) -> int:
        return self.now - max(agent.since, self.day_since)

    def count(self, agent: Agent) -> None:
        """How long the agent stood so, before that changes."""
        if agent.standing == acd.READY:
            agent.ready_ms += self.so_far(agent)
        elif agent.standing in (acd.OFFERED, acd.BUSY, acd.WRAP_UP):
            agent.occupied_ms += self.so_far(agent)

    def standing_of(self, agent: Agent) -> int:
        if agent.offer and agent.offer.state in (RINGING, WITHDRAWN):
            return acd.OFFERED
        if agent.offer or agent.legs:
            return acd.BUSY
        if not agent.is_in:
            return acd.LOGGED_OUT
        if not agent.is_up:
            return acd.UNREACHABLE
        wraps_up = agent.wrap_up_until > self.now
        if agent.is_paused and not (agent.is_pause_late and wraps_up):
            return acd.PAUSED
        return acd.WRAP_UP if wraps_up else acd.READY

    def open_offers(self, entry: Entry) -> list[Offer]:
        held = [agent.offer for agent in self.agents.values() if agent.offer]
        mine = [one for one in held if one.entry is entry and one.state in (RINGING, GRANTED)]
        return sorted(mine, key=lambda one: one.number)

    def _offer(self, entry: Entry, agent: Agent) -> None:
        queue = self.queues[entry.queue]
        number = next(self._offer_numbers) << 12 | agent.number
        agent.offer = Offer(number, agent, entry, self.now + queue.offer_ms)
        entry.state = acd.ENTRY_OFFERED
        queue.last = in_order(agent)
        why = queue.strategy if entry.preferred is None else len(STRATEGIES)
        self.emit(acd.RING, agent.offer, why * acd.STAGES_MAX + entry.stage)
        self.stand(agent)
        if entry.preferred is None and STRATEGIES[queue.strategy] in BY_LOT:
            self.dice = self.dice + GOLDEN & WORD

    def _grant(self, offer: Offer) -> None:
        for sister in self.open_offers(offer.entry):
            if sister is not offer:
                self._withdraw(sister, NOT_AWARDED, acd.WITHDRAWN)
        offer.state, offer.entry.state = GRANTED, acd.ENTRY_GRANTED
        offer.agent.misses = 0
        if offer.entry.customer == AWAY:
            offer.entry.customer = DIALLED
            offer.entry.tries += 1
            offer.due = self.now + self.queues[offer.entry.queue].dial_ms
            self.emit(acd.DIAL, offer, offer.entry.tries)
        else:
            self.bridge(offer)
        self.stand(offer.agent)

    def bridge(self, offer: Offer) -> None:
        offer.due = self.now + self.queues[offer.entry.queue].confirm_ms
        self.emit(acd.BRIDGE, offer, 0)

    def release_customer(self, entry: Entry) -> None:
        self.log.append((acd.RELEASE, entry.number, -1, -1, CALLER_LEFT))

    def hang_up_customer(self, entry: Entry) -> None:
        if entry.customer == DIALLED:
            entry.customer = RELEASED
            self.release_customer(entry)

    def not_reached(self, entry: Entry) -> None:
        self.hang_up_customer(entry)
        (offer,) = self.open_offers(entry)
        self._withdraw(offer, CALLER_LEFT, acd.FELL)
        self.after_try(entry, self.now + self.queues[entry.queue].callback_retry_ms)

    def after_try(self, entry: Entry, next_try: int) -> None:
        entry.state, entry.next_try = acd.ENTRY_RESTING, next_try
        if entry.overdue:
            self._leave(entry, acd.OVERFLOWED, entry.overdue)
        elif entry.tries >= self.queues[entry.queue].callback_tries:
            self._leave(entry, acd.NOT_REACHED, TRIES)

    def try_again(self, entry: Entry) -> None:
        rests = entry.state == acd.ENTRY_RESTING
        if rests and entry.customer == AWAY and not entry.next_try:
            entry.state = acd.ENTRY_WAITING

    def _withdraw(self, offer: Offer, cause: int, reason: int) -> None:
        if offer.state == GRANTED:
            reason = acd.FELL
        offer.state = CLEARING if offer.state == GRANTED else WITHDRAWN
        offer.cause, offer.due = cause, self.now + self.queues[offer.entry.queue].release_ms
        self.emit(acd.RELEASE, offer, cause)
        if reason == acd.NO_ANSWER:
            offer.unsaid = reason
        else:
            self.emit(acd.ENDED, offer, reason)

    def _requeue(self, entry: Entry) -> None:
        if entry.customer == DIALLED:
            self.hang_up_customer(entry)
            self.after_try(entry, 0)
        elif not self.open_offers(entry):
            entry.state = acd.ENTRY_WAITING
            if entry.overdue:
                self._leave(entry, acd.OVERFLOWED, entry.overdue)

    def _leave(self, entry: Entry, outcome: int, why: int) -> None:
        others = [one for one in self.in_queue(entry.queue) if one.state != acd.ENTRY_GRANTED]
        ahead = sum(self.serving_order(one) < self.serving_order(entry) for one in others)
        cause = CALLER_LEFT if outcome == acd.ABANDONED else NOT_AWARDED
        self.hang_up_customer(entry)
        for offer in self.open_offers(entry):
            self._withdraw(offer, cause, acd.WITHDRAWN)
        entry.state = acd.ENTRY_LEFT
        del self.entries[entry.number]
        self.queues[entry.queue].counts[1 + outcome] += 1
        self.log.append((acd.LEFT, entry.number, -1, 1 + ahead, outcome | why << 8))

    def overflow(self, entry: Entry, why: int) -> None:
        if entry.state == acd.ENTRY_GRANTED:
            entry.overdue = why
        else:
            self._leave(entry, acd.OVERFLOWED, why)

    def stop_ringing(self, agent: Agent, cause: int, reason: int) -> None:
        if agent.offer and agent.offer.state == RINGING:
            self._withdraw(agent.offer, cause, reason)
            self._requeue(agent.offer.entry)

    def pass_by(self, offer: Offer) -> None:
        until = self.now + self.queues[offer.entry.queue].retry_ms
        if until > self.now:
            offer.entry.passed[offer.agent.number] = until
        offer.entry.preferred = None

    def leg_gone(self, offer: Offer, reason: int) -> None:
        agent, was_open = offer.agent, offer.state in (RINGING, GRANTED)
        if was_open:
            self.pass_by(offer)
        if offer.state == RINGING:
            reason = reason or acd.NO_ANSWER | acd.MISSED
        elif offer.state == GRANTED:
            reason = acd.FELL | reason & acd.LOST
        elif offer.unsaid:
            reason = offer.unsaid | (acd.LOST if reason == acd.LOST else acd.MISSED)
        else:
            reason = 0
        if reason:
            self.emit(acd.ENDED, offer, reason)
        if reason & acd.MISSED:
            self.miss(agent, self.queues[offer.entry.queue])
        agent.offer = None
        self.stand(agent)
        if was_open:
            self._requeue(offer.entry)

    def miss(self, agent: Agent, queue: Queue) -> None:
        agent.misses += 1
        if queue.misses_max and agent.misses >= queue.misses_max and not agent.is_paused:
            agent.is_paused, agent.is_pause_late = True, False
            self.log.append((acd.PAUSED, -1, agent.number, -1, agent.misses))
            agent.misses = 0

    # ---- match

    def serving_order(self, entry: Entry) -> tuple[Fraction | int, int, int]:
        queue = self.queues[entry.queue]
        wait = queue.weight * (self.now - entry.place)
        aged = Fraction(wait, queue.ageing_ms) if queue.ageing_ms else 0
        return -(entry.priority + aged), -wait, entry.number

    def in_queue(self, queue: int) -> list[Entry]:
        mine = [entry for entry in self.entries.values() if entry.queue == queue]
        return sorted(mine, key=self.serving_order)

    def staffed(self, queue: int) -> int:
        away = (acd.LOGGED_OUT, acd.UNREACHABLE)
        return sum(a.standing not in away for a in self.agents.values() if queue in a.queues)

    def may(self, agent: Agent, entry: Entry) -> bool:
        """Whether the agent serves the entry's queue at its stage."""
        queue = self.queues[entry.queue]
        after_ms, levels = queue.stages[entry.stage]
        is_served = queue.is_known and entry.queue in agent.queues
        return is_served and agent.reaches(levels) and after_ms >= agent.after.get(entry.queue, 0)

    def keep_or_open(self, entry: Entry) -> None:
        """Nobody is waited for who will not come back, or may not take the entry."""
        agent = self.agents.get(-1 if entry.preferred is None else entry.preferred)
        if agent is None or agent.standing <= acd.PAUSED or not self.may(agent, entry):
            entry.preferred = None

    def may_ring(self, entry: Entry) -> bool:
        queue = self.queues[entry.queue]
        joins = entry.state == acd.ENTRY_OFFERED and queue.strategy == acd.RING_ALL
        return queue.is_known and (entry.state == acd.ENTRY_WAITING or joins)

    def could_take(self, agent: Agent, entry: Entry) -> bool:
        """Whether only the agent's standing may stand between the two."""
        is_meant = entry.preferred in (None, agent.number)
        return is_meant and self.may(agent, entry) and agent.number not in entry.passed

    def able(self, entry: Entry) -> list[Agent]:
        ready = [agent for agent in self.agents.values() if agent.standing == acd.READY]
        return [agent for agent in ready if self.could_take(agent, entry)]

    def next_entry(self, agent: int) -> int | None:
        row = self.agents[agent]
        found = [e for e in self.entries.values() if self.may_ring(e) and self.could_take(row, e)]
        return min(found, key=self.serving_order).number if found else None

    def pair(self) -> tuple[Entry, Agent] | None:
        """The first entry in serving order that somebody may take, and who."""
        for entry in sorted(self.entries.values(), key=self.serving_order):
            if self.may_ring(entry) and (able := self.able(entry)):
                queue = self.queues[entry.queue]
                return entry, STRATEGIES[queue.strategy](able, queue, self)
        return None

    def match(self) -> None:
        for number, queue in sorted(self.queues.items()):
            if queue.leave_when_empty and not self.staffed(number):
                for entry in self.in_queue(number):
                    if entry.state == acd.ENTRY_WAITING and entry.customer != AWAY:
                        self._leave(entry, acd.OVERFLOWED, EMPTY)
        while pair := self.pair():
            self._offer(*pair)
