# cython: language_level=3
"""The figures of a leg: what its counters come to, by RFC 3550 and the E-model."""

import socket
from collections import namedtuple

from kernel.media.ear cimport elsewhere
from kernel.media.state cimport Address, Candidate, Leg, read_clock
from kernel.media.mos import mos_x100
from kernel.media.rtp cimport lost
from libc.stdint cimport int64_t

cdef int BUFFER_MS = 20                     # what a jitter buffer holds at the least

Figures = namedtuple("Figures", (
    "packets_in", "octets_in", "packets_out", "octets_out", "lost", "late", "dropped", "unsent",
    "jitter_us", "last_in_ms", "far_lost", "far_loss_permille", "rtt_us",
    "loss_permille", "mos_x100", "codec", "elsewhere", "elsewhere_packets", "learnt"),
    module="kernel.media.figures")


cdef int _permille(int64_t part, int64_t whole) noexcept:
    return <int>(min(part, whole) * 1000 // whole) if whole > 0 else 0


cdef str _place(const Address* address):
    """As "host:port", an IPv6 host in brackets and IPv4 inside IPv6 as what it is."""
    cdef int port = (address.octets[2] << 8) | address.octets[3]
    cdef bytes octets = <bytes>address.octets[:28]
    if address.length == 16:
        return f"{socket.inet_ntop(socket.AF_INET, octets[4:8])}:{port}"
    if octets[8:20] == bytes(10) + b"\xff\xff":
        return f"{socket.inet_ntop(socket.AF_INET, octets[20:24])}:{port}"
    return f"[{socket.inet_ntop(socket.AF_INET6, octets[8:24])}]:{port}"


cdef figures_of(const Leg* leg):
    """What went over a leg so far, and what it sounds like by that."""
    age_ms = (read_clock() - leg.last_in_us) // 1000 if leg.source.packets else -1
    jitter_us = (leg.source.jitter_16 >> 4) * 125
    missing = max(0, lost(&leg.source))
    loss = _permille(missing, leg.source.packets + missing)
    far_loss = _permille(max(0, leg.remote.lost), leg.stream.packets)
    cdef Candidate other = elsewhere(leg)[0]
    delay_ms = max(0, leg.remote.rtt_us) // 2000 + 2 * jitter_us // 1000 + BUFFER_MS
    return Figures(
        packets_in=leg.source.packets, octets_in=leg.source.octets,
        packets_out=leg.stream.packets, octets_out=leg.stream.octets,
        lost=missing, late=leg.source.late,
        dropped=leg.dropped, unsent=leg.unsent,
        jitter_us=jitter_us, last_in_ms=age_ms,
        far_lost=leg.remote.lost, far_loss_permille=leg.remote.lost_256 * 1000 // 256,
        rtt_us=leg.remote.rtt_us, loss_permille=loss,
        mos_x100=mos_x100(max(loss, far_loss), delay_ms), codec=leg.payload,
        elsewhere=_place(&other.address) if other.packets else "",
        elsewhere_packets=other.packets, learnt=leg.ear.is_learnt)
