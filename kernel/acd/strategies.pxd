# Queue strategies: which READY agent an entry gets.
from libc.stdint cimport int32_t, uint64_t

from kernel.acd.tables cimport RANDOM, WEIGHTED, Core, Entry

cdef extern from *:
    """
    #define AGNER_GOLDEN 0x9E3779B97F4A7C15ULL  /* the step of splitmix64, once an offer */
    """
    const uint64_t GOLDEN "AGNER_GOLDEN"

cdef int32_t choose(Core *core, const Entry *entry) noexcept nogil
cdef bint somebody(Core *core, const Entry *entry) noexcept nogil


cdef inline bint rolls_dice(int32_t strategy) noexcept nogil:
    """Whether each offer of a queue with that strategy rolls the dice."""
    return strategy == RANDOM or strategy == WEIGHTED
