# cython: language_level=3, cdivision=True
"""What the queue engine is told before it works: queues, agents, the seed of its dice.

A change is in force with the next fact; entries and standings are kept. Settings that were added
later go into the digest only where they are not as they used to be, so that old days keep theirs.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from kernel.acd cimport facts as acd_facts
from kernel.acd cimport tables as t
from kernel.acd.door cimport between
from kernel.acd.items cimport CAPACITY_MAX, KINDS_MAX, items_free, workers_grow

from kernel.acd.codes import MS_MAX, STRATEGIES, TRIES_MAX


cdef int _write_levels(int16_t *levels, given) except -1:
    if len(given) > t.SKILLS_MAX:
        raise ValueError(f"{len(given)} skills, {t.SKILLS_MAX} are allowed")
    checked = [between("level", level, 0, t.LEVEL_MAX) for level in given]
    memset(levels, 0, t.SKILLS_MAX * sizeof(int16_t))
    for skill, level in enumerate(checked):
        levels[<int> skill] = level


cdef class Configured:
    """The engine's tables, and how they are set up."""

    def __cinit__(self):
        if t.core_init(&self.core) < 0:
            raise MemoryError

    def __dealloc__(self):
        t.core_free(&self.core)
        items_free(&self.items)

    # ---- queues -------------------------------------------------------------------------------

    def set_queue(self, int queue, *, strategy, offer_ms, wrap_up_ms, retry_ms, confirm_ms,
                  release_ms, max_wait_ms, misses_max, levels, relax=(), leave_when_empty=False,
                  ageing_ms=0, weight=1, dial_ms=30_000, callback_retry_ms=300_000,
                  callback_tries=3):
        """Add or change a queue; see the stub for the settings."""
        cdef t.Queue new
        between("queue", queue, 0, t.QUEUES_MAX - 1)
        memset(&new, 0, sizeof(t.Queue))
        new.strategy = between("strategy", strategy, 0, len(STRATEGIES) - 1)
        new.offer_ms = between("offer_ms", offer_ms, 1, MS_MAX)
        new.wrap_up_ms = between("wrap_up_ms", wrap_up_ms, 0, MS_MAX)
        new.retry_ms = between("retry_ms", retry_ms, 0, MS_MAX)
        new.confirm_ms = between("confirm_ms", confirm_ms, 1, MS_MAX)
        new.release_ms = between("release_ms", release_ms, 1, MS_MAX)
        new.max_wait_ms = between("max_wait_ms", max_wait_ms, 0, MS_MAX)
        new.misses_max = between("misses_max", misses_max, 0, 1 << 20)
        new.ageing_ms = between("ageing_ms", ageing_ms, 0, MS_MAX)
        new.weight = between("weight", weight, 1, t.WEIGHT_MAX)
        new.dial_ms = between("dial_ms", dial_ms, 1, MS_MAX)
        new.callback_ms = between("callback_retry_ms", callback_retry_ms, 1, MS_MAX)
        new.tries_max = between("callback_tries", callback_tries, 1, TRIES_MAX)
        new.leave_when_empty = bool(leave_when_empty)
        new.is_known = True
        stages = [(0, levels), *relax]
        self._set_stages(&new, stages)
        self._put_queue(queue, &new)
        self._noted([t.FACT_QUEUE_SET, queue, strategy, offer_ms, wrap_up_ms, retry_ms, confirm_ms,
                     release_ms, max_wait_ms, misses_max, new.leave_when_empty])
        for after_ms, reached in stages:
            self._noted([after_ms, *reached])
        if ageing_ms or weight != 1:
            self._noted([t.FACT_AGEING_SET, ageing_ms, weight])
        if (dial_ms, callback_retry_ms, callback_tries) != (30_000, 300_000, 3):
            self._noted([t.FACT_CALLBACKS_SET, dial_ms, callback_retry_ms, callback_tries])

    cdef int _set_stages(self, t.Queue *queue, list stages) except -1:
        cdef int stage = 0
        cdef int64_t before = -1
        between("relaxation steps", len(stages) - 1, 0, t.STAGES_MAX - 1)
        for after_ms, levels in stages:
            queue.relax_ms[stage] = between("after_ms", after_ms, before + 1, MS_MAX)
            _write_levels(queue.levels[stage], levels)
            before = queue.relax_ms[stage]
            stage += 1
        queue.stages = stage

    cdef int _put_queue(self, int number, t.Queue *new) except -1:
        """Replace a queue's settings, and keep what has happened in it."""
        cdef t.Queue *queue
        cdef int slot
        if t.queues_grow(&self.core, number + 1) < 0:
            raise MemoryError
        queue = &self.core.queues[number]
        new.last, new.entered, new.outcomes = queue.last, queue.entered, queue.outcomes
        new.length, new.staffed, new.ready = queue.length, queue.staffed, queue.ready
        new.held, new.pool = queue.held, queue.pool
        queue[0] = new[0]
        for slot in range(self.core.entry_size):
            if self.core.entries[slot].queue == number:
                self.core.entries[slot].stage = min(self.core.entries[slot].stage, new.stages - 1)

    # ---- agents -------------------------------------------------------------------------------

    def set_agent(self, int agent, *, order, levels, queues, weight=1, after=(),
                  capacity=()):
        """Add or change an agent; see the stub."""
        cdef t.Agent new
        between("agent", agent, 0, t.AGENTS_MAX - 1)
        memset(&new, 0, sizeof(t.Agent))
        new.rank_order = between("order", order, -(1 << 30), 1 << 30)
        new.weight = between("weight", weight, 1, t.WEIGHT_MAX)
        _write_levels(new.levels, levels)
        served = sorted({between("queue", queue, 0, t.QUEUES_MAX - 1) for queue in queues})
        delays = dict(after)
        if not delays.keys() <= set(served):
            raise ValueError(f"after names queues that must be among the agent's: {after!r}")
        after_ms = [between("after", delays.get(queue, 0), 0, MS_MAX) for queue in served]
        held = {between("kind", kind, 1, KINDS_MAX - 1): between("capacity", most, 0, CAPACITY_MAX)
                for kind, most in dict(capacity).items()}
        self._put_agent(agent, &new, served, after_ms)
        self._set_capacity(agent, held)
        self._noted([t.FACT_AGENT_SET, agent, order, len(served), *served, *levels])
        if weight != 1 or any(after_ms):
            self._noted([t.FACT_WEIGHT_SET, weight, *after_ms])
        if held:
            self._noted([t.FACT_CAPACITY_SET,
                         *(number for pair in sorted(held.items()) for number in pair)])

    cdef int _put_agent(self, int number, t.Agent *new, list queues, list after_ms) except -1:
        """Replace an agent's settings, and keep what has happened to them."""
        cdef t.Agent *agent
        cdef int32_t *served = <int32_t *> malloc(max(len(queues), 1) * sizeof(int32_t))
        cdef int64_t *delays = <int64_t *> malloc(max(len(queues), 1) * sizeof(int64_t))
        if served == NULL or delays == NULL or t.agents_grow(&self.core, number + 1) < 0:
            free(served)
            free(delays)
            raise MemoryError
        agent = &self.core.agents[number]
        free(agent.queues)
        free(agent.after_ms)
        agent.queues, agent.after_ms, agent.queue_count = served, delays, len(queues)
        for index in range(len(queues)):
            served[<int> index], delays[<int> index] = queues[index], after_ms[index]
        agent.is_known, agent.rank_order, agent.levels = True, new.rank_order, new.levels
        agent.weight = new.weight

    cdef int _set_capacity(self, int number, dict capacity) except -1:
        """How many items of each kind an agent may hold."""
        cdef int kind
        if workers_grow(&self.items, self.core.agent_count) < 0:
            raise MemoryError
        for kind in range(KINDS_MAX):
            self.items.workers[number].capacity[kind] = capacity.get(kind, 0)

    # ---- all ----------------------------------------------------------------------------------

    def set_seed(self, seed):
        """Throw the dice anew: what the strategies `random` and `weighted` draw from."""
        self.core.dice = <uint64_t> between("seed", seed, 0, (1 << 64) - 1)
        self._noted([t.FACT_SEED_SET, seed >> 32, seed & 0xFFFFFFFF])

    cdef int _noted(self, list numbers) except -1:
        """Take a part of the configuration into the digest; it is in force with the next fact."""
        for place, number in enumerate((len(numbers), *numbers)):
            t.digest_mix(&self.core, place, <int64_t> number, 0)
        self.items.is_stale = True
        acd_facts.configured(&self.core)
