# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Sound of another rate, by the resampler of libspeexdsp; built where its header is found."""

from libc.stdint cimport int16_t, uint32_t
from libc.string cimport memset

cdef extern from "speex/speex_resampler.h" nogil:
    ctypedef struct SpeexResamplerState:
        pass
    SpeexResamplerState* speex_resampler_init(
        uint32_t channels, uint32_t in_rate, uint32_t out_rate, int quality, int* error)
    void speex_resampler_destroy(SpeexResamplerState* state)
    int speex_resampler_process_int(
        SpeexResamplerState* state, uint32_t channel, const int16_t* given, uint32_t* given_length,
        int16_t* made, uint32_t* made_length)
    int speex_resampler_skip_zeros(SpeexResamplerState* state)
    const char* speex_resampler_strerror(int error)

cdef enum:
    QUALITY = 6                 # of 10: what folds back lies below the noise of G.711
    RATE_LEAST = 1000
    RATE_MOST = 192_000
    LENGTH_MOST = 1 << 28       # samples given
    SILENCE = 1024              # samples that push the last ones out


cdef int _resample(
    SpeexResamplerState* state, const int16_t* given, Py_ssize_t length, int16_t* made,
    Py_ssize_t wanted,
) noexcept nogil:
    """Fill `made`; 0, or an error of the library."""
    cdef int16_t[SILENCE] silence
    cdef Py_ssize_t taken = 0
    cdef Py_ssize_t done = 0
    cdef uint32_t read
    cdef uint32_t written
    cdef int error = speex_resampler_skip_zeros(state)      # else it begins with its own delay
    memset(silence, 0, sizeof(silence))
    while not error and done < wanted:
        written = <uint32_t>(wanted - done)
        if taken < length:
            read = <uint32_t>(length - taken)
            error = speex_resampler_process_int(
                state, 0, given + taken, &read, made + done, &written)
            taken += read
        else:
            read = SILENCE
            error = speex_resampler_process_int(state, 0, silence, &read, made + done, &written)
        done += written
        if not read and not written:
            break               # the library does not go on; what is missing stays silent
    return error


def resample(const int16_t[::1] samples not None, *, int rate, int to):
    """The same sound at `to` samples a second, as the bytes of int16."""
    cdef Py_ssize_t length = samples.shape[0]
    if not RATE_LEAST <= rate <= RATE_MOST or not RATE_LEAST <= to <= RATE_MOST:
        raise ValueError(f"{rate} Hz to {to} Hz cannot be")
    if length > LENGTH_MOST:
        raise ValueError(f"{length} samples are too many")
    cdef Py_ssize_t wanted = (length * to + rate // 2) // rate
    made = bytearray(2 * wanted)
    if not length or not wanted:
        return made
    cdef int16_t[::1] out = memoryview(made).cast("h")
    cdef int error = 0
    cdef SpeexResamplerState* state = speex_resampler_init(1, rate, to, QUALITY, &error)
    if state == NULL:
        raise MemoryError(speex_resampler_strerror(error).decode())
    with nogil:
        error = _resample(state, &samples[0], length, &out[0], wanted)
    speex_resampler_destroy(state)
    if error:
        raise ValueError(speex_resampler_strerror(error).decode())
    return made
