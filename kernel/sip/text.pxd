# cython: language_level=3
"""A stretch of bytes to read from left to right; no look at a byte goes past its end."""

from libc.stdint cimport int64_t
from libc.string cimport memcmp


cdef struct Text:
    const unsigned char* data
    Py_ssize_t at
    Py_ssize_t end


cdef inline bint is_at_end(Text* text) noexcept:
    return text.at >= text.end


cdef inline unsigned char peek(Text* text) noexcept:
    """The next byte, 0 at the end."""
    return text.data[text.at] if text.at < text.end else 0


cdef inline bint take(Text* text, unsigned char c) noexcept:
    """Pass over `c` if it is next."""
    if text.at >= text.end or text.data[text.at] != c:
        return False
    text.at += 1
    return True


cdef inline bint take_word(Text* text, const char* word, Py_ssize_t length) noexcept:
    """Pass over these bytes if they are next."""
    if text.end - text.at < length or memcmp(text.data + text.at, word, length):
        return False
    text.at += length
    return True


cdef inline unsigned char lower(unsigned char c) noexcept:
    return c | 32 if 65 <= c <= 90 else c


cdef inline int64_t number(Text* text, int digits_max) noexcept:
    """Pass over the whole number that is next; -1 where there is none, or one too long."""
    cdef int64_t value = 0
    cdef Py_ssize_t start = text.at
    while 48 <= peek(text) <= 57:
        value = value * 10 + text.data[text.at] - 48
        text.at += 1
        if text.at - start > digits_max:
            return -1
    return value if text.at > start else -1
