# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# distutils: extra_compile_args = -O3
"""Random numbers for simulation: xoshiro256++ streams, and what is drawn from them.

    state       splitmix64 of seed and number (Blackman, Vigna: "Scrambled linear PRNGs", 2021)
    exponential, normal      the ziggurat of 256 layers (Marsaglia, Tsang, JSS 5 (2000))

Nothing here is fit for secrets.
"""

from libc.math cimport exp, log, sqrt
from libc.stdint cimport uint64_t

# layer i is as wide as X[i], and X[i + 1] wide at its top; of equal areas; Y[i] = f(X[i])
cdef double EXPONENTIAL_R = 7.69711747013104972, EXPONENTIAL_V = 3.9496598225815571993e-3
cdef double NORMAL_R = 3.6541528853610088, NORMAL_V = 4.92867323399e-3
cdef double[<int> LAYERS + 1] EXPONENTIAL_Y, NORMAL_X, NORMAL_Y


cdef void _make_exponential() noexcept nogil:
    cdef int layer
    EXPONENTIAL_X[0], EXPONENTIAL_X[1] = EXPONENTIAL_V / exp(-EXPONENTIAL_R), EXPONENTIAL_R
    for layer in range(2, LAYERS):
        EXPONENTIAL_X[layer] = -log(
            EXPONENTIAL_V / EXPONENTIAL_X[layer - 1] + exp(-EXPONENTIAL_X[layer - 1]))
    EXPONENTIAL_X[<int> LAYERS] = 0.0
    for layer in range(LAYERS + 1):
        EXPONENTIAL_Y[layer] = exp(-EXPONENTIAL_X[layer])


cdef inline double _bell(double x) noexcept nogil:
    return exp(-0.5 * x * x)


cdef void _make_normal() noexcept nogil:
    cdef int layer
    NORMAL_X[0], NORMAL_X[1] = NORMAL_V / _bell(NORMAL_R), NORMAL_R
    for layer in range(2, LAYERS):
        NORMAL_X[layer] = sqrt(
            -2.0 * log(NORMAL_V / NORMAL_X[layer - 1] + _bell(NORMAL_X[layer - 1])))
    NORMAL_X[<int> LAYERS] = 0.0
    for layer in range(LAYERS + 1):
        NORMAL_Y[layer] = _bell(NORMAL_X[layer])


_make_exponential()
_make_normal()


cdef uint64_t _split(uint64_t *state) noexcept nogil:
    """splitmix64: turns near seeds into far states."""
    cdef uint64_t z
    state[0] += <uint64_t> 0x9E3779B97F4A7C15
    z = state[0]
    z = (z ^ (z >> 30)) * <uint64_t> 0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t> 0x94D049BB133111EB
    return z ^ (z >> 31)


cdef void stream_seed(Stream *self, uint64_t seed, uint64_t number) noexcept nogil:
    """The stream of this number: the same for the same seed, unlike all others."""
    cdef int index
    cdef uint64_t state = seed
    state = _split(&state) + number
    state = _split(&state) ^ seed
    for index in range(4):
        self.state[index] = _split(&state)


cdef inline double _above_0(Stream *self) noexcept nogil:
    """0 < x <= 1: its logarithm is finite."""
    return 1.0 - uniform(self)


cdef double exponential_edge(Stream *self, uint64_t bits) noexcept nogil:
    """Of mean 1, where these bits did not fall well within their layer."""
    cdef int layer
    cdef double x
    while True:
        layer = bits & (LAYERS - 1)
        x = share_of(bits) * EXPONENTIAL_X[layer]
        if x < EXPONENTIAL_X[layer + 1]:
            return x
        if layer == 0:
            return EXPONENTIAL_R - log(_above_0(self))
        if EXPONENTIAL_Y[layer] + uniform(self) * (
                EXPONENTIAL_Y[layer + 1] - EXPONENTIAL_Y[layer]) < exp(-x):
            return x
        bits = stream_next(self)


cdef double _normal_tail(Stream *self) noexcept nogil:
    """Beyond NORMAL_R (Marsaglia 1964)."""
    cdef double x, y
    while True:
        x, y = -log(_above_0(self)) / NORMAL_R, -log(_above_0(self))
        if 2.0 * y >= x * x:
            return NORMAL_R + x


cdef double normal(Stream *self) noexcept nogil:
    """Of mean 0 and standard deviation 1."""
    cdef uint64_t bits
    cdef int layer
    cdef double x, sign
    while True:
        bits = stream_next(self)
        layer = bits & (LAYERS - 1)
        sign = -1.0 if bits & LAYERS else 1.0
        x = share_of(bits) * NORMAL_X[layer]
        if x < NORMAL_X[layer + 1]:
            return sign * x
        if layer == 0:
            return sign * _normal_tail(self)
        if NORMAL_Y[layer] + uniform(self) * (NORMAL_Y[layer + 1] - NORMAL_Y[layer]) < _bell(x):
            return sign * x


cdef class Draws:
    """A stream by seed and number; see the stub."""

    cdef Stream stream

    def __cinit__(self, seed, number=0):
        for what, given in (("seed", seed), ("number", number)):
            if not isinstance(given, int) or not 0 <= given < 1 << 64:
                raise ValueError(f"{what} is {given!r}, it must be an integer of 64 bits")
        stream_seed(&self.stream, seed, number)

    def uniform(self):
        return uniform(&self.stream)

    def exponential(self):
        return exponential(&self.stream)

    def normal(self):
        return normal(&self.stream)
