# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# distutils: extra_compile_args = -O3
"""What the queue engine does in one instant where phones are answered at once: for simulation.

The strategy chooses and `stand` moves the agent, as ever; left out is what nobody sees when enter,
answered and bridged have the same time: the entry's way through the tables, timers set and
cleared, actions. The tables are afterwards the same to the bit; a test compares their snapshots.
"""

from libc.stdint cimport int32_t, int64_t

from kernel.acd_protocol cimport confirm, grant, match
from kernel.acd_standing cimport stand
from kernel.acd_tables cimport (
    ANSWERED,
    NONE,
    OFFER_RINGING,
    RANDOM,
    RING_ALL,
    T_WRAP_UP,
    Agent,
    Arrival,
    Core,
    Entry,
    Queue,
    agent_of,
    agent_timer,
    agent_timer_clear,
)
from kernel.strategies cimport GOLDEN, choose


cdef inline bint _is_at_rest(const Core *core) noexcept nogil:
    """Nothing is left to be matched, and nobody reads decisions or the digest."""
    return core.is_quiet and not core.is_unsettled


cdef int32_t arrived_and_taken(Core *core, int64_t now, const Arrival *arrival) noexcept nogil:
    """enter, answered, bridged: the agent who talks. NONE: nothing was done, it is to `enter`."""
    cdef Queue *queue = &core.queues[arrival.queue]
    cdef Agent *agent
    cdef Entry entry  # what a strategy looks at; it comes into no table
    cdef int32_t number
    if not _is_at_rest(core) or queue.ready == 0 or queue.strategy == RING_ALL:
        return NONE
    entry.queue, entry.stage, entry.passed, entry.preferred = arrival.queue, 0, NONE, NONE
    core.now = now
    number = choose(core, &entry)
    if number == NONE:
        return NONE
    core.entry_serial += 1
    core.offer_serial += 1
    queue.entered += 1
    queue.outcomes[<int> ANSWERED] += 1
    queue.last = number
    agent = &core.agents[number]
    agent.misses = 0
    agent.legs += 1
    agent.calls += 1
    agent.is_talking, agent.talk_since = True, now
    stand(core, agent)
    if queue.strategy >= RANDOM:
        core.dice += GOLDEN
    return number


cdef bint hung_up(Core *core, int64_t now, int32_t number, int64_t wrap_up_ms) noexcept nogil:
    """talk_ended, leg_removed of an agent with one leg: whether that was done."""
    cdef Agent *agent = &core.agents[number]
    if not _is_at_rest(core) or agent.legs != 1 or not agent.is_talking:
        return False
    core.now = now
    agent.talk_ms += now - max(agent.talk_since, core.day_since)
    agent.is_talking = False
    agent.legs = 0
    agent.wrap_up_until = max(agent.wrap_up_until, now + wrap_up_ms)
    agent.idle_since = agent.wrap_up_until
    if agent.wrap_up_until > now:
        agent_timer(core, number, T_WRAP_UP, agent.wrap_up_until)
    else:
        agent_timer_clear(core, number, T_WRAP_UP)
    stand(core, agent)
    match(core)
    return True


cdef bint offer_taken(Core *core, int64_t now, int64_t offer) noexcept nogil:
    """answered, bridged: whether that was done."""
    cdef Agent *agent = agent_of(core, offer)
    if not _is_at_rest(core) or agent == NULL or agent.offer_state != OFFER_RINGING:
        return False
    core.now = now
    grant(core, agent)
    confirm(core, agent)
    match(core)
    return True
