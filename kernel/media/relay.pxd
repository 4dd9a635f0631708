from kernel.media.state cimport Command, Engine, Leg
from libc.stdint cimport uint8_t

cdef bint send(Leg* leg, const uint8_t* data, int length) noexcept nogil
cdef void receive(Engine* engine, int slot) noexcept nogil
cdef void receive_report(Engine* engine, Leg* leg) noexcept nogil
cdef void send_report(Engine* engine, Leg* leg, bint is_last) noexcept nogil
cdef void change_peer(Engine* engine, int slot, const Command* command) noexcept nogil
