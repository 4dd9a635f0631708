from kernel.media_state cimport Leg

cdef figures_of(const Leg* leg)
