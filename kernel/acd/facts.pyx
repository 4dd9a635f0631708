# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What the queue engine can be told, without the GIL: each fact changes the tables and matches.

A fact's `now` never falls, numbers of agents and queues are in the tables, and the indexes have
been made since the last change of configuration: the door sees to that.
Facts and deadlines go into the digest by the FACT_ code at the head of each function.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

from kernel.acd.index cimport arm_wait
from kernel.acd.lists cimport agent_join, agent_part, entry_join, entry_part, may_ring
from kernel.acd.protocol cimport answered_late, confirm, grant, leave, leg_gone, match
from kernel.acd.protocol cimport not_reached, overflow, pass_by, stop_ringing, tried_again
from kernel.acd.standing cimport is_kept_for, keep_or_open, new_counters, open_to_all, stand
from kernel.acd.tables cimport *
from kernel.timers cimport Timer, Timers, timer_before, timers_clear


cdef void settle(Core *core) noexcept nogil:
    """After a reload: withdraw what rings for a queue no longer served, then match all."""
    cdef int32_t number, index
    cdef Agent *agent
    cdef Entry *entry
    core.is_unsettled = False
    for number in range(core.agent_count):
        agent = &core.agents[number]
        if agent.offer_state == OFFER_RINGING:
            for index in range(agent.queue_count):
                if agent.queues[index] == agent.offer_queue:
                    break
            else:
                stop_ringing(core, agent, CAUSE_NOT_AWARDED, WITHDRAWN)
        if agent.standing == READY:
            fresh_agent(core, number)
    for number in range(core.entry_size):
        entry = &core.entries[number]
        if entry.number and entry.preferred != NONE:
            keep_or_open(core, entry)
    for number in range(core.queue_count):
        core.queues[number].is_emptied = core.queues[number].leave_when_empty
    core.emptied = core.queue_count
    match(core)


cdef void configured(Core *core) noexcept nogil:
    """The configuration has changed: make the indexes before they are used again."""
    core.is_stale = core.is_unsettled = True


# ---- entries ----------------------------------------------------------------------------------


cdef int64_t entry_arrived(Core *core, int64_t now, const Arrival *arrival) noexcept nogil:
    """A call joins a queue: its entry's number. There must be a free slot by number."""
    return _arrived(core, now, arrival, NO_CALLBACK)


cdef int64_t callback_arrived(Core *core, int64_t now, const Arrival *arrival) noexcept nogil:
    """A callback joins as a call does; it waits for an agent, whoever is there."""
    return _arrived(core, now, arrival, CUSTOMER_AWAY)


cdef inline int64_t _arrived(Core *core, int64_t now, const Arrival *arrival,
                             int32_t customer) noexcept nogil:
    cdef Entry *entry
    cdef Queue *queue = &core.queues[arrival.queue]
    if entries_grow(core, core.entry_count + 1) < 0:
        core.has_failed = True
        return 0
    begin(core, now, FACT_CALLBACK_ARRIVED if customer else FACT_ENTRY_ARRIVED, arrival.queue,
          arrival.priority)
    if arrival.credit_ms or arrival.preferred != NONE:
        digest_mix(core, arrival.credit_ms, arrival.preferred, arrival.preferred_ms)
    entry = _new_entry(core, arrival)
    entry.customer = customer
    queue.length += 1
    queue.entered += 1
    note(core, entry.number, ENTERED, entry.preferred, entry.priority)
    entry_join(core, entry)
    arm_wait(core, entry)
    return _entered(core, entry)


cdef Entry *_new_entry(Core *core, const Arrival *arrival) noexcept nogil:
    cdef int32_t slot = entry_slot(core), preferred = arrival.preferred
    cdef Entry *entry = &core.entries[slot]
    slot_taken(core, slot)
    entry.number = core.entry_serial << ENTRY_BITS | slot
    core.entry_serial += 1
    core.entry_count += 1
    entry.entered, entry.place = core.now, core.now - arrival.credit_ms
    entry.state, entry.queue, entry.priority = ENTRY_WAITING, arrival.queue, arrival.priority
    entry.stage = entry.overdue = entry.tries = 0
    entry.next_try = 0
    entry.offer_first = entry.offer_last = entry.passed = entry.preferred = NONE
    entry.is_fresh = False
    if preferred != NONE and arrival.preferred_ms and is_kept_for(core, entry, preferred):
        entry.preferred, entry.prefer_until = preferred, core.now + arrival.preferred_ms
        want_link(core, entry)
    return entry


