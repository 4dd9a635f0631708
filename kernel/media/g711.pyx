# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""G.711: PCMU and PCMA to and from 16-bit linear samples, by table.

The tables are computed once from the laws (ITU-T G.711, tables 1 and 2): eight segments of sixteen
steps, each segment twice as coarse as the one below. Mu-law sees 14 bits of a sample, A-law 13;
on the wire mu-law is inverted whole, A-law in its even bits. PCMU to PCMA goes by way of linear.
"""

from libc.stdint cimport int16_t, uint8_t

cdef int16_t[256] ulaw_linear
cdef int16_t[256] alaw_linear
cdef uint8_t[65536] linear_ulaw    # by the sample's 16 bits, read as unsigned
cdef uint8_t[65536] linear_alaw
cdef uint8_t[256] ulaw_alaw
cdef uint8_t[256] alaw_ulaw

cdef int ULAW_BIAS = 33            # of 14 bits: makes every segment start at a power of two
cdef int ULAW_MOST = 8191


cdef int _segment(int magnitude, int first) noexcept:
    """How often `magnitude` must be halved until it is below `first`."""
    cdef int segment = 0
    while magnitude >= first:
        magnitude >>= 1
        segment += 1
    return segment


cdef int _ulaw_of(int sample) noexcept:
    """`sample` of 16 bits; the last two are cut off, downwards."""
    cdef int fine = sample >> 2
    cdef int biased = min((-fine if fine < 0 else fine) + ULAW_BIAS, ULAW_MOST)
    cdef int segment = _segment(biased, 64)
    cdef int code = (segment << 4) | ((biased >> (segment + 1)) & 15)
    return code ^ (0x7F if fine < 0 else 0xFF)


cdef int _alaw_of(int sample) noexcept:
    """`sample` of 16 bits; the last three are cut off, downwards, so -8..-1 is the first step."""
    cdef int fine = sample >> 3
    cdef int magnitude = ~fine if fine < 0 else fine
    cdef int segment = _segment(magnitude, 32)
    cdef int step = magnitude >> (segment if segment else 1)
    return ((segment << 4) | (step & 15)) ^ (0x55 if fine < 0 else 0xD5)


cdef int _of_ulaw(int code) noexcept:
    """The middle of a step, as 16 bits."""
    cdef int plain = code ^ 0xFF
    cdef int segment = (plain >> 4) & 7
    cdef int magnitude = ((2 * (plain & 15) + 33) << segment) - ULAW_BIAS
    return -4 * magnitude if plain & 0x80 else 4 * magnitude


cdef int _of_alaw(int code) noexcept:
    """The middle of a step, as 16 bits; the sign bit is set for positive samples."""
    cdef int plain = code ^ 0x55
    cdef int segment = (plain >> 4) & 7
    cdef int step = 2 * (plain & 15) + 1
    cdef int magnitude = (step + 32) << (segment - 1) if segment else step
    return 8 * magnitude if plain & 0x80 else -8 * magnitude


cdef void _fill_tables() noexcept:
    cdef int i
    for i in range(-32768, 32768):
        linear_ulaw[i & 0xFFFF] = <uint8_t>_ulaw_of(i)
        linear_alaw[i & 0xFFFF] = <uint8_t>_alaw_of(i)
    for i in range(256):
        ulaw_linear[i] = <int16_t>_of_ulaw(i)
        alaw_linear[i] = <int16_t>_of_alaw(i)
        ulaw_alaw[i] = <uint8_t>_alaw_of(_of_ulaw(i))
        alaw_ulaw[i] = <uint8_t>_ulaw_of(_of_alaw(i))


_fill_tables()


cdef void _decode(const uint8_t[::1] wire, int16_t[::1] linear,
                  const int16_t* table) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(wire.shape[0]):
        linear[i] = table[wire[i]]


cdef void encode(const int16_t* linear, uint8_t* wire, Py_ssize_t count, bint alaw) noexcept nogil:
    """Compress `count` samples to PCMA or PCMU."""
    cdef const uint8_t* table = &linear_alaw[0] if alaw else &linear_ulaw[0]
    cdef Py_ssize_t i
    for i in range(count):
        wire[i] = table[<unsigned short>linear[i]]


cdef void transcode(uint8_t* wire, Py_ssize_t count, bint to_alaw) noexcept nogil:
    """Turn `count` octets of the other law into PCMA or PCMU, in place."""
    cdef const uint8_t* table = &ulaw_alaw[0] if to_alaw else &alaw_ulaw[0]
    cdef Py_ssize_t i
    for i in range(count):
        wire[i] = table[wire[i]]


def _check(Py_ssize_t given, Py_ssize_t room):
    if given != room:
        raise ValueError(f"{given} given, but room for {room}")


def decode_ulaw(const uint8_t[::1] wire not None, int16_t[::1] linear not None):
    """Expand `wire` into `linear`; ValueError unless both are as long."""
    _check(wire.shape[0], linear.shape[0])
    _decode(wire, linear, ulaw_linear)


def decode_alaw(const uint8_t[::1] wire not None, int16_t[::1] linear not None):
    """Expand `wire` into `linear`; ValueError unless both are as long."""
    _check(wire.shape[0], linear.shape[0])
    _decode(wire, linear, alaw_linear)


def encode_ulaw(const int16_t[::1] linear not None, uint8_t[::1] wire not None):
    """Compress `linear` into `wire`; ValueError unless both are as long."""
    _check(linear.shape[0], wire.shape[0])
    if wire.shape[0]:
        encode(&linear[0], &wire[0], wire.shape[0], False)


def encode_alaw(const int16_t[::1] linear not None, uint8_t[::1] wire not None):
    """Compress `linear` into `wire`; ValueError unless both are as long."""
    _check(linear.shape[0], wire.shape[0])
    if wire.shape[0]:
        encode(&linear[0], &wire[0], wire.shape[0], True)


def ulaw_to_alaw(const uint8_t[::1] wire not None, uint8_t[::1] other not None):
    """Turn PCMU into PCMA; `other` may be `wire` itself; ValueError unless both are as long."""
    _check(wire.shape[0], other.shape[0])
    other[:] = wire
    if other.shape[0]:
        transcode(&other[0], other.shape[0], True)


def alaw_to_ulaw(const uint8_t[::1] wire not None, uint8_t[::1] other not None):
    """Turn PCMA into PCMU; `other` may be `wire` itself; ValueError unless both are as long."""
    _check(wire.shape[0], other.shape[0])
    other[:] = wire
    if other.shape[0]:
        transcode(&other[0], other.shape[0], False)
