# The engine's door of items that are not calls.
from libc.stdint cimport int64_t

from kernel.acd.configured cimport Configured
from kernel.acd.items cimport Item, Items
from kernel.acd.tables cimport Core

cdef list broken_items(Core *core, Items *items)

cdef class Working(Configured):
    cdef Item *_told(self, int64_t now, int64_t item, int code, int agent) except? NULL
    cdef int _looked(self) except -1
    cdef int give_up_items(self, int queue) except -1
