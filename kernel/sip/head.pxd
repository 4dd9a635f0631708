"""The head of a message as `kernel.sip.index` finds it, for modules that read on in its bytes."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef struct Line:
    uint16_t header  # its number, from 1; 0: a name we do not know
    uint8_t folded
    uint8_t paired  # holds control characters as quoted-pairs
    uint32_t name
    uint32_t name_end
    uint32_t value
    uint32_t value_end


cdef class Head:
    cdef readonly bytes data
    cdef readonly bint is_request
    cdef readonly str method, uri, reason
    cdef readonly int code, fault, count
    cdef readonly Py_ssize_t body
    cdef readonly int64_t content_length
    cdef readonly uint64_t seen, twice
    cdef Line* lines
    cdef Py_ssize_t uri_at, uri_end  # of a request: where its URI stands
    cdef list _all(self, str name)
    cdef int _find(self, str name, int start) except -2
    cdef str _name(self, int at)
    cdef bytes _raw(self, int at)
    cdef str _text(self, int at)
