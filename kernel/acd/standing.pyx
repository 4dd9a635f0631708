# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""An agent's one standing in all queues, what is counted from it, and who is kept for an agent.

Of each day an agent's calls, talk time, occupied time (OFFERED, BUSY, WRAP_UP) and READY time are
counted; occupancy is occupied / (occupied + READY). An entry that prefers an agent is kept for
them as long as they may come back: not LOGGED_OUT, UNREACHABLE or PAUSED.
"""

from libc.stdint cimport int32_t, int64_t

from kernel.acd.lists cimport agent_join, agent_part, entry_join, entry_part, may_ring
from kernel.acd.tables cimport *


cdef int32_t standing_of(const Core *core, const Agent *agent) noexcept nogil:
    """The first line of the protocol's table that holds."""
    if agent.offer_state == OFFER_RINGING or agent.offer_state == OFFER_WITHDRAWN:
        return OFFERED
    if agent.offer_state != OFFER_NONE or agent.legs > 0:
        return BUSY
    if not agent.logged_in:
        return LOGGED_OUT
    if not agent.is_up:
        return UNREACHABLE
    if agent.is_paused and not (agent.is_pause_late and agent.wrap_up_until > core.now):
        return PAUSED
    return WRAP_UP if agent.wrap_up_until > core.now else READY


cdef void stand(Core *core, Agent *agent) noexcept nogil:
    """Recompute an agent's standing; nobody else assigns it."""
    cdef int32_t was = agent.standing, standing = standing_of(core, agent)
    cdef int32_t number = <int32_t> (agent - core.agents)
    if standing == was:
        return
    if was == READY:
        agent.ready_ms += so_far(core, agent)
    elif was > READY:
        agent.occupied_ms += so_far(core, agent)
    agent.standing = standing
    agent.since = core.now
    if was == READY:
        agent_part(core, agent)
    elif standing == READY:
        agent_join(core, agent)
        fresh_agent(core, number)
    _count(core, agent, was)
    emit(core, STANDING, NONE, number, agent.offer if agent.offer_state != OFFER_NONE else NONE,
         standing)
    while agent.want_first != NONE and not _may_return(agent):
        open_to_all(core, &core.entries[agent.want_first])


cdef void _count(Core *core, const Agent *agent, int32_t was) noexcept nogil:
    """Keep each queue's numbers of staffed and READY agents."""
    cdef int32_t index, staffed, ready, number
    cdef Queue *queue
    staffed = <int32_t> (agent.standing > UNREACHABLE) - <int32_t> (was > UNREACHABLE)
    ready = <int32_t> (agent.standing == READY) - <int32_t> (was == READY)
    if staffed == 0 and ready == 0:
        return
    for index in range(agent.queue_count):
        number = agent.queues[index]
        if number >= core.queue_count:
            return
        queue = &core.queues[number]
        queue.staffed += staffed
        queue.ready += ready
        if staffed < 0:
            look_if_empty(core, queue)


cdef void look_if_empty(Core *core, Queue *queue) noexcept nogil:
    """Have `match` look at a queue that nobody staffs."""
    if queue.staffed == 0 and queue.leave_when_empty and not queue.is_emptied:
        queue.is_emptied = True
        core.emptied += 1


# ---- counters of the day ----------------------------------------------------------------------


cdef int64_t so_far(const Core *core, const Agent *agent) noexcept nogil:
    """How long the agent has stood so today."""
    return max(core.now - max(agent.since, core.day_since), 0)


cdef void new_counters(Core *core) noexcept nogil:
    """Another day: all that was counted of agents begins again."""
    cdef int32_t number
    cdef Agent *agent
    core.day_since = core.now
    for number in range(core.agent_count):
        agent = &core.agents[number]
        agent.calls = agent.talk_ms = agent.occupied_ms = agent.ready_ms = 0


# ---- whom an entry is kept for ----------------------------------------------------------------


cdef inline bint _may_return(const Agent *agent) noexcept nogil:
    """Whether the agent is READY, or will be without a key."""
    return agent.standing > PAUSED


cdef bint is_kept_for(const Core *core, const Entry *entry, int32_t agent) noexcept nogil:
    """Whether this agent may take the entry now, or after what they are at."""
    return (_may_return(&core.agents[agent])
            and agent_may(core, agent, entry.queue, entry.stage))


cdef void keep_or_open(Core *core, Entry *entry) noexcept nogil:
    """After a change of who may take what: an entry is not kept for who may not."""
    if entry.preferred != NONE and not is_kept_for(core, entry, entry.preferred):
        open_to_all(core, entry)


cdef void open_to_all(Core *core, Entry *entry) noexcept nogil:
    """An entry that preferred an agent is anybody's from now on."""
    cdef int32_t agent = entry.preferred
    if agent == NONE:
        return
    entry_part(core, entry)
    want_unlink(core, entry)
    entry_join(core, entry)
    note(core, entry.number, OPENED, agent, 0)
    if may_ring(core, entry):
        fresh_entry(core, entry)
