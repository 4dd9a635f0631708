from libc.stdint cimport int16_t, uint8_t

cdef void encode(const int16_t* linear, uint8_t* wire, Py_ssize_t count, bint alaw) noexcept nogil
cdef void transcode(uint8_t* wire, Py_ssize_t count, bint to_alaw) noexcept nogil
