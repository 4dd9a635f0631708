# cython: language_level=3, cdivision=True
"""RTP (RFC 3550): check a packet once, follow the far end's numbering, write our own.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
    |                           timestamp                           |
    |                             SSRC                              |
    |          CC contributing sources, then an extension if X      |

A relayed packet keeps its place among its neighbours (loss and disorder stay visible to the far
end), shifted so that all we send to one leg is one stream whatever it is made of.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    AHEAD_MAX = 3000        # RFC 3550 A.1, MAX_DROPOUT
    BEHIND_MAX = 100        # MAX_MISORDER
    TRANSIT_STEP_MAX = 80_000    # ten seconds: the far end's clock jumped, that is no jitter


cdef inline uint16_t _short(const uint8_t* at) noexcept nogil:
    return <uint16_t>((at[0] << 8) | at[1])


cdef inline uint32_t _long(const uint8_t* at) noexcept nogil:
    return (<uint32_t>at[0] << 24) | (<uint32_t>at[1] << 16) | (<uint32_t>at[2] << 8) | at[3]


cdef bint parse(uint8_t* data, Py_ssize_t length, Packet* packet) noexcept nogil:
    """Whether `data` is an RTP packet with a payload; every length in it is checked here."""
    cdef Py_ssize_t begin
    if length < HEADER or length > DATAGRAM_MAX or data[0] >> 6 != 2:
        return False
    begin = HEADER + 4 * (data[0] & 15)
    if data[0] & 0x10:
        if length < begin + 4:
            return False
        begin += 4 + 4 * <Py_ssize_t>_short(data + begin + 2)
    if data[0] & 0x20:
        if data[length - 1] == 0:
            return False
        length -= data[length - 1]
    if length <= begin:
        return False
    packet.payload = data + begin
    packet.length = <int>(length - begin)
    packet.kind = data[1] & 0x7F
    packet.is_marked = data[1] >> 7
    packet.number = _short(data + 2)
    packet.time = _long(data + 4)
    packet.ssrc = _long(data + 8)
    return True


cdef void _start_line(Source* source, const Packet* packet) noexcept nogil:
    source.lost_before = lost(source)
    source.is_heard = True
    source.ssrc = source.odd_ssrc = packet.ssrc
    source.number = packet.number
    source.odd_number = packet.number
    source.first = packet.number
    source.cycles = 0
    source.received = 0
    source.transit = 0
    source.expected_told = 0
    source.received_told = 0


cdef void forget_line(Source* source) noexcept nogil:
    """The far end may start anew: take its next packet whatever number it has."""
    source.lost_before = lost(source)
    source.is_heard = False


cdef Verdict arrive(Source* source, const Packet* packet, int64_t now_us,
                    bint is_sound) noexcept nogil:
    """Count a packet. REFUSED: alone out of line, another SSRC or a leap in numbers, which needs
    a second packet behind it (RFC 3550 A.1). RESTARTED: that one, or the very first."""
    cdef Verdict verdict = Verdict.EXPECTED
    cdef uint16_t ahead = <uint16_t>(packet.number - source.number)
    cdef bint is_leap = AHEAD_MAX <= ahead <= 65536 - BEHIND_MAX
    if not source.is_heard:
        _start_line(source, packet)
        verdict = RESTARTED
    elif packet.ssrc != source.ssrc or is_leap:
        if packet.ssrc != source.odd_ssrc or packet.number != source.odd_number:
            source.odd_ssrc = packet.ssrc
            source.odd_number = <uint16_t>(packet.number + 1)
            return REFUSED
        _start_line(source, packet)
        verdict = RESTARTED
    elif 0 < ahead < AHEAD_MAX:
        source.cycles += packet.number < source.number
        source.number = packet.number
    else:
        source.late += 1
    source.received += 1
    source.packets += 1
    source.octets += packet.length
    if is_sound:
        _measure(source, packet.time, now_us)
    return verdict


cdef void _measure(Source* source, uint32_t time, int64_t now_us) noexcept nogil:
    """Interarrival jitter, RFC 3550 A.8."""
    cdef uint32_t transit = <uint32_t>(now_us * SAMPLES_PER_MS / 1000) - time
    cdef int32_t step = <int32_t>(transit - source.transit)
    if source.transit and -TRANSIT_STEP_MAX < step < TRANSIT_STEP_MAX:
        step = -step if step < 0 else step
        source.jitter_16 += <uint32_t>step - ((source.jitter_16 + 8) >> 4)
    source.transit = transit


cdef uint32_t expected(const Source* source) noexcept nogil:
    """Packets the numbers of the present line speak of."""
    return source.cycles * 65536 + source.number - source.first + 1


cdef int64_t lost(const Source* source) noexcept nogil:
    """RFC 3550 A.3; copies make it negative."""
    if not source.is_heard:
        return source.lost_before
    return source.lost_before + <int64_t>expected(source) - <int64_t>source.received


cdef inline uint32_t _passed(const Stream* stream, int64_t now_us) noexcept nogil:
    """Timestamp units since the last sound began, and never less than it lasts."""
    cdef int64_t passed = (now_us - stream.sent_us) * SAMPLES_PER_MS / 1000
    return <uint32_t>max(passed, <int64_t>stream.step)


cdef inline void _sounded(Stream* stream, const Packet* packet, int64_t now_us) noexcept nogil:
    stream.time = packet.time
    stream.sent_us = now_us
    stream.step = packet.length


cdef uint8_t* relay(Stream* stream, Packet* packet, int kind, int64_t now_us) noexcept nogil:
    """Give the packet its place in `stream` and a new header; returns where it begins now."""
    cdef bint is_sound = kind == PCMU or kind == PCMA
    if stream.is_fresh:
        stream.number_shift = <uint16_t>(stream.number + 1 - packet.number)
        stream.time_shift = stream.time + _passed(stream, now_us) - packet.time
        stream.is_fresh = False
        packet.is_marked = True
    packet.kind = kind
    packet.number += stream.number_shift
    packet.time += stream.time_shift
    if <int16_t>(packet.number - stream.number) > 0:
        stream.number = packet.number
        if is_sound:                # the time of an event is that of its start (RFC 4733, 2.3)
            _sounded(stream, packet, now_us)
    _write_header(packet, stream.ssrc)
    return packet.payload - HEADER


cdef void follow(Stream* stream, Packet* packet, int64_t now_us) noexcept nogil:
    """Number a packet of played sound, right behind what was sent, and write its header."""
    packet.number = <uint16_t>(stream.number + 1)
    packet.time = stream.time + (_passed(stream, now_us) if stream.is_fresh else stream.step)
    packet.is_marked = stream.is_fresh
    stream.is_fresh = False
    stream.number = packet.number
    _sounded(stream, packet, now_us)
    _write_header(packet, stream.ssrc)


cdef void follow_event(Stream* stream, Packet* packet, int64_t now_us,
                       uint32_t length) noexcept nogil:
    """As `follow`, for an event of `length` timestamp units; a marked packet begins one, and all
    of its packets bear the time of its start (RFC 4733, 2.3)."""
    if packet.is_marked:
        stream.time += _passed(stream, now_us)
        stream.sent_us = now_us
        stream.step = length
    packet.number = <uint16_t>(stream.number + 1)
    packet.time = stream.time
    stream.number = packet.number
    _write_header(packet, stream.ssrc)


def read(const uint8_t[::1] datagram not None):
    """What the media thread makes of a datagram: (payload type, marker, sequence number,
    timestamp, SSRC, payload), or None if it would drop it as malformed."""
    cdef Packet packet
    cdef bytearray copy = bytearray(datagram)
    if not parse(copy, len(copy), &packet):
        return None
    return (packet.kind, packet.is_marked, packet.number, packet.time, packet.ssrc,
            <bytes>packet.payload[:packet.length])


cdef void _write_header(const Packet* packet, uint32_t ssrc) noexcept nogil:
    """Write the header in front of the payload: no padding, extension or contributing source."""
    cdef uint8_t* at = packet.payload - HEADER
    at[0] = 0x80
    at[1] = <uint8_t>(packet.kind | (0x80 if packet.is_marked else 0))
    at[2] = <uint8_t>(packet.number >> 8)
    at[3] = <uint8_t>packet.number
    at[4] = <uint8_t>(packet.time >> 24)
    at[5] = <uint8_t>(packet.time >> 16)
    at[6] = <uint8_t>(packet.time >> 8)
    at[7] = <uint8_t>packet.time
    at[8] = <uint8_t>(ssrc >> 24)
    at[9] = <uint8_t>(ssrc >> 16)
    at[10] = <uint8_t>(ssrc >> 8)
    at[11] = <uint8_t>ssrc
