# An indexed heap of deadlines: set, move or clear a timer by its id in O(log n).
from libc.stdint cimport int32_t, int64_t

ctypedef struct Timer:
    int64_t at     # when it is due
    int64_t order  # what goes first of those due at the same time
    int32_t id

ctypedef struct Timers:
    Timer *heap    # 4-ary: the children of i are 4i+1 .. 4i+4
    int32_t *place # by id: where it is in the heap, or -1
    int32_t count, ids

cdef int timers_grow(Timers *self, int32_t ids) noexcept nogil
cdef void timers_free(Timers *self) noexcept nogil
cdef void timers_set(Timers *self, int32_t id, int64_t at, int64_t order) noexcept nogil
cdef void timers_clear(Timers *self, int32_t id) noexcept nogil
cdef bint timers_has(const Timers *self, int32_t id, int64_t at) noexcept nogil
cdef bint timer_before(const Timer *a, const Timer *b) noexcept nogil
