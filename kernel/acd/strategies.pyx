# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Queue strategies: which READY agent an entry gets.

A strategy looks at the pool of those who are READY and able, and skips who has passed the entry
by. To add one: a function here, its name, and its number behind all others, for snapshots keep
numbers; its oracle in tests/kernel/acd/oracle_strategies.py.

    longest_idle, round_robin, linear, ring_all     a step or two, however many agents
    fewest_calls, least_talk, least_occupied,       a look at each READY agent of the pool
    random, weighted

Those that look at figures of the day give a tie to the longest idle. `random` and `weighted` draw
from the engine's own dice, which roll once an offer: the same seed and facts give the same day.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

from kernel.acd.standing cimport so_far
from kernel.acd.tables cimport NONE, READY, STRATEGY_COUNT, Agent, Core, Entry, Pool, has_passed

cdef extern from *:
    """
    #define lowest_bit(word) __builtin_ctzll(word)
    typedef __int128 agner_wide;
    """
    int lowest_bit(uint64_t word) noexcept nogil
    ctypedef long long wide "agner_wide"

ctypedef int32_t (*Strategy)(Core *, const Pool *, const Entry *) noexcept nogil
ctypedef bint (*Better)(const Core *, const Agent *, const Agent *) noexcept nogil


# ---- in order ---------------------------------------------------------------------------------


cdef int32_t _next(Core *core, const Entry *entry, int32_t node) noexcept nogil:
    """The first node from this one on, by idle time, whose agent has not passed the entry by."""
    while node != NONE and has_passed(core, entry, core.nodes[node].agent):
        node = core.nodes[node].next
    return node


cdef int32_t _longest_idle(Core *core, const Pool *pool, const Entry *entry) noexcept nogil:
    """The agent idle longest; a tie goes to the lowest agent number."""
    cdef int32_t node = _next(core, entry, pool.first)
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


# ---- by figures of the day --------------------------------------------------------------------


cdef int32_t _best_by(Core *core, const Pool *pool, const Entry *entry,
                      Better better) noexcept nogil:
    """The first by idle time whom nobody is better than."""
    cdef int32_t agent, best = NONE, node = _next(core, entry, pool.first)
    while node != NONE:
        agent = core.nodes[node].agent
        if best == NONE or better(core, &core.agents[agent], &core.agents[best]):
            best = agent
        node = _next(core, entry, core.nodes[node].next)
    return best


cdef bint _has_fewer_calls(const Core *core, const Agent *a, const Agent *b) noexcept nogil:
    return a.calls < b.calls


cdef bint _has_less_talk(const Core *core, const Agent *a, const Agent *b) noexcept nogil:
    return a.talk_ms < b.talk_ms


cdef inline int64_t _at_work(const Core *core, const Agent *agent) noexcept nogil:
    return max(agent.occupied_ms + agent.ready_ms + so_far(core, agent), 1)


cdef bint _is_less_occupied(const Core *core, const Agent *a, const Agent *b) noexcept nogil:
    return (<wide> a.occupied_ms * _at_work(core, b)) < (<wide> b.occupied_ms * _at_work(core, a))


cdef int32_t _fewest_calls(Core *core, const Pool *pool, const Entry *entry) noexcept nogil:
    """The agent with the fewest calls of queues today."""
    return _best_by(core, pool, entry, _has_fewer_calls)


cdef int32_t _least_talk(Core *core, const Pool *pool, const Entry *entry) noexcept nogil:
    """The agent with the least talk with callers of queues today."""
    return _best_by(core, pool, entry, _has_less_talk)


cdef int32_t _least_occupied(Core *core, const Pool *pool, const Entry *entry) noexcept nogil:
    """The agent with the lowest occupancy today: occupied / (occupied + READY) time."""
    return _best_by(core, pool, entry, _is_less_occupied)


# ---- by dice ----------------------------------------------------------------------------------


cdef inline uint64_t _drawn(uint64_t dice) noexcept nogil:
    """What splitmix64 gives for its next state."""
    dice = (dice ^ (dice >> 30)) * <uint64_t> 0xBF58476D1CE4E5B9
    dice = (dice ^ (dice >> 27)) * <uint64_t> 0x94D049BB133111EB
    return dice ^ (dice >> 31)


cdef int32_t _by_lot(Core *core, const Pool *pool, const Entry *entry,
                     bint is_weighted) noexcept nogil:
    """Lots by idle time, one of each agent or as many as their weight; the dice pick one."""
    cdef int32_t node = _next(core, entry, pool.first)
    cdef uint64_t lots = 0, lot
    while node != NONE:
        lots += core.agents[core.nodes[node].agent].weight if is_weighted else 1
        node = _next(core, entry, core.nodes[node].next)
    lot = (_drawn(core.dice + GOLDEN) >> 32) * lots >> 32
    node = _next(core, entry, pool.first)
    while node != NONE:
        lots = core.agents[core.nodes[node].agent].weight if is_weighted else 1
        if lot < lots:
            return core.nodes[node].agent
        lot -= lots
        node = _next(core, entry, core.nodes[node].next)
    return NONE


cdef int32_t _random(Core *core, const Pool *pool, const Entry *entry) noexcept nogil:
    """Anybody, each as likely as the other."""
    return _by_lot(core, pool, entry, False)


cdef int32_t _weighted(Core *core, const Pool *pool, const Entry *entry) noexcept nogil:
    """Anybody, as likely as their `weight` says: 3 is three times as likely as 1."""
    return _by_lot(core, pool, entry, True)


cdef Strategy[<int> STRATEGY_COUNT] TABLE
TABLE[:] = [_longest_idle, _round_robin, _linear, _linear,  # ring_all: `match` comes again
            _fewest_calls, _least_talk, _least_occupied, _random, _weighted]
STRATEGIES = ("longest_idle", "round_robin", "linear", "ring_all",
              "fewest_calls", "least_talk", "least_occupied", "random", "weighted")


cdef int32_t choose(Core *core, const Entry *entry) noexcept nogil:
    """The agent whom this entry is offered to now, or NONE."""
    cdef int32_t first = core.queues[entry.queue].pool
    if first == NONE:
        return NONE
    if entry.preferred != NONE:
        return entry.preferred if somebody(core, entry) else NONE
    return TABLE[core.queues[entry.queue].strategy](
        core, &core.pools[first + entry.stage], entry)


cdef bint somebody(Core *core, const Entry *entry) noexcept nogil:
    """Whether there is an agent whom this entry may be offered to now."""
    cdef int32_t first = core.queues[entry.queue].pool
    if first == NONE:
        return False
    if entry.preferred != NONE:
        return (core.agents[entry.preferred].standing == READY
                and not has_passed(core, entry, entry.preferred))
    return _next(core, entry, core.pools[first + entry.stage].first) != NONE
