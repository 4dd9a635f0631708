# Sockets of closed legs that are kept for the next ones.

from kernel.media.state cimport Engine, Leg

cdef bint keep(Engine* engine, Leg* leg) noexcept nogil
cdef bint use_again(Leg* leg) noexcept
