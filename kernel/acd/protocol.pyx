# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The offer protocol's moves: the only functions that change an offer, an entry or a standing.

    entry  WAITING -offer-> OFFERED -grant-> GRANTED -confirm-> LEFT (answered)
              ^-------------requeue--------------'    leave: LEFT from any of them
    callback        GRANTED -the customer is not reached-> RESTING -next try-> WAITING
    offer  none -offer-> RINGING -grant-> GRANTED -confirm-> none: the leg is the call's
                            '--withdraw--'--> WITHDRAWN or CLEARING -leg_gone-> none

`match` comes after every event and is the only caller of `_offer`.
"""

from libc.stdint cimport int32_t, int64_t

from kernel.acd.lists cimport best_entry, entries_ahead, entry_join, entry_part, first_entry
from kernel.acd.lists cimport goes_before, is_in_line, may_ring
from kernel.acd.standing cimport look_if_empty, open_to_all, stand
from kernel.acd.tables cimport *
from kernel.acd.strategies cimport GOLDEN, choose, rolls_dice, somebody


# ---- the six functions ------------------------------------------------------------------------


cdef void _offer(Core *core, Entry *entry, int32_t number) noexcept nogil:
    """Ring a READY agent for an entry that may ring."""
    cdef Agent *agent = &core.agents[number]
    cdef Queue *queue = &core.queues[entry.queue]
    cdef int32_t reason
    agent.offer = core.offer_serial << OFFER_BITS | number
    core.offer_serial += 1
    agent.offer_state, agent.offer_queue, agent.offer_entry = (
        OFFER_RINGING, entry.queue, entry.number)
    agent.cause = agent.unsaid = 0
    _deadline(core, agent, T_OFFER, queue.offer_ms)
    queue.last = number
    offer_link(core, entry, agent)
    if entry.state == ENTRY_WAITING:
        _entry_state(core, entry, ENTRY_OFFERED)
    reason = queue.strategy if entry.preferred == NONE else STRATEGY_COUNT
    emit(core, RING, entry.number, number, agent.offer, reason * STAGES_MAX + entry.stage)
    stand(core, agent)
    if rolls_dice(queue.strategy) and entry.preferred == NONE:
        core.dice += GOLDEN


cdef void grant(Core *core, Agent *agent) noexcept nogil:
    """A RINGING offer was answered first: its entry is this agent's, nobody else rings for it."""
    cdef Entry *entry = &core.entries[agent.slot]
    cdef Agent *sister
    cdef int32_t number = entry.offer_first, next
    while number != NONE:
        sister = &core.agents[number]
        next = sister.offer_next
        if sister != agent:
            _withdraw(core, sister, CAUSE_NOT_AWARDED, WITHDRAWN)
        number = next
    agent.offer_state = OFFER_GRANTED
    agent.misses = 0
    _entry_state(core, entry, ENTRY_GRANTED)
    if entry.customer == CUSTOMER_AWAY:
        _dial(core, entry, agent)
    else:
        _bridge(core, entry, agent)
    stand(core, agent)


cdef void confirm(Core *core, Agent *agent) noexcept nogil:
    """Caller and agent of a GRANTED offer hear each other: the leg is the call's from here on."""
    cdef Entry *entry = &core.entries[agent.slot]
    cdef int64_t offer = agent.offer
    _offer_unlink(core, agent)
    _forget(core, agent)
    agent.legs += 1
    agent.calls += 1
    agent.is_talking, agent.talk_since = True, core.now
    emit(core, CONFIRMED, entry.number, _number(core, agent), offer, 0)
    leave(core, entry, CALLED_BACK if entry.customer else ANSWERED, BY_ANSWER)
    stand(core, agent)


cdef void _withdraw(Core *core, Agent *agent, int32_t cause, int32_t reason) noexcept nogil:
    """Release the leg of a RINGING or GRANTED offer; the agent is free when it is gone."""
    cdef int32_t number = _number(core, agent)
    if agent.offer_state == OFFER_GRANTED:
        agent.offer_state = OFFER_CLEARING
        reason |= FELL
        reason &= ~WITHDRAWN
    else:
        agent.offer_state = OFFER_WITHDRAWN
    _offer_unlink(core, agent)
    agent.cause = cause
    _deadline(core, agent, T_RELEASE, core.queues[agent.offer_queue].release_ms)
    emit(core, RELEASE, agent.offer_entry, number, agent.offer, cause)
    if reason == NO_ANSWER:
        agent.unsaid = reason  # a late answer may yet show that it was no miss
    else:
        emit(core, ENDED, agent.offer_entry, number, agent.offer, reason)


