# Sockets of legs: watched, and of closed ones kept for the next.

from libc.stdint cimport uint64_t

from kernel.media.state cimport Engine, Leg

cdef bint keep(Engine* engine, Leg* leg) noexcept nogil
cdef bint use_again(Leg* leg) noexcept
cdef void watch_fd(Engine* engine, int fd, uint64_t key) noexcept nogil
cdef void watch_sockets(Engine* engine, int slot) noexcept nogil
