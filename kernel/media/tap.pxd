from kernel.media.state cimport Engine, Leg
from kernel.media.tape_state cimport Tape

cdef void tap(Engine* engine, Tape* tape, int left, int right) noexcept nogil
cdef void untap(Leg* leg) noexcept nogil
cdef void end_tape(Engine* engine, Tape* tape) noexcept nogil
