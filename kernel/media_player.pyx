# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Played sound: every leg that plays gets its packets at steps of 5 ms, at absolute times.

    step      0    5    10   15   20   25   30 ms      four legs of 20 ms, begun together,
    legs      A    B    C    D    A    B    C          leave one after the other
"""

from kernel cimport linux, rtp
from kernel.linux cimport itimerspec
from kernel.media_relay cimport send
from kernel.media_state cimport (NOBODY, PLAYED, STEP_MS, Engine, Leg, Sound, Turn, may_send,
                                 report)
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

cdef enum:
    STEP_US = STEP_MS * 1000
    CATCH_UP_MAX = 4            # packets of sound sent at once after a stall


cdef inline int64_t _step(Engine* engine) noexcept nogil:
    return engine.now_us // STEP_US


cdef void _set_timer(Engine* engine, bint is_on) noexcept nogil:
    """Absolute times at whole steps of the monotonic clock."""
    cdef itimerspec times
    cdef int64_t first_us = (_step(engine) + 1) * STEP_US
    memset(&times, 0, sizeof(itimerspec))
    if is_on:
        times.it_interval.tv_nsec = STEP_US * 1000
        times.it_value.tv_sec = first_us // 1_000_000
        times.it_value.tv_nsec = first_us % 1_000_000 * 1000
    linux.timerfd_settime(engine.timer, linux.TFD_TIMER_ABSTIME, &times, NULL)


cdef void begin_turns(Engine* engine, int slot) noexcept nogil:
    """Legs that begin together are spread over four steps, so that no burst delays a relay."""
    cdef Leg* leg = &engine.legs[slot]
    leg.turn = engine.turn_count
    engine.turns[leg.turn].slot = slot
    engine.turns[leg.turn].step = _step(engine) + 1 + (slot & 3)
    engine.turn_count += 1
    if engine.turn_count == 1:
        _set_timer(engine, True)


cdef void end_turns(Engine* engine, Leg* leg) noexcept nogil:
    if leg.turn == NOBODY:
        return
    engine.turn_count -= 1
    engine.turns[leg.turn] = engine.turns[engine.turn_count]
    engine.legs[engine.turns[leg.turn].slot].turn = leg.turn
    leg.turn = NOBODY
    if engine.turn_count == 0:
        _set_timer(engine, False)


cdef bint _cut(Leg* leg, const Sound* sound, uint8_t* at, int count) noexcept nogil:
    """Copy the next `count` samples; False when the sound had none left."""
    cdef const uint8_t* wire = sound.pcma if leg.payload == rtp.PCMA else sound.pcmu
    cdef int piece
    if leg.heard_of >= sound.length:
        if not sound.is_loop:
            return False
        leg.heard_of = 0        # also where the sound was replaced by a shorter one
    while count:
        piece = min(count, sound.length - leg.heard_of)
        memcpy(at, wire + leg.heard_of, piece)
        leg.heard_of += piece
        at += piece
        count -= piece
        if count and not sound.is_loop:
            memset(at, 0xD5 if leg.payload == rtp.PCMA else 0xFF, count)
            return True
        if count:
            leg.heard_of = 0
    return True


cdef bint _play_frame(Engine* engine, Leg* leg) noexcept nogil:
    """Send one packet of the leg's sound; False at its end. A leg on hold is waited for."""
    cdef rtp.Packet packet
    if not may_send(leg):
        leg.stream.is_fresh = True
        return True
    packet.payload = engine.buffer + rtp.HEADER
    packet.length = leg.ptime * rtp.SAMPLES_PER_MS
    packet.kind = leg.payload
    if not _cut(leg, engine.sounds[leg.sound], packet.payload, packet.length):
        return False
    rtp.follow(&leg.stream, &packet, engine.now_us)
    send(leg, engine.buffer, packet.length + rtp.HEADER)
    return True


cdef void _take_turn(Engine* engine, int place) noexcept nogil:
    """Send what is due to one leg; what is long overdue is left out, in time but not in sound."""
    cdef Turn* turn = &engine.turns[place]
    cdef int slot = turn.slot
    cdef Leg* leg = &engine.legs[slot]
    cdef int stride = leg.ptime // STEP_MS
    cdef int64_t behind = (_step(engine) - turn.step) // stride
    if behind > CATCH_UP_MAX:
        turn.step += behind * stride
        leg.stream.is_fresh = True
    while turn.step <= _step(engine):
        turn.step += stride
        if not _play_frame(engine, leg):
            end_turns(engine, leg)
            leg.stream.is_fresh = True
            report(engine, PLAYED, slot, leg.sound)
            return


cdef void play(Engine* engine) noexcept nogil:
    """Backwards: a leg that has come to its end is replaced by one that has had its turn."""
    cdef int64_t step = _step(engine)
    cdef uint64_t count
    cdef int place
    linux.read(engine.timer, &count, sizeof(count))
    for place in range(engine.turn_count - 1, -1, -1):
        if engine.turns[place].step <= step:
            _take_turn(engine, place)


