# What the queue engine is told before it works: the part of `Engine` that holds the tables.
from kernel.acd cimport tables as t
from kernel.acd.items cimport Items

cdef class Configured:
    cdef t.Core core
    cdef Items items
    cdef int _set_stages(self, t.Queue *queue, list stages) except -1
    cdef int _put_queue(self, int number, t.Queue *new) except -1
    cdef int _put_agent(self, int number, t.Agent *new, list queues, list after_ms) except -1
    cdef int _set_capacity(self, int number, dict capacity) except -1
    cdef int _noted(self, list numbers) except -1
