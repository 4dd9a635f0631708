"""What a simulation counts, by queue and interval of arrival, and by the clock."""

from libc.stdint cimport int32_t, int64_t

from kernel.acd.tables cimport STANDING_COUNT
from kernel.simulator.state cimport WAIT_BINS, Cell, Demand, Sim

cdef extern from *:
    """
    #define highest_bit(word) (63 - __builtin_clzll(word))
    """
    int highest_bit(unsigned long long word) noexcept nogil


cdef inline int32_t wait_bin(int64_t wait_ms) noexcept nogil:
    """Exact below 64 ms, then 32 bins to an octave."""
    cdef int32_t octave, bin
    if wait_ms < 64:
        return <int32_t> wait_ms
    octave = highest_bit(<unsigned long long> wait_ms) - 5
    bin = 32 * octave + <int32_t> (wait_ms >> octave)
    return min(bin, <int32_t> WAIT_BINS - 1)


cdef inline int32_t interval_of(const Sim *sim, int64_t at) noexcept nogil:
    """The interval of a time by the engine's clock; what is outside belongs to the nearest."""
    cdef int64_t interval = (at - sim.start) // sim.interval_ms if at > sim.start else 0
    return <int32_t> min(interval, <int64_t> sim.interval_count - 1)


cdef inline void add_span(const Sim *sim, int64_t *sums, int32_t step,
                          int64_t since) noexcept nogil:
    """Share the time from `since` to now among the intervals; `sums` has one every `step`."""
    cdef int32_t interval
    cdef int64_t end
    if since >= sim.now:
        return
    if since >= sim.interval_end - sim.interval_ms:
        sums[sim.interval * step] += sim.now - since
        return
    since = max(since, sim.start)
    interval = interval_of(sim, since)
    while since < sim.now:
        end = min(sim.start + (interval + 1) * sim.interval_ms, sim.now)
        if interval >= sim.interval_count - 1:
            interval, end = sim.interval_count - 1, sim.now
        sums[interval * step] += end - since
        since = end
        interval += 1


cdef inline void add_standing(const Sim *sim, int64_t *sums, int32_t standing,
                              int64_t since) noexcept nogil:
    add_span(sim, sums + standing, STANDING_COUNT, since)


cdef inline void add_waiting(const Sim *sim, Cell *cells, int32_t queue,
                             int64_t since) noexcept nogil:
    """A wait in a queue up to now, by the clock."""
    add_span(sim, &cells[queue * sim.interval_count].waiting_ms,
             <int32_t> (sizeof(Cell) // sizeof(int64_t)), since)


cdef inline void add_answered(Sim *sim, int32_t number, const Demand *demand,
                              int64_t wait_ms) noexcept nogil:
    cdef Cell *cell = &sim.cells[number]
    cell.answered += 1
    cell.answered_within += wait_ms <= demand.within_ms
    cell.answered_wait_ms += wait_ms
    sim.waits[<int64_t> number * WAIT_BINS + wait_bin(wait_ms)] += 1


cdef inline void add_abandoned(Sim *sim, int32_t number, const Demand *demand,
                               int64_t wait_ms) noexcept nogil:
    cdef Cell *cell = &sim.cells[number]
    cell.abandoned += 1
    cell.abandoned_within += wait_ms <= demand.within_ms
    cell.abandoned_short += wait_ms <= demand.short_ms
    cell.abandoned_wait_ms += wait_ms
