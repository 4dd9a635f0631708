# What the queue engine can be told, without the GIL; the callers check the numbers first.
from libc.stdint cimport int32_t, int64_t, uint64_t

from kernel.acd.tables cimport Arrival, Core, digest_mix

cdef void settle(Core *core) noexcept nogil
cdef void configured(Core *core) noexcept nogil
cdef int64_t entry_arrived(Core *core, int64_t now, const Arrival *arrival) noexcept nogil
cdef int64_t callback_arrived(Core *core, int64_t now, const Arrival *arrival) noexcept nogil
cdef void entry_left(Core *core, int64_t now, int64_t entry, int32_t outcome) noexcept nogil
cdef void queue_dropped(Core *core, int64_t now, int32_t queue) noexcept nogil
cdef void entry_given_up(Core *core, int64_t now, int64_t entry) noexcept nogil
cdef void offer_answered(Core *core, int64_t now, int64_t offer) noexcept nogil
cdef void offer_bridged(Core *core, int64_t now, int64_t offer) noexcept nogil
cdef void offer_released(Core *core, int64_t now, int64_t offer, bint refused,
                         bint lost) noexcept nogil
cdef void agent_dropped(Core *core, int64_t now, int32_t agent) noexcept nogil
cdef void agent_login(Core *core, int64_t now, int32_t agent) noexcept nogil
cdef void agent_logout(Core *core, int64_t now, int32_t agent) noexcept nogil
cdef void agent_pause(Core *core, int64_t now, int32_t agent) noexcept nogil
cdef void agent_unpause(Core *core, int64_t now, int32_t agent) noexcept nogil
cdef void agent_device(Core *core, int64_t now, int32_t agent, bint is_up) noexcept nogil
cdef void agent_leg_added(Core *core, int64_t now, int32_t agent) noexcept nogil
cdef void agent_leg_removed(Core *core, int64_t now, int32_t agent) noexcept nogil
cdef void agent_talk_ended(Core *core, int64_t now, int32_t agent,
                           int64_t wrap_up_ms) noexcept nogil
cdef void agent_end_wrap_up(Core *core, int64_t now, int32_t agent) noexcept nogil
cdef void agent_extend_wrap_up(Core *core, int64_t now, int32_t agent,
                               int64_t until) noexcept nogil
cdef void day_begun(Core *core, int64_t now) noexcept nogil
cdef int64_t first_deadline(Core *core) noexcept nogil
cdef void advance_to(Core *core, int64_t now) noexcept nogil


cdef inline void begin(Core *core, int64_t now, uint64_t code, int64_t subject,
                       int64_t detail) noexcept nogil:
    """Take a fact into the digest; a new configuration is an event before it."""
    core.now = now
    if core.is_unsettled:
        settle(core)
    digest_mix(core, code << 56 ^ now, subject, detail)
