# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# distutils: extra_compile_args = -O3
"""A simulation's events: the engine is told what happens, and is obeyed as the exchange obeys it.

At one time come first the engine's deadlines, then the agenda by id, the roster, the arrivals.

    arrival -> enter -> RING -> [answer after `ring`] -> answered, BRIDGE -> bridged
        -> CONFIRMED -> [talk] -> talk_ended, leg_removed
    patience -> leave (abandoned) -> [redial]      RELEASE -> released      LEFT overflowed -> enter
"""

from libc.stdint cimport int32_t, int64_t

from kernel.acd.at_once cimport arrived_and_taken, arrived_to_wait, hung_up, offer_taken, wrapped_up
from kernel.acd.callbacks cimport customer_answered, customer_gone
from kernel.acd.facts cimport (advance_to, agent_leg_removed, agent_login, agent_logout,
                               agent_talk_ended, entry_arrived, entry_left, first_deadline,
                               offer_bridged)
from kernel.acd.tables cimport (ABANDONED, ACTION_PAUSED, ANSWERED, BRIDGE, BUSY, CONFIRMED, DIAL,
                                LEFT, NONE, OFFER_GRANTED, OFFER_RINGING, OVERFLOWED, RELEASE, RING,
                                STANDING, Action, Arrival)
from kernel.agenda cimport agenda_clear, agenda_next, agenda_set, agenda_take
from kernel.simulator.calls cimport draw, happens, new_call, next_arrival, redial
from kernel.simulator.facts cimport tell, tell_answered, tell_pause, tell_released
from kernel.simulator.moves cimport begin_talk, begin_visit, expect, has_room, stood, talk
from kernel.simulator.state cimport *
from kernel.simulator.tally cimport add_abandoned, add_answered, add_waiting, interval_of


# ---- callers ----------------------------------------------------------------------------------


cdef Visit *_join(Sim *sim, const Visit *new) noexcept nogil:
    """A call joins its queue, `new` says for how long it comes. To be obeyed next."""
    cdef const Demand *demand = &sim.demands[new.queue]
    cdef Arrival arrival = Arrival(new.queue, demand.priority, NONE, 0, demand.credit_ms)
    cdef int64_t number
    tell(sim, F_ENTER, new.queue, demand.priority)
    number = entry_arrived(&sim.core, sim.now, &arrival)
    if sim.core.has_failed:
        sim.has_failed = True
    return begin_visit(sim, new, number)


cdef bint _at_once(Sim *sim, const Visit *new) noexcept nogil:
    """Whether the call was taken in the instant it came, or waits, as the engine saw at once."""
    cdef const Demand *demand = &sim.demands[new.queue]
    cdef Arrival arrival = Arrival(new.queue, demand.priority, NONE, 0, demand.credit_ms)
    cdef int32_t agent = arrived_and_taken(&sim.core, sim.now, &arrival)
    cdef int32_t number = new.queue * sim.interval_count + sim.interval
    cdef int64_t entry
    if agent == NONE:
        entry = arrived_to_wait(&sim.core, sim.now, &arrival)
        if entry:
            expect(sim, begin_visit(sim, new, entry))
        return entry != 0
    sim.cells[number].offered += 1
    sim.busy_lines += 1
    add_answered(sim, number, demand, 0)
    begin_talk(sim, agent, new, number)
    stood(sim, agent, BUSY)
    return True


cdef void _enter(Sim *sim, const Visit *new) noexcept nogil:
    cdef Visit *visit
    cdef int64_t number
    if sim.is_instant and _at_once(sim, new):
        return
    visit = _join(sim, new)
    number = visit.entry
    obey(sim)
    if visit.entry == number:
        expect(sim, visit)


cdef void _move(Sim *sim) noexcept nogil:
    """The last that overflowed joins the next queue; the engine has nothing more to say."""
    cdef const Visit *moved
    sim.moved_count -= 1
    moved = &sim.moved[sim.moved_count]
    if has_room(sim, moved.queue):
        expect(sim, _join(sim, moved))
    else:
        sim.cells[moved.queue * sim.interval_count + sim.interval].blocked += 1


cdef void _arrive(Sim *sim, Visit *new) noexcept nogil:
    """A call comes to the site: to its queue, to where that overflows, or to a busy tone."""
    cdef int32_t queue = new.queue
    if not has_room(sim, queue):
        sim.cells[queue * sim.interval_count + sim.interval].blocked += 1
        queue = sim.demands[queue].overflow
        if queue == NONE or not has_room(sim, queue):
            redial(sim, new.queue)
            return
        new.queue = queue
    _enter(sim, new)


cdef void _known_arrives(Sim *sim) noexcept nogil:
    """A call of the list; what it does not tell is drawn."""
    cdef const Known *known = &sim.known[sim.known_next]
    cdef Visit new
    new_call(sim, &sim.arriving, known.queue, &new)
    sim.known_next += 1
    if known.talk_ms >= 0:
        new.talk_ms = known.talk_ms
    if known.wrap_up_ms >= 0:
        new.wrap_up_ms = known.wrap_up_ms
    if known.patience_ms >= 0:
        new.patience_until = min(sim.now + known.patience_ms, FOREVER)
    _arrive(sim, &new)


