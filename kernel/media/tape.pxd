from kernel.media.tape_state cimport Tape
from kernel.media.rtp cimport Packet
from libc.stdint cimport int64_t

cdef int64_t frame_at(const Tape* tape, int64_t now_us) noexcept nogil
cdef void let_go(Tape* tape, int side) noexcept nogil
cdef void hear(Tape* tape, int side, const Packet* packet, int64_t now_us) noexcept nogil
