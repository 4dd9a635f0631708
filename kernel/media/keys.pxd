from kernel.media.state cimport Command, Engine, Leg
from kernel.media.rtp cimport Packet
from libc.stdint cimport int64_t, uint8_t

cdef enum:
    EVENT_LENGTH = 4            # octets (RFC 4733, 2.3)
    EVENT_LAST = 16             # 0-9 * # A-D and flash

cdef void hear_event(Engine* engine, int slot, const Packet* packet) noexcept nogil
cdef void dial(Leg* leg, const Command* command) noexcept nogil
cdef bint is_tone_due(const Leg* leg, int64_t step) noexcept nogil
cdef void cut_tone(Leg* leg) noexcept nogil
cdef int tone(Leg* leg, uint8_t* buffer, int64_t step, int64_t now_us) noexcept nogil
