"""What a simulation writes down of callers and agents as they move; inline, for every call does."""

from libc.stdint cimport int32_t, int64_t

from kernel.acd.tables cimport ENTRIES_MAX
from kernel.agenda cimport agenda_set
from kernel.simulator.state cimport FOREVER, PATIENCE_ID, SLOTS, Cell, Seat, Sim, Visit
from kernel.simulator.tally cimport add_answered, add_standing


cdef inline bint has_room(const Sim *sim, int32_t queue) noexcept nogil:
    """Whether there is a line, and a place in the queue."""
    cdef int32_t most = sim.demands[queue].length_max
    return (sim.core.entry_count < ENTRIES_MAX
            and not (sim.lines and sim.busy_lines >= sim.lines)
            and not (most and sim.core.queues[queue].length >= most))


cdef inline Visit *begin_visit(Sim *sim, const Visit *new, int64_t number) noexcept nogil:
    cdef Visit *visit = &sim.visits[number & (SLOTS - 1)]
    visit[0] = new[0]
    visit.entry, visit.entered = number, sim.now
    visit.cell = new.queue * sim.interval_count + sim.interval
    sim.cells[visit.cell].offered += 1
    sim.busy_lines += 1
    return visit


cdef inline void expect(Sim *sim, const Visit *visit) noexcept nogil:
    """The caller's patience will end."""
    if visit.patience_until < FOREVER:
        agenda_set(&sim.agenda, PATIENCE_ID + <int32_t> (visit - sim.visits),
                   visit.patience_until)


cdef inline void begin_talk(Sim *sim, int32_t agent, const Visit *visit,
                             int32_t number) noexcept nogil:
    cdef Cell *cell = &sim.cells[number]
    cell.talk_ms += visit.talk_ms
    cell.wrap_up_ms += visit.wrap_up_ms
    sim.seats[agent].wrap_up_ms = visit.wrap_up_ms
    agenda_set(&sim.agenda, agent, sim.now + visit.talk_ms)


cdef inline void talk(Sim *sim, int64_t entry, int32_t agent) noexcept nogil:
    """CONFIRMED: the wait is over."""
    cdef const Visit *visit = &sim.visits[entry & (SLOTS - 1)]
    add_answered(sim, visit.cell, &sim.demands[visit.queue], sim.now - visit.entered)
    begin_talk(sim, agent, visit, visit.cell)


cdef inline void stood(Sim *sim, int32_t agent, int32_t standing) noexcept nogil:
    cdef Seat *seat = &sim.seats[agent]
    add_standing(sim, sim.standing_ms, seat.standing, seat.since)
    seat.standing, seat.since = standing, sim.now
