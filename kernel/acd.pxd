# The queue engine, for what runs it from C: its tables are `engine.core`.
from kernel.acd_work cimport Working

cdef class Engine(Working):
    pass
