# What the engine's door checks before a fact or a question: numbers, time, fresh indexes.
from libc.stdint cimport int32_t, int64_t

from kernel.acd.index cimport index_all
from kernel.acd.tables cimport Agent, Core, Queue


cdef inline between(str what, number, low, high):
    """The number, if it is an integer from `low` to `high`."""
    if not isinstance(number, int) or not low <= number <= high:
        raise ValueError(f"{what} is {number!r}, it must be an integer from {low} to {high}")
    return number


cdef inline int done(Core *core) except -1:
    if core.has_failed:
        raise MemoryError("the queue engine has no memory; restore it from a snapshot")
    return 0


cdef inline int indexed(Core *core) except -1:
    """Questions see a new configuration at once."""
    if core.is_stale:
        index_all(core)
    return done(core)


cdef inline int opened(Core *core, int64_t now) except -1:
    """Before every fact."""
    assert core.now <= now <= <int64_t> 1 << 60, f"now went from {core.now} to {now}"
    return indexed(core)


cdef inline Agent *agent_at(Core *core, int agent) except NULL:
    if not 0 <= agent < core.agent_count or not core.agents[agent].is_known:
        raise ValueError(f"there is no agent {agent}")
    return &core.agents[agent]


cdef inline Agent *agent_told(Core *core, int agent, int64_t now) except NULL:
    """Before every fact about an agent."""
    agent_at(core, agent)
    opened(core, now)
    return &core.agents[agent]


cdef inline Queue *queue_at(Core *core, int queue) except NULL:
    if not 0 <= queue < core.queue_count or not core.queues[queue].stages:
        raise ValueError(f"there is no queue {queue}")
    return &core.queues[queue]
