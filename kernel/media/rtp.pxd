from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    HEADER = 12             # octets before the payload
    DATAGRAM_MAX = 1500
    PCMU = 0
    PCMA = 8
    COMFORT = 13            # comfort noise (RFC 3389)
    SAMPLES_PER_MS = 8

cdef enum Verdict:
    REFUSED, EXPECTED, RESTARTED

cdef struct Packet:
    uint8_t* payload        # at least HEADER octets into the datagram
    int length              # of the payload, padding taken off
    int kind                # payload type
    bint is_marked
    uint16_t number
    uint32_t time
    uint32_t ssrc

cdef struct Source:         # what one far end sends
    bint is_heard
    uint32_t ssrc
    uint16_t number         # highest so far
    uint32_t cycles         # of 65536 numbers
    uint32_t first          # number the count of expected packets starts from
    uint32_t odd_ssrc       # a packet out of line: the next of its line makes it the new line
    uint16_t odd_number
    uint64_t received       # in this line
    int64_t lost_before     # in the lines before
    uint64_t packets
    uint64_t octets
    uint64_t late
    uint32_t transit
    uint32_t jitter_16      # in sixteenths of a timestamp unit
    uint32_t expected_told  # at our last report (RFC 3550 A.3)
    uint64_t received_told

cdef struct Stream:         # what we send to one far end
    uint32_t ssrc
    uint16_t number         # highest sent
    uint32_t time           # of the last sound sent
    int64_t sent_us         # when that was
    uint32_t step           # timestamp units it lasts
    bint is_fresh           # the next packet comes from somewhere else
    uint16_t number_shift
    uint32_t time_shift
    uint64_t packets
    uint64_t octets
    uint64_t packets_told

cdef bint parse(uint8_t* data, Py_ssize_t length, Packet* packet) noexcept nogil
cdef void forget_line(Source* source) noexcept nogil
cdef Verdict arrive(Source* source, const Packet* packet, int64_t now_us,
                    bint is_sound) noexcept nogil
cdef int64_t lost(const Source* source) noexcept nogil
cdef uint32_t expected(const Source* source) noexcept nogil
cdef uint8_t* relay(Stream* stream, Packet* packet, int kind, int64_t now_us) noexcept nogil
cdef void follow(Stream* stream, Packet* packet, int64_t now_us) noexcept nogil
cdef void follow_event(Stream* stream, Packet* packet, int64_t now_us,
                       uint32_t length) noexcept nogil
