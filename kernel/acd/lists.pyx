# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The queue engine's ordered lists: entries in serving order, READY agents by idle time, rank.

    queue -> Pool per stage -> Lines by falling priority -> Entries by place (their age), number
                            -> Nodes by idle_since, agent, and a bit each by rank

A decision looks at the heads alone, so its cost does not grow with those who wait. An entry that
may ring is in the Line of its (queue, stage, priority); one that is OFFERED or GRANTED otherwise,
or prefers an agent, is in its queue's held list. Who is put back goes in from the nearer end.

Serving order, of all entries at one moment, with wait = now - place:

    1. merit = priority + weight * wait / ageing_ms of the queue (priority alone if it is 0)
    2. weight * wait   3. the entry's number

Within a queue (and between queues of one weight and ageing) this order never turns: an entry that
came d later goes before only if its priority is higher by more than weight * d / ageing_ms. So
with ageing nobody starves: who has waited (highest priority - own) * ageing_ms / weight is passed
by nobody who comes from then on. Between queues of other slopes, whoever goes before an entry of
wait t must itself have waited more than (weight * t / ageing_ms - what its priority is higher)
times its own ageing_ms / weight: a share of t, so it is bounded as well.
Queues share an agent by (2): of equal priorities and without ageing, a queue of weight 2 is
served as if its callers had waited twice as long. Only entries that the agent may take are
compared, so a call that waits for somebody else never holds up another.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport realloc

from kernel.acd.tables cimport (CUSTOMER_AWAY, ENTRY_GRANTED, ENTRY_OFFERED, ENTRY_WAITING, NONE,
                                RING_ALL, Agent, Core, Entry, Line, Node, Pool, Queue, agent_may,
                                has_passed)


# ---- entries ----------------------------------------------------------------------------------


cdef bint may_ring(const Core *core, const Entry *entry) noexcept nogil:
    """Whether the entry may be offered to an agent, or to one more."""
    return entry.state == ENTRY_WAITING or (
        entry.state == ENTRY_OFFERED and core.queues[entry.queue].strategy == RING_ALL)


cdef extern from *:
    """
    typedef __int128 agner_wide;  /* weight * wait * ageing needs 112 bits at the limits */
    """
    ctypedef long long wide "agner_wide"


cdef inline bint _older(const Entry *a, const Entry *b) noexcept nogil:
    return a.place < b.place or (a.place == b.place and a.number < b.number)


cdef bint _merits_more(const Core *core, const Entry *a, const Entry *b) noexcept nogil:
    """Serving order between queues that differ in weight or ageing, at this moment."""
    cdef const Queue *left = &core.queues[a.queue]
    cdef const Queue *right = &core.queues[b.queue]
    cdef wide left_wait = <wide> (core.now - a.place) * left.weight
    cdef wide right_wait = <wide> (core.now - b.place) * right.weight
    cdef wide left_merit = a.priority, right_merit = b.priority
    if left.ageing_ms:
        left_merit = left_merit * left.ageing_ms + left_wait
    if right.ageing_ms:
        right_merit = right_merit * right.ageing_ms + right_wait
    left_merit *= max(right.ageing_ms, 1)
    right_merit *= max(left.ageing_ms, 1)
    if left_merit != right_merit:
        return left_merit > right_merit
    return left_wait > right_wait or (left_wait == right_wait and a.number < b.number)


cdef bint goes_before(const Core *core, const Entry *a, const Entry *b) noexcept nogil:
    """Serving order; see above."""
    cdef const Queue *queue = &core.queues[a.queue]
    cdef const Queue *other = &core.queues[b.queue]
    cdef wide gain
    if queue.ageing_ms != other.ageing_ms or queue.weight != other.weight:
        return _merits_more(core, a, b)
    if a.priority != b.priority:
        if queue.ageing_ms == 0:
            return a.priority > b.priority
        gain = (<wide> (a.priority - b.priority) * queue.ageing_ms
                + <wide> (b.place - a.place) * queue.weight)
        if gain != 0:
            return gain > 0
    return _older(a, b)


cdef int _lines_grow(Core *core) noexcept nogil:
    cdef int32_t line, size = max(16, 2 * core.line_size)
    cdef void *grown = realloc(core.lines, size * sizeof(Line))
    if grown == NULL:
        return -1
    core.lines = <Line *> grown
    for line in range(core.line_size, size):
        core.lines[line].next = line + 1 if line + 1 < size else NONE
    core.line_free = core.line_size
    core.line_size = size
    return 0