cdef void _requeue(Core *core, Entry *entry) noexcept nogil:
    """An offer of the entry is over: it waits at its old place, unless another still rings."""
    if entry.offer_first != NONE:
        return
    if entry.customer == CUSTOMER_DIALLED:
        hang_up_customer(core, entry)
        _after_try(core, entry, 0)
        return
    _entry_state(core, entry, ENTRY_WAITING)
    if entry.overdue:
        leave(core, entry, OVERFLOWED, entry.overdue)
        return
    fresh_entry(core, entry)
    look_if_empty(core, &core.queues[entry.queue])


cdef void leave(Core *core, Entry *entry, int32_t outcome, int32_t why) noexcept nogil:
    """The entry's visit is over: count its one outcome, withdraw what still rings for it.

    LEFT carries as `offer` the position it had: 1 + those WAITING or OFFERED before it.
    """
    cdef int32_t cause = CAUSE_CALLER_LEFT if outcome == ABANDONED else CAUSE_NOT_AWARDED
    cdef int32_t position = NONE if core.is_quiet else 1 + entries_ahead(core, entry)
    cdef int64_t number = entry.number
    cdef Queue *queue = &core.queues[entry.queue]
    hang_up_customer(core, entry)
    while entry.offer_first != NONE:
        _withdraw(core, &core.agents[entry.offer_first], cause, WITHDRAWN)
    passed_expire(core, entry, <int64_t> 1 << 62)
    entry_timer_clear(core, entry, T_RELAX)
    entry_timer_clear(core, entry, T_MAX_WAIT)
    want_unlink(core, entry)
    entry_part(core, entry)
    entry.number = 0
    core.entry_count -= 1
    slot_left(core, <int32_t> (entry - core.entries))
    queue.length -= 1
    queue.outcomes[outcome] += 1
    emit(core, LEFT, number, NONE, position, outcome | why << 8)


# ---- their parts ------------------------------------------------------------------------------


cdef inline int32_t _number(Core *core, Agent *agent) noexcept nogil:
    return <int32_t> (agent - core.agents)


cdef void _deadline(Core *core, Agent *agent, int32_t kind, int64_t after_ms) noexcept nogil:
    agent.due = core.now + after_ms
    agent_timer(core, _number(core, agent), kind, agent.due)


cdef void _entry_state(Core *core, Entry *entry, int32_t state) noexcept nogil:
    entry.state = state
    if entry.line == NONE and not is_in_line(core, entry):
        return  # it stays in the held list
    entry_part(core, entry)
    entry_join(core, entry)


cdef void offer_link(Core *core, Entry *entry, Agent *agent) noexcept nogil:
    """Note an open offer with its entry; offers come in by rising number."""
    cdef int32_t number = _number(core, agent)
    agent.slot = <int32_t> (entry - core.entries)
    agent.offer_prev, agent.offer_next = entry.offer_last, NONE
    if entry.offer_last == NONE:
        entry.offer_first = number
    else:
        core.agents[entry.offer_last].offer_next = number
    entry.offer_last = number


cdef void _offer_unlink(Core *core, Agent *agent) noexcept nogil:
    cdef Entry *entry = &core.entries[agent.slot]
    if agent.offer_prev == NONE:
        entry.offer_first = agent.offer_next
    else:
        core.agents[agent.offer_prev].offer_next = agent.offer_next
    if agent.offer_next == NONE:
        entry.offer_last = agent.offer_prev
    else:
        core.agents[agent.offer_next].offer_prev = agent.offer_prev
    agent.slot = NONE


cdef void _forget(Core *core, Agent *agent) noexcept nogil:
    """The agent has no offer any more; its number is never used again."""
    agent_timer_clear(core, _number(core, agent), T_OFFER)
    agent.offer_state = OFFER_NONE
    agent.offer = agent.offer_entry = agent.due = 0


