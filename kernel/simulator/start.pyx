# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""How a simulation begins, with whoever is in the engine, and what is open when it is looked at.

Whoever waits at the beginning has waited since they came, and belongs to the first interval. What
remains of a talk or of patience is drawn, given how long it has lasted.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from kernel.acd.facts cimport offer_bridged
from kernel.acd.tables cimport (AGENTS_MAX, CUSTOMER_AWAY, NONE, OFFER_GRANTED, OFFER_NONE,
                                OFFER_RINGING, PAUSED, STANDING_COUNT, Agent, Entry, core_free)
from kernel.agenda cimport agenda_clear_all, agenda_free, agenda_grow, agenda_plant, agenda_set
from kernel.random cimport stream_seed
from kernel.simulator.calls cimport draw, draw_beyond, next_arrival
from kernel.simulator.facts cimport tell, tell_released
from kernel.simulator.run cimport obey, ring
from kernel.simulator.state cimport *
from kernel.simulator.tally cimport add_standing, add_waiting


cdef int sim_room(Sim *sim) noexcept nogil:
    """Room for what is counted and who is on their way; -1 if there is no memory."""
    cdef int64_t cells = <int64_t> sim.queue_count * sim.interval_count
    sim.visits = <Visit *> calloc(SLOTS, sizeof(Visit))
    sim.moved = <Visit *> calloc(SLOTS, sizeof(Visit))
    sim.cells = <Cell *> calloc(cells, sizeof(Cell))
    sim.waits = <uint32_t *> calloc(cells * WAIT_BINS, sizeof(uint32_t))
    sim.standing_ms = <int64_t *> calloc(
        <int64_t> sim.interval_count * STANDING_COUNT, sizeof(int64_t))
    sim.left = <int64_t *> calloc(sim.queue_count, sizeof(int64_t))
    if (sim.visits == NULL or sim.moved == NULL or sim.cells == NULL or sim.waits == NULL
            or sim.standing_ms == NULL or sim.left == NULL
            or agenda_plant(&sim.agenda, sim.agent_count) < 0
            or agenda_grow(&sim.agenda, REDIAL_ID) < 0):
        return -1
    return 0


cdef void sim_free(Sim *sim) noexcept nogil:
    core_free(&sim.core)
    agenda_free(&sim.agenda)
    free(sim.demands)
    free(sim.seats)
    free(sim.turns)
    free(sim.known)
    free(sim.left)
    free(sim.visits)
    free(sim.moved)
    free(sim.redials)
    free(sim.cells)
    free(sim.waits)
    free(sim.standing_ms)
    free(sim.facts)


cdef void _clear(Sim *sim, bint is_first) noexcept nogil:
    """Nothing has been counted, nobody is on their way; waits are kept but for the first run."""
    cdef int64_t cells = <int64_t> sim.queue_count * sim.interval_count
    cdef int32_t number
    agenda_clear_all(&sim.agenda)
    memset(sim.visits, 0, SLOTS * sizeof(Visit))
    memset(sim.cells, 0, cells * sizeof(Cell))
    if is_first:
        memset(sim.waits, 0, cells * WAIT_BINS * sizeof(uint32_t))
    memset(sim.standing_ms, 0,
           <int64_t> sim.interval_count * STANDING_COUNT * sizeof(int64_t))
    memset(sim.left, 0, sim.queue_count * sizeof(int64_t))
    for number in range(sim.redial_size):
        sim.redials[number] = number + 1 if number + 1 < sim.redial_size else NONE
    sim.redial_free = 0 if sim.redial_size else NONE
    sim.events = sim.fact_count = 0
    sim.moved_count = sim.interval = sim.turn = sim.known_next = sim.busy_lines = 0
    sim.has_failed = False


cdef void sim_begin(Sim *sim, uint64_t seed, bint is_first) noexcept nogil:
    """Begin where the engine is; the model's tables and the engine are there."""
    _clear(sim, is_first)
    stream_seed(&sim.arriving, seed, 0)
    stream_seed(&sim.acting, seed, 1)
    sim.start = sim.now = sim.core.now
    sim.interval_end = sim.start + sim.interval_ms
    sim.rate, sim.rate_at = -1 if sim.is_exact else 0, 0.0
    sim.drawn_at = FOREVER
    if sim.rate_count:
        next_arrival(sim)
    _who_waits(sim)
    _who_is_busy(sim)
    _what_rings(sim)


cdef void _who_waits(Sim *sim) noexcept nogil:
    cdef int32_t slot
    cdef int64_t left_ms
    cdef const Entry *entry
    cdef const Demand *demand
    for slot in range(sim.core.entry_size):
        entry = &sim.core.entries[slot]
        if entry.number == 0:
            continue
        demand = &sim.demands[entry.queue]
        left_ms = draw_beyond(&sim.acting, &demand.patience, sim.now - entry.entered)
        if entry.customer == CUSTOMER_AWAY:
            left_ms = FOREVER  # a callback has all the time
        sim.visits[slot] = Visit(
            entry.number, entry.entered, draw(&sim.acting, &demand.talk),
            draw(&sim.acting, &demand.wrap_up), min(sim.now + left_ms, FOREVER),
            entry.queue, entry.queue * sim.interval_count)
        sim.cells[sim.visits[slot].cell].offered += 1
        sim.busy_lines += 1
        if left_ms < FOREVER:
            agenda_set(&sim.agenda, PATIENCE_ID + slot, sim.visits[slot].patience_until)


cdef void _who_is_busy(Sim *sim) noexcept nogil:
    cdef int32_t number
    cdef int64_t left_ms
    cdef const Agent *agent
    cdef Seat *seat
    for number in range(sim.agent_count):
        agent, seat = &sim.core.agents[number], &sim.seats[number]
        seat.standing, seat.since = agent.standing, sim.now
        left_ms = seat.left_ms
        if agent.legs > 0:
            if left_ms < 0:
                left_ms = draw_beyond(
                    &sim.acting, &sim.demands[seat.queue].talk, sim.now - agent.since)
            seat.wrap_up_ms = draw(&sim.acting, &sim.demands[seat.queue].wrap_up)
            sim.busy_lines += 1
            agenda_set(&sim.agenda, number, sim.now + left_ms)
        elif agent.standing == PAUSED:
            left_ms = seat.returns_ms if left_ms < 0 else left_ms
            agenda_set(&sim.agenda, RETURN_ID + number, sim.now + left_ms)


cdef void _what_rings(Sim *sim) noexcept nogil:
    """Offers that were open: the phones ring on, the granted are joined, the others released."""
    cdef int32_t number
    cdef int64_t offer
    for number in range(sim.agent_count):
        offer = sim.core.agents[number].offer
        if sim.core.agents[number].offer_state == OFFER_RINGING:
            ring(sim, number, offer)
        elif sim.core.agents[number].offer_state == OFFER_GRANTED:
            tell(sim, F_BRIDGED, offer, 0)
            offer_bridged(&sim.core, sim.now, offer)
        elif sim.core.agents[number].offer_state != OFFER_NONE:
            tell_released(sim, offer, False)
        obey(sim)


cdef void add_open(const Sim *sim, Cell *cells, int64_t *standing_ms) noexcept nogil:
    """Add the waits and standings that have not ended, up to now."""
    cdef int32_t number
    for number in range(sim.core.entry_size):
        if sim.visits[number].entry:
            add_waiting(sim, cells, sim.visits[number].queue, sim.visits[number].entered)
    for number in range(sim.agent_count):
        add_standing(sim, standing_ms, sim.seats[number].standing, sim.seats[number].since)
