# What must hold in the queue engine, and why an agent cannot take an entry.
from libc.stdint cimport int32_t, int64_t

from kernel.acd.tables cimport Core, Entry

cdef list broken(Core *core)
cdef int32_t why_not(Core *core, const Entry *entry, int32_t number) noexcept nogil
cdef int64_t why_value(Core *core, const Entry *entry, int32_t number,
                       int32_t reason) noexcept nogil
