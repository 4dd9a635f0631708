# Who calls, when, and for how long: a simulation's draws.
from libc.stdint cimport int32_t, int64_t

from kernel.random cimport Stream
from kernel.simulator.state cimport Law, Sim, Visit

cdef int64_t draw(Stream *stream, const Law *law) noexcept nogil
cdef int64_t draw_beyond(Stream *stream, const Law *law, int64_t elapsed_ms) noexcept nogil
cdef void next_arrival(Sim *sim) noexcept nogil
cdef bint happens(Stream *stream, double share) noexcept nogil
cdef void new_call(Sim *sim, Stream *stream, int32_t queue, Visit *new) noexcept nogil
cdef void redial(Sim *sim, int32_t queue) noexcept nogil
