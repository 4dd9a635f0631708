# The queue engine, for kernel modules that tell it facts without the GIL (see acd_facts.pxd).
from kernel.acd.work cimport Working

cdef class Engine(Working):
    pass
