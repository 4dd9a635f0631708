"""An agenda: coming events by time, one for each id, set or cleared in O(log n).

An event is one number, its time above its id, so that the order is total and a comparison is one
instruction. Times are ms from 0 to AT_MAX, ids are below 2^ID_BITS; the caller has grown the
agenda before it uses an id.

The lowest ids, whose events follow each other closely, are leaves of a tree of which each node has
the earliest of its four children: no step of a change depends on a comparison that a processor
would have to guess. All others are in a heap, of which few are set at a time.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, realloc

cdef enum:
    ID_BITS = 22

cdef extern from *:
    """
    #define AGENDA_NEVER UINT64_MAX  /* later than any event */
    """
    const uint64_t AGENDA_NEVER

cdef extern from "stdlib.h" nogil:
    void *aligned_alloc(size_t alignment, size_t size)

ctypedef struct Agenda:
    # the root is tree[3], the children of i are 4i-8 .. 4i-5: brothers share a cache line
    uint64_t *tree
    int32_t leaf, leaves         # the place of id 0; ids below `leaves` are here
    int32_t taken                # a leaf whose event was taken, unknown to its parents yet; or 0
    uint64_t *heap   # 4-ary: the children of i are 4i+1 .. 4i+4
    int32_t *place   # by id: where it is in the heap, or -1
    int32_t count, ids


cdef inline int agenda_plant(Agenda *self, int32_t leaves) noexcept nogil:
    """Have the ids below `leaves` in the tree, once; -1 if there is no memory."""
    cdef int32_t index, width = 4, inner = 1
    while width < leaves:
        inner += width
        width *= 4
    self.tree = <uint64_t *> aligned_alloc(64, ((inner + width + 3 + 7) & ~7) * sizeof(uint64_t))
    if self.tree == NULL:
        return -1
    for index in range(inner + width + 3):
        self.tree[index] = AGENDA_NEVER
    self.leaf, self.leaves, self.taken = inner + 3, leaves, 0
    return 0


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
    if self.count == 0:
        self.heap[0] = AGENDA_NEVER
    self.ids = ids
    return 0


cdef inline void agenda_free(Agenda *self) noexcept nogil:
    free(self.tree)
    free(self.heap)
    free(self.place)


cdef inline void agenda_clear_all(Agenda *self) noexcept nogil:
    cdef int32_t index
    for index in range(self.count):
        self.place[self.heap[index] & ((1 << ID_BITS) - 1)] = -1
    self.count = self.taken = 0
    self.heap[0] = AGENDA_NEVER
    for index in range(self.leaf + self.leaves):
        self.tree[index] = AGENDA_NEVER


# ---- the tree ---------------------------------------------------------------------------------


cdef inline uint64_t agenda_earlier(uint64_t a, uint64_t b) noexcept nogil:
    return a if a < b else b


cdef inline void agenda_tell(Agenda *self, int32_t index) noexcept nogil:
    """Let all above the leaf at `index` know its event."""
    cdef uint64_t *tree = self.tree
    cdef const uint64_t *brothers
    while index > 3:
        brothers = tree + (index & ~3)
        index = (index >> 2) + 2
        tree[index] = agenda_earlier(agenda_earlier(brothers[0], brothers[1]),
                                     agenda_earlier(brothers[2], brothers[3]))


cdef inline void agenda_leaf(Agenda *self, int32_t id, uint64_t event) noexcept nogil:
    cdef int32_t index = self.leaf + id
    self.tree[index] = event
    agenda_tell(self, index)
    if self.taken == index:
        self.taken = 0


# ---- the heap ---------------------------------------------------------------------------------


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
    cdef int32_t index
    if id < self.leaves:
        agenda_leaf(self, id, event)
        return
    index = self.place[id]
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
    cdef int32_t index
    cdef uint64_t last
    if id < self.leaves:
        agenda_leaf(self, id, AGENDA_NEVER)
        return
    index = self.place[id]
    if index < 0:
        return
    self.place[id] = -1
    self.count -= 1
    if index == self.count:
        if index == 0:
            self.heap[0] = AGENDA_NEVER
        return
    last = self.heap[self.count]
    if index > 0 and last < self.heap[(index - 1) >> 2]:
        agenda_rise(self, index, last)
    else:
        agenda_sink(self, index, last)


cdef inline int64_t agenda_next(Agenda *self) noexcept nogil:
    """When the first event comes; without any, later than any."""
    if self.taken:
        agenda_tell(self, self.taken)
        self.taken = 0
    return <int64_t> (agenda_earlier(self.tree[3], self.heap[0]) >> ID_BITS)


cdef inline int32_t agenda_take(Agenda *self) noexcept nogil:
    """The id of the first event, which is taken out; there must be one, by `agenda_next`.

    In the tree its parents are told by then, for it is likely to be set again before.
    In the heap the hole sinks to a leaf and is filled with the last event, which seldom rises.
    """
    cdef uint64_t *heap = self.heap
    cdef int32_t hole = 0, child = 1, id
    if self.tree[3] < heap[0]:
        id = <int32_t> (self.tree[3] & ((1 << ID_BITS) - 1))
        self.taken = self.leaf + id
        self.tree[self.taken] = AGENDA_NEVER
        return id
    id = <int32_t> (heap[0] & ((1 << ID_BITS) - 1))
    self.place[id] = -1
    self.count -= 1
    while child < self.count:
        child = agenda_first_child(heap, child, self.count)
        agenda_put(self, hole, heap[child])
        hole, child = child, 4 * child + 1
    if self.count:
        agenda_rise(self, hole, heap[self.count])
    else:
        heap[0] = AGENDA_NEVER
    return id
