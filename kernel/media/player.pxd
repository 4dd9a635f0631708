from kernel.media.state cimport Engine, Leg
from libc.stdint cimport int64_t

cdef void begin_script(Engine* engine, int slot, int64_t play) noexcept nogil
cdef void end_script(Engine* engine, Leg* leg) noexcept nogil
cdef void begin_turns(Engine* engine, int slot) noexcept nogil
cdef void end_turns(Engine* engine, Leg* leg) noexcept nogil
cdef void play(Engine* engine) noexcept nogil
