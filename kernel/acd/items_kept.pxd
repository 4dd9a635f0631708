# The part of a snapshot that is about items which are not calls.
from kernel.acd.items cimport Items
from kernel.acd.tables cimport Core

cdef bytes pack_items(Items *items)
cdef tuple parts(bytes data)
cdef int unpack_items(Core *core, Items *items, bytes data) except -1