cdef void _pass(Core *core, Entry *entry, Agent *agent) noexcept nogil:
    """The agent is not offered this entry for the queue's `retry_ms`; it is kept for nobody."""
    cdef int64_t retry_ms = core.queues[entry.queue].retry_ms
    open_to_all(core, entry)
    if retry_ms:
        passed_add(core, entry, _number(core, agent), core.now + retry_ms)


cdef void _miss(Core *core, Agent *agent) noexcept nogil:
    """Count a miss in a row; the queue's last one pauses the agent."""
    cdef int32_t most = core.queues[agent.offer_queue].misses_max
    agent.misses += 1
    if most and agent.misses >= most and not agent.is_paused:
        agent.is_paused, agent.is_pause_late = True, False
        emit(core, ACTION_PAUSED, NONE, _number(core, agent), NONE, agent.misses)
        agent.misses = 0


cdef inline void _bridge(Core *core, Entry *entry, Agent *agent) noexcept nogil:
    _deadline(core, agent, T_CONFIRM, core.queues[agent.offer_queue].confirm_ms)
    emit(core, BRIDGE, entry.number, _number(core, agent), agent.offer, 0)


# ---- callbacks: the agent answered, now the customer is dialled ---------------------------------


cdef void _dial(Core *core, Entry *entry, Agent *agent) noexcept nogil:
    """The one place that dials: only for an agent who waits on the line."""
    entry.customer = CUSTOMER_DIALLED
    entry.tries += 1
    _deadline(core, agent, T_CONFIRM, core.queues[agent.offer_queue].dial_ms)
    emit(core, DIAL, entry.number, _number(core, agent), agent.offer, entry.tries)


cdef void reached(Core *core, Entry *entry) noexcept nogil:
    """The customer who was dialled answers: from here on the callback is a call like others."""
    entry.customer = CUSTOMER_UP
    _bridge(core, entry, &core.agents[entry.offer_first])


cdef void hang_up_customer(Core *core, Entry *entry) noexcept nogil:
    """Nobody waits for the customer who is dialled; the callback rests until that leg is gone."""
    if entry.customer == CUSTOMER_DIALLED:
        entry.customer = CUSTOMER_RELEASED
        emit(core, RELEASE, entry.number, NONE, NONE, CAUSE_CALLER_LEFT)


cdef void not_reached(Core *core, Entry *entry) noexcept nogil:
    """The customer did not answer, or is gone already: the agent is let go, for a later try."""
    hang_up_customer(core, entry)
    _withdraw(core, &core.agents[entry.offer_first], CAUSE_CALLER_LEFT, FELL)
    _after_try(core, entry, core.now + core.queues[entry.queue].callback_ms)


cdef void _after_try(Core *core, Entry *entry, int64_t next_try) noexcept nogil:
    """A try came to nothing: rest until the next, or leave after the last."""
    entry.next_try = next_try
    _entry_state(core, entry, ENTRY_RESTING)
    if entry.overdue:
        leave(core, entry, OVERFLOWED, entry.overdue)
    elif entry.tries >= core.queues[entry.queue].tries_max:
        leave(core, entry, NOT_REACHED, BY_TRIES)
    elif next_try:
        entry_timer(core, entry, T_MAX_WAIT, next_try)


cdef void tried_again(Core *core, Entry *entry) noexcept nogil:
    """The rest is over if both its time and the customer's old leg are."""
    if entry.state == ENTRY_RESTING and entry.customer == CUSTOMER_AWAY and not entry.next_try:
        _entry_state(core, entry, ENTRY_WAITING)
        fresh_entry(core, entry)


# ---- an offer comes to nothing ----------------------------------------------------------------


cdef void stop_ringing(Core *core, Agent *agent, int32_t cause, int32_t reason) noexcept nogil:
    """The agent cannot take the call after all: withdraw a RINGING offer, never a miss."""
    cdef Entry *entry
    if agent.offer_state == OFFER_RINGING:
        entry = &core.entries[agent.slot]
        _withdraw(core, agent, cause, reason)
        _requeue(core, entry)


cdef void pass_by(Core *core, Agent *agent, int32_t cause, int32_t reason) noexcept nogil:
    """The deadline of a RINGING or GRANTED offer: others have the entry, this agent later."""
    cdef Entry *entry = &core.entries[agent.slot]
    _pass(core, entry, agent)
    _withdraw(core, agent, cause, reason)
    _requeue(core, entry)