cdef void _drawn_arrives(Sim *sim) noexcept nogil:
    cdef Visit new
    new_call(sim, &sim.arriving, sim.drawn_queue, &new)
    next_arrival(sim)
    _arrive(sim, &new)


cdef void _calls_again(Sim *sim, int32_t number) noexcept nogil:
    cdef int32_t queue = sim.redials[number]
    cdef Visit new
    new_call(sim, &sim.acting, queue, &new)
    sim.redials[number] = sim.redial_free
    sim.redial_free = number
    sim.cells[queue * sim.interval_count + sim.interval].redialled += 1
    _arrive(sim, &new)


# ---- actions: what the engine decided ---------------------------------------------------------


cdef void ring(Sim *sim, int32_t agent, int64_t offer) noexcept nogil:
    """A phone rings: it is answered, refused or neither."""
    cdef Seat *seat = &sim.seats[agent]
    cdef int64_t ring_ms = 0
    if sim.is_instant and offer_taken(&sim.core, sim.now, offer):
        return
    seat.offer = offer
    if happens(&sim.acting, seat.misses):
        return
    seat.is_refusing = happens(&sim.acting, seat.refuses)
    if seat.ring.kind != CONSTANT or seat.ring.first > 0.0:
        ring_ms = draw(&sim.acting, &seat.ring)
    if ring_ms > 0:
        agenda_set(&sim.agenda, agent, sim.now + ring_ms)
    else:
        _picked_up(sim, agent)


cdef inline void _picked_up(Sim *sim, int32_t agent) noexcept nogil:
    if sim.seats[agent].is_refusing:
        tell_released(sim, sim.seats[agent].offer, True)
    else:
        tell_answered(sim, sim.seats[agent].offer)


cdef void _left(Sim *sim, int64_t entry, int32_t outcome) noexcept nogil:
    """A visit has ended."""
    cdef Visit *visit = &sim.visits[entry & (SLOTS - 1)]
    cdef Visit gone = visit[0]
    visit.entry = 0
    agenda_clear(&sim.agenda, PATIENCE_ID + <int32_t> (entry & (SLOTS - 1)))
    add_waiting(sim, sim.cells, gone.queue, gone.entered)
    if outcome == ABANDONED:
        add_abandoned(sim, gone.cell, &sim.demands[gone.queue], sim.now - gone.entered)
        sim.busy_lines -= 1
        redial(sim, gone.queue)
    elif outcome == OVERFLOWED:
        sim.cells[gone.cell].overflowed += 1
        sim.cells[gone.cell].overflowed_wait_ms += sim.now - gone.entered
        sim.busy_lines -= 1
        gone.queue = sim.demands[gone.queue].overflow
        if gone.queue != NONE:
            sim.moved[sim.moved_count] = gone
            sim.moved_count += 1


cdef inline void _obey_one(Sim *sim, const Action *action) noexcept nogil:
    """The action is read before anything is told: its table may move then."""
    cdef int64_t kind = action.kind, offer = action.offer, entry = action.entry
    cdef int32_t agent = <int32_t> action.agent, value = <int32_t> action.value
    if kind == STANDING:
        stood(sim, agent, value)
    elif kind == RING:
        ring(sim, agent, offer)
    elif kind == BRIDGE:
        if sim.core.agents[agent].offer_state != OFFER_GRANTED:
            return  # has been taken at once
        tell(sim, F_BRIDGED, offer, 0)
        offer_bridged(&sim.core, sim.now, offer)
    elif kind == CONFIRMED:
        talk(sim, entry, agent)
    elif kind == LEFT:
        _left(sim, entry, value & 0xFF)
    elif kind == DIAL:  # of a callback that was there at the beginning
        tell(sim, F_CUSTOMER_ANSWERED, entry, 0)
        customer_answered(&sim.core, sim.now, entry)
    elif kind == RELEASE and agent == NONE:
        tell(sim, F_CUSTOMER_GONE, entry, 0)
        customer_gone(&sim.core, sim.now, entry)
    elif kind == RELEASE:
        agenda_clear(&sim.agenda, agent)
        tell_released(sim, offer, False)
    elif kind == ACTION_PAUSED:
        agenda_set(&sim.agenda, RETURN_ID + agent, sim.now + sim.seats[agent].returns_ms)


cdef void obey(Sim *sim) noexcept nogil:
    """Do what the engine said, and what it says to that.

    Who overflowed joins the next queue afterwards: no slot is taken again before its LEFT is read.
    """
    cdef int32_t index = 0
    while True:
        while index < sim.core.action_count:
            _obey_one(sim, &sim.core.actions[index])
            index += 1
        index = sim.core.action_count = 0
        if sim.moved_count == 0:
            return
        _move(sim)


# ---- events -----------------------------------------------------------------------------------


