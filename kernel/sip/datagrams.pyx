# cython: language_level=3
"""Datagrams of a UDP socket, many by one system call each way.

    receive   recvmmsg: what waits, up to a batch; fewer than that, and the socket is empty, so
              that no call is made in vain
    send      sendmmsg: what a turn has to say

Nothing here waits, so the interpreter's lock is kept: to let go of it for a call that takes a few
microseconds costs more than that where another thread waits for it.
"""

import socket
import struct

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from kernel cimport linux
from kernel.linux cimport iovec, mmsghdr
from libc.stdint cimport uint8_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

cdef enum:
    BATCH_MAX = 256
    LENGTH_MAX = 65_535         # of a datagram
    PLACE_MAX = 28              # octets of a sockaddr_in6
    PLACE4 = 16

cdef struct Slot:
    iovec data
    uint8_t[PLACE_MAX] place


cdef class Datagrams:
    """A socket's datagrams. Heads and slots below `batch` are for what comes in, always aimed at
    their buffers; those from there on for what goes out."""

    cdef int fd
    cdef int batch
    cdef bint is_ipv6
    cdef uint8_t* buffers
    cdef mmsghdr* heads
    cdef Slot* slots

    def __cinit__(self, int fd, *, bint is_ipv6=False, int batch=64):
        if fd < 0 or not 0 < batch <= BATCH_MAX:
            raise ValueError(f"descriptor {fd}, {batch} at once")
        self.fd, self.batch, self.is_ipv6 = fd, batch, is_ipv6
        self.buffers = <uint8_t*>calloc(batch, LENGTH_MAX)
        self.heads = <mmsghdr*>calloc(2 * batch, sizeof(mmsghdr))
        self.slots = <Slot*>calloc(2 * batch, sizeof(Slot))
        if not (self.buffers and self.heads and self.slots):
            raise MemoryError
        for n in range(batch):
            self._aim_in(n)

    def __dealloc__(self):
        free(self.buffers)
        free(self.heads)
        free(self.slots)

    cdef void _aim(self, int n, void* data, size_t length, unsigned place_length) noexcept:
        """Point head `n` at its data and its place."""
        cdef mmsghdr* head = &self.heads[n]
        memset(head, 0, sizeof(mmsghdr))
        self.slots[n].data.iov_base = data
        self.slots[n].data.iov_len = length
        head.msg_hdr.msg_iov = &self.slots[n].data
        head.msg_hdr.msg_iovlen = 1
        head.msg_hdr.msg_name = self.slots[n].place
        head.msg_hdr.msg_namelen = place_length

    cdef void _aim_in(self, int n) noexcept:
        self._aim(n, self.buffers + <Py_ssize_t>n * LENGTH_MAX, LENGTH_MAX, PLACE_MAX)

    def receive(self):
        """What waits; an error of the socket is none of a datagram: as if nothing waited."""
        cdef int n, count
        count = linux.recvmmsg(self.fd, self.heads, self.batch, linux.MSG_DONTWAIT, NULL)
        return [self._taken(n) for n in range(count)]

    cdef tuple _taken(self, int n):
        cdef mmsghdr* head = &self.heads[n]
        cdef Slot* slot = &self.slots[n]
        cdef Py_ssize_t place_length = min(<int>head.msg_hdr.msg_namelen, PLACE_MAX)
        data = PyBytes_FromStringAndSize(<char*>slot.data.iov_base, head.msg_len)
        place = PyBytes_FromStringAndSize(<char*>slot.place, place_length)
        self._aim_in(n)
        return data, place

    def send(self, list messages not None):
        """In batches; one that the system refuses is passed over."""
        cdef Py_ssize_t at = 0
        cdef int count, sent, unsent = 0
        while at < len(messages):
            count = self._load(messages, at)
            sent = linux.sendmmsg(self.fd, &self.heads[self.batch], count, linux.MSG_NOSIGNAL)
            if sent <= 0:
                sent = 1
                unsent += 1
            at += sent
        return unsent

    cdef int _load(self, list messages, Py_ssize_t at) except -1:
        """Aim heads at the messages from `at` on; how many. `messages` keeps their bytes alive."""
        cdef int n, count = <int>min(len(messages) - at, self.batch)
        cdef bytes data, place
        for n in range(count):
            data, place = messages[at + n]
            if data is None or place is None or PyBytes_GET_SIZE(place) > PLACE_MAX:
                raise ValueError("a message is its bytes and its place")
            self._aim(self.batch + n, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data),
                      <unsigned>PyBytes_GET_SIZE(place))
            memcpy(self.slots[self.batch + n].place, PyBytes_AS_STRING(place),
                   PyBytes_GET_SIZE(place))
        return count

    def place(self, str host not None, int port):
        """As the socket's family has it; the scope of a link-local address stands behind `%`."""
        literal, sign, scope = host.partition("%")
        if not 0 <= port < 65536:
            raise ValueError(f"{port} is no port")
        try:
            if not self.is_ipv6:
                packed = socket.inet_pton(socket.AF_INET, host)
                return struct.pack("=H2s4s8x", linux.AF_INET, port.to_bytes(2, "big"), packed)
            packed = socket.inet_pton(socket.AF_INET6, literal)
            number = socket.if_nametoindex(scope) if sign else 0
        except OSError:
            raise ValueError(f"{host!r} is no address of this socket's kind") from None
        return struct.pack(
            "=H2s4x16sI", linux.AF_INET6, port.to_bytes(2, "big"), packed, number)

    def address(self, bytes place not None):
        """As Python's own sockets name it."""
        if len(place) == PLACE4 and not self.is_ipv6:
            return socket.inet_ntop(socket.AF_INET, place[4:8]), int.from_bytes(place[2:4], "big")
        if len(place) != PLACE_MAX or not self.is_ipv6:
            raise ValueError(f"{place!r} is no place")
        host = socket.inet_ntop(socket.AF_INET6, place[8:24])
        number = struct.unpack("=I", place[24:28])[0]
        if number:
            host += f"%{socket.if_indextoname(number)}"
        return host, int.from_bytes(place[2:4], "big")
