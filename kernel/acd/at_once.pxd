# What the queue engine does in one instant where phones are answered at once: for simulation.
from libc.stdint cimport int32_t, int64_t

from kernel.acd.tables cimport Arrival, Core

cdef int32_t arrived_and_taken(Core *core, int64_t now, const Arrival *arrival) noexcept nogil
cdef int64_t arrived_to_wait(Core *core, int64_t now, const Arrival *arrival) noexcept nogil
cdef int64_t hung_up(Core *core, int64_t now, int32_t number, int64_t wrap_up_ms) noexcept nogil
cdef int64_t wrapped_up(Core *core, int64_t now, int32_t *number) noexcept nogil
cdef bint offer_taken(Core *core, int64_t now, int64_t offer) noexcept nogil
