"""The odds of being carried, in C: what every formula of Erlang's is made of."""

cdef enum:
    LANES = 8

cdef double odds(double n, double a) noexcept nogil
cdef void odds_lanes(const double *n, const double *a, double *out) noexcept nogil
