# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Erlang A: calls that find every agent busy wait until their patience, exponential, ends.

State n + j, by birth and death, relative to state n, with x = n t, y = a t, t = patience / aht:

    w(j) = y / (x+1) * ... * y / (x+j)      P(wait) = S / (o + S), o = (1-B)/B, S = sum of w
    P(ab | wait) = sum of j w(j) / (y S)    a caller in state n + j is answered: x / (x+j+1)

The sums begin at their largest term and go both ways, so nothing overflows; all terms are
positive, so nothing is lost. Who has waited for T stands in a queue to which a e^(-T/patience)
erlangs come: the same sums at z = y e^(-T/patience) tell what becomes of them.
"""

from libc.math cimport INFINITY, ceil, exp, floor, log1p, sqrt

from kernel.erlang.gamma cimport odds

from kernel.erlang.figures import MOST, Abandoned, Limited, wrong

cdef double LARGEST = MOST
cdef double TAIL = 1e-17
cdef double LONGEST = 1e12          # of y: a sum takes about 10 sqrt(y) terms
cdef double SMALL = 1e-280          # a first term below is too far from the largest to count
cdef long long PLACES = 10_000_000


cdef double _harmonic(double x, double m) noexcept nogil:
    """1/(x+1) + ... + 1/(x+m): a few terms, then the difference of two digammas."""
    cdef double total = 0.0, low, high, i = 1.0
    while i <= m and i <= 24.0:
        total += 1.0 / (x + i)
        i += 1.0
    if i > m:
        return total
    low, high = x + i, x + m + 1.0
    total += log1p((high - low) / low) + 0.5 / low - 0.5 / high
    low, high = 1.0 / (low * low), 1.0 / (high * high)
    total += (low - high) / 12.0 - (low * low - high * high) / 120.0
    return total + (low * low * low - high * high * high) / 252.0


cdef void _sum(double x, double y, Sums *sums) noexcept nogil:
    cdef double mode = floor(y - x) if y - x >= 1.0 else 0.0, j = mode, term = 1.0, part
    cdef double begin = _harmonic(x, mode), steps = begin
    sums.total = 1.0
    sums.weighted = mode
    sums.harmonic = begin
    while term > TAIL * sums.total:
        j += 1.0
        part = 1.0 / (x + j)
        term *= y * part
        steps += part
        sums.total += term
        sums.weighted += j * term
        sums.harmonic += steps * term
    term, j, steps = 1.0, mode, begin
    while j > 0.0 and term > 1e-3 * TAIL * sums.total:
        term *= (x + j) / y
        steps -= 1.0 / (x + j)
        j -= 1.0
        sums.total += term
        sums.weighted += j * term
        sums.harmonic += steps * term
    sums.first = _to_first(x, y, j, term)


cdef double _to_first(double x, double y, double j, double term) noexcept nogil:
    """w(0) from w(j), where the sum has broken off before it; 0 if it is too small to count."""
    while j > 0.0 and term > SMALL:
        term *= (x + j) / y
        j -= 1.0
    return term if term > SMALL else 0.0


cdef double _below(double x, const Sums *sums, double y) noexcept nogil:
    """The incomplete gamma P(x, y) = S / (S + odds), as the odds are those of Q(x, y)."""
    cdef double free
    if sums.first <= 0.0:
        return 1.0
    free = odds(x, y) * sums.first
    return sums.total / (sums.total + free)


cdef void add_late(const Wait *wait, double z, const Sums *sums, const Sums *after,
                   Shares *shares) noexcept nogil:
    """What becomes of calls that have waited for T; `after` are the sums at z > 0."""
    cdef double reached, hang_up
    if sums.first > 0.0:
        reached = exp(wait.y - z - wait.x * wait.waited)
        reached *= (after.total / after.first) / (sums.total / sums.first)
    else:
        reached = _below(wait.x, after, z)      # P(x, y) is 1
    hang_up = min(1.0, after.weighted / (z * after.total))
    shares.longer = shares.p_wait * wait.still * min(1.0, reached)
    shares.abandoned_late = shares.longer * hang_up
    shares.answered_late = shares.longer * (1.0 - hang_up)


cdef void add_waits(const Wait *wait, double free, const Sums *sums, Shares *shares) noexcept nogil:
    """All but what is late: as if T were 0; `free` are the odds of a free agent."""
    cdef double part, answered
    if free > 0.0:
        free *= sums.first
    part = 1.0 / (free + sums.total)
    shares.p_wait = sums.total * part
    shares.p_abandon = min(1.0, sums.weighted * part / wait.y)
    answered = (sums.total - sums.first) / wait.y * wait.x
    shares.answered = 1.0 if part <= 0.0 else min(1.0, (free + answered) * part)
    shares.wait = shares.p_abandon * wait.patience
    shares.wait_answered = sums.harmonic * part / wait.y * wait.x * wait.patience
    shares.longer, shares.abandoned_late = shares.p_wait, shares.p_abandon
    shares.answered_late = max(0.0, shares.p_wait - shares.p_abandon)


cdef void _shares(double n, double a, double patience, double within,
                  Shares *shares) noexcept nogil:
    """Everything at once; `patience` and `within`, and the waits, in handling times."""
    cdef Wait wait
    cdef double z
    cdef Sums sums, after
    wait.x, wait.y, wait.patience = n * patience, a * patience, patience
    wait.waited = within / patience
    wait.still = exp(-wait.waited)
    if wait.y <= 0.0:
        shares.p_wait = shares.p_abandon = 1.0 if n <= 0.0 else 0.0
        shares.answered = 1.0 - shares.p_wait
        shares.wait = shares.p_wait * patience
        shares.longer = shares.abandoned_late = shares.p_wait * wait.still
        shares.wait_answered = shares.answered_late = 0.0
        return
    _sum(wait.x, wait.y, &sums)
    add_waits(&wait, odds(n, a), &sums, shares)
    if wait.waited <= 0.0:
        return
    z = wait.y * wait.still
    if z > 0.0:
        _sum(wait.x, z, &after)
        add_late(&wait, z, &sums, &after, shares)
    else:
        shares.longer = shares.abandoned_late = shares.answered_late = 0.0


cdef void figures(double n, double a, double aht_s, const Shares *shares,
                  double *out) noexcept nogil:
    """The fields of `Abandoned` in their order; shares of nobody are 0. Rounding ends here."""
    cdef double counted = shares.answered + shares.abandoned_late
    cdef double good = min(1.0, max(0.0, shares.answered - shares.answered_late))
    cdef bint some = shares.answered > 0.0
    out[0] = min(1.0, shares.p_wait)
    out[1] = min(1.0, shares.p_abandon)
    out[2] = shares.wait
    out[3] = shares.wait_answered / shares.answered if some else 0.0
    out[4] = min(out[0], shares.longer)
    out[5] = good
    out[6] = min(1.0, good / shares.answered) if some else 0.0
    out[7] = min(1.0, good / counted) if counted > 0.0 else 0.0
    out[8] = min(1.0, a * shares.answered / n) if n > 0.0 else 0.0
    out[9] = a * shares.wait / aht_s


cdef int check(double n, double a, double aht_s, double within_s) except -1:
    """Raises ValueError for what is no queue."""
    if not (0.0 <= n <= LARGEST and 0.0 <= a <= LARGEST):
        raise wrong(n, a)
    if not 0.0 < aht_s < INFINITY:
        raise ValueError(f"a handling time of {aht_s:g} s: it takes a time above 0")
    if not 0.0 <= within_s < INFINITY:
        raise ValueError(f"within {within_s:g} s: it takes a time from 0 on")
    return 0


cdef int check_patience(double a, double aht_s, double patience_s) except -1:
    if not 0.0 < patience_s < INFINITY:
        raise ValueError(f"a patience of {patience_s:g} s: it takes a time above 0")
    if not 0.0 < patience_s / aht_s <= LONGEST or a * (patience_s / aht_s) > LONGEST:
        raise ValueError(
            f"a patience of {patience_s:g} s beside a handling time of {aht_s:g} s: "
            "nobody hangs up, ask Erlang C, or nobody waits, ask Erlang B"
        )
    return 0


cdef void wait_one(double n, double a, double aht_s, double patience_s, double within_s,
                   double *out) noexcept nogil:
    cdef Shares shares
    _shares(n, a, patience_s / aht_s, within_s / aht_s, &shares)
    shares.wait *= aht_s
    shares.wait_answered *= aht_s
    figures(n, a, aht_s, &shares, out)


def wait(double n, double a, *, double aht_s, double patience_s, double within_s):
    """See the .pyi."""
    cdef double[FIGURES] out
    check(n, a, aht_s, within_s)
    check_patience(a, aht_s, patience_s)
    with nogil:
        wait_one(n, a, aht_s, patience_s, within_s, out)
    return Abandoned(
        out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7], out[8], out[9]
    )


cdef struct Target:
    double patience         # this and the next two in handling times
    double within
    double wait
    double service_level
    double p_abandon


cdef bint _meets(double n, double a, const Target *target) noexcept nogil:
    cdef Shares shares
    _shares(n, a, target.patience, target.within, &shares)
    return (
        max(0.0, shares.answered - shares.answered_late) >= target.service_level
        and shares.p_abandon <= target.p_abandon
        and shares.wait <= target.wait
    )


cdef double _agents(double a, const Target *target) noexcept nogil:
    """The fewest agents: steps that double away from n = a, then halves."""
    cdef double low = -1.0, high = ceil(a), step = 1.0, middle
    if a <= 0.0 or _meets(0.0, a, target):
        return 0.0
    if _meets(high, a, target):
        while high - step > 0.0 and _meets(high - step, a, target):
            high -= step
            step *= 2.0
        low = max(0.0, high - step)
    else:
        while not _meets(high, a, target):
            low = high
            high += step
            step *= 2.0
            if high > 4.0 * LARGEST:
                return -1.0
    while high - low > 1.0:
        middle = floor(0.5 * (low + high))
        if _meets(middle, a, target):
            high = middle
        else:
            low = middle
    return high


def agents(double a, *, double aht_s, double patience_s, double within_s=0.0,
           double service_level=0.0, double p_abandon=1.0, mean_wait_s=None):
    """See the .pyi."""
    cdef Target target
    cdef double mean = INFINITY if mean_wait_s is None else mean_wait_s, found
    check(0.0, a, aht_s, within_s)
    check_patience(a, aht_s, patience_s)
    if not 0.0 <= service_level < 1.0:
        raise ValueError(f"a service level of {service_level:g}: it takes 0 to below 1")
    if not 0.0 < p_abandon <= 1.0:
        raise ValueError(f"an abandon share of {p_abandon:g}: it takes a share above 0")
    if not mean > 0.0:
        raise ValueError(f"a mean wait of {mean:g} s: it takes a time above 0")
    target.patience, target.within = patience_s / aht_s, within_s / aht_s
    target.wait = mean / aht_s
    target.service_level, target.p_abandon = service_level, p_abandon
    with nogil:
        found = _agents(a, &target)
    if found < 0.0:
        raise ValueError(f"no number of agents meets a service level of {service_level!r}")
    return int(found)


cdef double _abandoned(double n, double a, double patience) noexcept nogil:
    cdef Shares shares
    _shares(n, a, patience, 0.0, &shares)
    return shares.p_abandon


cdef double _patience(double n, double a, double share) noexcept nogil:
    """The patience with that share of abandons, in handling times; halves on a log scale."""
    cdef double low = 1.0, high = 1.0, middle
    while low > 1e-12 and _abandoned(n, a, low) < share:
        high = low
        low /= 4.0
    while high * a < LONGEST and _abandoned(n, a, high) > share:
        low = high
        high *= 4.0
    while high - low > 1e-15 * high:
        middle = sqrt(low * high)
        if not low < middle < high:
            break
        if _abandoned(n, a, middle) > share:
            low = middle
        else:
            high = middle
    return sqrt(low * high)


def patience(double n, double a, *, double aht_s, double p_abandon):
    """See the .pyi."""
    cdef double most, least, found
    check(n, a, aht_s, 0.0)
    if not 0.0 <= p_abandon <= 1.0:
        raise ValueError(f"an abandon share of {p_abandon:g}: it takes a share")
    most = 1.0 / (1.0 + odds(n, a))
    least = max(0.0, 1.0 - n / a) if a > 0.0 else 0.0
    if not least < p_abandon < most or n == 0.0:
        raise ValueError(
            f"{p_abandon:g} of the calls cannot abandon: {a:.6g} erlangs on {n:.6g} agents lose "
            f"more than {least:.6g} (callers who wait for ever) and less than {most:.6g} (who "
            "do not wait at all)"
        )
    with nogil:
        found = _patience(n, a, p_abandon)
    return found * aht_s


def limited(double n, double a, *, long long places, double aht_s, patience_s=None):
    """See the .pyi."""
    cdef double patience = INFINITY, term = 1.0, inner = 0.0, weighted = 0.0, first = 1.0
    cdef double inside, whole, accepted, queue, wait_s, slowing
    cdef long long j, more
    check(n, a, aht_s, 0.0)
    if n != floor(n) or not n <= places <= n + PLACES:
        raise ValueError(f"{places} places for {n:g} agents: from {n:g} to {PLACES} more, whole")
    if patience_s is not None:
        patience = patience_s
        check_patience(a, aht_s, patience)
    slowing, more = aht_s / patience, places - <long long> n
    with nogil:
        for j in range(more):
            inner += term
            weighted += j * term
            term *= a / (n + (j + 1) * slowing) if n + slowing > 0.0 else 0.0
            if term > 1e280:
                term *= 1e-280
                inner *= 1e-280
                weighted *= 1e-280
                first *= 1e-280
    weighted += more * term
    inside = odds(n, a)
    inside = inner + (inside * first if inside > 0.0 else 0.0)
    whole = inside + term
    if inside == INFINITY or a == 0.0:
        return Limited(1.0 if places == 0 else 0.0, 0.0, 0.0, 0.0, 0.0)
    accepted, queue = inside / whole, weighted / whole
    wait_s = queue * aht_s / (a * accepted) if accepted > 0.0 else 0.0
    return Limited(
        term / whole, inner / inside if inside > 0.0 else 0.0,
        min(1.0, wait_s / patience), wait_s, queue,
    )
