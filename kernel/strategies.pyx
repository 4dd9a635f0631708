# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Queue strategies: which READY agent an entry gets.

A strategy looks at the pool of those who are READY and able, and skips who has passed the entry
by. To add one: a function here, its name and number, its oracle in tests/kernel/oracle.py.
"""

from libc.stdint cimport int32_t, uint64_t

from kernel.acd_tables cimport NONE, STRATEGY_COUNT, Core, Entry, Pool, has_passed

cdef extern from *:
    """
    #define lowest_bit(word) __builtin_ctzll(word)
    """
    int lowest_bit(uint64_t word) noexcept nogil

ctypedef int32_t (*Strategy)(Core *, const Pool *, const Entry *) noexcept nogil


cdef int32_t _longest_idle(Core *core, const Pool *pool, const Entry *entry) noexcept nogil:
    """The agent idle longest; a tie goes to the lowest agent number."""
    cdef int32_t node = pool.first
    while node != NONE and has_passed(core, entry, core.nodes[node].agent):
        node = core.nodes[node].next
    return core.nodes[node].agent if node != NONE else NONE


cdef int32_t _from_rank(Core *core, const Pool *pool, const Entry *entry,
                        int32_t rank) noexcept nogil:
    """The first agent whose rank is at least `rank`."""
    cdef int32_t word = rank >> 6, agent
    cdef uint64_t bits
    if word >= core.rank_words:
        return NONE
    bits = pool.ranks[word] & (~<uint64_t> 0 << (rank & 63))
    while True:
        while bits == 0:
            word += 1
            if word == core.rank_words:
                return NONE
            bits = pool.ranks[word]
        agent = core.by_rank[64 * word + lowest_bit(bits)]
        if not has_passed(core, entry, agent):
            return agent
        bits &= bits - 1


cdef int32_t _linear(Core *core, const Pool *pool, const Entry *entry) noexcept nogil:
    """The first agent by their `order`, then number."""
    return _from_rank(core, pool, entry, 0)


cdef int32_t _round_robin(Core *core, const Pool *pool, const Entry *entry) noexcept nogil:
    """The next after the agent whom this queue offered a call last, in the order of `linear`."""
    cdef int32_t last = core.queues[pool.queue].last, agent = NONE
    if last != NONE:
        agent = _from_rank(core, pool, entry, core.agents[last].rank + 1)
    return agent if agent != NONE else _from_rank(core, pool, entry, 0)


cdef Strategy[<int> STRATEGY_COUNT] TABLE
TABLE[:] = [_longest_idle, _round_robin, _linear, _linear]  # ring_all: `match` comes again
STRATEGIES = ("longest_idle", "round_robin", "linear", "ring_all")


cdef int32_t choose(Core *core, const Entry *entry) noexcept nogil:
    """The agent whom this entry is offered to now, or NONE."""
    cdef int32_t first = core.queues[entry.queue].pool
    if first == NONE:
        return NONE
    return TABLE[core.queues[entry.queue].strategy](
        core, &core.pools[first + entry.stage], entry)
