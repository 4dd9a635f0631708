# The queue engine's indexes, made anew from its tables after a change of configuration.
from kernel.acd.tables cimport Core, Entry

cdef int index_all(Core *core) noexcept nogil
cdef void arm_wait(Core *core, Entry *entry) noexcept nogil
