# Random numbers for simulation: xoshiro256++ streams, and what is drawn from them.
from libc.stdint cimport uint64_t

cdef enum:
    LAYERS = 256  # of a ziggurat

ctypedef struct Stream:
    uint64_t state[4]

cdef double[<int> LAYERS + 1] EXPONENTIAL_X

cdef void stream_seed(Stream *self, uint64_t seed, uint64_t number) noexcept nogil
cdef double normal(Stream *self) noexcept nogil
cdef double exponential_edge(Stream *self, uint64_t bits) noexcept nogil


# ---- drawn for every call: inline, for a call between modules costs more than these do


cdef inline uint64_t stream_turn(uint64_t x, int bits) noexcept nogil:
    return (x << bits) | (x >> (64 - bits))


cdef inline uint64_t stream_next(Stream *self) noexcept nogil:
    cdef uint64_t *s = self.state
    cdef uint64_t result = stream_turn(s[0] + s[3], 23) + s[0], t = s[1] << 17
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = stream_turn(s[3], 45)
    return result


cdef inline double share_of(uint64_t bits) noexcept nogil:
    """The upper 53 bits as 0 <= x < 1."""
    return <double> (bits >> 11) * (1.0 / 9007199254740992.0)


cdef inline double uniform(Stream *self) noexcept nogil:
    return share_of(stream_next(self))


cdef inline double exponential(Stream *self) noexcept nogil:
    """Of mean 1."""
    cdef uint64_t bits = stream_next(self)
    cdef int layer = bits & (LAYERS - 1)
    cdef double x = share_of(bits) * EXPONENTIAL_X[layer]
    return x if x < EXPONENTIAL_X[layer + 1] else exponential_edge(self, bits)
