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

cdef enum:
    FIGURES = 10

cdef void figures(double n, double a, double aht_s, const Shares *shares,
                  double *out) noexcept nogil
cdef int check(double n, double a, double aht_s, double within_s) except -1
