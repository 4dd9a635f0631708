# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# distutils: extra_compile_args = -fvect-cost-model=dynamic -ftree-vectorize -fno-math-errno
"""The odds that a call finds a server, (1 - B) / B, for any load and any number of servers.

    1/B = 1 + n/a + n (n-1)/a^2 + ...     from the top; stops at 1e-17; cannot be less than 1
    1/B = 1 + n e^a a^-n Gamma(n, a)           the same for n in between
    near n = a, n >= 128: Temme's expansion (DLMF 8.12), whose length is the same for any n

    (1-B)/B = G (sqrt(pi n/2) erfcx(eta sqrt(n/2)) + sum of c_k(eta) / n^k)
    eta^2/2 = m - ln(1+m), m = (a-n)/n, eta has the sign of m; G = n! / (sqrt(2 pi n) n^n e^-n)

Odds and not B, because nothing is lost then where B is near 1, and B, the carried load, C and A
follow by sums of positive terms. Relative error: a few 1e-15 up to n = 1,000, 2e-14 at 10,000.
"""

from libc.math cimport INFINITY, copysign, exp, fabs, floor, pow, sqrt, tgamma

cdef extern from *:
    """
    #include <string.h>
    typedef double pair __attribute__((vector_size(16)));

    /* The sums from the top of eight cells side by side, n whole: a term that reached 0 stays
       there. Vectors of two doubles are what every 64-bit machine has in its registers. */
    static void sum_lanes(const double *n, const double *a, double *total) {
        pair k[4], inv[4], term[4], sum[4];
        int going = 1, step, each;
        memcpy(k, n, sizeof k);
        memcpy(inv, a, sizeof inv);
        for (each = 0; each < 4; each++) {
            inv[each] = 1.0 / inv[each];
            term[each] = (pair){1.0, 1.0};
            sum[each] = (pair){0.0, 0.0};
        }
        while (going) {
            pair k0 = k[0], k1 = k[1], k2 = k[2], k3 = k[3];
            pair t0 = term[0], t1 = term[1], t2 = term[2], t3 = term[3];
            pair s0 = sum[0], s1 = sum[1], s2 = sum[2], s3 = sum[3];
            for (step = 0; step < 8; step++) {
                t0 *= k0 * inv[0]; t1 *= k1 * inv[1]; t2 *= k2 * inv[2]; t3 *= k3 * inv[3];
                k0 -= 1.0; k1 -= 1.0; k2 -= 1.0; k3 -= 1.0;
                s0 += t0; s1 += t1; s2 += t2; s3 += t3;
            }
            k[0] = k0; k[1] = k1; k[2] = k2; k[3] = k3;
            term[0] = t0; term[1] = t1; term[2] = t2; term[3] = t3;
            sum[0] = s0; sum[1] = s1; sum[2] = s2; sum[3] = s3;
            for (going = 0, each = 0; each < 8; each++) {
                double t = term[each / 2][each % 2], s = sum[each / 2][each % 2];
                going |= (t > 1e-17 * s) & (s < 1e300);
            }
        }
        memcpy(total, sum, sizeof sum);
    }
    """
    void sum_lanes(const double *n, const double *a, double *total) noexcept nogil

cdef double HALF_PI = 1.57079632679489661923
cdef double NEAR_MIN = 128.0            # Temme's expansion has its digits from here on
cdef double NEAR = 0.4                  # and for loads this near, in parts of n
cdef double TAIL = 1e-17                # a term this small changes no sum
cdef double TOP = 1e300                 # odds beyond are infinite: B is then 0


cdef inline double _c0(double eta) noexcept nogil:
    """c0 of DLMF 8.12.8, to eta^18."""
    cdef double square = eta * eta, even, odd
    even = -5.02766928011417559e-12
    even = even * square - 5.83077213255042507e-11
    even = even * square + 9.14769958223679023e-10
    even = even * square + 1.0261809784240308e-8
    even = even * square - 1.76659527368260793e-7
    even = even * square - 1.85406221071515996e-6
    even = even * square + 0.0000391926317852243778
    even = even * square + 0.0003527336860670194
    even = even * square - 0.0148148148148148148
    even = even * square - 0.333333333333333333
    odd = 2.43619480206674162e-11
    odd = odd * square - 2.55141939949462498e-11
    odd = odd * square - 4.38203601845335319e-9
    odd = odd * square + 6.70785354340149858e-9
    odd = odd * square + 8.29671134095308601e-7
    odd = odd * square - 2.18544851067999216e-6
    odd = odd * square - 0.000178755144032921811
    odd = odd * square + 0.00115740740740740741
    odd = odd * square + 0.0833333333333333333
    return even + eta * odd


