"""The offer protocol in the plainest Python: its tables as objects, its moves as scans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from kernel import acd

RINGING, GRANTED, WITHDRAWN, CLEARING = range(4)  # an offer's states
CALLER_LEFT, NO_ANSWER, NOT_AWARDED, DEVICE_LOST = 16, 19, 26, 27
CALLER, MAX_WAIT, EMPTY, KEY = range(1, 5)  # why an entry left


@dataclass
class Queue:
    settings: dict[str, int]
    stages: list[tuple[int, Sequence[int]]]
    is_known: bool = True
    last: tuple[int, int] | None = None  # order and number of the agent last offered
    counts: list[int] = field(default_factory=lambda: [0] * 5)

    def __getattr__(self, name: str) -> int:
        return self.settings[name]


@dataclass
class Agent:
    number: int
    order: int = 0
    levels: Sequence[int] = ()
    queues: Sequence[int] = ()
    is_in: bool = False
    is_up: bool = False
    is_paused: bool = False
    is_pause_late: bool = False
    standing: int = acd.LOGGED_OUT
    legs: int = 0
    misses: int = 0
    idle_since: int = 0
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
    state: int = acd.ENTRY_WAITING
    stage: int = 0
    overdue: int = 0
    passed: dict[int, int] = field(default_factory=dict)  # agent -> until


@dataclass
class Offer:
    number: int
    agent: Agent
    entry: Entry
    due: int
    state: int = RINGING
    cause: int = 0
    unsaid: int = 0


def serving_order(entry: Entry) -> tuple[int, int]:
    return -entry.priority, entry.number


def in_order(agent: Agent) -> tuple[int, int]:
    return agent.order, agent.number


def longest_idle(able: list[Agent], queue: Queue) -> Agent:
    return min(able, key=lambda agent: (agent.idle_since, agent.number))


def round_robin(able: list[Agent], queue: Queue) -> Agent:
    after = [agent for agent in able if queue.last and in_order(agent) > queue.last]
    return min(after or able, key=in_order)


def linear(able: list[Agent], queue: Queue) -> Agent:
    return min(able, key=in_order)


STRATEGIES = (longest_idle, round_robin, linear, linear)


class Protocol:
    """The tables and the only functions that change an offer, an entry or a standing."""

    def __init__(self) -> None:
        self.now = 0
        self.queues: dict[int, Queue] = {}
        self.agents: dict[int, Agent] = {}
        self.entries: dict[int, Entry] = {}
        self.log: list[tuple[int, int, int, int, int]] = []
        self.is_unsettled = False
        self._entry_numbers, self._offer_numbers = count(1), count(1)

    # ---- the moves

    def emit(self, kind: int, offer: Offer, value: int) -> None:
        self.log.append((kind, offer.entry.number, offer.agent.number, offer.number, value))

    def stand(self, agent: Agent) -> None:
        offer = agent.offer.number if agent.offer else -1
        if (standing := self.standing_of(agent)) != agent.standing:
            agent.standing = standing
            self.log.append((acd.STANDING, -1, agent.number, offer, standing))

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
        self.emit(acd.RING, agent.offer, queue.strategy * acd.STAGES_MAX + entry.stage)
        self.stand(agent)

    def _grant(self, offer: Offer) -> None:
        for sister in self.open_offers(offer.entry):
            if sister is not offer:
                self._withdraw(sister, NOT_AWARDED, acd.WITHDRAWN)
        offer.state, offer.entry.state = GRANTED, acd.ENTRY_GRANTED
        offer.due = self.now + self.queues[offer.entry.queue].confirm_ms
        offer.agent.misses = 0
        self.emit(acd.BRIDGE, offer, 0)
        self.stand(offer.agent)

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
        if not self.open_offers(entry):
            entry.state = acd.ENTRY_WAITING
            if entry.overdue:
                self._leave(entry, acd.OVERFLOWED, entry.overdue)

    def _leave(self, entry: Entry, outcome: int, why: int) -> None:
        others = [one for one in self.in_queue(entry.queue) if one.state != acd.ENTRY_GRANTED]
        ahead = sum(serving_order(one) < serving_order(entry) for one in others)
        cause = CALLER_LEFT if outcome == acd.ABANDONED else NOT_AWARDED
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

    def in_queue(self, queue: int) -> list[Entry]:
        mine = [entry for entry in self.entries.values() if entry.queue == queue]
        return sorted(mine, key=serving_order)

    def staffed(self, queue: int) -> int:
        away = (acd.LOGGED_OUT, acd.UNREACHABLE)
        return sum(a.standing not in away for a in self.agents.values() if queue in a.queues)

    def able(self, entry: Entry) -> list[Agent]:
        levels = self.queues[entry.queue].stages[entry.stage][1]
        return [
            agent
            for agent in self.agents.values()
            if agent.standing == acd.READY
            and entry.queue in agent.queues
            and agent.reaches(levels)
            and agent.number not in entry.passed
        ]

    def pair(self) -> tuple[Entry, Agent] | None:
        """The first entry in serving order that somebody may take, and who."""
        for entry in sorted(self.entries.values(), key=serving_order):
            queue = self.queues[entry.queue]
            joins = entry.state == acd.ENTRY_OFFERED and queue.strategy == acd.RING_ALL
            may_ring = queue.is_known and (entry.state == acd.ENTRY_WAITING or joins)
            if may_ring and (able := self.able(entry)):
                return entry, STRATEGIES[queue.strategy](able, queue)
        return None

    def match(self) -> None:
        for number, queue in sorted(self.queues.items()):
            if queue.leave_when_empty and not self.staffed(number):
                for entry in self.in_queue(number):
                    if entry.state == acd.ENTRY_WAITING:
                        self._leave(entry, acd.OVERFLOWED, EMPTY)
        while pair := self.pair():
            self._offer(*pair)
