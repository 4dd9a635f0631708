# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Erlang B, extended B and Engset: calls that find every line busy are lost."""

from libc.math cimport INFINITY, exp, fabs, floor, isfinite, log, sqrt

from kernel.erlang.gamma cimport LANES, odds, odds_lanes

from kernel.erlang.figures import MOST, Congested, Retried, Unstable, wrong

cdef double LARGEST = MOST


cdef inline bint _is_load(double n, double a) noexcept nogil:
    return 0.0 <= n <= LARGEST and 0.0 <= a <= LARGEST


cdef double _blocking(double n, double a) noexcept nogil:
    return 1.0 / (1.0 + odds(n, a))


cdef double _carried(double n, double a) noexcept nogil:
    cdef double free = odds(n, a)
    return min(n, a * (free / (1.0 + free)) if isfinite(free) else a)


cdef int _share(double value, str what) except -1:
    if not 0.0 < value < 1.0:
        raise ValueError(f"{what} {value:g}: it takes a share between 0 and 1")
    return 0


def blocking(double n, double a):
    """See the .pyi."""
    if not _is_load(n, a):
        raise wrong(n, a)
    return _blocking(n, a)


def carried(double n, double a):
    """See the .pyi."""
    if not _is_load(n, a):
        raise wrong(n, a)
    return _carried(n, a)


