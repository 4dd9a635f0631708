# Work items of the queues that are not calls: their tables, and what can be told of them.
from libc.stdint cimport int32_t, int64_t

from kernel.acd.tables cimport Core
from kernel.timers cimport Timers

cdef enum:
    ITEMS_MAX = 20000
    KINDS_MAX = 8        # kind 0 is the call, which these tables do not hold
    CAPACITY_MAX = 1000
    ITEM_BITS = 15       # an item's number: serial << 15 | slot
cdef enum:  # an item's states
    ITEM_WAITING, ITEM_OFFERED, ITEM_TAKEN, ITEM_GONE
cdef enum:  # how it left; why an offer was taken back
    ITEM_DONE, ITEM_CANCELLED, ITEM_GIVEN_UP, ITEM_OUTCOMES
cdef enum:
    ITEM_LET_PASS, ITEM_AWAY
cdef enum:  # actions, after those of calls
    OFFER_ITEM = 12, TAKE_BACK_ITEM, LEFT_ITEM

ctypedef struct Item:
    int64_t number                  # 0: the slot is free
    int64_t entered, due            # due: when its offer ends
    int32_t state, queue, priority, kind
    int32_t agent                   # who is offered it, or has taken it; or NONE
    int32_t prev, next              # in its Group while WAITING, else among its agent's

ctypedef struct Worker:             # what an agent has to do with items
    int32_t capacity[KINDS_MAX]
    int32_t held[KINDS_MAX]         # offered or taken
    int32_t total
    int32_t first                   # Items offered to them or taken, in no order
    int64_t rests_until             # they let one pass: none is offered before; 0: they rest not

ctypedef struct Group:              # those WAITING of one queue and kind
    int32_t first, last             # by falling priority, then number
    bint is_fresh

ctypedef struct Items:
    int32_t count, size, slot_free  # Items linked by `next` while free
    int32_t worker_count, queue_count
    int64_t serial
    bint is_stale                   # configured since the last look
    int32_t seen                    # actions looked at, of those not drained yet
    Item *items
    Worker *workers
    Group *groups                   # KINDS_MAX of each queue
    int64_t *counts                 # of each queue: entered, then ITEM_OUTCOMES
    int32_t *fresh                  # Groups that may have a taker
    int32_t fresh_count
    Timers timers                   # of workers, then of items

cdef void items_free(Items *items) noexcept nogil
cdef int workers_grow(Items *items, int32_t count) noexcept nogil
cdef int item_queues_grow(Items *items, int32_t count) noexcept nogil
cdef int items_grow(Items *items, int32_t count) noexcept nogil
cdef Item *item_of(Items *items, int64_t number) noexcept nogil
cdef void item_join(Core *core, Items *items, Item *item) noexcept nogil
cdef void item_hold(Items *items, Item *item) noexcept nogil
cdef int32_t item_taker(Core *core, Items *items, int32_t group) noexcept nogil
cdef int64_t item_entered(Core *core, Items *items, int32_t queue, int32_t priority,
                          int32_t kind) noexcept nogil
cdef void item_taken(Core *core, Items *items, Item *item) noexcept nogil
cdef void item_let_pass(Core *core, Items *items, Item *item) noexcept nogil
cdef void item_left(Core *core, Items *items, Item *item, int32_t outcome) noexcept nogil
cdef void items_look(Core *core, Items *items) noexcept nogil
cdef void items_due(Core *core, Items *items) noexcept nogil
