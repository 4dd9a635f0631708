"""A ring between two threads, one that puts and one that takes, with a bell to wake the taker.

It counts; the items lie in an array of the user's, item n at n modulo the size (a power of two).
The bell is rung once until it is answered, so a burst costs one system call.
"""

from kernel.linux cimport eventfd_read, eventfd_write
from libc.stdint cimport uint64_t

cdef extern from *:
    """
    static inline unsigned ring_load(unsigned *at) { return __atomic_load_n(at, __ATOMIC_SEQ_CST); }
    static inline void ring_store(unsigned *at, unsigned value)
    { __atomic_store_n(at, value, __ATOMIC_SEQ_CST); }
    static inline unsigned ring_swap(unsigned *at, unsigned value)
    { return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST); }
    """
    unsigned ring_load(unsigned* at) noexcept nogil
    void ring_store(unsigned* at, unsigned value) noexcept nogil
    unsigned ring_swap(unsigned* at, unsigned value) noexcept nogil

cdef struct Ring:
    unsigned put       # how many were put, ever; only the giver moves it
    unsigned taken     # how many were taken, ever; only the taker moves it
    unsigned size
    unsigned rung      # the bell has been rung and not yet been answered
    int bell           # eventfd

cdef inline unsigned room(Ring* ring) noexcept nogil:
    return ring.size - (ring.put - ring_load(&ring.taken))

cdef inline unsigned here(Ring* ring) noexcept nogil:
    """How many items wait."""
    return ring_load(&ring.put) - ring.taken

cdef inline unsigned place_to_put(Ring* ring) noexcept nogil:
    return ring.put & (ring.size - 1)

cdef inline unsigned place_to_take(Ring* ring) noexcept nogil:
    return ring.taken & (ring.size - 1)

cdef inline void show(Ring* ring) noexcept nogil:
    """The item is in its place; who takes it sees it when the bell rings next."""
    ring_store(&ring.put, ring.put + 1)

cdef inline void ring_bell(Ring* ring) noexcept nogil:
    if not ring_swap(&ring.rung, 1):
        eventfd_write(ring.bell, 1)

cdef inline void put(Ring* ring) noexcept nogil:
    """The item is in its place: show it, and wake who takes it."""
    show(ring)
    ring_bell(ring)

cdef inline void take(Ring* ring) noexcept nogil:
    """The item has been read: give its place back."""
    ring_store(&ring.taken, ring.taken + 1)

cdef inline void answer(Ring* ring) noexcept nogil:
    """Quiet the bell; whoever calls this looks for items afterwards, never before."""
    cdef uint64_t count
    eventfd_read(ring.bell, &count)
    ring_store(&ring.rung, 0)
