from kernel.media.state cimport Address, Candidate, Engine, Leg
from kernel.media.rtp cimport Packet

cdef bint same_host(const Address* one, const Address* other) noexcept nogil
cdef bint same_place(const Address* one, const Address* other) noexcept nogil
cdef void forget_candidates(Leg* leg) noexcept nogil
cdef const Candidate* elsewhere(const Leg* leg) noexcept nogil
cdef bint is_learnt_from(Engine* engine, Leg* leg, const Address* sender,
                         const Packet* packet) noexcept nogil
cdef void tell_elsewhere(Engine* engine, int slot) noexcept nogil
