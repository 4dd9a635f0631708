# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Which legs a recording listens to: a leg is in one, and a recording has two at most."""

from kernel.linux cimport eventfd_write
from kernel.media.state cimport NOBODY, Engine, Leg
from kernel.media.tape_state cimport LEFT, NO_LEG, RIGHT, Tape, far_store
from kernel.media.tape cimport frame_at, let_go


cdef void untap(Leg* leg) noexcept nogil:
    """The leg is recorded no more; its side falls silent."""
    if leg.tape != NULL:
        leg.tape.slots[leg.side] = NO_LEG
        leg.tape = NULL


cdef void _set_side(Engine* engine, Tape* tape, int side, int slot) noexcept nogil:
    cdef Leg* leg
    if tape.slots[side] == slot:
        return
    if tape.slots[side] != NO_LEG:
        untap(&engine.legs[tape.slots[side]])
    if slot == NOBODY:
        return
    leg = &engine.legs[slot]
    untap(leg)
    let_go(tape, side)
    tape.slots[side] = slot
    leg.tape = tape
    leg.side = side


cdef void tap(Engine* engine, Tape* tape, int left, int right) noexcept nogil:
    """Record these two from now on; NOBODY is silence."""
    tape.is_paused = False
    _set_side(engine, tape, LEFT, left)
    _set_side(engine, tape, RIGHT, right)


cdef void end_tape(Engine* engine, Tape* tape) noexcept nogil:
    """Nothing is laid any more: the writer may finish it."""
    _set_side(engine, tape, LEFT, NOBODY)
    _set_side(engine, tape, RIGHT, NOBODY)
    far_store(&tape.end, max(frame_at(tape, engine.now_us), 0))
    eventfd_write(engine.tape_bell, 1)
