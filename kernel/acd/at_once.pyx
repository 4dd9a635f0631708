# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# distutils: extra_compile_args = -O3
"""What the queue engine does in one instant where phones are answered at once: for simulation.

Left out is what nobody sees when enter, answered and bridged have the same time: an entry's way
through OFFERED and GRANTED, an agent's through READY and OFFERED, timers set and cleared, actions.
The tables are afterwards the same to the bit; a test compares their snapshots. Whatever is out of
the ordinary is left to the long way: each function says whether it did anything.
"""

from libc.stdint cimport int32_t, int64_t

from kernel.acd.index cimport arm_wait
from kernel.acd.lists cimport agent_join, agent_part, best_entry, entry_join, entry_part
from kernel.acd.protocol cimport confirm, grant, match
from kernel.acd.standing cimport stand, standing_of
from kernel.acd.tables cimport (ANSWERED, BUSY, ENTRY_BITS, ENTRY_WAITING, LONGEST_IDLE, NONE,
                                NO_CALLBACK, OFFER_RINGING, READY, RING_ALL, T_MAX_WAIT,
                                T_RELAX, T_WRAP_UP, WRAP_UP, Agent, Arrival, Core, Entry, Queue,
                                agent_of, agent_timer, agent_timer_clear, entry_slot,
                                entry_timer_clear, slot_left, slot_taken)
from kernel.acd.strategies cimport GOLDEN, choose, rolls_dice
from kernel.timers cimport Timer, timers_clear


cdef inline bint _is_at_rest(const Core *core) noexcept nogil:
    """Nothing is left to be matched, and nobody reads decisions or the digest."""
    return core.is_quiet and not core.is_unsettled


# ---- agents -----------------------------------------------------------------------------------


cdef inline void _stand(Core *core, Agent *agent, int32_t standing) noexcept nogil:
    """Move an agent between READY, BUSY and WRAP_UP, as `stand` would; nothing is to be matched."""
    cdef int64_t so_far = max(core.now - max(agent.since, core.day_since), <int64_t> 0)
    cdef int32_t index, step
    if agent.standing == READY:
        agent.ready_ms += so_far
        step = -1
        agent_part(core, agent)
    else:
        agent.occupied_ms += so_far
        step = standing == READY
        if step:
            agent_join(core, agent)
    agent.standing, agent.since = standing, core.now
    if step == 0:
        return
    for index in range(agent.queue_count):
        if agent.queues[index] >= core.queue_count:
            return
        core.queues[agent.queues[index]].ready += step


cdef inline void _begin_talk(Core *core, Agent *agent, Queue *queue) noexcept nogil:
    """An offer was made, answered and confirmed; the agent's standing is the caller's to set."""
    core.offer_serial += 1
    queue.outcomes[<int> ANSWERED] += 1
    queue.last = <int32_t> (agent - core.agents)
    agent.misses = 0
    agent.legs += 1
    agent.calls += 1
    agent.is_talking, agent.talk_since = True, core.now
    if rolls_dice(queue.strategy):
        core.dice += GOLDEN


cdef inline bint _is_ordinary(const Core *core, const Entry *entry) noexcept nogil:
    """Whether an entry is a call for anybody, and no agent has been asked yet."""
    return (entry.customer == NO_CALLBACK and entry.state == ENTRY_WAITING
            and entry.offer_first == NONE and entry.passed == NONE
            and entry.preferred == NONE and core.queues[entry.queue].strategy != RING_ALL)


cdef inline void _leave_answered(Core *core, Entry *entry) noexcept nogil:
    if core.entry_timers.count:
        entry_timer_clear(core, entry, T_RELAX)
        entry_timer_clear(core, entry, T_MAX_WAIT)
    entry_part(core, entry)
    entry.number = 0
    core.entry_count -= 1
    slot_left(core, <int32_t> (entry - core.entries))
    core.queues[entry.queue].length -= 1


cdef inline int64_t _free(Core *core, Agent *agent) noexcept nogil:
    """An agent is about to be READY: the entry they take, 0: none, -1: it was matched.

    They are the only one READY who may take it: before, no pair was left.
    """
    cdef Entry *entry = best_entry(core, agent) if core.entry_count else NULL
    cdef int64_t number
    if entry == NULL:
        _stand(core, agent, READY)
        return 0
    if not _is_ordinary(core, entry):
        stand(core, agent)
        match(core)
        return -1
    number = entry.number
    _begin_talk(core, agent, &core.queues[entry.queue])
    agent.cause = agent.unsaid = 0
    agent.offer_queue, agent.offer, agent.offer_entry, agent.due = entry.queue, 0, 0, 0
    agent.offer_prev = agent.offer_next = agent.slot = NONE
    _leave_answered(core, entry)
    _stand(core, agent, BUSY)
    return number


# ---- facts and deadlines ----------------------------------------------------------------------


