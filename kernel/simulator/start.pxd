# How a simulation begins, with whoever is in the engine, and what is open when it is looked at.
from libc.stdint cimport int64_t, uint64_t

from kernel.simulator.state cimport Cell, Sim

cdef int sim_room(Sim *sim) noexcept nogil
cdef void sim_free(Sim *sim) noexcept nogil
cdef void sim_begin(Sim *sim, uint64_t seed, bint is_first) noexcept nogil
cdef void add_open(const Sim *sim, Cell *cells, int64_t *standing_ms) noexcept nogil
