# cython: language_level=3
"""The figures of a leg: what its counters come to, by RFC 3550 and the E-model."""

from collections import namedtuple

from kernel.media_state cimport Leg, read_clock
from kernel.mos import mos_x100
from kernel.rtp cimport lost
from libc.stdint cimport int64_t

cdef int BUFFER_MS = 20                     # what a jitter buffer holds at the least

Figures = namedtuple("Figures", (
    "packets_in", "octets_in", "packets_out", "octets_out", "lost", "late", "dropped", "unsent",
    "jitter_us", "last_in_ms", "far_lost", "far_loss_permille", "rtt_us",
    "loss_permille", "mos_x100", "codec"), module="kernel.media_figures")


cdef int _permille(int64_t part, int64_t whole) noexcept:
    return <int>(min(part, whole) * 1000 // whole) if whole > 0 else 0


cdef figures_of(const Leg* leg):
    """What went over a leg so far, and what it sounds like by that."""
    age_ms = (read_clock() - leg.last_in_us) // 1000 if leg.source.packets else -1
    jitter_us = (leg.source.jitter_16 >> 4) * 125
    missing = max(0, lost(&leg.source))
    loss = _permille(missing, leg.source.packets + missing)
    far_loss = _permille(max(0, leg.remote.lost), leg.stream.packets)
    delay_ms = max(0, leg.remote.rtt_us) // 2000 + 2 * jitter_us // 1000 + BUFFER_MS
    return Figures(
        packets_in=leg.source.packets, octets_in=leg.source.octets,
        packets_out=leg.stream.packets, octets_out=leg.stream.octets,
        lost=missing, late=leg.source.late,
        dropped=leg.dropped, unsent=leg.unsent,
        jitter_us=jitter_us, last_in_ms=age_ms,
        far_lost=leg.remote.lost, far_loss_permille=leg.remote.lost_256 * 1000 // 256,
        rtt_us=leg.remote.rtt_us, loss_permille=loss,
        mos_x100=mos_x100(max(loss, far_loss), delay_ms), codec=leg.payload)
