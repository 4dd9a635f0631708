# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Work items of the queues that are not calls, a message or a ticket: who is offered which.

    WAITING -offer-> OFFERED -item_taken-> TAKEN -item_done-> gone
       ^---taken back---'---------logged out--'   cancelled, given up: gone from any of them

The rule. An item has a kind, 1 to 7; an agent has a capacity for each kind, 0 at first, and holds
an item from its offer on. An item is offered to an agent of its queue who is READY, reaches the
levels of the queue's first stage (`after` counts as well), holds fewer of its kind than their
capacity, and has not let one pass within the queue's `retry_ms`. Of several: who holds the fewest
items, then who is idle longest, then the lowest number. Items go by falling priority, then as
they came; one that is taken back keeps its place.

Calls come first. They see nothing of items: who holds items is as READY as before. Each fact and
all deadlines of calls are worked off before an item moves; an offer whose agent is READY no more
is taken back then. What was taken stays with the agent through calls, pauses and wrap-up, and
goes back to its place when they are LOGGED_OUT. An offer that nobody takes ends after the queue's
`offer_ms`. Items have no limit of waiting and do not relax.

A fact of calls costs one comparison while there is no item; else O(actions of the fact), and
O(READY agents of a queue) for each offer.
"""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memset

from kernel.acd.index cimport index_all
from kernel.acd.tables cimport (AGENTS_MAX, LOGGED_OUT, NONE, READY, STANDING, Agent, Core,
                                agent_may, emit)
from kernel.timers cimport Timer, timers_clear, timers_free, timers_grow, timers_set

# ---- room -------------------------------------------------------------------------------------


cdef void items_free(Items *items) noexcept nogil:
    free(items.items)
    free(items.workers)
    free(items.groups)
    free(items.counts)
    free(items.fresh)
    timers_free(&items.timers)
    memset(items, 0, sizeof(Items))


cdef void *_resized(void *table, int64_t old, int64_t new, size_t size) noexcept nogil:
    cdef char *grown = <char *> realloc(table, new * size)
    if grown != NULL:
        memset(grown + old * size, 0, (new - old) * size)
    return grown


cdef int workers_grow(Items *items, int32_t count) noexcept nogil:
    """Room for agent numbers below `count`; -1 if there is no memory."""
    cdef int32_t worker
    cdef void *grown
    if count <= items.worker_count:
        return 0
    grown = _resized(items.workers, items.worker_count, count, sizeof(Worker))
    if grown == NULL:
        return -1
    items.workers = <Worker *> grown
    for worker in range(items.worker_count, count):
        items.workers[worker].first = NONE
    items.worker_count = count
    return 0


cdef int item_queues_grow(Items *items, int32_t count) noexcept nogil:
    """Room for queue numbers below `count`."""
    cdef int32_t group, old = items.queue_count
    cdef void *grown
    if count <= old:
        return 0
    grown = _resized(items.groups, old * KINDS_MAX, count * KINDS_MAX, sizeof(Group))
    if grown == NULL:
        return -1
    items.groups = <Group *> grown
    grown = _resized(items.counts, old * (1 + ITEM_OUTCOMES), count * (1 + ITEM_OUTCOMES),
                     sizeof(int64_t))
    if grown == NULL:
        return -1
    items.counts = <int64_t *> grown
    grown = _resized(items.fresh, old * KINDS_MAX, count * KINDS_MAX, sizeof(int32_t))
    if grown == NULL:
        return -1
    items.fresh = <int32_t *> grown
    for group in range(old * KINDS_MAX, count * KINDS_MAX):
        items.groups[group].first = items.groups[group].last = NONE
    items.queue_count = count
    return 0


cdef int items_grow(Items *items, int32_t count) noexcept nogil:
    """Room for slots below `count`, at most ITEMS_MAX."""
    cdef int32_t slot, size = max(count, min(max(64, 2 * items.size), <int32_t> ITEMS_MAX))
    cdef void *grown
    if count <= items.size:
        return 0
    if timers_grow(&items.timers, AGENTS_MAX + size) < 0:
        return -1
    grown = _resized(items.items, items.size, size, sizeof(Item))
    if grown == NULL:
        return -1
    items.items = <Item *> grown
    items.size = size
    return 0


cdef int32_t _slot(Items *items) noexcept nogil:
    """A free slot: the lowest, so that a restored engine takes the same."""
    cdef int32_t slot = items.slot_free
    while items.items[slot].number:
        slot += 1
    items.slot_free = slot + 1
    return slot


cdef Item *item_of(Items *items, int64_t number) noexcept nogil:
    """The item of this number, or NULL if it is gone or never was."""
    cdef int64_t slot = number & ((1 << ITEM_BITS) - 1)
    if number <= 0 or slot >= items.size or items.items[slot].number != number:
        return NULL
    return &items.items[slot]


# ---- where an item is noted -------------------------------------------------------------------


cdef inline int32_t _group_of(const Item *item) noexcept nogil:
    return item.queue * KINDS_MAX + item.kind


cdef inline bint _goes_before(const Item *a, const Item *b) noexcept nogil:
    return a.priority > b.priority or (a.priority == b.priority and a.number < b.number)


cdef void _fresh(Items *items, int32_t group) noexcept nogil:
    """Have the match look at a group that has somebody new: an item or an agent."""
    if items.groups[group].first != NONE and not items.groups[group].is_fresh:
        items.groups[group].is_fresh = True
        items.fresh[items.fresh_count] = group
        items.fresh_count += 1


cdef void item_join(Core *core, Items *items, Item *item) noexcept nogil:
    """Among those who wait, searched from the end: who was taken back finds its old place."""
    cdef Group *group = &items.groups[_group_of(item)]
    cdef int32_t slot = <int32_t> (item - items.items), before = group.last
    while before != NONE and _goes_before(item, &items.items[before]):
        before = items.items[before].prev
    item.state, item.agent = ITEM_WAITING, NONE
    item.prev = before
    item.next = group.first if before == NONE else items.items[before].next
    if item.prev == NONE:
        group.first = slot
    else:
        items.items[item.prev].next = slot
    if item.next == NONE:
        group.last = slot
    else:
        items.items[item.next].prev = slot
    _fresh(items, _group_of(item))


cdef void _part(Items *items, Item *item) noexcept nogil:
    """Out of its group, or from its agent."""
    cdef Group *group = &items.groups[_group_of(item)]
    cdef Worker *worker = &items.workers[item.agent] if item.agent != NONE else NULL
    if item.prev != NONE:
        items.items[item.prev].next = item.next
    elif worker != NULL:
        worker.first = item.next
    else:
        group.first = item.next
    if item.next != NONE:
        items.items[item.next].prev = item.prev
    elif worker == NULL:
        group.last = item.prev
    if worker != NULL:
        worker.held[item.kind] -= 1
        worker.total -= 1
        timers_clear(&items.timers, AGENTS_MAX + <int32_t> (item - items.items))


cdef void item_hold(Items *items, Item *item) noexcept nogil:
    """With its agent: an offer with its deadline, or taken."""
    cdef Worker *worker = &items.workers[item.agent]
    cdef int32_t slot = <int32_t> (item - items.items)
    item.prev, item.next = NONE, worker.first
    if worker.first != NONE:
        items.items[worker.first].prev = slot
    worker.first = slot
    worker.held[item.kind] += 1
    worker.total += 1
    if item.state == ITEM_OFFERED:
        timers_set(&items.timers, AGENTS_MAX + slot, item.due, AGENTS_MAX + item.number)


# ---- moves ------------------------------------------------------------------------------------


cdef void _freed(Core *core, Items *items, int32_t number) noexcept nogil:
    """An agent may have become able to hold more."""
    cdef Agent *agent = &core.agents[number]
    cdef Worker *worker = &items.workers[number]
    cdef int32_t index, kind
    if agent.standing != READY or worker.rests_until:
        return
    for index in range(agent.queue_count):
        if agent.queues[index] < items.queue_count:
            for kind in range(1, KINDS_MAX):
                if worker.held[kind] < worker.capacity[kind]:
                    _fresh(items, agent.queues[index] * KINDS_MAX + kind)


cdef void _take_back(Core *core, Items *items, Item *item, int32_t why) noexcept nogil:
    """The agent has the item no more; it waits at its old place."""
    cdef int32_t agent = item.agent
    _part(items, item)
    emit(core, TAKE_BACK_ITEM, NONE, agent, item.number, why)
    item_join(core, items, item)
    _freed(core, items, agent)


cdef int64_t item_entered(Core *core, Items *items, int32_t queue, int32_t priority,
                          int32_t kind) noexcept nogil:
    """An item joins a queue: its number. There is room for it, its queue and every agent."""
    cdef int32_t slot = _slot(items)
    cdef Item *item = &items.items[slot]
    if items.count == 0:
        items.seen = core.action_count
    items.serial += 1
    items.count += 1
    items.counts[queue * (1 + ITEM_OUTCOMES)] += 1
    item.number = items.serial << ITEM_BITS | slot
    item.entered, item.queue, item.priority, item.kind = core.now, queue, priority, kind
    item_join(core, items, item)
    return item.number


cdef void item_taken(Core *core, Items *items, Item *item) noexcept nogil:
    """The agent takes what they were offered."""
    if item.state == ITEM_OFFERED:
        item.state = ITEM_TAKEN
        timers_clear(&items.timers, AGENTS_MAX + <int32_t> (item - items.items))


cdef void item_let_pass(Core *core, Items *items, Item *item) noexcept nogil:
    """The agent does not want what they were offered, or did not look: none for `retry_ms`."""
    cdef Worker *worker = &items.workers[item.agent]
    cdef int32_t agent = item.agent
    if item.state == ITEM_OFFERED:
        if core.queues[item.queue].retry_ms:
            worker.rests_until = max(worker.rests_until,
                                     core.now + core.queues[item.queue].retry_ms)
            timers_set(&items.timers, agent, worker.rests_until, agent)
        _take_back(core, items, item, ITEM_LET_PASS)


cdef void item_left(Core *core, Items *items, Item *item, int32_t outcome) noexcept nogil:
    """The item is done, or nobody wants it done any more."""
    cdef int32_t agent = item.agent
    _part(items, item)
    emit(core, LEFT_ITEM, NONE, agent, item.number, outcome)
    items.counts[item.queue * (1 + ITEM_OUTCOMES) + 1 + outcome] += 1
    items.slot_free = min(items.slot_free, <int32_t> (item - items.items))
    item.number = 0
    items.count -= 1
    if agent != NONE:
        _freed(core, items, agent)


# ---- after every event: take back what is out of reach, then offer what can be ------------------


cdef int32_t item_taker(Core *core, Items *items, int32_t group) noexcept nogil:
    """Who is offered the next item of a group, or NONE."""
    cdef int32_t kind = group % KINDS_MAX, best = NONE, node
    cdef int32_t pool = core.queues[group // KINDS_MAX].pool
    cdef Worker *worker
    node = core.pools[pool].first if pool != NONE else NONE
    while node != NONE:
        worker = &items.workers[core.nodes[node].agent]
        if worker.held[kind] < worker.capacity[kind] and worker.rests_until == 0:
            if best == NONE or worker.total < items.workers[best].total:
                best = core.nodes[node].agent
        node = core.nodes[node].next
    return best


cdef void _offer(Core *core, Items *items, Item *item, int32_t agent) noexcept nogil:
    _part(items, item)
    item.state, item.agent = ITEM_OFFERED, agent
    item.due = core.now + core.queues[item.queue].offer_ms
    item_hold(items, item)
    emit(core, OFFER_ITEM, NONE, agent, item.number, item.kind)


cdef void _match(Core *core, Items *items) noexcept nogil:
    """Offer the first item that somebody may have, until there is none.

    Before the event there was none, and all of a group are alike to an agent: only the heads of
    groups with a new item or agent need a look.
    """
    cdef Item *best
    cdef Item *item
    cdef int32_t index, agent, taker = NONE
    while items.fresh_count:
        best = NULL
        index = 0
        while index < items.fresh_count:
            agent = item_taker(core, items, items.fresh[index])
            if agent == NONE or items.groups[items.fresh[index]].first == NONE:
                items.groups[items.fresh[index]].is_fresh = False
                items.fresh_count -= 1
                items.fresh[index] = items.fresh[items.fresh_count]
                continue
            item = &items.items[items.groups[items.fresh[index]].first]
            if best == NULL or _goes_before(item, best):
                best, taker = item, agent
            index += 1
        if best != NULL:
            _offer(core, items, best, taker)


cdef bint _is_kept(Core *core, Items *items, const Item *item) noexcept nogil:
    """Whether the agent who has the item goes on having it."""
    cdef Agent *agent = &core.agents[item.agent]
    cdef Worker *worker = &items.workers[item.agent]
    if item.state == ITEM_TAKEN:
        return agent.standing != LOGGED_OUT
    return (agent.standing == READY and worker.held[item.kind] <= worker.capacity[item.kind]
            and agent_may(core, item.agent, item.queue, 0))


cdef void _review(Core *core, Items *items, int32_t number) noexcept nogil:
    """An agent stands or is set up otherwise than before: take back, or see what they may have."""
    cdef int32_t next, slot = items.workers[number].first
    while slot != NONE:
        next = items.items[slot].next
        if not _is_kept(core, items, &items.items[slot]):
            _take_back(core, items, &items.items[slot], ITEM_AWAY)
        slot = next
    _freed(core, items, number)


cdef void items_look(Core *core, Items *items) noexcept nogil:
    """After a fact: follow the agents whose standing it changed, then offer what can be."""
    cdef int32_t index, number
    if core.is_unsettled:
        items.is_stale = True
        return  # the calls have their say first, with the next fact
    if core.is_stale and index_all(core) < 0:
        return
    if items.is_stale:
        for number in range(items.worker_count):
            _review(core, items, number)
    for index in range(items.seen, core.action_count):
        if core.actions[index].kind == STANDING:
            _review(core, items, <int32_t> core.actions[index].agent)
    items.is_stale = False
    _match(core, items)
    items.seen = core.action_count


cdef void items_due(Core *core, Items *items) noexcept nogil:
    """Fire what is due of items: agents' rests, then offers, by time; then look."""
    cdef Timer due
    while items.timers.count and items.timers.heap[0].at <= core.now:
        due = items.timers.heap[0]
        timers_clear(&items.timers, due.id)
        if due.id < AGENTS_MAX:
            items.workers[due.id].rests_until = 0
            _freed(core, items, due.id)
        else:
            item_let_pass(core, items, &items.items[due.id - AGENTS_MAX])
    items_look(core, items)