cdef inline bint _freed(Sim *sim, int32_t agent, int64_t entry) noexcept nogil:
    """Whether an agent who hung up or wrapped up was seen to at once; `entry` as by `hung_up`.

    Who takes the next call in the same instant goes on being BUSY, as far as time is counted.
    """
    if entry > 0:
        if sim.seats[agent].standing != BUSY:
            stood(sim, agent, BUSY)
        talk(sim, entry, agent)
        _left(sim, entry, ANSWERED)
    elif entry == 0:
        stood(sim, agent, sim.core.agents[agent].standing)
    return entry > -2


cdef void _deadline_due(Sim *sim) noexcept nogil:
    """The engine's own deadlines of this time."""
    cdef int32_t agent = NONE
    cdef int64_t entry
    while sim.is_instant:
        entry = wrapped_up(&sim.core, sim.now, &agent)
        if not _freed(sim, agent, entry):
            break
        obey(sim)
    if _first_deadline(sim) <= sim.now:
        tell(sim, F_ADVANCE, 0, 0)
        advance_to(&sim.core, sim.now)
        obey(sim)


cdef inline void _agent_due(Sim *sim, int32_t agent) noexcept nogil:
    """An agent picks up, or hangs up."""
    cdef Seat *seat = &sim.seats[agent]
    if sim.core.agents[agent].offer_state == OFFER_RINGING:
        _picked_up(sim, agent)
        return
    sim.busy_lines -= 1
    if sim.is_instant and _freed(
            sim, agent, hung_up(&sim.core, sim.now, agent, seat.wrap_up_ms)):
        return
    tell(sim, F_TALK_ENDED, agent, seat.wrap_up_ms)
    agent_talk_ended(&sim.core, sim.now, agent, seat.wrap_up_ms)
    tell(sim, F_LEG_REMOVED, agent, 0)
    agent_leg_removed(&sim.core, sim.now, agent)
    if sim.core.agents[agent].legs > 0:  # of an engine that was at work before
        agenda_set(&sim.agenda, agent, sim.now + 1)


cdef void _due(Sim *sim, int32_t id) noexcept nogil:
    """An event of the agenda."""
    cdef int64_t entry
    if id < RETURN_ID:
        _agent_due(sim, id)
    elif id < PATIENCE_ID:
        tell_pause(sim, id - RETURN_ID, False)
    elif id < REDIAL_ID:
        entry = sim.visits[id - PATIENCE_ID].entry
        tell(sim, F_LEAVE, entry, ABANDONED)
        entry_left(&sim.core, sim.now, entry, ABANDONED)
    else:
        _calls_again(sim, id - REDIAL_ID)
    obey(sim)


cdef void _turn(Sim *sim) noexcept nogil:
    """The roster's next turn."""
    cdef const Turn *turn = &sim.turns[sim.turn]
    sim.turn += 1
    if turn.kind == SHIFT_BEGINS:
        tell(sim, F_LOGIN, turn.agent, 0)
        agent_login(&sim.core, sim.now, turn.agent)
    elif turn.kind == SHIFT_ENDS:
        tell(sim, F_LOGOUT, turn.agent, 0)
        agent_logout(&sim.core, sim.now, turn.agent)
    else:
        tell_pause(sim, turn.agent, turn.kind == BREAK_BEGINS)
    obey(sim)


cdef inline void _clock(Sim *sim, int64_t now) noexcept nogil:
    sim.now = now
    if now >= sim.interval_end:
        sim.interval = interval_of(sim, now)
        sim.interval_end = sim.start + (sim.interval + 1) * sim.interval_ms


cdef inline int64_t _or_never(int64_t at) noexcept nogil:
    return at if at >= 0 else 4 * FOREVER


cdef inline int64_t _first_deadline(Sim *sim) noexcept nogil:
    """When the engine has something to do; it is asked only where a timer is set."""
    if sim.core.agent_timers.count or sim.core.entry_timers.count or sim.core.is_unsettled:
        return _or_never(first_deadline(&sim.core))
    return 4 * FOREVER


cdef bint run_until(Sim *sim, int64_t until, int64_t most) noexcept nogil:
    """Let everything up to `until` happen, but at most so many events; whether it all has."""
    cdef int64_t deadline, due, turn, arrival, known, last = sim.events + most
    while sim.events < last and not sim.has_failed:
        deadline = _first_deadline(sim)
        due = agenda_next(&sim.agenda)
        turn = _or_never(sim.turns[sim.turn].at if sim.turn < sim.turn_count else -1)
        known = _or_never(
            sim.known[sim.known_next].at if sim.known_next < sim.known_count else -1)
        arrival = min(sim.drawn_at, known)
        if min(min(deadline, due), min(turn, arrival)) > until:
            _clock(sim, until)
            return True
        sim.events += 1
        if deadline <= min(due, min(turn, arrival)):
            _clock(sim, max(deadline, sim.now))
            _deadline_due(sim)
        elif due <= min(turn, arrival):
            _clock(sim, due)
            _due(sim, agenda_take(&sim.agenda))
        elif turn <= arrival:
            _clock(sim, turn)
            _turn(sim)
        else:
            _clock(sim, arrival)
            if known <= sim.drawn_at:
                _known_arrives(sim)
            else:
                _drawn_arrives(sim)
    return False
