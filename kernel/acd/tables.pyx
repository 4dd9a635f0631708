# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The queue engine's tables: room for them, numbers into them, what is written down of them.

Tables refer to each other by index, so that they may grow. Only the functions named `*_grow`,
`emit` and `passed_add` ask for memory; the last two set `has_failed` if there is none.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memset

from kernel.timers cimport timers_clear, timers_free, timers_grow, timers_set

cdef extern from *:
    """
    #define lowest_bit(word) __builtin_ctzll(word)
    """
    int lowest_bit(uint64_t word) noexcept nogil


cdef int core_init(Core *core) noexcept nogil:
    """An engine with nothing in it; -1 if there is no memory."""
    memset(core, 0, sizeof(Core))
    core.entry_serial = core.offer_serial = 1
    core.digest = 0x9E3779B97F4A7C15
    core.passed_free = core.line_free = NONE
    core.decisions = <Decision *> calloc(DECISIONS_MAX, sizeof(Decision))
    if core.decisions == NULL or entries_grow(core, 1) < 0:
        return -1
    return 0


cdef void core_free(Core *core) noexcept nogil:
    cdef int32_t agent
    for agent in range(core.agent_count):
        free(core.agents[agent].queues)
        free(core.agents[agent].after_ms)
    free(core.queues)
    free(core.agents)
    free(core.entries)
    free(core.passed)
    free(core.pools)
    free(core.nodes)
    free(core.rank_bits)
    free(core.by_rank)
    free(core.lines)
    free(core.fresh_agents)
    free(core.fresh_entries)
    free(core.actions)
    free(core.decisions)
    timers_free(&core.agent_timers)
    timers_free(&core.entry_timers)
    memset(core, 0, sizeof(Core))


# ---- room -------------------------------------------------------------------------------------


cdef void *_resized(void *table, int64_t old, int64_t new, size_t size) noexcept nogil:
    """`table` with room for `new` items, those from `old` on zero; NULL if there is no memory."""
    cdef char *grown = <char *> realloc(table, new * size)
    if grown != NULL:
        memset(grown + old * size, 0, (new - old) * size)
    return grown


cdef int queues_grow(Core *core, int32_t count) noexcept nogil:
    """Room for queue numbers below `count`."""
    cdef void *grown
    cdef int32_t queue
    if count > core.queue_count:
        grown = _resized(core.queues, core.queue_count, count, sizeof(Queue))
        if grown == NULL:
            return -1
        core.queues = <Queue *> grown
        for queue in range(core.queue_count, count):
            core.queues[queue].last = core.queues[queue].pool = core.queues[queue].held = NONE
        core.queue_count = count
    return 0


cdef int agents_grow(Core *core, int32_t count) noexcept nogil:
    """Room for agent numbers below `count`."""
    cdef void *grown
    cdef int32_t agent
    if count > core.agent_count:
        grown = _resized(core.agents, core.agent_count, count, sizeof(Agent))
        if grown == NULL:
            return -1
        core.agents = <Agent *> grown
        grown = _resized(core.fresh_agents, core.agent_count, count, sizeof(int32_t))
        if grown == NULL:
            return -1
        core.fresh_agents = <int32_t *> grown
        for agent in range(core.agent_count, count):
            core.agents[agent].want_first = core.agents[agent].want_last = NONE
        core.agent_count = count
    return timers_grow(&core.agent_timers, 2 * core.agent_count)


cdef int entries_grow(Core *core, int32_t count) noexcept nogil:
    """Room for slots below `count`, at most ENTRIES_MAX; -1 if there is no memory."""
    cdef int32_t size = max(count, min(max(64, 2 * core.entry_size), <int32_t> ENTRIES_MAX))
    cdef int32_t slot
    cdef void *grown
    if count <= core.entry_size:
        return 0
    grown = _resized(core.entries, core.entry_size, size, sizeof(Entry))
    if grown == NULL:
        return -1
    core.entries = <Entry *> grown
    grown = _resized(core.fresh_entries, core.entry_size, size, sizeof(int32_t))
    if grown == NULL:
        return -1
    core.fresh_entries = <int32_t *> grown
    for slot in range(core.entry_size, size):
        slot_left(core, slot)
    core.entry_size = size
    return timers_grow(&core.entry_timers, 4 * size)


# ---- numbers ----------------------------------------------------------------------------------


