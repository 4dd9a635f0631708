from kernel.media.rtp cimport Source, Stream
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

cdef enum:
    REPORT_MAX = 128        # octets of the longest report we send
    NAME_LENGTH = 16        # octets of the CNAME

cdef struct Remote:         # what the far end's reports say
    uint32_t sender_time    # middle 32 bits of its last SR's NTP time
    int64_t sender_us       # when that SR came
    int32_t lost
    uint32_t lost_256       # of its last interval
    int64_t rtt_us          # -1: not known
    uint64_t reports
    uint64_t farewells      # reports with a BYE in it

cdef int compose(uint8_t* at, Stream* stream, Source* source, const Remote* remote,
                 const char* name, int64_t now_us, bint is_last) noexcept nogil
cdef bint learn(Remote* remote, const uint8_t* data, Py_ssize_t length, uint32_t ours,
                int64_t now_us) noexcept nogil
