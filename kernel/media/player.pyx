# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Played sound and digits: a leg that gets any has its turns at steps of 5 ms, at absolute times.

    step      0    5    10   15   20   25   30 ms      four legs of 20 ms, begun together,
    legs      A    B    C    D    A    B    C          leave one after the other
"""

from kernel cimport linux
from kernel.media cimport rtp
from kernel.linux cimport itimerspec
from kernel.media.keys cimport cut_tone, is_tone_due, tone
from kernel.media.relay cimport send
from kernel.media.state cimport (NOBODY, PLAYED, STEP_MS, Engine, Leg, Script, Sound, Turn,
                                 may_send, report)
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

cdef enum:
    STEP_US = STEP_MS * 1000
    CATCH_UP_MAX = 4            # packets of sound sent at once after a stall
    TONE_STEPS = 20 // STEP_MS


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
    if leg.turn != NOBODY:
        return
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


# ---- sounds ----------------------------------------------------------------------------------


cdef const Sound* _present(Engine* engine, Script* script) noexcept nogil:
    """The sound whose samples come next; NULL at the end. One that was never loaded is passed
    over, and so is the rest of one in whose place a shorter one was loaded."""
    cdef const Sound* sound
    while script.at < script.count:
        sound = engine.sounds[script.sounds[script.at]]
        if sound != NULL and script.heard_of >= sound.length and sound.is_loop and (
                script.play == NOBODY):
            script.heard_of = 0
        if sound != NULL and script.heard_of < sound.length:
            return sound
        script.heard_of = 0
        script.at += 1
    return NULL


cdef int _cut(Engine* engine, Leg* leg, uint8_t* at, int count) noexcept nogil:
    """Copy the next `count` samples, as many as there are; how many that was."""
    cdef const Sound* sound
    cdef int piece
    cdef int left = count
    while left:
        sound = _present(engine, &leg.script)
        if sound == NULL:
            break
        piece = min(left, sound.length - leg.script.heard_of)
        memcpy(at, (sound.pcma if leg.payload == rtp.PCMA else sound.pcmu) + leg.script.heard_of,
               piece)
        leg.script.heard_of += piece
        at += piece
        left -= piece
    return count - left


cdef void _come_to_end(Engine* engine, int slot) noexcept nogil:
    cdef Leg* leg = &engine.legs[slot]
    end_script(engine, leg)
    leg.stream.is_fresh = True
    report(engine, PLAYED, slot,
           leg.script.sounds[0] if leg.script.play == NOBODY else leg.script.play)


cdef void begin_script(Engine* engine, int slot, int64_t play) noexcept nogil:
    """The leg's sounds and their count are in place; without any that is loaded that was it."""
    cdef Script* script = &engine.legs[slot].script
    script.play = play
    script.at = script.heard_of = 0
    script.is_on = True
    if _present(engine, script) == NULL:
        _come_to_end(engine, slot)
    else:
        begin_turns(engine, slot)


cdef void end_script(Engine* engine, Leg* leg) noexcept nogil:
    leg.script.is_on = False
    if leg.tones.count == 0:
        end_turns(engine, leg)


cdef void _play_frame(Engine* engine, int slot) noexcept nogil:
    """Send one packet of what the leg is played, the last one filled up with silence. A leg on
    hold is waited for."""
    cdef Leg* leg = &engine.legs[slot]
    cdef rtp.Packet packet
    cdef int count
    if not may_send(leg):
        leg.stream.is_fresh = True
        return
    packet.payload = engine.buffer + rtp.HEADER
    packet.length = leg.ptime * rtp.SAMPLES_PER_MS
    packet.kind = leg.payload
    count = _cut(engine, leg, packet.payload, packet.length)
    if count == 0:
        _come_to_end(engine, slot)
        return
    memset(packet.payload + count, 0xD5 if leg.payload == rtp.PCMA else 0xFF,
           packet.length - count)
    rtp.follow(&leg.stream, &packet, engine.now_us)
    send(leg, engine.buffer, packet.length + rtp.HEADER)


# ---- turns -----------------------------------------------------------------------------------


cdef inline int _stride(const Leg* leg) noexcept nogil:
    if leg.tones.left or not leg.script.is_on:
        return TONE_STEPS
    return leg.ptime // STEP_MS


cdef void _take_step(Engine* engine, int slot, int64_t step) noexcept nogil:
    """Send the one packet that is due: of a digit, or else of sound."""
    cdef Leg* leg = &engine.legs[slot]
    if not may_send(leg):
        cut_tone(leg)
    elif is_tone_due(leg, step):
        send(leg, engine.buffer, tone(leg, engine.buffer, step, engine.now_us))
        return
    if leg.script.is_on:
        _play_frame(engine, slot)
    elif leg.tones.count == 0:
        end_turns(engine, leg)


cdef void _take_turn(Engine* engine, int slot) noexcept nogil:
    """Send what is due to one leg; what is long overdue is left out, in time but not in sound."""
    cdef Leg* leg = &engine.legs[slot]
    cdef int64_t due = engine.turns[leg.turn].step
    cdef int64_t behind = (_step(engine) - due) // _stride(leg)
    if behind > CATCH_UP_MAX:
        due += behind * _stride(leg)
        leg.stream.is_fresh = True
    while leg.turn != NOBODY and due <= _step(engine):
        _take_step(engine, slot, due)
        due += _stride(leg)
        if leg.turn != NOBODY:
            engine.turns[leg.turn].step = due


cdef void play(Engine* engine) noexcept nogil:
    """Backwards: a leg that has come to its end is replaced by one that has had its turn."""
    cdef int64_t step = _step(engine)
    cdef uint64_t count
    cdef int place
    linux.read(engine.timer, &count, sizeof(count))
    for place in range(engine.turn_count - 1, -1, -1):
        if engine.turns[place].step <= step:
            _take_turn(engine, engine.turns[place].slot)


