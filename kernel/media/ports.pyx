# cython: language_level=3
"""Our ports for sound: a pair of sockets for each leg, RTP and the RTCP above it, and addresses.

    first  first+1   first+2  first+3   …        gone through in turn, so that a pair rests
    RTP    RTCP      RTP      RTCP               before its next use
"""

import errno
import os
import resource
import socket
import struct

from kernel cimport linux
from kernel.linux cimport sockaddr
from libc.errno cimport errno as system_errno

cdef int RECEIVE_BUFFER = 128 * 1024        # the system doubles it: over 2 s of a flooded leg


def raise_descriptor_limit():
    """Raise RLIMIT_NOFILE to its hard limit and return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def _packed(str host):
    """An IP literal as octets; ValueError else."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return socket.inet_pton(family, host)
        except OSError:
            continue
    raise ValueError(f"{host!r} is not an IP address")


def _check_unicast(str host, bytes packed):
    if packed[0] == 0xFF or (len(packed) == 4 and packed[0] >= 224):
        raise ValueError(f"{host} is no one's address")


cdef bytes _sockaddr(bytes packed, int port, bint is_ipv6):
    """The system's form of an address; IPv4 inside IPv6 where our own sockets are IPv6."""
    if not is_ipv6:
        if len(packed) != 4:
            raise ValueError("an IPv6 address, but our own is IPv4")
        return struct.pack("=H2s4s8x", linux.AF_INET, port.to_bytes(2, "big"), packed)
    if len(packed) == 4:
        packed = bytes(10) + b"\xff\xff" + packed
    return struct.pack("=H2s4x16s4x", linux.AF_INET6, port.to_bytes(2, "big"), packed)


cdef class Ports:
    """The range of ports that legs take theirs from, on one address of ours."""

    def __cinit__(self, *, str host, tuple ports, int dscp):
        low, high = ports
        if not 0 < low <= high < 65536 or (high - (low + low % 2) + 1) < 2:
            raise ValueError(f"no pair of ports in {low}-{high}")
        if not 0 <= dscp < 64:
            raise ValueError(f"DSCP {dscp} cannot be")
        self.host = _packed(host)
        self.is_ipv6 = len(self.host) == 16
        self.first = low + low % 2
        self.pairs = (high - self.first + 1) // 2
        self.traffic_class = dscp << 2

    cdef int take_pair(self, int* rtp_to, int* rtcp_to) except -1:
        """Bind the next pair that nobody has, each tried once; the even port, and both sockets."""
        cdef int port, rtp, rtcp
        for _ in range(self.pairs):
            port = self.first + 2 * self.turn
            self.turn = (self.turn + 1) % self.pairs
            rtp = self._bind(port, True)
            if rtp < 0:
                continue
            try:
                rtcp = self._bind(port + 1, False)
            except OSError:
                linux.close(rtp)
                raise
            if rtcp >= 0:
                rtp_to[0], rtcp_to[0] = rtp, rtcp
                return port
            linux.close(rtp)
        raise OSError(errno.EADDRNOTAVAIL, "every media port is in use")

    cdef int _bind(self, int port, bint is_rtp) except -2:
        """A socket on our address; -1 where the port is taken."""
        cdef int family = linux.AF_INET6 if self.is_ipv6 else linux.AF_INET
        cdef int fd = linux.socket(
            family, linux.SOCK_DGRAM | linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC, 0)
        cdef bytes address = _sockaddr(self.host, port, self.is_ipv6)
        if fd < 0:
            raise OSError(system_errno, os.strerror(system_errno))
        self._set_options(fd, is_rtp)
        if linux.bind(fd, <sockaddr*><const char*>address, <unsigned>len(address)) == 0:
            return fd
        error = system_errno
        linux.close(fd)
        if error in (errno.EADDRINUSE, errno.EACCES):
            return -1
        raise OSError(error, os.strerror(error))

    cdef void _set_options(self, int fd, bint is_rtp) noexcept:
        """What the system does not grant, we go without."""
        cdef int zero = 0
        if is_rtp:
            linux.setsockopt(fd, linux.SOL_SOCKET, linux.SO_RCVBUF, &RECEIVE_BUFFER, sizeof(int))
        linux.setsockopt(fd, linux.IPPROTO_IP, linux.IP_TOS, &self.traffic_class, sizeof(int))
        if self.is_ipv6:
            linux.setsockopt(fd, linux.IPPROTO_IPV6, linux.IPV6_V6ONLY, &zero, sizeof(int))
            linux.setsockopt(fd, linux.IPPROTO_IPV6, linux.IPV6_TCLASS, &self.traffic_class,
                             sizeof(int))

    cdef bytes far(self, str host, int port):
        """A far end's address; empty for 0.0.0.0 and ::, hold in the old manner."""
        packed = _packed(host)
        _check_unicast(host, packed)
        return _sockaddr(packed, port, self.is_ipv6) if any(packed) else b""
