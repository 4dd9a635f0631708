# What a callback's customer does, without the GIL; the callers check the numbers first.
from libc.stdint cimport int64_t

from kernel.acd.tables cimport Core

cdef void customer_answered(Core *core, int64_t now, int64_t number) noexcept nogil
cdef void customer_gone(Core *core, int64_t now, int64_t number) noexcept nogil
