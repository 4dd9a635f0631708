# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Queues whose callers have any patience at all: M/M/n+G after Baccelli, Hebuterne, Zeltyn.

    G(x): who is still patient after x; H(x): its integral from 0
    F(x) = exp(l H(x) - n m x)      the density of the wait an endless patience would have, times E
    E = 1/B(n-1), J = integral of F, P(wait) = l J / (E + l J), l = a / aht, m = 1 / aht

F rises while more callers come than leave and falls after, so it has one top. It is taken
relative to that top and integrated by Gauss where it is not below e^-42 of it.
"""

from libc.math cimport INFINITY, exp, expm1, fabs
from libc.stdlib cimport free as release, malloc

from kernel.erlang.a cimport FIGURES, Shares, check, figures
from kernel.erlang.gamma cimport odds

from kernel.erlang.figures import Abandoned, Unstable

cdef double FEWEST = 1e-9           # agents: with less there is nobody
cdef double DEPTH = 42.0            # e^-42 is less than a double shows
cdef int PANELS = 64                # of the width of F; each takes 16 nodes
cdef double[8] NODES
cdef double[8] WEIGHTS
NODES[:] = [
    0.0950125098376374402, 0.281603550779258913, 0.458016777657227386, 0.617876244402643748,
    0.755404408355003034, 0.865631202387831744, 0.944575023073232576, 0.989400934991649933,
]
WEIGHTS[:] = [
    0.189450610455068496, 0.182603415044923589, 0.169156519395002538, 0.149595988816576732,
    0.124628971255533872, 0.0951585116824927848, 0.0622535239386478929, 0.0271524594117540949,
]
PARTS_MAX = 64
SAMPLES_MAX = 100_000


cdef class Patience:
    """See the .pyi."""

    cdef Py_ssize_t count
    cdef bint is_table
    cdef double *time           # of a sample; mean of a part
    cdef double *share          # still patient then; weight of a part
    cdef double *area           # H at a sample

    def __cinit__(self):
        self.time = self.share = self.area = NULL

    def __init__(self):
        raise TypeError("a patience is made by Patience.mixture or Patience.table")

    def __dealloc__(self):
        release(self.time)
        release(self.share)
        release(self.area)

    @staticmethod
    def mixture(weights, means_s):
        """See the .pyi."""
        cdef double total = 0.0
        cdef Patience made = _made(list(means_s), list(weights), PARTS_MAX)
        for each in range(made.count):
            if not (0.0 < made.time[each] < INFINITY and 0.0 <= made.share[each] <= 1.0):
                raise ValueError(f"part {each}: its mean is above 0 s, its weight from 0 to 1")
            total += made.share[each]
        if fabs(total - 1.0) > 1e-9:
            raise ValueError(f"the weights add up to {total:.9g}, not to 1")
        return made

    @staticmethod
    def table(times_s, shares):
        """See the .pyi."""
        cdef Patience made = _made(list(times_s), list(shares), SAMPLES_MAX)
        cdef double mean
        made.is_table = True
        if made.time[0] != 0.0 or made.share[0] > 1.0:
            raise ValueError("the table begins at 0 s, with a share of at most 1")
        for each in range(made.count):
            if not 0.0 <= made.share[each] <= 1.0 or not made.time[each] < INFINITY:
                raise ValueError(f"sample {each}: {made.share[each]:g} still patient cannot be")
            if each == 0:
                made.area[each] = 0.0
                continue
            if not made.time[each] > made.time[each - 1]:
                raise ValueError(f"sample {each}: times rise")
            if made.share[each] > made.share[each - 1]:
                raise ValueError(f"sample {each}: who has hung up does not come back")
            mean = 0.5 * (made.share[each] + made.share[each - 1])
            made.area[each] = made.area[each - 1] + mean * (made.time[each] - made.time[each - 1])
        return made


cdef Patience _made(list times, list shares, Py_ssize_t most):
    """A patience with its arrays filled, not yet checked."""
    cdef Patience made = Patience.__new__(Patience)
    cdef Py_ssize_t count = len(times), each
    if not 1 <= count <= most or len(shares) != count:
        raise ValueError(f"{count} times, {len(shares)} shares: as many of each, 1 to {most}")
    made.count = count
    made.time = <double *> malloc(count * sizeof(double))
    made.share = <double *> malloc(count * sizeof(double))
    made.area = <double *> malloc(count * sizeof(double))
    if made.time == NULL or made.share == NULL or made.area == NULL:
        raise MemoryError
    for each in range(count):
        made.time[each] = times[each]
        made.share[each] = shares[each]
        made.area[each] = 0.0
    return made


cdef void _at(Patience patience, double x, double *still, double *area) noexcept nogil:
    """G(x) and H(x)."""
    cdef double g = 0.0, h = 0.0, part, step
    cdef Py_ssize_t low = 0, high = patience.count, middle
    if not patience.is_table:
        for low in range(patience.count):
            part = expm1(-x / patience.time[low])
            g += patience.share[low] * (1.0 + part)
            h -= patience.share[low] * patience.time[low] * part
        still[0], area[0] = g, h
        return
    while high - low > 1:
        middle = (low + high) // 2
        if patience.time[middle] <= x:
            low = middle
        else:
            high = middle
    step = x - patience.time[low]
    g = patience.share[low]
    if high < patience.count:
        part = (patience.share[high] - g) / (patience.time[high] - patience.time[low])
        still[0] = g + part * step
    else:
        still[0] = g                # the rest never hangs up
    area[0] = patience.area[low] + 0.5 * (g + still[0]) * step


cdef struct Queue:
    double calls            # a second
    double answers          # a second, when all agents are busy
    double top              # of ln F
    double begin            # where F is worth a look
    double end
    double within


cdef struct Areas:          # integrals of F, relative to its top
    double all
    double answered
    double abandoned
    double wait
    double wait_answered
    double late
    double late_answered
    double late_abandoned


cdef double _log(Patience patience, const Queue *queue, double x) noexcept nogil:
    cdef double still, area
    _at(patience, x, &still, &area)
    return queue.calls * area - queue.answers * x


cdef double _rise(Patience patience, const Queue *queue, double x) noexcept nogil:
    cdef double still, area
    _at(patience, x, &still, &area)
    return queue.calls * still - queue.answers


cdef int _frame(Patience patience, Queue *queue) noexcept nogil:
    """Finds the top of F and where it ends on both sides; 0 where it has no end."""
    cdef double low = 0.0, high = 1.0 / queue.answers, middle, top = 0.0
    cdef int turn
    if _rise(patience, queue, 0.0) > 0.0:
        while _rise(patience, queue, high) > 0.0:
            low = high
            high *= 2.0
            if high > 1e15:
                return 0
        for turn in range(60):
            middle = 0.5 * (low + high)
            if _rise(patience, queue, middle) > 0.0:
                low = middle
            else:
                high = middle
        top = high
    queue.top = _log(patience, queue, top)
    low, high = 0.0, top
    if queue.top > DEPTH:
        for turn in range(40):
            middle = 0.5 * (low + high)
            if _log(patience, queue, middle) < queue.top - DEPTH:
                low = middle
            else:
                high = middle
    queue.begin = low
    middle, high = 1.0 / queue.answers, 0.0
    while _log(patience, queue, top + middle) > queue.top - DEPTH:
        high = middle
        middle *= 2.0
        if middle > 1e18:
            return 0
    low = high
    for turn in range(40):
        high = 0.5 * (low + middle)
        if _log(patience, queue, top + high) > queue.top - DEPTH:
            low = high
        else:
            middle = high
    queue.end = top + middle
    return 1


cdef void _add(Patience patience, const Queue *queue, double x, double weight,
               Areas *areas) noexcept nogil:
    """One node."""
    cdef double still, area, f
    _at(patience, x, &still, &area)
    f = weight * exp(queue.calls * area - queue.answers * x - queue.top)
    areas.all += f
    areas.answered += f * still
    areas.abandoned += f * (1.0 - still)
    areas.wait += f * area
    areas.wait_answered += f * still * x
    if x > queue.within:
        areas.late += f
        areas.late_answered += f * still
        # hangs up later than `within`, and before x
        _at(patience, queue.within, &area, &weight)
        areas.late_abandoned += f * (area - still)


cdef void _panel(Patience patience, const Queue *queue, double low, double high,
                 Areas *areas) noexcept nogil:
    cdef double half = 0.5 * (high - low), middle = 0.5 * (high + low)
    cdef int node
    for node in range(8):
        _add(patience, queue, middle - half * NODES[node], half * WEIGHTS[node], areas)
        _add(patience, queue, middle + half * NODES[node], half * WEIGHTS[node], areas)


cdef double _corner(Patience patience, const Queue *queue, double x) noexcept nogil:
    """The next place after x where a panel has to end."""
    cdef double next = queue.end, each
    cdef Py_ssize_t low = 0, high = patience.count, middle
    if x < queue.within < next:
        next = queue.within
    if patience.is_table:
        while low < high:
            middle = (low + high) // 2
            if patience.time[middle] <= x:
                low = middle + 1
            else:
                high = middle
        return min(next, patience.time[low]) if low < patience.count else next
    for low in range(patience.count):
        each = patience.time[low] / 16.0        # a short patience bends F near 0
        while each <= x and each < 64.0 * patience.time[low]:
            each *= 2.0
        if x < each < next:
            next = each
    return next


cdef void _integrate(Patience patience, const Queue *queue, Areas *areas) noexcept nogil:
    cdef double x = queue.begin, width = (queue.end - queue.begin) / PANELS, corner, step
    cdef int pieces, piece
    while x < queue.end:
        corner = _corner(patience, queue, x)
        pieces = <int> ((corner - x) / width) + 1
        step = (corner - x) / pieces
        for piece in range(pieces):
            _panel(patience, queue, x + piece * step, x + (piece + 1) * step, areas)
        x = corner


cdef object _abandoned(double n, double a, double aht_s, Shares *shares):
    cdef double[FIGURES] out
    figures(n, a, aht_s, shares, out)
    return Abandoned(
        out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7], out[8], out[9]
    )


cdef void _quiet(Shares *shares) noexcept nogil:
    """Nobody waits."""
    shares.p_wait = shares.p_abandon = shares.wait = shares.wait_answered = 0.0
    shares.longer = shares.answered_late = shares.abandoned_late = 0.0
    shares.answered = 1.0


def general(double n, double a, *, double aht_s, double within_s, Patience patience not None):
    """See the .pyi."""
    cdef Queue queue
    cdef Areas areas
    cdef Shares shares
    cdef double free, whole, part
    cdef int has_end
    check(n, a, aht_s, within_s)
    if n < FEWEST:
        raise ValueError("with nobody to answer everybody hangs up: it takes agents")
    free = a * odds(n, a) / n if a > 0.0 else INFINITY
    if free == INFINITY:
        _quiet(&shares)
        return _abandoned(n, a, aht_s, &shares)
    queue.calls, queue.answers, queue.within = a / aht_s, n / aht_s, within_s
    areas = Areas(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    with nogil:
        has_end = _frame(patience, &queue)
        if has_end:
            _integrate(patience, &queue, &areas)
    if not has_end:
        raise Unstable(n, a)
    free *= exp(-queue.top)
    whole = free + queue.calls * areas.all
    part = queue.calls / whole
    shares.p_wait = part * areas.all
    shares.p_abandon = part * areas.abandoned
    shares.answered = free / whole + part * areas.answered
    shares.wait = part * areas.wait
    shares.wait_answered = part * areas.wait_answered
    shares.answered_late = part * areas.late_answered
    shares.abandoned_late = part * areas.late_abandoned
    shares.longer = shares.answered_late + shares.abandoned_late
    return _abandoned(n, a, aht_s, &shares)


cdef double _once(double u) noexcept nogil:
    """(1 - e^-u) / u, u >= 0."""
    return -expm1(-u) / u if u > 0.0 else 1.0


cdef double _twice(double u) noexcept nogil:
    """(1 - e^-u (1 + u)) / u^2, u >= 0: the integral of s e^(-u s), s from 0 to 1."""
    cdef double term = 0.5, total = 0.5
    cdef int k
    if u > 1.0:
        return (-expm1(-u) - u * exp(-u)) / (u * u)
    for k in range(1, 20):
        term *= -u * (k + 1) / (k * (k + 2))
        total += term
    return total


def deterministic(double n, double a, *, double aht_s, double patience_s, double within_s):
    """See the .pyi."""
    cdef double spare, u, free, scale, inside, end, first, whole, part, late = 0.0, left
    cdef Shares shares
    check(n, a, aht_s, within_s)
    if not 0.0 < patience_s < INFINITY:
        raise ValueError(f"a patience of {patience_s:g} s: it takes a time above 0")
    if n < FEWEST:
        raise ValueError("with nobody to answer everybody hangs up: it takes agents")
    free = a * odds(n, a) / n if a > 0.0 else INFINITY
    if free == INFINITY:
        _quiet(&shares)
        return _abandoned(n, a, aht_s, &shares)
    spare = (n - a) / aht_s
    u = fabs(spare) * patience_s
    scale = exp(-u)
    inside = patience_s * _once(u)              # of F, up to the patience
    first = patience_s * patience_s * _twice(u)
    left = patience_s - within_s
    if spare >= 0.0:
        end = scale * aht_s / n                 # and from there on
        if left > 0.0:
            late = exp(-spare * within_s) * left * _once(spare * left)
    else:                                       # relative to the top, at the patience
        end = aht_s / n
        first = patience_s * inside - first
        free *= scale
        if left > 0.0:
            late = left * _once(-spare * left)
    part = a / aht_s
    whole = free + part * (inside + end)
    part /= whole
    shares.p_wait = part * (inside + end)
    shares.p_abandon = part * end
    shares.answered = free / whole + part * inside
    shares.wait_answered = part * first
    shares.wait = shares.wait_answered + shares.p_abandon * patience_s
    shares.answered_late = part * late
    shares.abandoned_late = shares.p_abandon if left > 0.0 else 0.0
    shares.longer = shares.answered_late + shares.abandoned_late
    return _abandoned(n, a, aht_s, &shares)
