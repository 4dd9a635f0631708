from kernel.media.tape_state cimport Deck, Tape
from kernel.ring cimport Ring

cdef class Recorder:
    cdef Deck* deck
    cdef dict slots             # recording -> slot, until it is in its file
    cdef dict ending            # those that were told to end
    cdef list free              # slots
    cdef void share(self, Ring* bell)
    cdef Tape* begin(self, long long recording, bytes path, long long now_us) except NULL
    cdef Tape* find(self, long long recording) except NULL
    cdef Tape* leave(self, long long recording) except NULL
    cdef void _end(self, Tape* tape, long long now_us)