cdef int32_t _line(Core *core, int32_t pool, int32_t priority) noexcept nogil:
    """The line of this priority; a new one if there is none, NONE if there is no memory."""
    cdef int32_t after = NONE, line = core.pools[pool].line
    while line != NONE and core.lines[line].priority > priority:
        after, line = line, core.lines[line].next
    if line != NONE and core.lines[line].priority == priority:
        return line
    if core.line_free == NONE and _lines_grow(core) < 0:
        core.has_failed = True
        return NONE
    cdef int32_t new = core.line_free
    core.line_free = core.lines[new].next
    core.lines[new] = Line(pool, priority, 0, NONE, NONE, line)
    if after == NONE:
        core.pools[pool].line = new
    else:
        core.lines[after].next = new
    return new


cdef void _line_close(Core *core, int32_t line) noexcept nogil:
    """Give up a line that has become empty."""
    cdef int32_t *link = &core.pools[core.lines[line].pool].line
    while link[0] != line:
        link = &core.lines[link[0]].next
    link[0] = core.lines[line].next
    core.lines[line].next = core.line_free
    core.line_free = line


cdef void _line_insert(Core *core, Line *line, Entry *entry) noexcept nogil:
    """Put the entry at its place by age, searched from both ends at once."""
    cdef Entry *entries = core.entries
    cdef int32_t slot = <int32_t> (entry - entries), before = line.last, after = line.first
    while before != NONE and _older(entry, &entries[before]):
        if _older(entry, &entries[after]):
            before = entries[after].prev
            break
        before, after = entries[before].prev, entries[after].next
    entry.prev = before
    entry.next = line.first if before == NONE else entries[before].next
    if entry.prev == NONE:
        line.first = slot
    else:
        entries[entry.prev].next = slot
    if entry.next == NONE:
        line.last = slot
    else:
        entries[entry.next].prev = slot
    line.count += 1


cdef bint is_in_line(const Core *core, const Entry *entry) noexcept nogil:
    """Whether the entry belongs into a Line, not into its queue's held list."""
    return (may_ring(core, entry) and core.queues[entry.queue].pool != NONE
            and entry.preferred == NONE)


cdef void entry_join(Core *core, Entry *entry) noexcept nogil:
    """Put an entry where its state belongs: its line, or its queue's held list."""
    cdef Queue *queue = &core.queues[entry.queue]
    entry.line = NONE
    if is_in_line(core, entry):
        entry.line = _line(core, queue.pool + entry.stage, entry.priority)
    if entry.line != NONE:
        _line_insert(core, &core.lines[entry.line], entry)
        return
    entry.prev, entry.next = NONE, queue.held
    if queue.held != NONE:
        core.entries[queue.held].prev = <int32_t> (entry - core.entries)
    queue.held = <int32_t> (entry - core.entries)


cdef void entry_part(Core *core, Entry *entry) noexcept nogil:
    """Take an entry out of its line, or of its queue's held list."""
    cdef Line *line = &core.lines[entry.line] if entry.line != NONE else NULL
    if entry.prev != NONE:
        core.entries[entry.prev].next = entry.next
    elif line != NULL:
        line.first = entry.next
    else:
        core.queues[entry.queue].held = entry.next
    if entry.next != NONE:
        core.entries[entry.next].prev = entry.prev
    elif line != NULL:
        line.last = entry.prev
    if line != NULL:
        line.count -= 1
        if line.count == 0:
            _line_close(core, entry.line)


cdef Entry *_best_of(Core *core, int32_t pool, int32_t agent, Entry *best) noexcept nogil:
    """The first in serving order of `best` and the pool's entries that the agent may take."""
    cdef bint is_strict = core.queues[core.pools[pool].queue].ageing_ms == 0
    cdef int32_t slot, line = core.pools[pool].line
    while line != NONE:
        if is_strict and best != NULL and core.lines[line].priority < best.priority:
            break
        slot = core.lines[line].first
        while slot != NONE and has_passed(core, &core.entries[slot], agent):
            slot = core.entries[slot].next
        if slot != NONE:
            if best == NULL or goes_before(core, &core.entries[slot], best):
                best = &core.entries[slot]
            if is_strict:
                break
        line = core.lines[line].next
    return best


cdef Entry *best_entry(Core *core, const Agent *agent) noexcept nogil:
    """The first in serving order of the entries that this agent may take now, or NULL."""
    cdef Entry *best = NULL
    cdef Entry *entry
    cdef int32_t node, slot = agent.want_first, number = <int32_t> (agent - core.agents)
    for node in range(agent.nodes, agent.nodes + agent.node_count):
        best = _best_of(core, core.nodes[node].pool, number, best)
    while slot != NONE:
        entry = &core.entries[slot]
        if may_ring(core, entry) and (best == NULL or goes_before(core, entry, best)):
            # a reload may have taken the queue from the agent, and is not settled yet
            if not has_passed(core, entry, number) and agent_may(
                    core, number, entry.queue, entry.stage):
                best = entry
        slot = entry.want_next
    return best


