"""What any queue with abandons comes to, before it is divided into the figures people ask for."""

cdef struct Shares:         # of all calls, unless said otherwise; times in seconds
    double p_wait
    double p_abandon
    double answered
    double wait             # mean over all calls
    double wait_answered    # mean over all calls of the waits of the answered ones
    double longer           # waits longer than T
    double answered_late    # longer than T and then answered
    double abandoned_late

cdef struct Sums:           # of w(j), by the birth and death of who waits
    double total
    double weighted         # of j w(j)
    double harmonic         # of w(j) (1/(x+1) + ... + 1/(x+j))
    double first            # w(0)

cdef struct Wait:           # times in handling times
    double x                # n patience
    double y                # a patience
    double patience
    double waited           # T / patience
    double still            # e^-waited

cdef enum:
    FIGURES = 10

cdef void figures(double n, double a, double aht_s, const Shares *shares,
                  double *out) noexcept nogil
cdef int check(double n, double a, double aht_s, double within_s) except -1
cdef int check_patience(double a, double aht_s, double patience_s) except -1
cdef void add_waits(const Wait *wait, double free, const Sums *sums, Shares *shares) noexcept nogil
cdef void add_late(const Wait *wait, double z, const Sums *sums, const Sums *after,
                   Shares *shares) noexcept nogil
cdef void wait_one(double n, double a, double aht_s, double patience_s, double within_s,
                   double *out) noexcept nogil