cdef int64_t _entered(Core *core, Entry *entry) noexcept nogil:
    """Match a new entry, or send it off where nobody works: its number."""
    cdef Queue *queue = &core.queues[entry.queue]
    cdef int64_t number = entry.number
    if queue.staffed == 0 and queue.leave_when_empty and not entry.customer:
        leave(core, entry, OVERFLOWED, BY_EMPTY)
    else:
        fresh_entry(core, entry)
    match(core)
    return number


cdef void entry_left(Core *core, int64_t now, int64_t number, int32_t outcome) noexcept nogil:
    """The caller is gone (ABANDONED), or leaves by key, pull, redirect (EXITED)."""
    cdef Entry *entry
    begin(core, now, FACT_ENTRY_LEFT, number, outcome)
    entry = entry_of(core, number)
    if entry != NULL:
        leave(core, entry, outcome, BY_CALLER if outcome == ABANDONED else BY_KEY)
        match(core)


cdef void queue_dropped(Core *core, int64_t now, int32_t number) noexcept nogil:
    """The queue is no more; who is in it must be given up next."""
    begin(core, now, FACT_QUEUE_DROPPED, number, 0)
    core.queues[number].is_known = False
    core.is_stale = True


cdef void entry_given_up(Core *core, int64_t now, int64_t number) noexcept nogil:
    """The entry's queue is no more: it overflows, unless it is granted; then if that falls."""
    cdef Entry *entry
    begin(core, now, FACT_ENTRY_GIVEN_UP, number, 0)
    entry = entry_of(core, number)
    if entry != NULL:
        open_to_all(core, entry)
        overflow(core, entry, BY_EMPTY)
        match(core)


# ---- offers: an old or unknown number changes nothing -----------------------------------------


cdef void offer_answered(Core *core, int64_t now, int64_t offer) noexcept nogil:
    """The agent's phone was lifted: the first is the grant, whoever is late is released."""
    cdef Agent *agent
    begin(core, now, FACT_OFFER_ANSWERED, offer, 0)
    agent = agent_of(core, offer)
    if agent == NULL:
        return
    if agent.offer_state == OFFER_RINGING:
        grant(core, agent)
    elif agent.offer_state != OFFER_GRANTED:
        answered_late(core, agent)
    match(core)


cdef void offer_bridged(Core *core, int64_t now, int64_t offer) noexcept nogil:
    """Sound passes between caller and agent."""
    cdef Agent *agent
    begin(core, now, FACT_OFFER_BRIDGED, offer, 0)
    agent = agent_of(core, offer)
    if agent != NULL and agent.offer_state == OFFER_GRANTED:
        if core.entries[agent.slot].customer != CUSTOMER_DIALLED:
            confirm(core, agent)
            match(core)


cdef void offer_released(Core *core, int64_t now, int64_t offer, bint refused,
                         bint lost) noexcept nogil:
    """The agent's leg is gone; `lost`: their device with it."""
    cdef Agent *agent
    begin(core, now, FACT_OFFER_RELEASED, offer, 2 * lost + refused)
    agent = agent_of(core, offer)
    if agent != NULL:
        agent.is_up = agent.is_up and not lost
        leg_gone(core, agent, LOST if lost else REFUSED if refused else 0)
        match(core)


# ---- agents -----------------------------------------------------------------------------------


cdef inline void _stood(Core *core, Agent *agent) noexcept nogil:
    """Every fact about an agent ends here."""
    stand(core, agent)
    match(core)


cdef void agent_dropped(Core *core, int64_t now, int32_t number) noexcept nogil:
    """The agent serves no queue any more, and is logged out; a call in progress goes on."""
    cdef Agent *agent = &core.agents[number]
    begin(core, now, FACT_AGENT_DROPPED, number, 0)
    agent.logged_in = False
    stop_ringing(core, agent, CAUSE_NOT_AWARDED, WITHDRAWN)
    _stood(core, agent)
    agent.queue_count = 0
    core.is_stale = core.is_unsettled = True


