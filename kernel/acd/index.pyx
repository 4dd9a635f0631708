# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The queue engine's indexes, made anew from its tables after a change of configuration.

Ranks, pools, nodes, lines, held lists, counters and the timers of waiting all follow from the
queues, agents and entries. A reload and a restored snapshot take this one path.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort

from kernel.acd.lists cimport agent_join, entry_join
from kernel.acd.tables cimport (LOGGED_OUT, NONE, READY, SKILLS_MAX, T_MAX_WAIT, T_RELAX,
                                UNREACHABLE, Agent, Core, Entry, Node, Pool, Queue, entry_timer,
                                entry_timer_clear)

ctypedef struct Key:  # what to sort by, and whose it is
    int64_t first, second
    int32_t index


cdef int _compare(const void *a, const void *b) noexcept nogil:
    cdef const Key *left = <const Key *> a
    cdef const Key *right = <const Key *> b
    if left.first != right.first:
        return -1 if left.first < right.first else 1
    return (left.second > right.second) - (left.second < right.second)


cdef int index_all(Core *core) noexcept nogil:
    """Make every index anew; -1 if there is no memory, and the engine cannot be used then."""
    cdef int32_t most = max(core.agent_count, core.entry_size)
    cdef Key *keys = <Key *> malloc(max(most, 1) * sizeof(Key))
    if keys == NULL:
        return -1
    if _rank(core, keys) < 0 or _make_pools(core) < 0 or _make_nodes(core) < 0:
        core.has_failed = True
    else:
        _join_entries(core, keys)
        _join_agents(core, keys)
    free(keys)
    core.is_stale = False
    return -1 if core.has_failed else 0


cdef int _rank(Core *core, Key *keys) noexcept nogil:
    """Agents by `order`, then number."""
    cdef int32_t agent
    for agent in range(core.agent_count):
        keys[agent] = Key(core.agents[agent].rank_order, agent, agent)
    qsort(keys, core.agent_count, sizeof(Key), _compare)
    free(core.by_rank)
    core.by_rank = <int32_t *> malloc(max(core.agent_count, 1) * sizeof(int32_t))
    if core.by_rank == NULL:
        return -1
    for agent in range(core.agent_count):
        core.by_rank[agent] = keys[agent].index
        core.agents[keys[agent].index].rank = agent
    core.rank_words = (core.agent_count + 63) >> 6
    return 0


cdef int _make_pools(Core *core) noexcept nogil:
    """An empty pool for each stage of each queue."""
    cdef int32_t number, pool, stage, count = 0
    cdef Queue *queue
    for number in range(core.queue_count):
        count += core.queues[number].stages if core.queues[number].is_known else 0
    free(core.pools)
    free(core.rank_bits)
    core.pools = <Pool *> calloc(max(count, 1), sizeof(Pool))
    core.rank_bits = <uint64_t *> calloc(max(count * core.rank_words, 1), sizeof(uint64_t))
    if core.pools == NULL or core.rank_bits == NULL:
        return -1
    core.pool_count = count
    pool = 0
    for number in range(core.queue_count):
        queue = &core.queues[number]
        queue.pool = pool if queue.is_known else NONE
        for stage in range(queue.stages if queue.is_known else 0):
            core.pools[pool] = Pool(number, stage, NONE, NONE, NONE,
                                    core.rank_bits + pool * core.rank_words)
            pool += 1
    return 0


cdef bint _reaches(const Agent *agent, const Queue *queue, int32_t stage,
                   int64_t after_ms) noexcept nogil:
    cdef int32_t skill
    if queue.relax_ms[stage] < after_ms:
        return False
    for skill in range(SKILLS_MAX):
        if agent.levels[skill] < queue.levels[stage][skill]:
            return False
    return True


cdef int32_t _nodes_of(Core *core, int32_t number, int32_t node, bint is_counting) noexcept nogil:
    """Write an agent's nodes from `node` on, or only count them; the first node after them."""
    cdef Agent *agent = &core.agents[number]
    cdef Queue *queue
    cdef int32_t index, stage
    for index in range(agent.queue_count):
        if agent.queues[index] >= core.queue_count:
            continue
        queue = &core.queues[agent.queues[index]]
        for stage in range(queue.stages if queue.is_known else 0):
            if _reaches(agent, queue, stage, agent.after_ms[index]):
                if not is_counting:
                    core.nodes[node] = Node(0, number, queue.pool + stage, NONE, NONE)
                node += 1
    return node


cdef int _make_nodes(Core *core) noexcept nogil:
    """A node for each agent in each pool that may have them, in no pool's list yet."""
    cdef int32_t agent, count = 0
    for agent in range(core.agent_count):
        count = _nodes_of(core, agent, count, True)
    free(core.nodes)
    core.nodes = <Node *> malloc(max(count, 1) * sizeof(Node))
    if core.nodes == NULL:
        return -1
    count = 0
    for agent in range(core.agent_count):
        core.agents[agent].nodes = count
        count = _nodes_of(core, agent, count, False)
        core.agents[agent].node_count = count - core.agents[agent].nodes
    return 0


cdef void _join_entries(Core *core, Key *keys) noexcept nogil:
    """Every entry into its line or held list, by age."""
    cdef int32_t index, line, slot, count = 0
    cdef Entry *entry
    for line in range(core.line_size):
        core.lines[line].next = line + 1 if line + 1 < core.line_size else NONE
    core.line_free = 0 if core.line_size else NONE
    for index in range(core.queue_count):
        core.queues[index].held = NONE
        core.queues[index].length = 0
    for slot in range(core.entry_size):
        if core.entries[slot].number:
            keys[count] = Key(core.entries[slot].place, core.entries[slot].number, slot)
            count += 1
    qsort(keys, count, sizeof(Key), _compare)
    for index in range(count):
        entry = &core.entries[keys[index].index]
        core.queues[entry.queue].length += 1
        entry_join(core, entry)
        arm_wait(core, entry)


cdef void _join_agents(Core *core, Key *keys) noexcept nogil:
    """Count the agents of each queue, and put the READY ones into their pools, by idle time."""
    cdef int32_t number, index, queue, count = 0
    cdef Agent *agent
    for queue in range(core.queue_count):
        core.queues[queue].staffed = core.queues[queue].ready = 0
    for number in range(core.agent_count):
        agent = &core.agents[number]
        for index in range(agent.queue_count):
            queue = agent.queues[index]
            if queue < core.queue_count:
                core.queues[queue].staffed += agent.standing not in (LOGGED_OUT, UNREACHABLE)
                core.queues[queue].ready += agent.standing == READY
        if agent.standing == READY:
            keys[count] = Key(agent.idle_since, number, number)
            count += 1
    qsort(keys, count, sizeof(Key), _compare)
    for index in range(count):
        agent_join(core, &core.agents[keys[index].index])


cdef void arm_wait(Core *core, Entry *entry) noexcept nogil:
    """Set the timers of an entry's wait, as its queue has them now."""
    cdef Queue *queue = &core.queues[entry.queue]
    if entry.next_try:
        entry_timer(core, entry, T_MAX_WAIT, entry.next_try)
    elif queue.max_wait_ms and not entry.overdue and not entry.customer:
        entry_timer(core, entry, T_MAX_WAIT, entry.entered + queue.max_wait_ms)
    else:
        entry_timer_clear(core, entry, T_MAX_WAIT)
    if entry.stage + 1 < queue.stages:
        entry_timer(core, entry, T_RELAX, entry.entered + queue.relax_ms[entry.stage + 1])
    else:
        entry_timer_clear(core, entry, T_RELAX)
