# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# distutils: extra_compile_args = -fno-math-errno
"""Erlang A of many cells, eight side by side.

`kernel.erlang.a` sums upwards, w(j) = w(j-1) y / (x+j), and divides for each term. Here the sum
begins where w has become too small to count and comes down: w(j-1) = w(j) (x+j) / y, no division.
The terms so far are then the tail R(j), and  sum of j w(j) = sum of R(j),
sum of w(j) (1/(x+1) + ... + 1/(x+j)) = sum of R(j) / (x+j).  A cell too far from the others
over- or underflows, and is done alone.
"""

from libc.math cimport exp, fmax, sqrt

from kernel.erlang.a cimport (FIGURES, Shares, Sums, Wait, add_late, add_waits, check,
                              check_patience, figures, wait_one)
from kernel.erlang.gamma cimport LANES, odds_lanes

cdef extern from *:
    """
    #include <string.h>
    typedef double pair __attribute__((vector_size(16)));
    typedef struct { pair x, inv, term, total, weighted, harmonic; } two;

    static inline two load(const double *x, const double *y) {
        const pair small = {1e-50, 1e-50}, none = {0.0, 0.0};
        two c = {none, none, small, small, none, none};
        memcpy(&c.x, x, sizeof c.x);
        memcpy(&c.inv, y, sizeof c.inv);
        c.inv = 1.0 / c.inv;
        return c;
    }

    /* From state j to state j - 2. */
    static inline two fall(two c, double j, int with_harmonic) {
        pair upper = c.x + j, lower = c.x + (j - 1.0), before = c.total;
        c.weighted += c.total;
        c.term *= upper * c.inv;
        c.total += c.term;
        c.weighted += c.total;
        if (with_harmonic)
            c.harmonic += (before * lower + c.total * upper) / (upper * lower);
        c.term *= lower * c.inv;
        c.total += c.term;
        return c;
    }

    static inline void store(two c, double *first, double *total, double *weighted,
                             double *harmonic) {
        memcpy(first, &c.term, sizeof c.term);
        memcpy(total, &c.total, sizeof c.total);
        memcpy(weighted, &c.weighted, sizeof c.weighted);
        memcpy(harmonic, &c.harmonic, sizeof c.harmonic);
    }

    /* Eight cells from state `steps`, which is even, down to state 0: two pairs at a time, so that
       one goes on while the other waits for its product. */
    static void sum_down(const double *x, const double *y, int steps, int with_harmonic,
                         double *first, double *total, double *weighted, double *harmonic) {
        int at;
        double j;
        for (at = 0; at < 8; at += 4) {
            two one = load(x + at, y + at), other = load(x + at + 2, y + at + 2);
            if (with_harmonic)
                for (j = steps; j > 0.5; j -= 2.0) {
                    one = fall(one, j, 1);
                    other = fall(other, j, 1);
                }
            else
                for (j = steps; j > 0.5; j -= 2.0) {
                    one = fall(one, j, 0);
                    other = fall(other, j, 0);
                }
            store(one, first + at, total + at, weighted + at, harmonic + at);
            store(other, first + at + 2, total + at + 2, weighted + at + 2, harmonic + at + 2);
        }
    }
    """
    void sum_down(const double *x, const double *y, int steps, int with_harmonic,
                  double *first, double *total, double *weighted, double *harmonic) noexcept nogil

cdef double DEPTH = 36.5            # e^-36.5 of the largest term changes no sum
cdef double STEPS_MAX = 50_000.0


cdef struct Lanes:
    double[LANES] first
    double[LANES] total
    double[LANES] weighted
    double[LANES] harmonic


cdef double _steps(const double *x, const double *y) noexcept nogil:
    """From which state on w is below e^-DEPTH of its largest, in every cell.

    ln w falls over s states by at least c s + s^2 / (2 b + 2 s / 3), by Bennett's bound on
    (1+u) ln(1+u) - u; b is the larger of x and y, c = 1 - y/x or 0.
    """
    cdef double most = 0.0, b, c, one, two, mode
    cdef int lane
    for lane in range(LANES):
        b = fmax(x[lane], y[lane])
        mode = fmax(0.0, y[lane] - x[lane])
        c = fmax(0.0, x[lane] - y[lane]) / b
        two = 1.0 + 2.0 / 3.0 * c
        one = 2.0 * b * c - 2.0 / 3.0 * DEPTH
        most = fmax(most, mode + (sqrt(one * one + 8.0 * two * b * DEPTH) - one) / (2.0 * two))
    return most