cdef void _blocking_all(const double *n, const double *a, double *out,
                        Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t cell = 0
    cdef int lane
    while cell + LANES <= count:
        odds_lanes(n + cell, a + cell, out + cell)
        for lane in range(LANES):
            out[cell + lane] = 1.0 / (1.0 + out[cell + lane])
        cell += LANES
    while cell < count:
        out[cell] = _blocking(n[cell], a[cell])
        cell += 1


cdef Py_ssize_t _first_wrong(const double *n, const double *a, Py_ssize_t count) noexcept nogil:
    """The first cell that is no load; `count` if there is none."""
    cdef Py_ssize_t cell
    cdef bint fine = True
    for cell in range(count):
        fine &= (n[cell] >= 0.0) & (n[cell] <= LARGEST) & (a[cell] >= 0.0) & (a[cell] <= LARGEST)
    if fine:
        return count
    for cell in range(count):
        if not _is_load(n[cell], a[cell]):
            return cell
    return count


def blocking_into(const double[::1] n not None, const double[::1] a not None,
                  double[::1] out not None):
    """See the .pyi."""
    cdef Py_ssize_t count = out.shape[0], cell
    if n.shape[0] != count or a.shape[0] != count:
        raise ValueError(f"{n.shape[0]} servers and {a.shape[0]} loads do not fill {count} cells")
    if count == 0:
        return
    with nogil:
        cell = _first_wrong(&n[0], &a[0], count)
        if cell == count:
            _blocking_all(&n[0], &a[0], &out[0], count)
    if cell < count:
        raise wrong(n[cell], a[cell])


cdef double _lines(double a, double share) noexcept nogil:
    """The fewest lines, 0 or more: steps that double, then halves, since B falls with n.

    B >= 1 - n/a gives where to begin.
    """
    cdef double high = floor(a * (1.0 - share)), low = -1.0, step = 1.0, middle
    if _blocking(high, a) <= share:         # by rounding alone
        high = 0.0
    while _blocking(high, a) > share:
        low = high
        high += step
        step *= 2.0
    while high - low > 1.0:
        middle = floor(0.5 * (low + high))
        if _blocking(middle, a) <= share:
            high = middle
        else:
            low = middle
    return high


def lines(double a, double blocking):
    """See the .pyi."""
    if not _is_load(0.0, a):
        raise wrong(0.0, a)
    _share(blocking, "a blocking of")
    return int(_lines(a, blocking))


cdef double _offered(double n, double share) noexcept nogil:
    """The root of B(n, a) = share by Newton, kept between what is known to be below and above.

    On log scales, where B is straight for light loads: d ln B / d ln a = n - a (1 - B).
    B >= 1 - n/a, so a <= n / (1 - share).
    """
    cdef double low = 1e-300, high = n / (1.0 - share), a = high / 2.0, b, last
    cdef int turn
    for turn in range(200):
        last, b = a, _blocking(n, a)
        if b > share:
            high = a
        else:
            low = a
        a *= exp(-log(b / share) / (n - a * (1.0 - b))) if b > 0.0 else INFINITY
        if not low < a < high:
            a = sqrt(low) * sqrt(high)
        if fabs(a - last) <= 1e-15 * a:
            break
    return a


def offered(double n, double blocking):
    """See the .pyi."""
    if not (0.0 < n <= LARGEST):
        raise ValueError(f"{n:g} lines: it takes a number above 0, up to {LARGEST:g}")
    _share(blocking, "a blocking of")
    return _offered(n, blocking)


cdef double _total(double n, double a, double retry) noexcept nogil:
    """The load with its retries: t (1 - retry B(n, t)) = a, which rises with t.

    By Newton between bounds; the derivative is 1 - retry B - retry t dB/dt.
    """
    cdef double low = a, high = a / (1.0 - retry) if retry < 1.0 else INFINITY, t = a, b, step
    cdef int turn
    for turn in range(200):
        b = _blocking(n, t)
        step = t * (1.0 - retry * b) - a
        if step > 0.0:
            high = t
        else:
            low = t
        step /= 1.0 - retry * b * (1.0 + n - t + t * b)
        if not low <= t - step <= high:
            step = t - (0.5 * (low + high) if isfinite(high) else 2.0 * t)
        t -= step
        if fabs(step) <= 1e-15 * t:
            break
    return t


def extended(double n, double a, double retry):
    """See the .pyi."""
    cdef double total, b
    if not _is_load(n, a):
        raise wrong(n, a)
    if not 0.0 <= retry <= 1.0:
        raise ValueError(f"a share of {retry:g} that comes again: it takes 0 to 1")
    if retry == 1.0 and a >= n and a > 0.0:
        raise Unstable(n, a)
    if a == 0.0:
        return Retried(0.0, _blocking(n, 0.0), 0.0, 0.0)
    total = _total(n, a, retry)
    b = _blocking(n, total)
    return Retried(total, b, _carried(n, total), (1.0 - retry) * b * total / a)


def extended_offered(double n, double blocking, double retry):
    """See the .pyi."""
    cdef double total = offered(n, blocking)
    if not 0.0 <= retry <= 1.0:
        raise ValueError(f"a share of {retry:g} that comes again: it takes 0 to 1")
    return total * (1.0 - retry * blocking)


def extended_lines(double a, double blocking, double retry):
    """See the .pyi."""
    cdef double most
    if not _is_load(0.0, a):
        raise wrong(0.0, a)
    _share(blocking, "a blocking of")
    if not 0.0 <= retry <= 1.0:
        raise ValueError(f"a share of {retry:g} that comes again: it takes 0 to 1")
    most = a / (1.0 - retry * blocking)     # the load where the blocking is just that
    return int(_lines(most, blocking))


cdef double _engset(double n, double sources, double alpha) noexcept nogil:
    """The share of the time all n lines are busy, by the sum from the top."""
    cdef double term = 1.0, total = 1.0, k = n, idle = sources - n + 1.0
    if n > sources or (alpha <= 0.0 and n > 0.0):
        return 0.0
    while k > 0.0:
        term *= k / (idle * alpha)
        total += term
        if term < 1e-17 * total or total > 1e300:
            break
        k -= 1.0
        idle += 1.0
    return 1.0 / total if total < 1e300 else 0.0


def engset(long long n, long long sources, double alpha):
    """See the .pyi."""
    cdef double time, call
    if not (0 <= n <= LARGEST and 0 <= sources <= LARGEST):
        raise ValueError(f"{n} lines, {sources} sources: both are from 0 to {LARGEST:g}")
    if not (0.0 <= alpha <= LARGEST):
        raise ValueError(f"{alpha:g} erlangs a source: it takes a number from 0 to {LARGEST:g}")
    with nogil:
        time = _engset(n, sources, alpha)
        call = _engset(n, sources - 1, alpha) if sources > 0 else 0.0
    return Congested(time, call)
