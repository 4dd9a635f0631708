# cython: language_level=3, cdivision=True
"""The engine's door of work items that are not calls; kernel/acd/items.pyx has the rule.

It checks what comes in, as kernel/acd/engine.pyx does for calls.
"""

from libc.stdint cimport int32_t, int64_t

from kernel.acd.configured cimport Configured
from kernel.acd.door cimport done, indexed, opened, agent_at, between, queue_at
from kernel.acd.facts cimport begin
from kernel.acd.items cimport *
from kernel.acd.tables cimport (AGENTS_MAX, FACT_ITEM_CANCELLED, FACT_ITEM_DONE,
                                FACT_ITEM_ENTERED, FACT_ITEM_REFUSED, FACT_ITEM_TAKEN, LOGGED_OUT,
                                NONE, READY, Core, agent_may)
from kernel.timers cimport timers_has

from kernel.acd.codes import PRIORITY_MAX


cdef class Working(Configured):
    """What is told and asked about items; `Engine` is this and the calls."""

    def enter_item(self, int64_t now, int queue, int priority, int kind):
        """An item joins: its number."""
        cdef int64_t number
        if not queue_at(&self.core, queue).is_known:
            raise ValueError(f"there is no queue {queue}")
        between("priority", priority, -PRIORITY_MAX, PRIORITY_MAX)
        between("kind", kind, 1, KINDS_MAX - 1)
        opened(&self.core, now)
        if self.items.count >= ITEMS_MAX:
            raise OverflowError(f"{ITEMS_MAX} items, no more are allowed")
        if (items_grow(&self.items, self.items.count + 1) < 0
                or item_queues_grow(&self.items, self.core.queue_count) < 0):
            raise MemoryError
        begin(&self.core, now, FACT_ITEM_ENTERED, queue << 8 | kind, priority)
        number = item_entered(&self.core, &self.items, queue, priority, kind)
        self._looked()
        return number

    def item_taken(self, int64_t now, int64_t item, int agent):
        """The agent takes the item they are offered: whether it is theirs."""
        cdef Item *row = self._told(now, item, FACT_ITEM_TAKEN, agent)
        if row != NULL and row.agent == agent and row.state == ITEM_OFFERED:
            item_taken(&self.core, &self.items, row)
        self._looked()
        row = item_of(&self.items, item)
        return row != NULL and row.agent == agent and row.state == ITEM_TAKEN

    def item_refused(self, int64_t now, int64_t item, int agent):
        """The agent lets the item pass that they are offered: whether it was."""
        cdef Item *row = self._told(now, item, FACT_ITEM_REFUSED, agent)
        cdef bint was_offered = row != NULL and row.agent == agent and row.state == ITEM_OFFERED
        if was_offered:
            item_let_pass(&self.core, &self.items, row)
        self._looked()
        return was_offered

    def item_done(self, int64_t now, int64_t item):
        """The agent who took the item has done it: whether anybody had."""
        cdef Item *row = self._told(now, item, FACT_ITEM_DONE, 0)
        cdef bint was_taken = row != NULL and row.state == ITEM_TAKEN
        if was_taken:
            item_left(&self.core, &self.items, row, ITEM_DONE)
        self._looked()
        return was_taken

    def item_cancelled(self, int64_t now, int64_t item):
        """Nobody wants the item done any more: whether it was still here."""
        cdef Item *row = self._told(now, item, FACT_ITEM_CANCELLED, 0)
        cdef bint was_here = row != NULL
        if was_here:
            item_left(&self.core, &self.items, row, ITEM_CANCELLED)
        self._looked()
        return was_here

    cdef Item *_told(self, int64_t now, int64_t item, int code, int agent) except? NULL:
        """Begin a fact about an item; NULL if it is gone."""
        opened(&self.core, now)
        begin(&self.core, now, code, item, agent)
        return item_of(&self.items, item)

    cdef int _looked(self) except -1:
        items_look(&self.core, &self.items)
        return done(&self.core)

    cdef int give_up_items(self, int queue) except -1:
        """The queue is no more: nobody is offered its items again; what is taken goes on."""
        cdef Item *row
        numbers = [] if self.items.count == 0 else self._numbers(queue)
        for number in numbers:
            row = item_of(&self.items, number)
            if row.state != ITEM_TAKEN:
                item_left(&self.core, &self.items, row, ITEM_GIVEN_UP)
        return 0

    # ---- questions ----------------------------------------------------------------------------

    def _numbers(self, int queue):
        """The items of a queue, by number."""
        cdef int slot
        return sorted([self.items.items[slot].number for slot in range(self.items.size)
                       if self.items.items[slot].number
                       and self.items.items[slot].queue == queue])

    def item_state(self, int64_t item):
        """(state, agent or -1)."""
        cdef Item *row = item_of(&self.items, item)
        if row == NULL:
            return ITEM_GONE, NONE
        return row.state, row.agent

    def items_waiting(self, int queue, int kind):
        """The items of a kind that wait, the next one first."""
        cdef int32_t slot
        queue_at(&self.core, queue)
        between("kind", kind, 1, KINDS_MAX - 1)
        if queue >= self.items.queue_count:
            return []
        slot = self.items.groups[queue * KINDS_MAX + kind].first
        found = []
        while slot != NONE:
            found.append(self.items.items[slot].number)
            slot = self.items.items[slot].next
        return found

    def items_of(self, int agent):
        """(item, state) of each item that the agent holds, by number."""
        cdef int32_t slot
        agent_at(&self.core, agent)
        slot = self.items.workers[agent].first
        found = []
        while slot != NONE:
            found.append((self.items.items[slot].number, self.items.items[slot].state))
            slot = self.items.items[slot].next
        return sorted(found)

    def item_counts(self, int queue):
        """(entered, done, cancelled, given up) since the queue was first set."""
        queue_at(&self.core, queue)
        if queue >= self.items.queue_count:
            return (0,) * (1 + ITEM_OUTCOMES)
        return tuple([self.items.counts[queue * (1 + ITEM_OUTCOMES) + index]
                      for index in range(1 + ITEM_OUTCOMES)])