cdef void agent_login(Core *core, int64_t now, int32_t number) noexcept nogil:
    cdef Agent *agent = &core.agents[number]
    begin(core, now, FACT_LOGIN, number, 0)
    if not agent.logged_in:
        agent.logged_in, agent.idle_since, agent.misses = True, now, 0
    _stood(core, agent)


cdef void agent_logout(Core *core, int64_t now, int32_t number) noexcept nogil:
    cdef Agent *agent = &core.agents[number]
    begin(core, now, FACT_LOGOUT, number, 0)
    agent.logged_in = False
    stop_ringing(core, agent, CAUSE_NOT_AWARDED, WITHDRAWN)
    _stood(core, agent)


cdef void agent_pause(Core *core, int64_t now, int32_t number) noexcept nogil:
    cdef Agent *agent = &core.agents[number]
    begin(core, now, FACT_PAUSE, number, 0)
    agent.is_paused, agent.is_pause_late = True, agent.standing == BUSY
    stop_ringing(core, agent, CAUSE_NOT_AWARDED, WITHDRAWN)
    _stood(core, agent)


cdef void agent_unpause(Core *core, int64_t now, int32_t number) noexcept nogil:
    cdef Agent *agent = &core.agents[number]
    begin(core, now, FACT_UNPAUSE, number, 0)
    agent.is_paused, agent.misses = False, 0
    _stood(core, agent)


cdef void agent_device(Core *core, int64_t now, int32_t number, bint is_up) noexcept nogil:
    """The agent's device came, or was lost: what rings there is withdrawn, a grant goes on."""
    cdef Agent *agent = &core.agents[number]
    begin(core, now, FACT_DEVICE, number, is_up)
    agent.is_up = is_up
    if not is_up:
        stop_ringing(core, agent, CAUSE_DEVICE_LOST, LOST)
    _stood(core, agent)


cdef void agent_leg_added(Core *core, int64_t now, int32_t number) noexcept nogil:
    """Any other leg came to the agent's extension: it withdraws a ringing offer."""
    cdef Agent *agent = &core.agents[number]
    begin(core, now, FACT_LEG_ADDED, number, 0)
    agent.legs += 1
    stop_ringing(core, agent, CAUSE_NOT_AWARDED, WITHDRAWN)
    _stood(core, agent)


cdef void agent_leg_removed(Core *core, int64_t now, int32_t number) noexcept nogil:
    cdef Agent *agent = &core.agents[number]
    begin(core, now, FACT_LEG_REMOVED, number, 0)
    agent.legs -= 1
    _stood(core, agent)


cdef void agent_talk_ended(Core *core, int64_t now, int32_t number,
                           int64_t wrap_up_ms) noexcept nogil:
    """A queue's talk is over: wrap-up runs, and the agent is idle from its end."""
    cdef Agent *agent = &core.agents[number]
    begin(core, now, FACT_TALK_ENDED, number, wrap_up_ms)
    if agent.is_talking:
        agent.talk_ms += now - max(agent.talk_since, core.day_since)
        agent.is_talking = False
    if agent.standing == READY:  # their leg went first: idle time starts anew all the same
        agent_part(core, agent)
    agent.wrap_up_until = max(agent.wrap_up_until, now + wrap_up_ms)
    agent.idle_since = agent.wrap_up_until
    if agent.standing == READY:
        agent_join(core, agent)
    if agent.wrap_up_until > now:
        agent_timer(core, number, T_WRAP_UP, agent.wrap_up_until)
    else:
        agent_timer_clear(core, number, T_WRAP_UP)
    _stood(core, agent)


cdef void agent_end_wrap_up(Core *core, int64_t now, int32_t number) noexcept nogil:
    """The agent's own key, the one thing that shortens wrap-up."""
    cdef Agent *agent = &core.agents[number]
    begin(core, now, FACT_WRAP_UP_ENDED, number, 0)
    if agent.wrap_up_until > now:
        agent.wrap_up_until = agent.idle_since = now
        agent_timer_clear(core, number, T_WRAP_UP)
    _stood(core, agent)


