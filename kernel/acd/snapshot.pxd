# The queue engine's state as bytes.
from kernel.acd.tables cimport Core

cdef bytes pack(Core *core)
cdef int unpack(Core *core, bytes data) except -1
