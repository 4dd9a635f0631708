# The queue engine's ordered lists: entries by priority and age, READY agents by idle time and rank.
from libc.stdint cimport int32_t

from kernel.acd.tables cimport Agent, Core, Entry

cdef void entry_join(Core *core, Entry *entry) noexcept nogil
cdef void entry_part(Core *core, Entry *entry) noexcept nogil
cdef bint is_in_line(const Core *core, const Entry *entry) noexcept nogil
cdef bint may_ring(const Core *core, const Entry *entry) noexcept nogil
cdef bint goes_before(const Core *core, const Entry *a, const Entry *b) noexcept nogil
cdef Entry *best_entry(Core *core, const Agent *agent) noexcept nogil
cdef Entry *first_entry(Core *core, int32_t queue) noexcept nogil
cdef int32_t entries_ahead(Core *core, const Entry *entry) noexcept nogil
cdef void agent_join(Core *core, Agent *agent) noexcept nogil
cdef void agent_part(Core *core, Agent *agent) noexcept nogil
