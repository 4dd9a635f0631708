# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What a callback's customer does. A callback is an entry without a leg that keeps its place.

    CUSTOMER_AWAY -an agent answers: DIAL-> DIALLED -customer_answered: BRIDGE-> UP -bridged-> left
          ^                                    |  |                              '-gone-> abandoned
          '------------------ RELEASED <-------'  '-gone, dial_ms: not reached, the agent is let go

It is dialled from `grant` alone, once for each agent who waits on the line, so never twice at a
time and at most `callback_tries` times. Not reached, it is eligible again after
`callback_retry_ms`; if the agent was lost meanwhile, as soon as the customer's leg is gone. With
the customer on the line (the agent lost before the bridge) it is a caller like others. A callback
waits also where nobody is staffed, and has no limit of waiting.
"""

from libc.stdint cimport int32_t, int64_t

from kernel.acd.facts cimport begin
from kernel.acd.protocol cimport leave, match, not_reached, reached, tried_again
from kernel.acd.tables cimport *


cdef void customer_answered(Core *core, int64_t now, int64_t number) noexcept nogil:
    """The customer's phone was lifted; too late, they are released once more."""
    cdef Entry *entry
    begin(core, now, FACT_CUSTOMER_ANSWERED, number, 0)
    entry = entry_of(core, number)
    if entry == NULL:
        return
    if entry.customer == CUSTOMER_DIALLED:
        reached(core, entry)
    elif entry.customer == CUSTOMER_RELEASED:
        emit(core, RELEASE, number, NONE, NONE, CAUSE_CALLER_LEFT)
    match(core)


cdef void customer_gone(Core *core, int64_t now, int64_t number) noexcept nogil:
    """The customer's leg is gone: busy, refused, failed, hung up, or as we wished."""
    cdef Entry *entry
    cdef int32_t was
    begin(core, now, FACT_CUSTOMER_GONE, number, 0)
    entry = entry_of(core, number)
    if entry == NULL or entry.customer == NO_CALLBACK:
        return
    was = entry.customer
    entry.customer = CUSTOMER_AWAY
    if was == CUSTOMER_UP:
        leave(core, entry, ABANDONED, BY_CALLER)
    elif was == CUSTOMER_DIALLED:
        not_reached(core, entry)
    else:
        tried_again(core, entry)
    match(core)
