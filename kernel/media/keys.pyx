# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Digits as events (RFC 4733): which packets that come are a new key press, and those we send.

    ms after the start    0  20  40  60  80 100 120          200
    length in units      160 320 480 640 800 800 800         160
                          M               E   E   E           M      sound between 120 and 200
"""

from kernel.media cimport rtp
from kernel.media.state cimport (DIGIT, DIGITS_MAX, KEY_PASSED, NOBODY, STEP_MS, Command, Engine,
                                 Leg, report)
from kernel.media.rtp cimport Packet
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memmove

cdef enum:
    BURST_MAX = 12              # digits a leg may bring between two checks: 48 a second
    BEHIND_MAX = 40_000         # five seconds: so old an event is none that came late
    SEGMENT = 0xFFFF            # a longer event is sent in pieces (RFC 4733, 2.5.1.3)
    PACKET_UNITS = 160
    TONE_PACKETS = 7            # five while it sounds, the last of them three times (2.5.1.4)
    END_PACKETS = 3
    TONE_UNITS = 800
    DIGIT_STEPS = 200 // STEP_MS
    VOLUME = 10                 # -10 dBm0

cdef const char* KEYS = "0123456789*#ABCD"      # by their number as events (RFC 4733, 3.2)
cdef enum:
    KEYS_COUNT = 16


# ---- heard -----------------------------------------------------------------------------------


cdef inline uint16_t _length(const Packet* packet) noexcept nogil:
    return <uint16_t>((packet.payload[2] << 8) | packet.payload[3])


cdef inline bint _goes_on(const Leg* leg, const Packet* packet, int32_t ahead) noexcept nogil:
    """Whether this is the next piece of the event before it."""
    return (not leg.keys.is_ended and not packet.is_marked
            and packet.payload[0] == leg.keys.event
            and (ahead == leg.keys.length or ahead == SEGMENT))


cdef bint _is_new(const Leg* leg, const Packet* packet) noexcept nogil:
    """Whether the packet is the first seen of a key press: an event is known by its time."""
    cdef int32_t ahead = <int32_t>(packet.time - leg.keys.time)
    if not leg.keys.is_known or packet.ssrc != leg.keys.ssrc:
        return True
    if -BEHIND_MAX < ahead <= 0:
        return False
    return not _goes_on(leg, packet, ahead)


cdef void _remember(Leg* leg, const Packet* packet) noexcept nogil:
    """The packet is of the present event, which may be new."""
    if not leg.keys.is_known or packet.time != leg.keys.time or packet.ssrc != leg.keys.ssrc:
        leg.keys.is_ended = False
        leg.keys.length = 0
    leg.keys.is_known = True
    leg.keys.time = packet.time
    leg.keys.ssrc = packet.ssrc
    leg.keys.event = packet.payload[0]
    leg.keys.is_ended = leg.keys.is_ended or packet.payload[1] >> 7
    leg.keys.length = max(leg.keys.length, _length(packet))


cdef void hear_event(Engine* engine, int slot, const Packet* packet) noexcept nogil:
    """Report a key press at its first packet, whichever that is; as KEY_PASSED while the leg is
    bridged, and never later for a key pressed then."""
    cdef Leg* leg = &engine.legs[slot]
    cdef bint is_new = _is_new(leg, packet)
    leg.keys.packets += 1
    if is_new or <int32_t>(packet.time - leg.keys.time) >= 0:
        _remember(leg, packet)
    if not is_new or packet.payload[0] >= KEYS_COUNT:
        return
    leg.keys.burst += 1
    if leg.keys.burst <= BURST_MAX:
        report(engine, DIGIT if leg.other == NOBODY else KEY_PASSED, slot, KEYS[packet.payload[0]])


# ---- sent ------------------------------------------------------------------------------------


cdef void dial(Leg* leg, const Command* command) noexcept nogil:
    """Put digits behind those that wait; what finds no room is left out, as all is where the far
    end has come to know no events."""
    cdef int i
    if leg.event_payload == NOBODY:
        return
    for i in range(command.count):
        if leg.tones.count < DIGITS_MAX:
            leg.tones.events[leg.tones.count] = <uint8_t>command.items[i]
            leg.tones.count += 1


cdef bint is_tone_due(const Leg* leg, int64_t step) noexcept nogil:
    return leg.tones.left or (leg.tones.count and leg.tones.next_step <= step)


cdef void _end(Leg* leg) noexcept nogil:
    """What the leg hears next joins behind the tone."""
    leg.tones.left = 0
    leg.tones.count -= 1
    memmove(leg.tones.events, leg.tones.events + 1, leg.tones.count)
    leg.stream.is_fresh = True


cdef void cut_tone(Leg* leg) noexcept nogil:
    """The leg may hear nothing any more; digits not begun wait, unless it knows no events now."""
    if leg.tones.left:
        _end(leg)
    if leg.event_payload == NOBODY:
        leg.tones.count = 0


cdef int tone(Leg* leg, uint8_t* buffer, int64_t step, int64_t now_us) noexcept nogil:
    """Write the next packet of the first digit into `buffer`; its octets."""
    cdef Packet packet
    cdef int length
    packet.is_marked = leg.tones.left == 0
    if packet.is_marked:
        leg.tones.left = TONE_PACKETS
        leg.tones.next_step = step + DIGIT_STEPS
    length = min(TONE_PACKETS - leg.tones.left + 1, TONE_PACKETS - END_PACKETS + 1) * PACKET_UNITS
    packet.payload = buffer + rtp.HEADER
    packet.length = EVENT_LENGTH
    packet.kind = leg.event_payload
    packet.payload[0] = leg.tones.events[0]
    packet.payload[1] = VOLUME | (0x80 if leg.tones.left <= END_PACKETS else 0)
    packet.payload[2] = <uint8_t>(length >> 8)
    packet.payload[3] = <uint8_t>length
    rtp.follow_event(&leg.stream, &packet, now_us, TONE_UNITS)
    leg.tones.left -= 1
    if leg.tones.left == 0:
        _end(leg)
    return rtp.HEADER + EVENT_LENGTH
