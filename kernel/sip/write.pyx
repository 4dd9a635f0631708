# cython: language_level=3, boundscheck=True, wraparound=False, initializedcheck=False
"""The bytes of a message that is sent, put together in one go."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.string cimport memchr, memcpy


cdef Py_ssize_t _checked(str text) except -1:
    """How many bytes a header's name or value takes; ValueError for a line end inside."""
    cdef Py_ssize_t size
    cdef const char* data = PyUnicode_AsUTF8AndSize(text, &size)
    if memchr(data, 10, size) != NULL or memchr(data, 13, size) != NULL:
        raise ValueError("a line end inside a header")
    return size


cdef char* _put(char* at, const char* data, Py_ssize_t size) noexcept:
    memcpy(at, data, size)
    return at + size


cdef char* _put_text(char* at, str text) except NULL:
    cdef Py_ssize_t size
    cdef const char* data = PyUnicode_AsUTF8AndSize(text, &size)
    return _put(at, data, size)


def assemble(bytes start not None, headers, bytes body not None):
    """`start` (whole lines), the headers as (name, value), Content-Length, the body.

    Raises ValueError when a header holds a line end, UnicodeEncodeError for what is no text."""
    cdef bytes length = b"Content-Length: %d\r\n\r\n" % len(body)
    cdef Py_ssize_t size = len(start) + len(length) + len(body)
    cdef str name, value
    for name, value in headers:
        size += _checked(name) + _checked(value) + 4
    cdef bytes whole = PyBytes_FromStringAndSize(NULL, size)
    cdef char* at = _put(PyBytes_AS_STRING(whole), start, PyBytes_GET_SIZE(start))
    for name, value in headers:
        at = _put(_put_text(at, name), b": ", 2)
        at = _put(_put_text(at, value), b"\r\n", 2)
    at = _put(at, length, PyBytes_GET_SIZE(length))
    _put(at, body, PyBytes_GET_SIZE(body))
    return whole