cdef int32_t entry_slot(Core *core) noexcept nogil:
    """The lowest free slot, or NONE: the same whatever was free before."""
    cdef int32_t outer, word
    for outer in range(SLOT_WORDS_WORDS):
        if core.slot_words_free[outer]:
            word = 64 * outer + lowest_bit(core.slot_words_free[outer])
            return 64 * word + lowest_bit(core.slots_free[word])
    return NONE


cdef void slot_taken(Core *core, int32_t slot) noexcept nogil:
    cdef int32_t word = slot >> 6
    core.slots_free[word] &= ~(<uint64_t> 1 << (slot & 63))
    if core.slots_free[word] == 0:
        core.slot_words_free[word >> 6] &= ~(<uint64_t> 1 << (word & 63))


cdef void slot_left(Core *core, int32_t slot) noexcept nogil:
    cdef int32_t word = slot >> 6
    core.slots_free[word] |= <uint64_t> 1 << (slot & 63)
    core.slot_words_free[word >> 6] |= <uint64_t> 1 << (word & 63)


# ---- what is written down ---------------------------------------------------------------------


cdef void digest_mix(Core *core, uint64_t a, uint64_t b, uint64_t c) noexcept nogil:
    """Take three numbers into the running hash; odd multipliers, so that each bit counts."""
    cdef uint64_t mixed
    if core.is_quiet:
        return
    mixed = a + b * <uint64_t> 0x9E3779B97F4A7C15 + c * <uint64_t> 0xC2B2AE3D27D4EB4F
    mixed = (core.digest ^ mixed) * <uint64_t> 0xD6E8FEB86659FD93
    core.digest = mixed ^ (mixed >> 32)


cdef void note(Core *core, int64_t entry, int64_t kind, int64_t agent,
               int64_t reason) noexcept nogil:
    """Write a decision about an entry into the ring."""
    if core.is_quiet:
        return
    core.decisions[core.decision_count % DECISIONS_MAX] = Decision(
        core.now, entry, kind, agent, reason)
    core.decision_count += 1


cdef int actions_grow(Core *core) noexcept nogil:
    """Room for more actions; -1 if there is no memory, and the engine has failed then."""
    cdef int32_t size = max(32, 2 * core.action_size)
    cdef void *grown = _resized(core.actions, core.action_size, size, sizeof(Action))
    if grown == NULL:
        core.has_failed = True
        return -1
    core.actions = <Action *> grown
    core.action_size = size
    return 0


cdef void emitted(Core *core, const Action *action) noexcept nogil:
    """Take an action into the digest, and if it is about an entry into the ring of decisions."""
    digest_mix(core, <uint64_t> action.kind << 32 ^ action.value, action.entry,
               <uint64_t> action.offer << 13 ^ action.agent)
    if action.entry >= 0:
        note(core, action.entry, action.kind, action.agent, action.value)


# ---- who has passed an entry by ---------------------------------------------------------------


cdef int _passed_grow(Core *core) noexcept nogil:
    cdef int32_t node, size = max(32, 2 * core.passed_size)
    cdef void *grown = _resized(core.passed, core.passed_size, size, sizeof(Passed))
    if grown == NULL:
        return -1
    core.passed = <Passed *> grown
    for node in range(core.passed_size, size):
        core.passed[node].next = node + 1 if node + 1 < size else NONE
    core.passed_free = core.passed_size
    core.passed_size = size
    return 0


cdef void passed_add(Core *core, Entry *entry, int32_t agent, int64_t until) noexcept nogil:
    """Let an agent not be offered the entry before `until`."""
    cdef int32_t node
    if core.passed_free == NONE and _passed_grow(core) < 0:
        core.has_failed = True
        return
    node = core.passed_free
    core.passed_free = core.passed[node].next
    core.passed[node] = Passed(until, agent, entry.passed)
    entry.passed = node
    passed_arm(core, entry)


cdef void passed_expire(Core *core, Entry *entry, int64_t now) noexcept nogil:
    """Forget whoever passed the entry by until `now` or sooner."""
    cdef int32_t *link = &entry.passed
    cdef int32_t node
    while link[0] != NONE:
        node = link[0]
        if core.passed[node].until <= now:
            link[0] = core.passed[node].next
            core.passed[node].next = core.passed_free
            core.passed_free = node
        else:
            link = &core.passed[node].next
    passed_arm(core, entry)


