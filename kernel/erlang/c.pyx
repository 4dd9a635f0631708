# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Erlang C: calls that find every agent busy wait, as long as it takes.

    C = n / (n + (n - a) o), o = (1 - B) / B        P(W > t) = C exp(-(n - a) t / aht)
"""

from libc.math cimport INFINITY, ceil, exp, floor

from kernel.erlang.gamma cimport LANES, odds, odds_lanes

from kernel.erlang.figures import MOST, Queued, Unstable, wrong

cdef double LARGEST = MOST
cdef int STEPS = 64         # agents tried one by one before halving begins


cdef inline bint _is_stable(double n, double a) noexcept nogil:
    return 0.0 <= a < n <= LARGEST


cdef int _refuse(double n, double a) except -1:
    """Raises the error that says what is wrong with them."""
    if 0.0 <= n <= LARGEST and 0.0 <= a <= LARGEST:
        raise Unstable(n, a)
    raise wrong(n, a)


cdef int _times(double aht_s, double within_s) except -1:
    if not 0.0 < aht_s < INFINITY:
        raise ValueError(f"a handling time of {aht_s:g} s: it takes a time above 0")
    if not 0.0 <= within_s < INFINITY:
        raise ValueError(f"within {within_s:g} s: it takes a time from 0 on")
    return 0


cdef inline double _p_wait(double n, double a) noexcept nogil:
    return n / (n + (n - a) * odds(n, a))


def p_wait(double n, double a):
    """See the .pyi."""
    if not _is_stable(n, a):
        _refuse(n, a)
    return _p_wait(n, a)


def service_level(double n, double a, *, double aht_s, double within_s):
    """See the .pyi."""
    if not _is_stable(n, a):
        _refuse(n, a)
    _times(aht_s, within_s)
    return 1.0 - _p_wait(n, a) * exp(-(n - a) * within_s / aht_s)


def wait(double n, double a, *, double aht_s, double within_s):
    """See the .pyi."""
    cdef double delayed, asa_s
    if not _is_stable(n, a):
        _refuse(n, a)
    _times(aht_s, within_s)
    delayed = _p_wait(n, a)
    asa_s = delayed * aht_s / (n - a)
    if asa_s == INFINITY:       # on less than 1e-300 agents: there is no number for it
        _refuse(n, a)
    return Queued(
        delayed, asa_s, 1.0 - delayed * exp(-(n - a) * within_s / aht_s), a / n,
        a * delayed / (n - a),
    )


cdef Py_ssize_t _first_wrong(const double *n, const double *a, Py_ssize_t count) noexcept nogil:
    """The first cell without a steady state; `count` if there is none."""
    cdef Py_ssize_t cell
    for cell in range(count):
        if not _is_stable(n[cell], a[cell]):
            return cell
    return count


cdef void _p_wait_all(const double *n, const double *a, double *out,
                      Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t cell = 0, each
    while cell + LANES <= count:
        odds_lanes(n + cell, a + cell, out + cell)
        for each in range(cell, cell + LANES):
            out[each] = n[each] / (n[each] + (n[each] - a[each]) * out[each])
        cell += LANES
    for each in range(cell, count):
        out[each] = _p_wait(n[each], a[each])


def p_wait_into(const double[::1] n not None, const double[::1] a not None,
                double[::1] out not None):
    """See the .pyi."""
    cdef Py_ssize_t count = out.shape[0], cell
    if n.shape[0] != count or a.shape[0] != count:
        raise ValueError(f"{n.shape[0]} agents and {a.shape[0]} loads do not fill {count} cells")
    if count == 0:
        return
    with nogil:
        cell = _first_wrong(&n[0], &a[0], count)
        if cell == count:
            _p_wait_all(&n[0], &a[0], &out[0], count)
    if cell < count:
        _refuse(n[cell], a[cell])


cdef struct Target:
    double within       # in handling times
    double late         # share of calls that may wait longer
    double asa          # in handling times
    double occupancy


cdef inline bint _meets(double n, double a, double free, const Target *target) noexcept nogil:
    """Whether n agents meet the target; `free` are the odds at n."""
    cdef double spare = n - a, delayed
    if spare <= 0.0:
        return False
    delayed = n / (n + spare * free)
    return (
        (delayed <= target.late or delayed * exp(-spare * target.within) <= target.late)
        and delayed <= target.asa * spare
        and a <= target.occupancy * n
    )


cdef double _agents(double a, const Target *target) noexcept nogil:
    """The fewest agents: one evaluation, then o(n+1) = (n+1)/a (1 + o(n)) step by step."""
    cdef double n, low, free, step, middle
    cdef int turn
    if a <= 0.0:
        return 0.0
    n = floor(a) + 1.0
    if target.occupancy < 1.0:
        n = max(n, ceil(a / target.occupancy - 1e-9 * n))
    free = odds(n, a)
    for turn in range(STEPS):
        if _meets(n, a, free, target):
            return n
        n += 1.0
        free = n / a * (1.0 + free)
    low, step = n - 1.0, STEPS
    while n <= 2.0 * LARGEST and not _meets(n, a, odds(n, a), target):
        low = n
        n += step
        step *= 2.0
    while n - low > 1.0:
        middle = floor(0.5 * (low + n))
        if _meets(middle, a, odds(middle, a), target):
            n = middle
        else:
            low = middle
    return n


cdef int _fill(Target *target, double aht_s, double within_s, double share) except -1:
    _times(aht_s, within_s)
    if not 0.0 <= share < 1.0:
        raise ValueError(f"a service level of {share:g}: it takes a share from 0 to below 1")
    target.within = within_s / aht_s
    target.late = 1.0 - share
    target.asa = INFINITY
    target.occupancy = 1.0
    return 0


cdef int _bound(Target *target, double aht_s, object asa_s, object occupancy) except -1:
    """Adds the two targets that may be left out (None)."""
    cdef double value
    if asa_s is not None:
        value = asa_s
        if not 0.0 < value < INFINITY:
            raise ValueError(f"a mean wait of {value:g} s: it takes a time above 0")
        target.asa = value / aht_s
    if occupancy is not None:
        value = occupancy
        if not 0.0 < value <= 1.0:
            raise ValueError(f"an occupancy of {value:g}: it takes a share up to 1")
        target.occupancy = value
    return 0


def agents(double a, *, double aht_s, double within_s=0.0, double service_level=0.0,
           asa_s=None, occupancy=None):
    """See the .pyi."""
    cdef Target target
    if not 0.0 <= a <= LARGEST:
        raise wrong(0.0, a)
    _fill(&target, aht_s, within_s, service_level)
    _bound(&target, aht_s, asa_s, occupancy)
    return int(_agents(a, &target))


def agents_into(const double[::1] a not None, const double[::1] aht_s not None, *,
                double within_s, double service_level, asa_s=None, occupancy=None,
                double[::1] out not None):
    """See the .pyi."""
    cdef Py_ssize_t count = out.shape[0], cell
    cdef Target target
    cdef double mean
    if a.shape[0] != count or aht_s.shape[0] != count:
        raise ValueError(f"{a.shape[0]} loads and {aht_s.shape[0]} times do not fill {count} cells")
    _fill(&target, 1.0, within_s, service_level)
    _bound(&target, 1.0, asa_s, occupancy)
    mean = target.asa
    for cell in range(count):
        if not 0.0 <= a[cell] <= LARGEST:
            raise wrong(0.0, a[cell])
        if not 0.0 < aht_s[cell] < INFINITY:
            _times(aht_s[cell], within_s)
    with nogil:
        for cell in range(count):
            target.within = within_s / aht_s[cell]
            target.asa = mean / aht_s[cell]
            out[cell] = _agents(a[cell], &target)
