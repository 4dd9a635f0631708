# An agent's one standing in all queues, what is counted from it, and who is kept for an agent.
from libc.stdint cimport int32_t, int64_t

from kernel.acd.tables cimport Agent, Core, Entry, Queue

cdef int32_t standing_of(const Core *core, const Agent *agent) noexcept nogil
cdef void stand(Core *core, Agent *agent) noexcept nogil
cdef void look_if_empty(Core *core, Queue *queue) noexcept nogil
cdef bint is_kept_for(const Core *core, const Entry *entry, int32_t agent) noexcept nogil
cdef void keep_or_open(Core *core, Entry *entry) noexcept nogil
cdef void open_to_all(Core *core, Entry *entry) noexcept nogil
cdef int64_t so_far(const Core *core, const Agent *agent) noexcept nogil
cdef void new_counters(Core *core) noexcept nogil