cdef void passed_arm(Core *core, Entry *entry) noexcept nogil:
    """Set the entry's retry timer for the first who may be offered it again."""
    cdef int32_t node = entry.passed
    cdef int64_t first
    if node == NONE:
        entry_timer_clear(core, entry, T_RETRY)
        return
    first = core.passed[node].until
    while node != NONE:
        first = min(first, core.passed[node].until)
        node = core.passed[node].next
    entry_timer(core, entry, T_RETRY, first)


cdef bint is_among_passed(const Core *core, const Entry *entry, int32_t agent) noexcept nogil:
    """Whether the agent has passed the entry by; `has_passed` asks first if anybody has."""
    cdef int32_t node = entry.passed
    while node != NONE and core.passed[node].agent != agent:
        node = core.passed[node].next
    return node != NONE


# ---- whom an entry prefers ----------------------------------------------------------------------


cdef bint agent_may(const Core *core, int32_t agent, int32_t queue, int32_t stage) noexcept nogil:
    """Whether the agent serves the queue, and may have its entries of this stage."""
    cdef const Agent *row = &core.agents[agent]
    cdef int32_t node, pool = core.queues[queue].pool
    for node in range(row.nodes, row.nodes + row.node_count):
        if pool != NONE and core.nodes[node].pool == pool + stage:
            return True
    return False


cdef void want_link(Core *core, Entry *entry) noexcept nogil:
    """Note the entry with the agent whom it prefers; entries come in by rising number."""
    cdef Agent *agent = &core.agents[entry.preferred]
    cdef int32_t slot = <int32_t> (entry - core.entries)
    entry.want_prev, entry.want_next = agent.want_last, NONE
    if agent.want_last == NONE:
        agent.want_first = slot
    else:
        core.entries[agent.want_last].want_next = slot
    agent.want_last = slot
    entry_timer(core, entry, T_PREFER, entry.prefer_until)


cdef void want_unlink(Core *core, Entry *entry) noexcept nogil:
    """The entry prefers nobody any more, if it did."""
    cdef Agent *agent
    if entry.preferred == NONE:
        return
    agent = &core.agents[entry.preferred]
    if entry.want_prev == NONE:
        agent.want_first = entry.want_next
    else:
        core.entries[entry.want_prev].want_next = entry.want_next
    if entry.want_next == NONE:
        agent.want_last = entry.want_prev
    else:
        core.entries[entry.want_next].want_prev = entry.want_prev
    entry.preferred = NONE
    entry_timer_clear(core, entry, T_PREFER)


# ---- timers: two of each agent, four of each entry --------------------------------------------


cdef int32_t agent_timer_id(int32_t agent, int32_t kind) noexcept nogil:
    return 2 * agent + (kind == T_WRAP_UP)


cdef inline int32_t _entry_timer_id(Entry *entry, int32_t kind) noexcept nogil:
    return <int32_t> (4 * (entry.number & ((1 << ENTRY_BITS) - 1)) + kind - T_RETRY)


cdef inline int64_t _order(int32_t kind, int64_t number) noexcept nogil:
    return (<int64_t> kind << 59) | number


cdef void agent_timer(Core *core, int32_t agent, int32_t kind, int64_t at) noexcept nogil:
    timers_set(&core.agent_timers, agent_timer_id(agent, kind), at, _order(kind, agent))


cdef void agent_timer_clear(Core *core, int32_t agent, int32_t kind) noexcept nogil:
    timers_clear(&core.agent_timers, agent_timer_id(agent, kind))


cdef void entry_timer(Core *core, Entry *entry, int32_t kind, int64_t at) noexcept nogil:
    timers_set(&core.entry_timers, _entry_timer_id(entry, kind), at, _order(kind, entry.number))


cdef void entry_timer_clear(Core *core, Entry *entry, int32_t kind) noexcept nogil:
    timers_clear(&core.entry_timers, _entry_timer_id(entry, kind))


# ---- who must be matched at the end of the event ----------------------------------------------


cdef void fresh_agent(Core *core, int32_t agent) noexcept nogil:
    if not core.agents[agent].is_fresh:
        core.agents[agent].is_fresh = True
        core.fresh_agents[core.fresh_agent_count] = agent
        core.fresh_agent_count += 1


cdef void fresh_entry(Core *core, Entry *entry) noexcept nogil:
    if not entry.is_fresh:
        entry.is_fresh = True
        core.fresh_entries[core.fresh_entry_count] = <int32_t> (entry - core.entries)
        core.fresh_entry_count += 1
