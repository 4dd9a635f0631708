# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Laying what a leg says on a recording's time line, in the media thread.

The time line is our clock's. A packet lies where its timestamp says, counted from an anchor:

    frame   0        160       320       480
    left    |--p1----|--p2-----|         |--p4--      p3 was lost: silence
    right        |--p1-----|--p2-----|--p3-----      late by 90 ms, in its place all the same

The anchor is set by a packet's arrival, when a line begins, and then follows the least delayed
packet of every two seconds, so that neither jitter nor the drift of the far end's clock adds up.
"""

from kernel.media import g711
from kernel.media.tape_state cimport FRAMES, Line, Tape, far_load
from kernel.media.rtp cimport PCMA, Packet
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t

cdef enum:
    PER_MS = 8
    EARLY_MAX = 20 * PER_MS     # a packet earlier than this shows that the anchor was late
    LATE_MAX = 200 * PER_MS     # later, twice and not catching up: the far end's clock jumped
    CATCHING_UP = 10 * PER_MS
    SPURT_OFF_MAX = 20 * PER_MS # tolerated at the first packet behind a pause
    SPURT_GAP_US = 100_000
    GAP_US = 1_000_000          # what comes after such a silence is laid by its arrival
    FIRST_LOOK = 25             # packets until the first correction
    LOOK = 100                  # and between the later ones
    SLOW_MAX = 5 * PER_MS       # corrected bit by bit, up to ...
    STEP_MAX = PER_MS           # ... this at a time; more is corrected at once
    BRIDGED_MAX = 6 * PER_MS    # a gap that a correction may leave

cdef int16_t[256] ulaw
cdef int16_t[256] alaw


def _fill_tables():
    cdef int16_t[::1] by_ulaw = ulaw
    cdef int16_t[::1] by_alaw = alaw
    g711.decode_ulaw(bytes(range(256)), by_ulaw)
    g711.decode_alaw(bytes(range(256)), by_alaw)


_fill_tables()


cdef int64_t frame_at(const Tape* tape, int64_t now_us) noexcept nogil:
    """The frame a moment belongs to."""
    return (now_us - tape.start_us) * PER_MS // 1000


cdef void let_go(Tape* tape, int side) noexcept nogil:
    """What comes next on this side is laid by its arrival."""
    tape.lines[side].is_anchored = False


cdef void _anchor(Line* line, const Packet* packet, int64_t place) noexcept nogil:
    line.is_anchored = True
    line.number = packet.number
    line.time = packet.time
    line.place = place
    line.late = 0
    line.least = FRAMES
    line.left = FIRST_LOOK


cdef bint _is_off(const Line* line, const Packet* packet, int64_t late,
                  int64_t silent_us) noexcept nogil:
    """Whether timestamps no longer tell where the packet belongs."""
    if late < -EARLY_MAX:
        return True
    if packet.is_marked and silent_us > SPURT_GAP_US and late > SPURT_OFF_MAX:
        return True
    return late > LATE_MAX and line.late > LATE_MAX and late > line.late - CATCHING_UP


cdef void _correct(Line* line) noexcept nogil:
    """Follow the least delayed packet: slowly, so that nobody hears it, unless it is far off."""
    cdef int64_t step = line.least
    if -SLOW_MAX <= step <= SLOW_MAX:
        step = max(-STEP_MAX, min(step / 4, STEP_MAX))
    line.place += step
    line.least = FRAMES
    line.left = LOOK


cdef void _move_on(Line* line, const Packet* packet, int64_t at, int64_t silent_us) noexcept nogil:
    """The newest packet of a line: where it lies, and with it those to come."""
    cdef int64_t place = line.place + <int32_t>(packet.time - line.time)
    cdef int64_t late = at - place
    if _is_off(line, packet, late, silent_us):
        _anchor(line, packet, at)
        return
    line.number = packet.number
    line.time = packet.time
    line.place = place
    line.late = late
    line.least = min(line.least, late)
    line.left -= 1
    if line.left == 0:
        _correct(line)


cdef void _lay(Tape* tape, int side, int64_t place, const uint8_t* wire, int count,
               const int16_t* table) noexcept nogil:
    """Write samples into the ring: those not yet taken, and those there is room for."""
    cdef int64_t first = max(place, far_load(&tape.closed))
    cdef int64_t last = min(place + count, far_load(&tape.freed) + FRAMES)
    cdef int16_t* samples = tape.samples + side
    cdef int64_t i
    if last < place + count and first < place + count:
        tape.lost += place + count - max(first, last)
    for i in range(first, last):
        samples[2 * (i & (FRAMES - 1))] = table[wire[i - place]]


cdef void _bridge_gap(Tape* tape, int side) noexcept nogil:
    """Hold the last sample over the gap a correction has left."""
    cdef Line* line = &tape.lines[side]
    cdef int64_t first = max(line.end, far_load(&tape.closed))
    cdef int64_t last = min(line.place, far_load(&tape.freed) + FRAMES)
    cdef int64_t i
    if 0 < line.place - line.end <= BRIDGED_MAX:
        for i in range(first, last):
            tape.samples[2 * (i & (FRAMES - 1)) + side] = line.last


cdef void hear(Tape* tape, int side, const Packet* packet, int64_t now_us) noexcept nogil:
    """Take a packet of sound, come at `now_us`: its end lies there, or where its time says."""
    cdef Line* line = &tape.lines[side]
    cdef const int16_t* table = &alaw[0] if packet.kind == PCMA else &ulaw[0]
    cdef int64_t at = frame_at(tape, now_us) - packet.length
    cdef int64_t silent_us = now_us - line.heard_us
    cdef bint is_new = True
    if not line.is_anchored or silent_us > GAP_US:
        _anchor(line, packet, at)
    elif <int16_t>(packet.number - line.number) > 0:
        _move_on(line, packet, at, silent_us)
    else:
        is_new = False
    line.heard_us = now_us
    _lay(tape, side, line.place + <int32_t>(packet.time - line.time), packet.payload,
         packet.length, table)
    if is_new:
        _bridge_gap(tape, side)
        line.end = line.place + packet.length
        line.last = table[packet.payload[packet.length - 1]]
