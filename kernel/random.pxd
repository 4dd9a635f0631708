# Random numbers for simulation: xoshiro256++ streams, and what is drawn from them.
from libc.stdint cimport uint64_t

ctypedef struct Stream:
    uint64_t state[4]

cdef void stream_seed(Stream *self, uint64_t seed, uint64_t number) noexcept nogil
cdef double uniform(Stream *self) noexcept nogil
cdef double exponential(Stream *self) noexcept nogil
cdef double normal(Stream *self) noexcept nogil
