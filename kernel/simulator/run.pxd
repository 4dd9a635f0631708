# A simulation's events, without the GIL.
from libc.stdint cimport int32_t, int64_t

from kernel.simulator.state cimport Sim

cdef void obey(Sim *sim) noexcept nogil
cdef void ring(Sim *sim, int32_t agent, int64_t offer) noexcept nogil
cdef bint run_until(Sim *sim, int64_t until, int64_t most) noexcept nogil