cdef Entry *first_entry(Core *core, int32_t queue) noexcept nogil:
    """The first in serving order of a queue's callers who may ring, or NULL: nobody's callback."""
    cdef Entry *best = NULL
    cdef Entry *entry
    cdef int32_t pool, line, slot, first = core.queues[queue].pool
    for pool in range(first, first + core.queues[queue].stages if first != NONE else first):
        line = core.pools[pool].line
        while line != NONE:
            slot = core.lines[line].first
            while slot != NONE and core.entries[slot].customer == CUSTOMER_AWAY:
                slot = core.entries[slot].next
            entry = &core.entries[slot] if slot != NONE else NULL
            if entry != NULL and (best == NULL or goes_before(core, entry, best)):
                best = entry
            line = core.lines[line].next
    return best


cdef int32_t _before_in(Core *core, const Line *line, const Entry *entry) noexcept nogil:
    """How many of a line go before the entry, counted from both ends at once."""
    cdef Entry *entries = core.entries
    cdef int32_t front = line.first, back = line.last, counted = 0
    while front != NONE:
        if not goes_before(core, &entries[front], entry):
            return counted
        if goes_before(core, &entries[back], entry):
            return line.count - counted
        front, back = entries[front].next, entries[back].prev
        counted += 1
    return counted


cdef int32_t entries_ahead(Core *core, const Entry *entry) noexcept nogil:
    """How many WAITING or OFFERED entries of its queue go before this one."""
    cdef Queue *queue = &core.queues[entry.queue]
    cdef int32_t pool, line, slot, ahead = 0
    for pool in range(queue.pool, queue.pool + queue.stages if queue.pool != NONE else queue.pool):
        line = core.pools[pool].line
        while line != NONE:
            if queue.ageing_ms == 0 and core.lines[line].priority != entry.priority:
                if core.lines[line].priority < entry.priority:
                    break
                ahead += core.lines[line].count
            else:
                ahead += _before_in(core, &core.lines[line], entry)
            line = core.lines[line].next
    slot = queue.held
    while slot != NONE:
        if core.entries[slot].state != ENTRY_GRANTED:
            ahead += goes_before(core, &core.entries[slot], entry)
        slot = core.entries[slot].next
    return ahead


# ---- READY agents -----------------------------------------------------------------------------


cdef inline bint _idle_before(const Node *a, const Node *b) noexcept nogil:
    return a.idle_since < b.idle_since or (a.idle_since == b.idle_since and a.agent < b.agent)


cdef void _pool_insert(Core *core, Pool *pool, int32_t node) noexcept nogil:
    """Put a node at its place by idle time, searched from both ends at once."""
    cdef Node *nodes = core.nodes
    cdef Node *new = &nodes[node]
    cdef int32_t before = pool.last, after = pool.first
    while before != NONE and _idle_before(new, &nodes[before]):
        if _idle_before(new, &nodes[after]):
            before = nodes[after].prev
            break
        before, after = nodes[before].prev, nodes[after].next
    new.prev = before
    new.next = pool.first if before == NONE else nodes[before].next
    if new.prev == NONE:
        pool.first = node
    else:
        nodes[new.prev].next = node
    if new.next == NONE:
        pool.last = node
    else:
        nodes[new.next].prev = node


cdef void agent_join(Core *core, Agent *agent) noexcept nogil:
    """The agent is READY: into every pool that may have them."""
    cdef int32_t node
    cdef Pool *pool
    for node in range(agent.nodes, agent.nodes + agent.node_count):
        pool = &core.pools[core.nodes[node].pool]
        core.nodes[node].idle_since = agent.idle_since
        _pool_insert(core, pool, node)
        pool.ranks[agent.rank >> 6] |= <uint64_t> 1 << (agent.rank & 63)


cdef void agent_part(Core *core, Agent *agent) noexcept nogil:
    """The agent is READY no more: out of every pool."""
    cdef int32_t node
    cdef Pool *pool
    cdef Node *nodes = core.nodes
    for node in range(agent.nodes, agent.nodes + agent.node_count):
        pool = &core.pools[nodes[node].pool]
        if nodes[node].prev == NONE:
            pool.first = nodes[node].next
        else:
            nodes[nodes[node].prev].next = nodes[node].next
        if nodes[node].next == NONE:
            pool.last = nodes[node].prev
        else:
            nodes[nodes[node].next].prev = nodes[node].prev
        pool.ranks[agent.rank >> 6] &= ~(<uint64_t> 1 << (agent.rank & 63))
