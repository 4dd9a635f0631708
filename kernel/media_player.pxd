from kernel.media_state cimport Engine, Leg

cdef void begin_turns(Engine* engine, int slot) noexcept nogil
cdef void end_turns(Engine* engine, Leg* leg) noexcept nogil
cdef void play(Engine* engine) noexcept nogil
