from kernel.media.state cimport Leg

cdef figures_of(const Leg* leg)
