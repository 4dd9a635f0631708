"""Facts that a simulation tells the engine from more than one place; recorded where asked for."""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport realloc

from kernel.acd.facts cimport agent_pause, agent_unpause, offer_answered, offer_released
from kernel.simulator.state cimport F_ANSWERED, F_PAUSE, F_RELEASED, F_UNPAUSE, Fact, Sim


cdef inline void record(Sim *sim, int64_t kind, int64_t subject, int64_t detail) noexcept nogil:
    cdef void *grown
    cdef int64_t size
    if sim.fact_count == sim.fact_size:
        size = max(<int64_t> 1024, 2 * sim.fact_size)
        grown = realloc(sim.facts, size * sizeof(Fact))
        if grown == NULL:
            sim.has_failed = True
            return
        sim.facts, sim.fact_size = <Fact *> grown, size
    sim.facts[sim.fact_count] = Fact(kind, sim.now, subject, detail)
    sim.fact_count += 1


cdef inline void tell(Sim *sim, int64_t kind, int64_t subject, int64_t detail) noexcept nogil:
    """Record a fact that is about to be told."""
    if sim.is_recorded:
        record(sim, kind, subject, detail)


cdef inline void tell_answered(Sim *sim, int64_t offer) noexcept nogil:
    tell(sim, F_ANSWERED, offer, 0)
    offer_answered(&sim.core, sim.now, offer)


cdef inline void tell_released(Sim *sim, int64_t offer, bint is_refused) noexcept nogil:
    tell(sim, F_RELEASED, offer, is_refused)
    offer_released(&sim.core, sim.now, offer, is_refused, False)


cdef inline void tell_pause(Sim *sim, int32_t agent, bint is_paused) noexcept nogil:
    tell(sim, F_PAUSE if is_paused else F_UNPAUSE, agent, 0)
    if is_paused:
        agent_pause(&sim.core, sim.now, agent)
    else:
        agent_unpause(&sim.core, sim.now, agent)