cdef inline double _c1(double eta) noexcept nogil:
    """c1."""
    cdef double square = eta * eta, even, odd
    even = -1.00915437106004126e-9
    even = even * square + 1.19516285997781473e-8
    even = even * square + 1.37863344691572096e-7
    even = even * square - 1.6120900894563446e-6
    even = even * square - 0.0000180985503344899778
    even = even * square + 0.000205761316872427984
    even = even * square + 0.0026455026455026455
    even = even * square - 0.00185185185185185185
    odd = -1.75432417197476476e-11
    odd = odd * square - 5.75254560351770496e-8
    odd = odd * square + 4.64712780280743434e-9
    odd = odd * square + 7.64916091608111008e-6
    odd = odd * square - 4.01877572016460905e-7
    odd = odd * square - 0.000990226337448559671
    odd = odd * square - 0.00347222222222222222
    return even + eta * odd


cdef inline double _c2(double eta) noexcept nogil:
    """c2."""
    cdef double square = eta * eta, even, odd
    even = 1.42806142060642418e-7
    even = even * square + 1.37219573090629332e-6
    even = even * square - 0.0000127606351886187277
    even = even * square - 0.000107366532263651605
    even = even * square + 0.000771604938271604938
    even = even * square + 0.0041335978835978836
    odd = -2.0477098421990866e-10
    odd = odd * square - 6.29899213838005502e-7
    odd = odd * square + 3.42357873409613807e-8
    odd = odd * square + 0.0000529234488291201254
    odd = odd * square + 2.00938786008230453e-6
    odd = odd * square - 0.00268132716049382716
    return even + eta * odd


cdef inline double _c3(double eta) noexcept nogil:
    """c3."""
    cdef double square = eta * eta, even, odd
    even = 1.42309007324358839e-6
    even = even * square + 0.0000110826541153473024
    even = even * square - 0.0000756180167188397641
    even = even * square - 0.000469189494395255712
    even = even * square + 0.000649434156378600823
    odd = -5.67495282699159657e-6
    odd = odd * square - 2.39650511386729665e-7
    odd = odd * square + 0.000267720632062838853
    odd = odd * square + 0.000229472093621399177
    return even + eta * odd


cdef inline double _c4(double eta) noexcept nogil:
    """c4."""
    cdef double square = eta * eta, even, odd
    even = 0.0000664149821546512219
    even = even * square - 0.00029907248030319018
    even = even * square - 0.000861888290916711699
    odd = -0.0000396836504717943466
    odd = odd * square - 1.46384525788434182e-6
    odd = odd * square + 0.000784039221720066627
    return even + eta * odd


cdef inline double _c5(double eta) noexcept nogil:
    """c5."""
    cdef double square = eta * eta, even, odd
    even = 0.000277275324495939208
    even = even * square - 0.00033679855336635815
    odd = -0.000199325705161888477
    odd = odd * square - 0.0000697281375836585777
    return even + eta * odd


cdef inline double _erfcx_of(double t) noexcept nogil:
    """(1 + 2 y) erfcx(y), t = (y - 3.75) / (y + 3.75); fitted to 1e-16."""
    cdef double square = t * t, even, odd
    even = -2.72939213142358657e-9
    even = even * square + 3.25649811047969047e-8
    even = even * square - 2.49965360239401911e-7
    even = even * square + 1.74385771800632187e-6
    even = even * square - 0.0000114396152439218748
    even = even * square + 0.0000516473712316584666
    even = even * square + 0.000293714087774191913
    even = even * square - 0.0097465796208153991
    even = even * square - 0.0586933985844918207
    even = even * square - 0.108803930141939148
    even = even * square + 0.00358541548546630692
    even = even * square + 1.23751263083782758
    odd = -1.95278827673028563e-9
    odd = odd * square + 1.87784919852727893e-8
    odd = odd * square - 5.08168928396179251e-8
    odd = odd * square - 9.79297550893921598e-7
    odd = odd * square + 0.0000223875927405690317
    odd = odd * square - 0.000290155365646123557
    odd = odd * square + 0.00175562616922947661
    odd = odd * square + 0.0283622773713697546
    odd = odd * square + 0.0923043211643561853
    odd = odd * square + 0.082276738489991589
    odd = odd * square - 0.140240598585545209
    return even + t * odd


cdef inline double _half_square(double m) noexcept nogil:
    """m - ln(1 + m) without cancellation, |m| <= 0.4: r m - 2 r^3 (1/3 + r^2/5 + ...)."""
    cdef double r = m / (2.0 + m), square = r * r, tail
    tail = 1.0 / 29.0
    tail = tail * square + 1.0 / 27.0
    tail = tail * square + 1.0 / 25.0
    tail = tail * square + 1.0 / 23.0
    tail = tail * square + 1.0 / 21.0
    tail = tail * square + 1.0 / 19.0
    tail = tail * square + 1.0 / 17.0
    tail = tail * square + 1.0 / 15.0
    tail = tail * square + 1.0 / 13.0
    tail = tail * square + 1.0 / 11.0
    tail = tail * square + 1.0 / 9.0
    tail = tail * square + 1.0 / 7.0
    tail = tail * square + 1.0 / 5.0
    tail = tail * square + 1.0 / 3.0
    return r * (m - 2.0 * square * tail)