cdef void agent_extend_wrap_up(Core *core, int64_t now, int32_t number,
                               int64_t until) noexcept nogil:
    """A wrap-up that runs goes on until then, if that is later; one that is over stays over."""
    cdef Agent *agent = &core.agents[number]
    begin(core, now, FACT_WRAP_UP_EXTENDED, number, until)
    if agent.wrap_up_until > now and until > agent.wrap_up_until:
        agent.wrap_up_until = agent.idle_since = until
        agent_timer(core, number, T_WRAP_UP, until)
    _stood(core, agent)


cdef void day_begun(Core *core, int64_t now) noexcept nogil:
    """Calls, talk and occupied time of all agents are counted from 0 again."""
    begin(core, now, FACT_DAY_BEGUN, 0, 0)
    new_counters(core)


# ---- deadlines --------------------------------------------------------------------------------


cdef void _agent_due(Core *core, int32_t number, int32_t kind) noexcept nogil:
    cdef Agent *agent = &core.agents[number]
    if kind == T_WRAP_UP:
        stand(core, agent)
    elif agent.offer_state == OFFER_RINGING:
        pass_by(core, agent, CAUSE_NO_ANSWER, NO_ANSWER)
    elif agent.offer_state == OFFER_GRANTED:
        if core.entries[agent.slot].customer == CUSTOMER_DIALLED:
            not_reached(core, &core.entries[agent.slot])
        else:
            pass_by(core, agent, CAUSE_NOT_AWARDED, FELL)
    else:  # the leg does not end: neither does the device answer
        agent.is_up = False
        leg_gone(core, agent, LOST)


cdef void _relax(Core *core, Entry *entry) noexcept nogil:
    """The entry's wait has reached the next stage: more agents may take it."""
    entry_part(core, entry)
    entry.stage += 1
    entry_join(core, entry)
    arm_wait(core, entry)
    note(core, entry.number, RELAXED, NONE, entry.stage)
    keep_or_open(core, entry)


cdef void _entry_due(Core *core, Entry *entry, int32_t kind) noexcept nogil:
    if kind == T_MAX_WAIT:
        if entry.customer:
            entry.next_try = 0
            tried_again(core, entry)
        else:
            overflow(core, entry, BY_MAX_WAIT)
        return
    if kind == T_RELAX:
        _relax(core, entry)
    elif kind == T_PREFER:
        open_to_all(core, entry)
    else:
        passed_expire(core, entry, core.now)
    if may_ring(core, entry):
        fresh_entry(core, entry)


cdef Timers *_first(Core *core) noexcept nogil:
    """The heap with the timer that fires first, or NULL if none is set."""
    cdef Timers *agents = &core.agent_timers
    cdef Timers *entries = &core.entry_timers
    if agents.count and entries.count:
        return agents if timer_before(&agents.heap[0], &entries.heap[0]) else entries
    return agents if agents.count else entries if entries.count else NULL


cdef int64_t first_deadline(Core *core) noexcept nogil:
    """When `advance_to` has something to do, or -1."""
    cdef Timers *first = _first(core)
    if core.is_unsettled:
        return core.now
    return first.heap[0].at if first != NULL else -1


cdef void advance_to(Core *core, int64_t now) noexcept nogil:
    """Fire what is due, by (time, kind, number); each deadline is an event of its own."""
    cdef Timers *first
    cdef int64_t number
    cdef Timer due
    core.now = now
    if core.is_unsettled:
        begin(core, now, FACT_SETTLED, 0, 0)
    first = _first(core)
    while first != NULL and first.heap[0].at <= now:
        due = first.heap[0]
        timers_clear(first, due.id)
        begin(core, now, FACT_DEADLINE, due.order, 0)
        number = due.order & ((<int64_t> 1 << 59) - 1)
        if first == &core.agent_timers:
            _agent_due(core, <int32_t> number, <int32_t> (due.order >> 59))
        else:
            _entry_due(core, entry_of(core, number), <int32_t> (due.order >> 59))
        match(core)
        first = _first(core)
