"""Work items that are not calls in the plainest Python; the calls' oracle knows nothing of them.

`look` comes after every fact of either; `kernel/acd/items.pyx` states the rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kernel.acd import engine as acd
from tests.kernel.acd.oracle_callbacks import CallbackOracle
from tests.kernel.acd.oracle_protocol import Agent

WAITING, OFFERED, TAKEN = range(3)
LET_PASS, AWAY = range(2)
DONE, CANCELLED, GIVEN_UP = range(3)


@dataclass
class Item:
    number: int
    queue: int
    priority: int
    kind: int
    state: int = WAITING
    agent: int = -1
    due: int = 0


class ItemOracle(CallbackOracle):
    """The oracle of calls and callbacks, and items beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.items: dict[int, Item] = {}
        self.serial = 0
        self.capacity: dict[int, dict[int, int]] = {}
        self.rests: dict[int, int] = {}  # agent -> until, as long as that is to come
        self.counts: dict[int, list[int]] = {}
        self.is_stale = False
        self.held: dict[int, list[Item]] = {}  # agent -> the newest first

    # ---- configuration

    def set_agent(self, agent: int, *, capacity: dict[int, int], **settings: Any) -> None:
        super().set_agent(agent, **settings)
        self.capacity[agent] = capacity

    def drop_queue(self, queue: int, now: int) -> None:
        super().drop_queue(queue, now)
        for item in self.of_queue(queue):
            if item.state != TAKEN:
                self.left(item, GIVEN_UP)

    # ---- facts

    def enter_item(self, now: int, queue: int, priority: int, kind: int) -> int:
        self.begin(now)
        self.serial += 1
        self.items[self.serial] = Item(self.serial, queue, priority, kind)
        self.figures(queue)[0] += 1
        return self.serial

    def item_taken(self, now: int, number: int, agent: int) -> bool:
        item = self.begin(now).items.get(number)
        if item and item.agent == agent and item.state == OFFERED:
            item.state = TAKEN
        self.look()  # who is gone by a reload that comes into force now has it no more
        return bool(item and item.agent == agent and item.state == TAKEN)

    def item_refused(self, now: int, number: int, agent: int) -> bool:
        item = self.begin(now).items.get(number)
        was_offered = item is not None and item.agent == agent and item.state == OFFERED
        if item and was_offered:
            self.let_pass(item)
        return was_offered

    def item_done(self, now: int, number: int) -> bool:
        item = self.begin(now).items.get(number)
        if item and item.state == TAKEN:
            self.left(item, DONE)
            return True
        return False

    def item_cancelled(self, now: int, number: int) -> bool:
        item = self.begin(now).items.get(number)
        if item:
            self.left(item, CANCELLED)
        return item is not None

    def begin(self, now: int) -> ItemOracle:
        self.is_stale |= self.is_unsettled
        super().begin(now)
        return self

    def next_deadline(self) -> int | None:
        offers = [item.due for item in self.items.values() if item.state == OFFERED]
        calls = super().next_deadline()
        own = [*offers, *self.rests.values()]
        return min(own if calls is None else [*own, calls], default=None)

    def advance(self, now: int) -> None:
        super().advance(now)
        ends = [(item.due, 1, item.number) for item in self.items.values() if item.state == OFFERED]
        for _, _, number in sorted(ends):
            if self.items[number].due <= now and self.items[number].state == OFFERED:
                self.let_pass(self.items[number])
        self.rests = {agent: until for agent, until in self.rests.items() if until > now}

    # ---- moves

    def figures(self, queue: int) -> list[int]:
        return self.counts.setdefault(queue, [0] * 4)

    def of_queue(self, queue: int) -> list[Item]:
        return sorted(
            (item for item in self.items.values() if item.queue == queue),
            key=lambda item: item.number,
        )

    def take_back(self, item: Item, why: int) -> None:
        self.log.append((acd.TAKE_BACK_ITEM, -1, item.agent, item.number, why))
        self.held[item.agent].remove(item)
        item.state, item.agent = WAITING, -1

    def let_pass(self, item: Item) -> None:
        agent = item.agent
        until = self.now + self.queues[item.queue].retry_ms
        if until > self.now:
            self.rests[agent] = max(self.rests.get(agent, 0), until)
        self.take_back(item, LET_PASS)

    def left(self, item: Item, outcome: int) -> None:
        self.log.append((acd.LEFT_ITEM, -1, item.agent, item.number, outcome))
        if item.agent >= 0:
            self.held[item.agent].remove(item)
        self.figures(item.queue)[1 + outcome] += 1
        del self.items[item.number]

    # ---- after every fact

    def look(self) -> None:
        if self.is_unsettled:
            self.is_stale = True
            return
        for number in self.reviewed():
            for item in list(self.held.get(number, [])):
                if not self.is_kept(item):
                    self.take_back(item, AWAY)
        while offer := self.next_offer():
            item, agent = offer
            item.state, item.agent = OFFERED, agent
            item.due = self.now + self.queues[item.queue].offer_ms
            self.held.setdefault(agent, []).insert(0, item)
            self.log.append((acd.OFFER_ITEM, -1, agent, item.number, item.kind))

    def reviewed(self) -> list[int]:
        """Every agent who may not go on with what they have, in the order of the actions."""
        moved = [agent for kind, _, agent, _, _ in self.log if kind == acd.STANDING]
        everybody, self.is_stale = sorted(self.held) if self.is_stale else [], False
        return [*everybody, *moved]

    def may_have(self, agent: int, item: Item) -> bool:
        row, queue = self.agents[agent], self.queues[item.queue]
        after_ms, levels = queue.stages[0]
        is_served = queue.is_known and item.queue in row.queues and row.reaches(levels)
        is_ready = row.standing == acd.READY
        return is_ready and is_served and after_ms >= row.after.get(item.queue, 0)

    def of_kind(self, agent: int, kind: int) -> int:
        return sum(item.kind == kind for item in self.held.get(agent, []))

    def is_kept(self, item: Item) -> bool:
        if item.state == TAKEN:
            return self.agents[item.agent].standing != acd.LOGGED_OUT
        most = self.capacity[item.agent].get(item.kind, 0)
        return self.may_have(item.agent, item) and self.of_kind(item.agent, item.kind) <= most

    def next_offer(self) -> tuple[Item, int] | None:
        waiting = [item for item in self.items.values() if item.state == WAITING]
        for item in sorted(waiting, key=lambda item: (-item.priority, item.number)):
            free = [
                row
                for row in self.agents.values()
                if self.may_have(row.number, item)
                and self.of_kind(row.number, item.kind)
                < self.capacity[row.number].get(item.kind, 0)
                and row.number not in self.rests
            ]
            if free:
                return item, min(free, key=self.turn).number
        return None

    def turn(self, agent: Agent) -> tuple[int, int, int]:
        return len(self.held.get(agent.number, [])), agent.idle_since, agent.number