cdef void leg_gone(Core *core, Agent *agent, int32_t reason) noexcept nogil:
    """The leg of an offer in any state is gone; `reason`: REFUSED, LOST, or 0 for neither."""
    cdef Entry *entry = NULL
    cdef int32_t state = agent.offer_state
    if state == OFFER_RINGING or state == OFFER_GRANTED:
        entry = &core.entries[agent.slot]
        _pass(core, entry, agent)
        _offer_unlink(core, agent)
        if state == OFFER_GRANTED:
            reason = FELL | (reason & LOST)
        elif not reason:
            reason = NO_ANSWER | MISSED
    else:
        reason = agent.unsaid and (agent.unsaid | (LOST if reason == LOST else MISSED))
    if reason:
        emit(core, ENDED, agent.offer_entry, _number(core, agent), agent.offer, reason)
    if reason & MISSED:
        _miss(core, agent)
    _forget(core, agent)
    stand(core, agent)
    if entry != NULL:
        _requeue(core, entry)


cdef void answered_late(Core *core, Agent *agent) noexcept nogil:
    """An offer that was withdrawn is answered: release it again, it was no miss."""
    cdef int32_t number = _number(core, agent)
    emit(core, RELEASE, agent.offer_entry, number, agent.offer, agent.cause)
    if agent.unsaid:
        emit(core, ENDED, agent.offer_entry, number, agent.offer, agent.unsaid)
        agent.unsaid = 0


cdef void overflow(Core *core, Entry *entry, int32_t why) noexcept nogil:
    """A strict limit: it takes the entry from the ringing, not from a grant, unless that falls."""
    if entry.state == ENTRY_GRANTED:
        entry.overdue = why
        entry_timer_clear(core, entry, T_MAX_WAIT)
    else:
        leave(core, entry, OVERFLOWED, why)


# ---- match: nobody waits for a READY agent who may take the entry -----------------------------


cdef void _leave_emptied(Core *core) noexcept nogil:
    """Whoever waits in a queue that nobody staffs any more leaves, where it is so configured."""
    cdef int32_t number
    cdef Queue *queue
    cdef Entry *entry
    if core.emptied == 0:
        return
    for number in range(core.queue_count):
        queue = &core.queues[number]
        if queue.is_emptied:
            queue.is_emptied = False
            entry = first_entry(core, number) if queue.staffed == 0 else NULL
            while entry != NULL:
                leave(core, entry, OVERFLOWED, BY_EMPTY)
                entry = first_entry(core, number)
    core.emptied = 0


cdef Entry *_first_of_entries(Core *core) noexcept nogil:
    """The first in serving order of the fresh entries that somebody may take; forgets others."""
    cdef Entry *best = NULL
    cdef Entry *entry
    cdef int32_t index = 0
    while index < core.fresh_entry_count:
        entry = &core.entries[core.fresh_entries[index]]
        if entry.number == 0 or not may_ring(core, entry) or not somebody(core, entry):
            entry.is_fresh = False
            core.fresh_entry_count -= 1
            core.fresh_entries[index] = core.fresh_entries[core.fresh_entry_count]
            continue
        if best == NULL or goes_before(core, entry, best):
            best = entry
        index += 1
    return best


cdef Entry *_first_of_agents(Core *core, Entry *best) noexcept nogil:
    """The first of `best` and what the fresh agents may take; forgets who may take nothing."""
    cdef Agent *agent
    cdef Entry *entry
    cdef int32_t index = 0
    while index < core.fresh_agent_count:
        agent = &core.agents[core.fresh_agents[index]]
        entry = best_entry(core, agent) if agent.standing == READY else NULL
        if entry == NULL:
            agent.is_fresh = False
            core.fresh_agent_count -= 1
            core.fresh_agents[index] = core.fresh_agents[core.fresh_agent_count]
            continue
        if best == NULL or goes_before(core, entry, best):
            best = entry
        index += 1
    return best


cdef void match(Core *core) noexcept nogil:
    """Offer entries in serving order, each to its strategy's agent, until no pair is left.

    Before the event no pair was left, so one half of each new pair is fresh.
    """
    cdef Entry *entry
    _leave_emptied(core)
    while core.fresh_agent_count or core.fresh_entry_count:
        entry = _first_of_agents(core, _first_of_entries(core))
        if entry != NULL:
            _offer(core, entry, choose(core, entry))
