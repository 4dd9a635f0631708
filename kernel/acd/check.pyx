# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What must hold in the queue engine, and why an agent cannot take an entry.

The invariants are those of the offer protocol, "Checked at run time", by their numbers there; the
sixth (`wrap_up_until` falls only by the agent's key) is about two moments and is left to tests.
A ninth here: an entry is kept for an agent only as long as that agent may come back to it.
"""

from libc.stdint cimport int32_t, int64_t

from kernel.acd.lists cimport best_entry, may_ring
from kernel.acd.standing cimport is_kept_for, standing_of
from kernel.acd.tables cimport *
from kernel.timers cimport timers_has

cdef enum:  # WHY_NOT; the standings follow, from STANDING_REASON on
    NOT_IN_QUEUE, SKILL_MISSING, RESERVED, KEPT, PASSED_BY, STANDING_REASON
WHY_NOT = ("not_in_queue", "skill_missing", "reserved", "another_preferred", "passed",
           "logged_out", "unreachable", "paused", "ready", "offered", "busy", "wrap_up")


cdef int32_t _place_of(const Agent *agent, int32_t queue) noexcept nogil:
    """Where the agent has the queue, or NONE."""
    cdef int32_t index
    for index in range(agent.queue_count):
        if agent.queues[index] == queue:
            return index
    return NONE


cdef int32_t _lacks(const Agent *agent, const Queue *queue, int32_t stage) noexcept nogil:
    """The first skill whose level the agent does not reach, or NONE."""
    cdef int32_t skill
    for skill in range(SKILLS_MAX):
        if agent.levels[skill] < queue.levels[stage][skill]:
            return skill
    return NONE


cdef int32_t why_not(Core *core, const Entry *entry, int32_t number) noexcept nogil:
    """The first reason in the order of WHY_NOT, or NONE if the agent may take the entry."""
    cdef Agent *agent = &core.agents[number]
    cdef Queue *queue = &core.queues[entry.queue]
    cdef int32_t place = _place_of(agent, entry.queue)
    if place == NONE:
        return NOT_IN_QUEUE
    if _lacks(agent, queue, entry.stage) != NONE:
        return SKILL_MISSING
    if queue.relax_ms[entry.stage] < agent.after_ms[place]:
        return RESERVED
    if entry.preferred != NONE and entry.preferred != number:
        return KEPT
    if has_passed(core, entry, number):
        return PASSED_BY
    return STANDING_REASON + agent.standing if agent.standing != READY else NONE


cdef int64_t why_value(Core *core, const Entry *entry, int32_t number,
                       int32_t reason) noexcept nogil:
    """What belongs to a reason: the skill missing; ms until it is none any more; else 0."""
    cdef Agent *agent = &core.agents[number]
    cdef Queue *queue = &core.queues[entry.queue]
    cdef int32_t node = entry.passed
    cdef int64_t until = core.now
    if reason == SKILL_MISSING:
        return _lacks(agent, queue, entry.stage)
    if reason == RESERVED:
        until = entry.entered + agent.after_ms[_place_of(agent, entry.queue)]
    elif reason == KEPT:
        until = entry.prefer_until
    elif reason == STANDING_REASON + WRAP_UP:
        until = agent.wrap_up_until
    while reason == PASSED_BY and node != NONE:
        if core.passed[node].agent == number:
            until = core.passed[node].until
        node = core.passed[node].next
    return max(until - core.now, 0)


cdef list broken(Core *core):
    """Every invariant that does not hold, as text with the numbers concerned."""
    cdef int32_t index
    cdef Entry *entry
    found = []
    for index in range(core.entry_size):
        entry = &core.entries[index]
        if entry.number:
            if entry.queue >= core.queue_count or entry_of(core, entry.number) != entry:
                found.append(f"entry {entry.number}: out of its place")
            else:
                found += [f"entry {entry.number}: {what}" for what in _entry(core, entry)]
    for index in range(core.agent_count):
        found += [f"agent {index}: {what}" for what in _agent(core, index)]
    for index in range(core.queue_count):
        found += [f"queue {index}: {what}" for what in _queue(core, index)]
    return found


cdef list _entry(Core *core, Entry *entry):
    cdef int32_t number = entry.offer_first, ringing = 0, granted = 0
    found = []
    while number != NONE:
        if core.agents[number].offer_entry != entry.number:
            found.append(f"1: the offer of agent {number} is another entry's")
        ringing += core.agents[number].offer_state == OFFER_RINGING
        granted += core.agents[number].offer_state == OFFER_GRANTED
        number = core.agents[number].offer_next
    if granted != (entry.state == ENTRY_GRANTED) or (granted and ringing):
        found.append(f"1: {granted} offers granted, {ringing} ringing, state {entry.state}")
    if (ringing > 0) != (entry.state == ENTRY_OFFERED):
        found.append(f"1: {ringing} offers ringing, state {entry.state}")
    if entry.preferred != NONE and not core.is_unsettled:
        if not is_kept_for(core, entry, entry.preferred):
            found.append(f"9: is kept for agent {entry.preferred}, who cannot take it")
    if (entry.customer == CUSTOMER_DIALLED and not granted) or (
            entry.customer == CUSTOMER_RELEASED and entry.state != ENTRY_RESTING):
        found.append(f"8: the customer is {entry.customer} in state {entry.state}")
    if (entry.state == ENTRY_GRANTED and entry.customer == CUSTOMER_AWAY) or (
            entry.customer in (CUSTOMER_DIALLED, CUSTOMER_UP) and entry.tries == 0):
        found.append(f"8: the customer is {entry.customer} after {entry.tries} tries")
    if entry.state == ENTRY_RESTING and (
            entry.customer not in (CUSTOMER_AWAY, CUSTOMER_RELEASED)
            or (entry.customer == CUSTOMER_AWAY and not entry.next_try)):
        found.append(f"8: rests for nothing, customer {entry.customer}")
    if entry.next_try and entry.state != ENTRY_RESTING:
        found.append(f"8: a next try in state {entry.state}")
    if entry.state == ENTRY_LEFT:
        found.append("it has left, and is here")
    if may_ring(core, entry):
        for number in range(core.agent_count):
            if not core.is_unsettled and why_not(core, entry, number) == NONE:
                found.append(f"4: waits while agent {number} may take it")
    return found


cdef list _agent(Core *core, int32_t number):
    cdef Agent *agent = &core.agents[number]
    cdef bint is_open = agent.offer_state in (OFFER_RINGING, OFFER_GRANTED)
    found = []
    if is_open and entry_of(core, agent.offer_entry) == NULL:
        found.append("2: an open offer for an entry that has left")
    if agent.offer_state == OFFER_RINGING and agent.legs > 0:
        found.append("3: rings beside another leg")
    if agent.offer_state != OFFER_NONE and not timers_has(
            &core.agent_timers, agent_timer_id(number, T_OFFER), agent.due):
        found.append("5: an offer without its deadline")
    if agent.wrap_up_until > core.now and not timers_has(
            &core.agent_timers, agent_timer_id(number, T_WRAP_UP), agent.wrap_up_until):
        found.append("5: a wrap-up without its deadline")
    expected = standing_of(core, agent)
    is_over = agent.standing == WRAP_UP and agent.wrap_up_until <= core.now  # the tick comes yet
    if agent.standing != expected and not is_over:
        found.append(f"standing {agent.standing} instead of {expected}")
    if agent.standing == READY and not core.is_unsettled and best_entry(core, agent) != NULL:
        found.append("4: is ready while an entry waits")
    return found


cdef list _queue(Core *core, int32_t number):
    cdef Queue *queue = &core.queues[number]
    cdef int32_t index, staffed = 0, ready = 0, length = 0
    cdef int64_t left = 0
    found = []
    for index in range(OUTCOME_COUNT):
        left += queue.outcomes[index]
    for index in range(core.entry_size):
        length += core.entries[index].number != 0 and core.entries[index].queue == number
    for index in range(core.agent_count):
        if _place_of(&core.agents[index], number) != NONE:
            staffed += core.agents[index].standing > UNREACHABLE
            ready += core.agents[index].standing == READY
    if queue.entered != left + queue.length or queue.length != length:
        found.append(f"7: {queue.entered} visits, {left} outcomes, {queue.length} in the queue")
    if queue.staffed != staffed or queue.ready != ready:
        found.append(f"counts {queue.staffed} staffed, {queue.ready} ready, "
                     f"instead of {staffed}, {ready}")
    return found