cdef int32_t arrived_and_taken(Core *core, int64_t now, const Arrival *arrival) noexcept nogil:
    """enter, answered, bridged: the agent who talks. NONE: nothing was done, it is to `enter`."""
    cdef Queue *queue = &core.queues[arrival.queue]
    cdef Entry entry  # what a strategy looks at; it comes into no table
    cdef int32_t number
    if not _is_at_rest(core) or queue.ready == 0 or queue.strategy == RING_ALL:
        return NONE
    core.now = now
    if queue.strategy == LONGEST_IDLE and queue.pool != NONE:
        number = core.pools[queue.pool].first
        number = core.nodes[number].agent if number != NONE else NONE
    else:
        entry.queue, entry.stage, entry.passed, entry.preferred = arrival.queue, 0, NONE, NONE
        number = choose(core, &entry)
    if number == NONE:
        return NONE
    core.entry_serial += 1
    queue.entered += 1
    _begin_talk(core, &core.agents[number], queue)
    _stand(core, &core.agents[number], BUSY)
    return number


cdef int64_t arrived_to_wait(Core *core, int64_t now, const Arrival *arrival) noexcept nogil:
    """enter of a call that was not taken: its entry's number. 0: nothing was done."""
    cdef Queue *queue = &core.queues[arrival.queue]
    cdef Entry *entry
    cdef int32_t slot
    if (not _is_at_rest(core) or core.entry_count == core.entry_size or queue.staffed == 0
            or (queue.ready and queue.strategy == RING_ALL)):
        return 0
    core.now = now
    slot = entry_slot(core)
    slot_taken(core, slot)
    entry = &core.entries[slot]
    entry.number = core.entry_serial << ENTRY_BITS | slot
    core.entry_serial += 1
    core.entry_count += 1
    entry.entered, entry.place = now, now - arrival.credit_ms
    entry.state, entry.queue, entry.priority = ENTRY_WAITING, arrival.queue, arrival.priority
    entry.stage = entry.overdue = entry.tries = 0
    entry.next_try, entry.customer = 0, NO_CALLBACK
    entry.offer_first = entry.offer_last = entry.passed = entry.preferred = NONE
    entry.is_fresh = False
    queue.length += 1
    queue.entered += 1
    entry_join(core, entry)
    if queue.max_wait_ms or queue.stages > 1:
        arm_wait(core, entry)
    return entry.number


cdef int64_t hung_up(Core *core, int64_t now, int32_t number, int64_t wrap_up_ms) noexcept nogil:
    """talk_ended, leg_removed of an agent with one leg: the entry they take next, or 0.

    -1: there may be actions to obey. -2: nothing was done.
    """
    cdef Agent *agent = &core.agents[number]
    cdef int32_t standing
    if not _is_at_rest(core) or agent.legs != 1 or not agent.is_talking:
        return -2
    core.now = now
    agent.talk_ms += now - max(agent.talk_since, core.day_since)
    agent.is_talking = False
    agent.legs = 0
    agent.wrap_up_until = max(agent.wrap_up_until, now + wrap_up_ms)
    agent.idle_since = agent.wrap_up_until
    if agent.wrap_up_until > now:
        agent_timer(core, number, T_WRAP_UP, agent.wrap_up_until)
    elif core.agent_timers.count:
        agent_timer_clear(core, number, T_WRAP_UP)
    standing = standing_of(core, agent)
    if standing == READY:
        return _free(core, agent)
    if standing == WRAP_UP:
        _stand(core, agent, WRAP_UP)
        return 0
    stand(core, agent)
    match(core)
    return -1


cdef int64_t wrapped_up(Core *core, int64_t now, int32_t *number) noexcept nogil:
    """The deadline of one wrap-up, where only such are due; `number`: whose. As `hung_up`."""
    cdef Agent *agent
    cdef Timer first
    if not _is_at_rest(core) or core.agent_timers.count == 0 or (
            core.entry_timers.count and core.entry_timers.heap[0].at <= now):
        return -2
    first = core.agent_timers.heap[0]
    number[0] = <int32_t> (first.order & ((<int64_t> 1 << 59) - 1))
    agent = &core.agents[number[0]]
    if first.at != now or first.order >> 59 != T_WRAP_UP or agent.standing != WRAP_UP:
        return -2
    core.now = now
    if standing_of(core, agent) != READY:
        return -2
    timers_clear(&core.agent_timers, first.id)
    return _free(core, agent)


cdef bint offer_taken(Core *core, int64_t now, int64_t offer) noexcept nogil:
    """answered, bridged: whether that was done."""
    cdef Agent *agent = agent_of(core, offer)
    if not _is_at_rest(core) or agent == NULL or agent.offer_state != OFFER_RINGING:
        return False
    if core.entries[agent.slot].customer != NO_CALLBACK:
        return False
    core.now = now
    grant(core, agent)
    confirm(core, agent)
    match(core)
    return True
