# Our ports for sound: pairs of sockets, and the system's form of a far end's address.

cdef class Ports:
    cdef bytes host
    cdef bint is_ipv6
    cdef int first
    cdef int pairs
    cdef int turn               # the pair that is tried next
    cdef int traffic_class
    cdef int take_pair(self, int* rtp_to, int* rtcp_to) except -1
    cdef int _bind(self, int port, bint is_rtp) except -2
    cdef void _set_options(self, int fd, bint is_rtp) noexcept
    cdef bytes far(self, str host, int port)