# ---- what must hold ---------------------------------------------------------------------------


cdef list broken_items(Core *core, Items *items):
    """What must hold of items, and does not: as text with the numbers concerned."""
    cdef int32_t slot, queue, count = 0
    found = []
    inside = [0] * items.queue_count
    for slot in range(items.size):
        if items.items[slot].number:
            count += 1
            inside[items.items[slot].queue] += 1
            found += [f"item {items.items[slot].number}: {what}"
                      for what in _item(core, items, &items.items[slot])]
    for slot in range(items.worker_count):
        found += [f"agent {slot}: {what}" for what in _worker(items, slot)]
    for queue in range(items.queue_count):
        figures = [items.counts[queue * (1 + ITEM_OUTCOMES) + index]
                   for index in range(1 + ITEM_OUTCOMES)]
        if figures[0] != sum(figures[1:]) + inside[queue]:
            found.append(f"queue {queue}: items {figures}, {inside[queue]} in the queue")
    if count != items.count:
        found.append(f"{count} items, not {items.count}")
    return found


cdef list _item(Core *core, Items *items, Item *item):
    cdef int32_t group = item.queue * KINDS_MAX + item.kind
    cdef bint is_settled = not core.is_unsettled
    found = []
    if (item.agent == NONE) != (item.state == ITEM_WAITING):
        found.append(f"state {item.state} with agent {item.agent}")
    if item.state == ITEM_OFFERED and is_settled:
        if core.agents[item.agent].standing != READY:
            found.append(f"is offered to agent {item.agent}, who is not ready")
        if not agent_may(core, item.agent, item.queue, 0):
            found.append(f"is offered to agent {item.agent}, who may not have it")
    if item.state == ITEM_OFFERED and not timers_has(
            &items.timers, AGENTS_MAX + <int32_t> (item - items.items), item.due):
        found.append("an offer without its deadline")
    if item.state == ITEM_TAKEN and is_settled:
        if core.agents[item.agent].standing == LOGGED_OUT:
            found.append(f"agent {item.agent} has it, and is logged out")
    if item.state == ITEM_WAITING and is_settled and item_taker(core, items, group) != NONE:
        found.append("waits while an agent may have it")
    return found


cdef list _worker(Items *items, int32_t number):
    cdef Worker *worker = &items.workers[number]
    cdef int32_t slot = worker.first
    found = []
    held = [0] * KINDS_MAX
    while slot != NONE:
        held[items.items[slot].kind] += 1
        if items.items[slot].agent != number:
            found.append(f"holds item {items.items[slot].number} of another")
        slot = items.items[slot].next
    if held != worker.held or sum(held) != worker.total:
        found.append(f"holds {held}, counted {worker.held}, {worker.total}")
    return found
