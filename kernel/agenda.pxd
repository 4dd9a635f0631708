"""An agenda: coming events by time, one for each id, set or cleared in O(log n).

An event is one number, its time above its id, so that the order is total and a comparison is one
instruction. Times are ms from 0 to AT_MAX, ids are below 2^ID_BITS; the caller has grown the
agenda before it uses an id.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, realloc

cdef enum:
    ID_BITS = 22

ctypedef struct Agenda:
    uint64_t *heap   # 4-ary: the children of i are 4i+1 .. 4i+4
    int32_t *place   # by id: where it is in the heap, or -1
    int32_t count, ids


cdef inline int agenda_grow(Agenda *self, int32_t ids) noexcept nogil:
    """Room for ids below `ids`; -1 if there is no memory."""
    cdef int32_t id
    cdef void *grown
    if ids <= self.ids:
        return 0
    grown = realloc(self.place, ids * sizeof(int32_t))
    if grown == NULL:
        return -1
    self.place = <int32_t *> grown
    grown = realloc(self.heap, ids * sizeof(uint64_t))
    if grown == NULL:
        return -1
    self.heap = <uint64_t *> grown
    for id in range(self.ids, ids):
        self.place[id] = -1
    self.ids = ids
    return 0


cdef inline void agenda_free(Agenda *self) noexcept nogil:
    free(self.heap)
    free(self.place)


cdef inline void agenda_clear_all(Agenda *self) noexcept nogil:
    cdef int32_t index
    for index in range(self.count):
        self.place[self.heap[index] & ((1 << ID_BITS) - 1)] = -1
    self.count = 0


cdef inline void agenda_put(Agenda *self, int32_t index, uint64_t event) noexcept nogil:
    self.heap[index] = event
    self.place[event & ((1 << ID_BITS) - 1)] = index


cdef inline void agenda_rise(Agenda *self, int32_t index, uint64_t event) noexcept nogil:
    """Move towards the root until `event` fits into the hole at `index`."""
    cdef int32_t parent
    while index > 0:
        parent = (index - 1) >> 2
        if self.heap[parent] <= event:
            break
        agenda_put(self, index, self.heap[parent])
        index = parent
    agenda_put(self, index, event)


cdef inline int32_t agenda_first_child(const uint64_t *heap, int32_t child,
                                       int32_t count) noexcept nogil:
    """The earliest of up to four brothers from `child` on; of four, without a jump to guess."""
    cdef int32_t best, other
    if child + 4 <= count:
        best = child + <int32_t> (heap[child + 1] < heap[child])
        other = child + 2 + <int32_t> (heap[child + 3] < heap[child + 2])
        return best + (other - best) * <int32_t> (heap[other] < heap[best])
    best = child
    for other in range(child + 1, count):
        best = other if heap[other] < heap[best] else best
    return best


cdef inline void agenda_sink(Agenda *self, int32_t index, uint64_t event) noexcept nogil:
    """Move away from the root until `event` fits into the hole at `index`."""
    cdef int32_t child = 4 * index + 1
    while child < self.count:
        child = agenda_first_child(self.heap, child, self.count)
        if event <= self.heap[child]:
            break
        agenda_put(self, index, self.heap[child])
        index, child = child, 4 * child + 1
    agenda_put(self, index, event)


cdef inline void agenda_set(Agenda *self, int32_t id, int64_t at) noexcept nogil:
    """Let an event come at `at`, whether it was set before or not."""
    cdef uint64_t event = <uint64_t> at << ID_BITS | <uint64_t> id
    cdef int32_t index = self.place[id]
    if index < 0:
        index = self.count
        self.count += 1
        agenda_rise(self, index, event)
    elif event < self.heap[index]:
        agenda_rise(self, index, event)
    else:
        agenda_sink(self, index, event)


cdef inline void agenda_clear(Agenda *self, int32_t id) noexcept nogil:
    """Take an event out; nothing happens if it is not set."""
    cdef int32_t index = self.place[id]
    cdef uint64_t last
    if index < 0:
        return
    self.place[id] = -1
    self.count -= 1
    if index == self.count:
        return
    last = self.heap[self.count]
    if index > 0 and last < self.heap[(index - 1) >> 2]:
        agenda_rise(self, index, last)
    else:
        agenda_sink(self, index, last)


cdef inline int64_t agenda_next(const Agenda *self) noexcept nogil:
    """When the first event comes, or -1."""
    return <int64_t> (self.heap[0] >> ID_BITS) if self.count else -1


cdef inline int32_t agenda_take(Agenda *self) noexcept nogil:
    """The id of the first event, which is taken out; there must be one.

    The hole sinks to a leaf and is filled with the last event, which seldom rises from there.
    """
    cdef uint64_t *heap = self.heap
    cdef int32_t id = <int32_t> (heap[0] & ((1 << ID_BITS) - 1))
    cdef int32_t hole = 0, child = 1
    self.place[id] = -1
    self.count -= 1
    if self.count == 0:
        return id
    while child < self.count:
        child = agenda_first_child(heap, child, self.count)
        agenda_put(self, hole, heap[child])
        hole, child = child, 4 * child + 1
    agenda_rise(self, hole, heap[self.count])
    return id
