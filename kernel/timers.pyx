# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""An indexed heap of deadlines: set, move or clear a timer by its id in O(log n).

The first of the heap is the earliest; of those due at the same time, the lowest `order`. The
caller grows the tables before it uses an id, so that nothing here can fail.
"""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free, realloc

cdef extern from *:
    """
    /* both in one number, so that a comparison is no jump for a processor to guess */
    #define agner_comes_before(a, b)                                              \
        (((__int128) (a)->at << 64 | (uint64_t) (a)->order)                       \
         < ((__int128) (b)->at << 64 | (uint64_t) (b)->order))
    """
    bint comes_before "agner_comes_before"(const Timer *a, const Timer *b) noexcept nogil


cdef int timers_grow(Timers *self, int32_t ids) noexcept nogil:
    """Room for ids below `ids`; -1 if there is no memory."""
    cdef int32_t id
    cdef void *grown
    if ids <= self.ids:
        return 0
    grown = realloc(self.place, ids * sizeof(int32_t))
    if grown == NULL:
        return -1
    self.place = <int32_t *> grown
    grown = realloc(self.heap, ids * sizeof(Timer))
    if grown == NULL:
        return -1
    self.heap = <Timer *> grown
    for id in range(self.ids, ids):
        self.place[id] = -1
    self.ids = ids
    return 0


cdef void timers_free(Timers *self) noexcept nogil:
    free(self.heap)
    free(self.place)


cdef bint timer_before(const Timer *a, const Timer *b) noexcept nogil:
    """Whether `a` fires before `b`."""
    return comes_before(a, b)


cdef inline void _put(Timers *self, int32_t index, Timer timer) noexcept nogil:
    self.heap[index] = timer
    self.place[timer.id] = index


cdef void _rise(Timers *self, int32_t index, Timer timer) noexcept nogil:
    """Move towards the root until `timer` fits into the hole at `index`."""
    cdef int32_t parent
    while index > 0:
        parent = (index - 1) >> 2
        if not comes_before(&timer, &self.heap[parent]):
            break
        _put(self, index, self.heap[parent])
        index = parent
    _put(self, index, timer)


cdef inline int32_t _first_child(const Timer *heap, int32_t child, int32_t count) noexcept nogil:
    """The earliest of up to four brothers from `child` on."""
    cdef int32_t best, other
    if child + 4 <= count:
        best = child + <int32_t> comes_before(&heap[child + 1], &heap[child])
        other = child + 2 + <int32_t> comes_before(&heap[child + 3], &heap[child + 2])
        return best + (other - best) * <int32_t> comes_before(&heap[other], &heap[best])
    best = child
    for other in range(child + 1, count):
        best = other if comes_before(&heap[other], &heap[best]) else best
    return best


cdef void _sink(Timers *self, int32_t index, Timer timer) noexcept nogil:
    """Move away from the root until `timer` fits into the hole at `index`."""
    cdef int32_t child = 4 * index + 1
    while child < self.count:
        child = _first_child(self.heap, child, self.count)
        if not comes_before(&self.heap[child], &timer):
            break
        _put(self, index, self.heap[child])
        index, child = child, 4 * child + 1
    _put(self, index, timer)


cdef void timers_set(Timers *self, int32_t id, int64_t at, int64_t order) noexcept nogil:
    """Let a timer be due at `at`, whether it was set before or not."""
    cdef Timer timer = Timer(at, order, id)
    cdef int32_t index = self.place[id]
    if index < 0:
        index = self.count
        self.count += 1
        _rise(self, index, timer)
    elif timer_before(&timer, &self.heap[index]):
        _rise(self, index, timer)
    else:
        _sink(self, index, timer)


cdef void timers_clear(Timers *self, int32_t id) noexcept nogil:
    """Take a timer out; nothing happens if it is not set."""
    cdef int32_t index = self.place[id]
    cdef Timer last
    if index < 0:
        return
    self.place[id] = -1
    self.count -= 1
    last = self.heap[self.count]
    if last.id == id:
        return
    if index > 0 and timer_before(&last, &self.heap[(index - 1) >> 2]):
        _rise(self, index, last)
    else:
        _sink(self, index, last)


cdef bint timers_has(const Timers *self, int32_t id, int64_t at) noexcept nogil:
    """Whether a timer is set, for exactly this time."""
    return self.place[id] >= 0 and self.heap[self.place[id]].at == at
