# cython: language_level=3, cdivision=True
"""RTCP (RFC 3550, section 6): the reports we send about a leg, and what its far end reports.

    we:  SR or RR, one report block once the far end was heard, SDES with the CNAME, BYE at the end
    it:  any compound packet; only SR and report blocks about our stream are looked into

The NTP time in our SR is the monotonic clock: only differences of it are used, and it never steps.
"""

from kernel.media.rtp cimport SAMPLES_PER_MS, Source, Stream, expected, lost
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

cdef enum:
    SR = 200
    RR = 201
    SDES = 202
    BYE = 203
    BLOCK = 24
    RTT_MAX = 10 << 16          # ten seconds; more is nonsense
    LOST_MAX = 0x7FFFFF         # 24 bits with sign


cdef inline uint32_t _long(const uint8_t* at) noexcept nogil:
    return (<uint32_t>at[0] << 24) | (<uint32_t>at[1] << 16) | (<uint32_t>at[2] << 8) | at[3]


cdef inline uint8_t* _put(uint8_t* at, uint32_t value) noexcept nogil:
    at[0] = <uint8_t>(value >> 24)
    at[1] = <uint8_t>(value >> 16)
    at[2] = <uint8_t>(value >> 8)
    at[3] = <uint8_t>value
    return at + 4


cdef inline uint8_t* _head(uint8_t* at, int count, int kind, int octets) noexcept nogil:
    return _put(at, (<uint32_t>(0x80 | count) << 24) | (kind << 16) | (octets // 4 - 1))


cdef inline uint32_t _fraction(int64_t now_us) noexcept nogil:
    return <uint32_t>(((now_us % 1_000_000) << 32) / 1_000_000)


cdef inline uint32_t _middle(int64_t now_us) noexcept nogil:
    """Seconds in the upper 16 bits, parts of them in the lower."""
    return (<uint32_t>(now_us / 1_000_000) << 16) | (_fraction(now_us) >> 16)


cdef uint8_t* _block(uint8_t* at, Source* source, const Remote* remote,
                     int64_t now_us) noexcept nogil:
    """A report block; begins a new interval (RFC 3550 A.3)."""
    cdef int64_t due = <int64_t>expected(source) - source.expected_told
    cdef int64_t missing = due - <int64_t>(source.received - source.received_told)
    cdef uint32_t part = 0
    cdef uint32_t delay = 0
    if due > 0 and missing > 0:
        part = <uint32_t>min((missing << 8) / due, <int64_t>255)
    if remote.sender_us:
        delay = <uint32_t>(((now_us - remote.sender_us) << 16) / 1_000_000)
    source.expected_told = expected(source)
    source.received_told = source.received
    missing = max(-<int64_t>LOST_MAX - 1, min(lost(source), <int64_t>LOST_MAX))
    at = _put(at, source.ssrc)
    at = _put(at, (part << 24) | (<uint32_t>missing & 0xFFFFFF))
    at = _put(at, (source.cycles << 16) | source.number)
    at = _put(at, source.jitter_16 >> 4)
    at = _put(at, remote.sender_time)
    return _put(at, delay)


cdef uint8_t* _sender(uint8_t* at, Stream* stream, int64_t now_us) noexcept nogil:
    cdef int64_t since = (now_us - stream.sent_us) * SAMPLES_PER_MS / 1000
    at = _put(at, <uint32_t>(now_us / 1_000_000))
    at = _put(at, _fraction(now_us))
    at = _put(at, stream.time + <uint32_t>since)
    at = _put(at, <uint32_t>stream.packets)
    return _put(at, <uint32_t>stream.octets)


cdef int compose(uint8_t* at, Stream* stream, Source* source, const Remote* remote,
                 const char* name, int64_t now_us, bint is_last) noexcept nogil:
    """Write a report of at most REPORT_MAX octets; returns its length. An SR if anything was sent
    since the last one; a BYE behind it if `is_last`."""
    cdef uint8_t* begin = at
    cdef bint is_sender = stream.packets != stream.packets_told
    cdef int size = 8 + (20 if is_sender else 0) + (BLOCK if source.is_heard else 0)
    at = _head(at, 1 if source.is_heard else 0, SR if is_sender else RR, size)
    at = _put(at, stream.ssrc)
    if is_sender:
        at = _sender(at, stream, now_us)
        stream.packets_told = stream.packets
    if source.is_heard:
        at = _block(at, source, remote, now_us)
    at = _head(at, 1, SDES, 12 + NAME_LENGTH)
    at = _put(at, stream.ssrc)
    at[0] = 1                                   # CNAME
    at[1] = NAME_LENGTH
    memcpy(at + 2, name, NAME_LENGTH)
    at[2 + NAME_LENGTH] = at[3 + NAME_LENGTH] = 0
    at += 4 + NAME_LENGTH
    if is_last:
        at = _put(_head(at, 1, BYE, 8), stream.ssrc)
    return <int>(at - begin)


cdef bint _is_compound(const uint8_t* data, Py_ssize_t length) noexcept nogil:
    """RFC 3550 A.2: a report first, lengths that add up, room for every block."""
    cdef Py_ssize_t size
    cdef int fixed
    if length < 8 or data[0] & 0x20 or not SR <= data[1] <= RR:
        return False
    while length:
        if length < 4 or data[0] >> 6 != 2:
            return False
        size = 4 + 4 * <Py_ssize_t>((data[2] << 8) | data[3])
        fixed = 28 if data[1] == SR else 8
        if size > length:
            return False
        if SR <= data[1] <= RR and size < fixed + BLOCK * (data[0] & 31):
            return False
        data += size
        length -= size
    return True


cdef void _learn_block(Remote* remote, const uint8_t* block, int64_t now_us) noexcept nogil:
    cdef int32_t rtt = <int32_t>(_middle(now_us) - _long(block + 16) - _long(block + 20))
    remote.lost_256 = block[4]
    remote.lost = <int32_t>(_long(block + 4) << 8) >> 8
    if _long(block + 16) and -65 < rtt < RTT_MAX:       # a millisecond below 0 is rounding
        remote.rtt_us = (<int64_t>max(rtt, 0) * 1_000_000) >> 16


cdef bint learn(Remote* remote, const uint8_t* data, Py_ssize_t length, uint32_t ours,
                int64_t now_us) noexcept nogil:
    """Take what concerns the stream `ours`; False, and nothing taken, if malformed."""
    cdef const uint8_t* end = data + length
    cdef const uint8_t* block
    cdef int i
    if not _is_compound(data, length):
        return False
    remote.reports += 1
    while data < end:
        if data[1] == SR:
            remote.sender_time = _long(data + 10)
            remote.sender_us = now_us
        elif data[1] == BYE:
            remote.farewells += 1
        if SR <= data[1] <= RR:
            for i in range(data[0] & 31):
                block = data + (28 if data[1] == SR else 8) + BLOCK * i
                if _long(block) == ours:
                    _learn_block(remote, block, now_us)
        data += 4 + 4 * <Py_ssize_t>((data[2] << 8) | data[3])
    return True