cdef bint _sum_lanes(const double *x, const double *y, int with_harmonic,
                     Lanes *sums) noexcept nogil:
    cdef double steps = _steps(x, y) + 2.0
    if not steps < STEPS_MAX:
        return False
    sum_down(
        x, y, 2 * (<int> steps // 2 + 1), with_harmonic,
        sums.first, sums.total, sums.weighted, sums.harmonic,
    )
    return True


cdef inline bint _is_sound(const Lanes *sums, int lane) noexcept nogil:
    """Whether no term left the range of a double; `first` is the smallest or the largest."""
    return sums.weighted[lane] < 1e290 and sums.first[lane] > 1e-280


cdef Sums _of(const Lanes *sums, int lane) noexcept nogil:
    cdef Sums one
    one.total, one.first = sums.total[lane], sums.first[lane]
    one.weighted, one.harmonic = sums.weighted[lane], sums.harmonic[lane]
    return one


cdef void _wait_lanes(const double *n, const double *a, const double *aht_s,
                      const double *patience_s, double within_s, double *out) noexcept nogil:
    cdef Wait[LANES] wait
    cdef double[LANES] x, y, z, free
    cdef Lanes sums, after
    cdef Sums now, then
    cdef Shares shares
    cdef double waited = -1.0, still = 0.0
    cdef int lane
    cdef bint all_sound = within_s > 0.0
    for lane in range(LANES):
        if within_s / patience_s[lane] != waited:
            waited = within_s / patience_s[lane]
            still = exp(-waited)
        wait[lane].waited, wait[lane].still = waited, still
        wait[lane].patience = patience_s[lane] / aht_s[lane]
        x[lane] = wait[lane].x = n[lane] * wait[lane].patience
        y[lane] = wait[lane].y = a[lane] * wait[lane].patience
        z[lane] = y[lane] * still
        all_sound = all_sound and z[lane] > 1e-100
    all_sound = all_sound and _sum_lanes(x, y, 1, &sums) and _sum_lanes(x, z, 0, &after)
    if all_sound:
        odds_lanes(n, a, free)
    for lane in range(LANES):
        if not (all_sound and _is_sound(&sums, lane) and _is_sound(&after, lane)):
            wait_one(
                n[lane], a[lane], aht_s[lane], patience_s[lane], within_s, out + FIGURES * lane
            )
            continue
        now, then = _of(&sums, lane), _of(&after, lane)
        add_waits(&wait[lane], free[lane], &now, &shares)
        add_late(&wait[lane], z[lane], &now, &then, &shares)
        shares.wait *= aht_s[lane]
        shares.wait_answered *= aht_s[lane]
        figures(n[lane], a[lane], aht_s[lane], &shares, out + FIGURES * lane)


def wait_into(const double[::1] n not None, const double[::1] a not None, *,
              const double[::1] aht_s not None, const double[::1] patience_s not None,
              double within_s, double[:, ::1] out not None):
    """See the .pyi."""
    cdef Py_ssize_t count = out.shape[0], cell
    if not (n.shape[0] == a.shape[0] == aht_s.shape[0] == patience_s.shape[0] == count):
        raise ValueError(f"agents, loads and times do not all have {count} cells")
    if out.shape[1] != FIGURES:
        raise ValueError(f"a row of {out.shape[1]} does not hold {FIGURES} figures")
    for cell in range(count):
        # plainly sound cells are not worth two calls
        if not (1.0 <= n[cell] <= 1e6 and 1.0 <= a[cell] <= 1e6 and 0.0 <= within_s <= 1e6
                and 1.0 <= aht_s[cell] <= 1e4 and 1.0 <= patience_s[cell] <= 1e4):
            check(n[cell], a[cell], aht_s[cell], within_s)
            check_patience(a[cell], aht_s[cell], patience_s[cell])
    cell = 0
    with nogil:
        while cell + LANES <= count:
            _wait_lanes(
                &n[cell], &a[cell], &aht_s[cell], &patience_s[cell], within_s, &out[cell, 0]
            )
            cell += LANES
        while cell < count:
            wait_one(n[cell], a[cell], aht_s[cell], patience_s[cell], within_s, &out[cell, 0])
            cell += 1
