"""The queue engine in the plainest Python: lists and scans, to be read as its specification.

Same facts, same actions as `kernel.acd.engine.Engine`; an entry's number here is its serial alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from kernel.acd import engine as acd
from tests.kernel.acd.oracle_protocol import (
    CALL,
    CALLER,
    DEVICE_LOST,
    DIALLED,
    EMPTY,
    GRANTED,
    KEY,
    MAX_WAIT,
    NO_ANSWER,
    NOT_AWARDED,
    RINGING,
    Agent,
    Entry,
    Offer,
    Protocol,
    Queue,
    in_order,
)

RELEASE_DUE, OFFER_DUE, CONFIRM_DUE, WRAP_UP_DUE, RETRY_DUE, RELAX_DUE = range(6)
PREFER_DUE, MAX_WAIT_DUE = range(6, 8)


class Oracle(Protocol):
    """See `Engine`; a fact begins with `begin` and ends in `match`."""

    # ---- configuration

    def set_queue(
        self,
        queue: int,
        *,
        levels: Sequence[int],
        relax: Sequence[tuple[int, Sequence[int]]] = (),
        **settings: int,
    ) -> None:
        old = self.queues.get(queue)
        new = Queue(settings, [(0, levels), *relax])
        if old:
            new.last, new.counts = old.last, old.counts
        self.queues[queue] = new
        for entry in self.in_queue(queue):
            entry.stage = min(entry.stage, len(relax))
        self.is_unsettled = True

    def set_agent(
        self,
        agent: int,
        *,
        order: int,
        levels: Sequence[int],
        queues: Sequence[int],
        weight: int = 1,
        after: Mapping[int, int] = MappingProxyType({}),
    ) -> None:
        row = self.agents.setdefault(agent, Agent(agent))
        row.order, row.levels, row.queues = order, levels, sorted(set(queues))
        row.weight, row.after = weight, dict(after)
        for queue in self.queues.values():
            if queue.last and queue.last[1] == agent:
                queue.last = in_order(row)
        self.is_unsettled = True

    def set_seed(self, seed: int) -> None:
        self.dice, self.is_unsettled = seed, True

    def drop_agent(self, agent: int, now: int) -> None:
        row = self.begin(now).agents[agent]
        row.is_in = False
        self.stop_ringing(row, NOT_AWARDED, acd.WITHDRAWN)
        self.stood(row)
        row.queues = ()
        self.is_unsettled = True

    def drop_queue(self, queue: int, now: int) -> None:
        self.begin(now).queues[queue].is_known = False
        for entry in sorted(self.in_queue(queue), key=lambda entry: entry.number):
            entry.preferred = None
            self.overflow(entry, EMPTY)
        self.match()

    def begin(self, now: int) -> Oracle:
        self.now = now
        if self.is_unsettled:
            self.is_unsettled = False
            for _, agent in sorted(self.agents.items()):
                if agent.offer and agent.offer.entry.queue not in agent.queues:
                    self.stop_ringing(agent, NOT_AWARDED, acd.WITHDRAWN)
            for entry in self.entries.values():
                self.keep_or_open(entry)
            self.match()
        return self

    # ---- facts about entries and offers

    def enter(
        self,
        now: int,
        queue: int,
        priority: int,
        credit_ms: int = 0,
        preferred: int = -1,
        preferred_ms: int = 0,
        *,
        customer: int = CALL,
    ) -> int:
        self.begin(now)
        entry = Entry(next(self._entry_numbers), now, queue, priority, now - credit_ms)
        entry.customer = customer
        if preferred >= 0 and preferred_ms:
            entry.preferred, entry.prefer_until = preferred, now + preferred_ms
            self.keep_or_open(entry)
        self.entries[entry.number] = entry
        self.queues[queue].counts[0] += 1
        self.match()
        return entry.number

    def leave(self, now: int, entry: int, outcome: int) -> None:
        self.begin(now)
        if entry in self.entries:
            self._leave(self.entries[entry], outcome, CALLER if outcome == acd.ABANDONED else KEY)
        self.match()

    def find(self, offer: int) -> Offer | None:
        held = (agent.offer for agent in self.agents.values())
        return next((one for one in held if one and one.number == offer), None)

    def answered(self, now: int, offer: int) -> None:
        one = self.begin(now).find(offer)
        if one and one.state == RINGING:
            self._grant(one)
        elif one and one.state != GRANTED:
            self.emit(acd.RELEASE, one, one.cause)
            if one.unsaid:
                self.emit(acd.ENDED, one, one.unsaid)
                one.unsaid = 0
        self.match()

    def bridged(self, now: int, offer: int) -> None:
        one = self.begin(now).find(offer)
        if one and one.state == GRANTED and one.entry.customer != DIALLED:
            one.agent.offer = None
            one.agent.legs += 1
            one.agent.calls += 1
            one.agent.talk_since = now
            self.emit(acd.CONFIRMED, one, 0)
            self._leave(one.entry, acd.CALLED_BACK if one.entry.customer else acd.ANSWERED, 0)
            self.stand(one.agent)
        self.match()

    def released(self, now: int, offer: int, *, refused: bool, lost: bool) -> None:
        one = self.begin(now).find(offer)
        if one:
            one.agent.is_up &= not lost
            self.leg_gone(one, acd.LOST if lost else acd.REFUSED if refused else 0)
        self.match()

    # ---- facts about agents

    def stood(self, agent: Agent) -> None:
        self.stand(agent)
        self.match()

    def login(self, now: int, agent: int) -> None:
        row = self.begin(now).agents[agent]
        if not row.is_in:
            row.is_in, row.idle_since, row.misses = True, now, 0
        self.stood(row)

    def logout(self, now: int, agent: int) -> None:
        row = self.begin(now).agents[agent]
        row.is_in = False
        self.stop_ringing(row, NOT_AWARDED, acd.WITHDRAWN)
        self.stood(row)

    def pause(self, now: int, agent: int) -> None:
        row = self.begin(now).agents[agent]
        row.is_paused, row.is_pause_late = True, row.standing == acd.BUSY
        self.stop_ringing(row, NOT_AWARDED, acd.WITHDRAWN)
        self.stood(row)

    def unpause(self, now: int, agent: int) -> None:
        row = self.begin(now).agents[agent]
        row.is_paused, row.misses = False, 0
        self.stood(row)

    def device(self, now: int, agent: int, up: bool) -> None:
        row = self.begin(now).agents[agent]
        row.is_up = up
        if not up:
            self.stop_ringing(row, DEVICE_LOST, acd.LOST)
        self.stood(row)

    def leg_added(self, now: int, agent: int) -> None:
        row = self.begin(now).agents[agent]
        row.legs += 1
        self.stop_ringing(row, NOT_AWARDED, acd.WITHDRAWN)
        self.stood(row)

    def leg_removed(self, now: int, agent: int) -> None:
        row = self.begin(now).agents[agent]
        row.legs -= 1
        self.stood(row)

    def talk_ended(self, now: int, agent: int, wrap_up_ms: int) -> None:
        row = self.begin(now).agents[agent]
        if row.talk_since is not None:
            row.talk_ms += now - max(row.talk_since, self.day_since)
            row.talk_since = None
        row.wrap_up_until = row.idle_since = max(row.wrap_up_until, now + wrap_up_ms)
        row.wrap_up_due = row.wrap_up_until if row.wrap_up_until > now else None
        self.stood(row)

    def end_wrap_up(self, now: int, agent: int) -> None:
        row = self.begin(now).agents[agent]
        if row.wrap_up_until > now:
            row.wrap_up_until = row.idle_since = now
            row.wrap_up_due = None
        self.stood(row)

    def extend_wrap_up(self, now: int, agent: int, until: int) -> None:
        row = self.begin(now).agents[agent]
        if row.wrap_up_until > now and until > row.wrap_up_until:
            row.wrap_up_until = row.idle_since = row.wrap_up_due = until
        self.stood(row)

    def new_day(self, now: int) -> None:
        self.begin(now).day_since = now
        for agent in self.agents.values():
            agent.calls = agent.talk_ms = agent.occupied_ms = agent.ready_ms = 0

    def today(self, agent: int) -> tuple[int, int, int, int]:
        row = self.agents[agent]
        talks = 0 if row.talk_since is None else self.now - max(row.talk_since, self.day_since)
        occupied = self.so_far(row) if row.standing > acd.READY else 0
        ready = self.so_far(row) if row.standing == acd.READY else 0
        return row.calls, row.talk_ms + talks, row.occupied_ms + occupied, row.ready_ms + ready

    # ---- deadlines

    def deadlines(self) -> Iterator[tuple[int, int, int]]:
        """(at, kind, number of the agent or entry) of each."""
        for agent in self.agents.values():
            if agent.wrap_up_due is not None:
                yield agent.wrap_up_due, WRAP_UP_DUE, agent.number
            if agent.offer:
                kinds = (OFFER_DUE, CONFIRM_DUE, RELEASE_DUE, RELEASE_DUE)
                yield agent.offer.due, kinds[agent.offer.state], agent.number
        for entry in self.entries.values():
            queue = self.queues[entry.queue]
            if entry.passed:
                yield min(entry.passed.values()), RETRY_DUE, entry.number
            if entry.stage + 1 < len(queue.stages):
                yield entry.entered + queue.stages[entry.stage + 1][0], RELAX_DUE, entry.number
            if entry.preferred is not None:
                yield entry.prefer_until, PREFER_DUE, entry.number
            if entry.next_try:
                yield entry.next_try, MAX_WAIT_DUE, entry.number
            if queue.max_wait_ms and not entry.overdue and not entry.customer:
                yield entry.entered + queue.max_wait_ms, MAX_WAIT_DUE, entry.number

    def next_deadline(self) -> int | None:
        if self.is_unsettled:
            return self.now
        return min((at for at, _, _ in self.deadlines()), default=None)

    def advance(self, now: int) -> None:
        self.begin(now)
        while due := min((one for one in self.deadlines() if one[0] <= now), default=None):
            _, kind, number = due
            if kind in (RELEASE_DUE, OFFER_DUE, CONFIRM_DUE):
                self.offer_due(self.agents[number])
            elif kind == WRAP_UP_DUE:
                self.agents[number].wrap_up_due = None
                self.stand(self.agents[number])
            else:
                self.entry_due(self.entries[number], kind)
            self.match()

    def offer_due(self, agent: Agent) -> None:
        offer = agent.offer
        assert offer
        if offer.state == GRANTED and offer.entry.customer == DIALLED:
            self.not_reached(offer.entry)
        elif offer.state in (RINGING, GRANTED):
            self.pass_by(offer)
            rang = offer.state == RINGING
            cause, reason = (NO_ANSWER, acd.NO_ANSWER) if rang else (NOT_AWARDED, acd.FELL)
            self._withdraw(offer, cause, reason)
            self._requeue(offer.entry)
        else:
            agent.is_up = False
            self.leg_gone(offer, acd.LOST)

    def entry_due(self, entry: Entry, kind: int) -> None:
        if kind == RETRY_DUE:
            entry.passed = {a: until for a, until in entry.passed.items() if until > self.now}
        elif kind == RELAX_DUE:
            entry.stage += 1
            self.keep_or_open(entry)
        elif kind == PREFER_DUE:
            entry.preferred = None
        elif entry.customer:
            entry.next_try = 0
            self.try_again(entry)
        else:
            self.overflow(entry, MAX_WAIT)
