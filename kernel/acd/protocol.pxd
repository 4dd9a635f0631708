# The offer protocol's moves: the only functions that change an offer, an entry or a standing.
from libc.stdint cimport int32_t, int64_t

from kernel.acd.tables cimport Agent, Core, Entry

cdef void grant(Core *core, Agent *agent) noexcept nogil
cdef void confirm(Core *core, Agent *agent) noexcept nogil
cdef void stop_ringing(Core *core, Agent *agent, int32_t cause, int32_t reason) noexcept nogil
cdef void pass_by(Core *core, Agent *agent, int32_t cause, int32_t reason) noexcept nogil
cdef void leg_gone(Core *core, Agent *agent, int32_t reason) noexcept nogil
cdef void answered_late(Core *core, Agent *agent) noexcept nogil
cdef void hang_up_customer(Core *core, Entry *entry) noexcept nogil
cdef void not_reached(Core *core, Entry *entry) noexcept nogil
cdef void reached(Core *core, Entry *entry) noexcept nogil
cdef void tried_again(Core *core, Entry *entry) noexcept nogil
cdef void leave(Core *core, Entry *entry, int32_t outcome, int32_t why) noexcept nogil
cdef void overflow(Core *core, Entry *entry, int32_t why) noexcept nogil
cdef void offer_link(Core *core, Entry *entry, Agent *agent) noexcept nogil
cdef void match(Core *core) noexcept nogil
