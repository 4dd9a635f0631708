from kernel.media.tape_state cimport Deck, Tape
from libc.stdint cimport int64_t

cdef Deck* new_deck(int tapes_max) noexcept
cdef void free_deck(Deck* deck) noexcept
cdef void free_tape(Tape* tape) noexcept
cdef void write_all(Deck* deck, int64_t now_us, int part) noexcept nogil
cdef bint start_writer(Deck* deck) noexcept
cdef void stop_writer(Deck* deck) noexcept nogil
