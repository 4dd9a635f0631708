# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# distutils: extra_compile_args = -O3
"""Who calls, when, and for how long: a simulation's draws.

All queues arrive in one stream: the sum of Poisson processes is one whose rate is the sum, and
each arrival is a queue's with the queue's share of the rate. Time runs by expected calls, so an
interval without any costs nothing and no draw is thrown away.
"""

from libc.math cimport exp, pow
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport realloc

from kernel.acd.tables cimport NONE
from kernel.agenda cimport agenda_grow, agenda_set
from kernel.random cimport Stream, exponential, normal, uniform
from kernel.simulator.state cimport (CONSTANT, EXPONENTIAL, FOREVER, LOG_NORMAL, REDIALS_MAX,
                                     REDIAL_ID, Demand, Law, Sim, Visit)

cdef enum:
    TRIES = 1000


cdef inline int32_t _place(const double *sums, int32_t size, double x) noexcept nogil:
    """The first place whose sum is above `x`; `size` if there is none.

    Half of all steps go either way, so none is a jump for a processor to guess.
    """
    cdef int32_t low = 0, half
    while size > 1:
        half = size >> 1
        low += half & -<int32_t> (sums[low + half - 1] <= x)
        size -= half
    return low + <int32_t> (sums[low] <= x)


cdef inline int64_t _ms(double x) noexcept nogil:
    return <int64_t> (x + 0.5) if x < <double> FOREVER else FOREVER


cdef int64_t draw(Stream *stream, const Law *law) noexcept nogil:
    """ms by this law, at most FOREVER."""
    cdef int32_t place
    if law.kind == CONSTANT:
        return <int64_t> law.first
    if law.kind == EXPONENTIAL:
        return _ms(law.first * exponential(stream))
    if law.kind == LOG_NORMAL:
        return _ms(exp(law.first + law.second * normal(stream)))
    if law.sums == NULL:
        return law.values[<int32_t> (uniform(stream) * law.size)]
    place = _place(law.sums, law.size, uniform(stream))
    return law.values[place] if place < law.size else FOREVER


cdef int64_t draw_beyond(Stream *stream, const Law *law, int64_t elapsed_ms) noexcept nogil:
    """What remains after `elapsed_ms`, at least 1 ms; FOREVER is the law's own."""
    cdef int32_t tries
    cdef int64_t whole
    if law.kind == EXPONENTIAL:
        return draw(stream, law)
    for tries in range(TRIES):
        whole = draw(stream, law)
        if whole >= FOREVER:
            return FOREVER
        if whole > elapsed_ms:
            return whole - elapsed_ms
        if law.kind == CONSTANT:
            break
    return 1


cdef void _arrive(Sim *sim, const double *shares, double share) noexcept nogil:
    """A call comes where the clock of arrivals stands; `share` of the interval tells the queue."""
    sim.drawn_at = sim.start + sim.rate * sim.rate_ms + <int64_t> sim.rate_at
    sim.drawn_queue = min(_place(shares, sim.queue_count, share), sim.queue_count - 1)


cdef void next_arrival(Sim *sim) noexcept nogil:
    """Draw the next arrival by rates: `drawn_at`, `drawn_queue`."""
    cdef double wanted, total, here
    cdef const double *shares
    if sim.is_exact:
        _next_exact(sim)
        return
    wanted = exponential(&sim.arriving)
    while sim.rate < sim.rate_count:
        shares = sim.shares + <int64_t> sim.rate * sim.queue_count
        total = shares[sim.queue_count - 1]
        here = total * (1.0 - sim.rate_at / sim.rate_ms)
        if wanted < here:
            sim.rate_at += wanted / total * sim.rate_ms
            _arrive(sim, shares, uniform(&sim.arriving) * total)
            return
        wanted -= here
        sim.rate += 1
        sim.rate_at = 0.0
    sim.drawn_at = FOREVER


cdef int64_t _left(const Sim *sim) noexcept nogil:
    cdef int32_t queue
    cdef int64_t left = 0
    for queue in range(sim.queue_count):
        left += sim.left[queue]
    return left


cdef void _fill(Sim *sim) noexcept nogil:
    """How many calls of each queue this interval has yet to bring: all of them."""
    cdef int32_t queue
    cdef const double *shares = sim.shares + <int64_t> sim.rate * sim.queue_count
    for queue in range(sim.queue_count):
        sim.left[queue] = <int64_t> (
            shares[queue] - (shares[queue - 1] if queue else 0.0) + 0.5)


cdef void _next_exact(Sim *sim) noexcept nogil:
    """As many calls as were counted, at times that are uniform within their interval."""
    cdef int64_t left = _left(sim) if sim.rate >= 0 else 0, place
    cdef int32_t queue = 0
    while left == 0 and sim.rate + 1 < sim.rate_count:
        sim.rate += 1
        sim.rate_at = 0.0
        _fill(sim)
        left = _left(sim)
    if left == 0:
        sim.drawn_at = FOREVER
        return
    # the first of `left` uniform times in what remains of the interval
    sim.rate_at += (sim.rate_ms - sim.rate_at) * (
        1.0 - pow(1.0 - uniform(&sim.arriving), 1.0 / left))
    place = <int64_t> (uniform(&sim.arriving) * left)
    for queue in range(sim.queue_count):
        place -= sim.left[queue]
        if place < 0:
            break
    sim.left[queue] -= 1
    sim.drawn_at = sim.start + sim.rate * sim.rate_ms + <int64_t> sim.rate_at
    sim.drawn_queue = queue


# ---- calls ------------------------------------------------------------------------------------


cdef bint happens(Stream *stream, double share) noexcept nogil:
    return share > 0.0 and uniform(stream) < share


cdef void new_call(Sim *sim, Stream *stream, int32_t queue, Visit *new) noexcept nogil:
    """A call to a queue that comes now, with what its laws draw."""
    cdef const Demand *demand = &sim.demands[queue]
    cdef int64_t patience_ms = draw(stream, &demand.patience)
    new.queue = queue
    new.patience_until = sim.now + patience_ms if patience_ms < FOREVER else FOREVER
    new.talk_ms = draw(stream, &demand.talk)
    new.wrap_up_ms = draw(stream, &demand.wrap_up)


cdef void redial(Sim *sim, int32_t queue) noexcept nogil:
    """Somebody was not served, and may call again."""
    cdef int32_t number = sim.redial_free, size
    cdef void *grown
    if not happens(&sim.acting, sim.demands[queue].redials):
        return
    if number == NONE:
        size = max(64, 2 * sim.redial_size)
        if size > REDIALS_MAX or agenda_grow(&sim.agenda, REDIAL_ID + size) < 0:
            sim.has_failed = True
            return
        grown = realloc(sim.redials, size * sizeof(int32_t))
        if grown == NULL:
            sim.has_failed = True
            return
        sim.redials = <int32_t *> grown
        for number in range(sim.redial_size, size):
            sim.redials[number] = number + 1 if number + 1 < size else NONE
        number, sim.redial_size = sim.redial_size, size
    sim.redial_free = sim.redials[number]
    sim.redials[number] = queue
    agenda_set(&sim.agenda, REDIAL_ID + number,
               sim.now + draw(&sim.acting, &sim.demands[queue].redial_after))