cdef void _near(const double *n, const double *a, double *value, double *reflected,
                int count) noexcept nogil:
    """Temme's odds of `count` cells; for a < n without the part reflected * exp(n eta^2 / 2).

    One loop without a branch or a call, which the compiler turns into vectors.
    """
    cdef double m, z, eta, y, root, scale, series, erfcx, sign
    cdef int cell
    for cell in range(count):
        m = (a[cell] - n[cell]) / n[cell]
        z = 1.0 / n[cell]
        eta = sqrt(2.0 * _half_square(m))
        y = eta * sqrt(0.5 * n[cell])
        erfcx = _erfcx_of((y - 3.75) / (y + 3.75)) / (1.0 + 2.0 * y)
        sign = copysign(1.0, m)
        eta = sign * eta
        series = _c4(eta) + z * _c5(eta)
        series = _c2(eta) + z * (_c3(eta) + z * series)
        series = _c0(eta) + z * (_c1(eta) + z * series)
        scale = -571.0 / 2488320.0 + z * (163879.0 / 209018880.0)
        scale = 1.0 + z * (1.0 / 12.0 + z * (1.0 / 288.0 + z * (-139.0 / 51840.0 + z * scale)))
        root = sqrt(HALF_PI * n[cell])
        reflected[cell] = scale * root * (1.0 - sign)
        value[cell] = scale * (sign * root * erfcx + series)


cdef inline double _reflect(double n, double a, double odds, double reflected) noexcept nogil:
    """Adds the part that `_near` leaves out."""
    return odds + reflected * exp(n * _half_square((a - n) / n)) if reflected > 0.0 else odds


cdef double _between(double f, double a) noexcept nogil:
    """The odds for a part of one server, 0 <= f < 1, and a > 0: f e^a a^-f Gamma(f, a)."""
    cdef double b, c, d, h, step, term, total
    cdef int k
    if f == 0.0:
        return 0.0
    if a < 1.0:
        term = total = 1.0 / (f + 1.0)
        for k in range(1, 40):
            term *= a / (f + 1.0 + k)
            total += term
        return max(0.0, pow(a, -f) * exp(a) * tgamma(f + 1.0) - a * total - 1.0)
    b = a + 1.0 - f                     # Legendre's continued fraction, by Lentz; b > 0
    d = h = 1.0 / b
    c = INFINITY
    for k in range(1, 500):
        b += 2.0
        term = -k * (k - f)
        d = 1.0 / (term * d + b)
        c = b + term / c
        step = c * d
        h *= step
        if fabs(step - 1.0) < 1e-16:
            break
    return f * h


cdef double _summed(double n, double a) noexcept nogil:
    """The odds from the top, four terms at a time: their products do not wait for each other."""
    cdef double inv = 1.0 / a, term = 1.0, total = 0.0, k = n, whole = floor(n)
    cdef double one, two, three, four, left = whole - 1.0
    while left >= 4.0:
        one = k * inv
        three = (k - 2.0) * inv
        two = one * ((k - 1.0) * inv)
        four = two * (three * ((k - 3.0) * inv))
        total += term * ((one + two) + (two * three + four))
        term *= four
        k -= 4.0
        left -= 4.0
        if term < TAIL * total:
            return total
        if total > TOP:
            return INFINITY
    while left >= 1.0:
        term *= k * inv
        total += term
        k -= 1.0
        left -= 1.0
    if whole >= 1.0:
        total += term * (k * inv) * (1.0 + _between(n - whole, a))
    else:
        total = _between(n, a)
    return total if total < TOP else INFINITY


cdef inline bint _is_near(double n, double a) noexcept nogil:
    return (n >= NEAR_MIN) & (fabs(a - n) <= NEAR * n)


cdef double odds(double n, double a) noexcept nogil:
    """(1 - B) / B for n >= 0 and a >= 0, both finite; infinite where B is below 1e-300."""
    cdef double reflected, value
    if n <= 0.0:
        return 0.0
    if a <= 0.0:
        return INFINITY
    if _is_near(n, a):
        _near(&n, &a, &value, &reflected, 1)
        value = _reflect(n, a, value, reflected)
        return value if value < TOP else INFINITY
    return _summed(n, a)


cdef void _near_lanes(const double *n, const double *a, double *out) noexcept nogil:
    cdef double[LANES] value, reflected
    cdef int lane
    _near(n, a, value, reflected, LANES)
    for lane in range(LANES):
        out[lane] = _reflect(n[lane], a[lane], value[lane], reflected[lane])
        if not out[lane] < TOP:
            out[lane] = INFINITY


cdef void _summed_lanes(const double *n, const double *a, double *out) noexcept nogil:
    cdef int lane
    sum_lanes(n, a, out)
    for lane in range(LANES):
        if not out[lane] < TOP:
            out[lane] = odds(n[lane], a[lane])


cdef void odds_lanes(const double *n, const double *a, double *out) noexcept nogil:
    """`odds` of LANES cells at once."""
    cdef int lane, near = 1, whole = 1
    for lane in range(LANES):
        near &= _is_near(n[lane], a[lane])
        whole &= (n[lane] == floor(n[lane])) & (a[lane] > 0.0)
    if near:
        _near_lanes(n, a, out)
    elif whole:
        _summed_lanes(n, a, out)
    else:
        for lane in range(LANES):
            out[lane] = odds(n[lane], a[lane])
