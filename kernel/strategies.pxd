# Queue strategies: which READY agent an entry gets.
from libc.stdint cimport int32_t

from kernel.acd_tables cimport Core, Entry

cdef int32_t choose(Core *core, const Entry *entry) noexcept nogil
cdef bint somebody(Core *core, const Entry *entry) noexcept nogil
cdef void rolls(Core *core, const Entry *entry) noexcept nogil
