# cython: language_level=3, cdivision=True
"""The queue engine: entries, offers and standings by number; see `pbx.acd` for the names.

This is the door: it checks what comes in and calls the tables' functions, which run free.

    acd (door)  acd_snapshot  acd_check
    acd_facts       what can be told            acd_index    indexes after a reload
    acd_protocol    the offer protocol's moves  strategies   which agent
    acd_lists       entries and agents in order acd_tables   the tables    timers
"""

from libc.stdint cimport int16_t, int32_t, int64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from kernel cimport acd_check, acd_facts, acd_index, acd_lists, acd_snapshot
from kernel cimport acd_tables as t

from kernel.acd_codes import *


cdef _between(str what, number, low, high):
    """The number, if it is an integer from `low` to `high`."""
    if not isinstance(number, int) or not low <= number <= high:
        raise ValueError(f"{what} is {number!r}, it must be an integer from {low} to {high}")
    return number


cdef int _write_levels(int16_t *levels, given) except -1:
    if len(given) > t.SKILLS_MAX:
        raise ValueError(f"{len(given)} skills, {t.SKILLS_MAX} are allowed")
    checked = [_between("level", level, 0, LEVEL_MAX) for level in given]
    memset(levels, 0, t.SKILLS_MAX * sizeof(int16_t))
    for skill, level in enumerate(checked):
        levels[<int> skill] = level


cdef class Engine:
    """Queues, agents, entries and offers by number; grows by itself up to the limits above."""

    cdef t.Core core

    def __cinit__(self):
        if t.core_init(&self.core) < 0:
            raise MemoryError

    def __dealloc__(self):
        t.core_free(&self.core)

    # ---- configuration ------------------------------------------------------------------------

    def set_queue(self, int queue, *, strategy, offer_ms, wrap_up_ms, retry_ms, confirm_ms,
                  release_ms, max_wait_ms, misses_max, levels, relax=(), leave_when_empty=False):
        """Add or change a queue; see the stub for the settings."""
        cdef t.Queue new
        _between("queue", queue, 0, QUEUES_MAX - 1)
        memset(&new, 0, sizeof(t.Queue))
        new.strategy = _between("strategy", strategy, 0, len(STRATEGIES) - 1)
        new.offer_ms = _between("offer_ms", offer_ms, 1, MS_MAX)
        new.wrap_up_ms = _between("wrap_up_ms", wrap_up_ms, 0, MS_MAX)
        new.retry_ms = _between("retry_ms", retry_ms, 0, MS_MAX)
        new.confirm_ms = _between("confirm_ms", confirm_ms, 1, MS_MAX)
        new.release_ms = _between("release_ms", release_ms, 1, MS_MAX)
        new.max_wait_ms = _between("max_wait_ms", max_wait_ms, 0, MS_MAX)
        new.misses_max = _between("misses_max", misses_max, 0, 1 << 20)
        new.leave_when_empty = bool(leave_when_empty)
        new.is_known = True
        stages = [(0, levels), *relax]
        self._set_stages(&new, stages)
        self._put_queue(queue, &new)
        self._noted([30, queue, strategy, offer_ms, wrap_up_ms, retry_ms, confirm_ms, release_ms,
                     max_wait_ms, misses_max, new.leave_when_empty])
        for after_ms, reached in stages:
            self._noted([after_ms, *reached])

    cdef int _set_stages(self, t.Queue *queue, list stages) except -1:
        cdef int stage = 0
        cdef int64_t before = -1
        _between("relaxation steps", len(stages) - 1, 0, STAGES_MAX - 1)
        for after_ms, levels in stages:
            queue.relax_ms[stage] = _between("after_ms", after_ms, before + 1, MS_MAX)
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

    def set_agent(self, int agent, *, order, levels, queues):
        """Add or change an agent; see the stub."""
        cdef int16_t given[<int> t.SKILLS_MAX]
        cdef t.Agent *row
        cdef int32_t *numbers
        _between("agent", agent, 0, AGENTS_MAX - 1)
        _between("order", order, -(1 << 30), 1 << 30)
        _write_levels(given, levels)
        served = sorted({_between("queue", queue, 0, QUEUES_MAX - 1) for queue in queues})
        if t.agents_grow(&self.core, agent + 1) < 0:
            raise MemoryError
        numbers = <int32_t *> malloc(max(len(served), 1) * sizeof(int32_t))
        if numbers == NULL:
            raise MemoryError
        row = &self.core.agents[agent]
        free(row.queues)
        row.queues, row.queue_count = numbers, len(served)
        for index, queue in enumerate(served):
            numbers[<int> index] = queue
        row.is_known, row.rank_order, row.levels = True, order, given
        self._noted([31, agent, order, len(served), *served, *levels])

    cdef int _noted(self, list numbers) except -1:
        """Take a part of the configuration into the digest; it is in force with the next fact."""
        for place, number in enumerate((len(numbers), *numbers)):
            t.digest_mix(&self.core, place, <int64_t> number, 0)
        acd_facts.configured(&self.core)

    def drop_agent(self, int agent, int64_t now):
        self._about(agent, now)
        acd_facts.agent_dropped(&self.core, now, agent)
        self._done()

    def drop_queue(self, int queue, int64_t now):
        entries = sorted([number for _, number in self._in_queue(queue)])
        self._open(now)
        acd_facts.queue_dropped(&self.core, now, queue)
        for entry in entries:
            acd_facts.entry_given_up(&self.core, now, entry)
        self._done()

    # ---- at the door --------------------------------------------------------------------------

    cdef inline int _open(self, int64_t now) except -1:
        """Before every fact."""
        assert self.core.now <= now <= NOW_MAX, f"now went from {self.core.now} to {now}"
        return self._indexed()

    cdef inline t.Agent *_agent(self, int agent) except NULL:
        if not 0 <= agent < self.core.agent_count or not self.core.agents[agent].is_known:
            raise ValueError(f"there is no agent {agent}")
        return &self.core.agents[agent]

    cdef inline t.Agent *_about(self, int agent, int64_t now) except NULL:
        """Before every fact about an agent."""
        self._agent(agent)
        self._open(now)
        return &self.core.agents[agent]

    cdef inline t.Queue *_queue(self, int queue) except NULL:
        if not 0 <= queue < self.core.queue_count or not self.core.queues[queue].stages:
            raise ValueError(f"there is no queue {queue}")
        return &self.core.queues[queue]

    cdef inline int _done(self) except -1:
        if self.core.has_failed:
            raise MemoryError("the queue engine has no memory; restore it from a snapshot")

    cdef inline int _indexed(self) except -1:
        """Questions see a new configuration at once."""
        if self.core.is_stale:
            acd_index.index_all(&self.core)
        return self._done()

    # ---- facts --------------------------------------------------------------------------------

    def enter(self, int64_t now, int queue, int priority):
        """A call joins: its entry's number."""
        cdef int64_t entry
        if not self._queue(queue).is_known:
            raise ValueError(f"there is no queue {queue}")
        _between("priority", priority, -PRIORITY_MAX, PRIORITY_MAX)
        self._open(now)
        if self.core.entry_count >= t.ENTRIES_MAX:
            raise OverflowError(f"{ENTRIES_MAX} entries, no more are allowed")
        entry = acd_facts.entry_entered(&self.core, now, queue, priority)
        self._done()
        return entry

    def leave(self, int64_t now, int64_t entry, int outcome):
        if outcome != t.ABANDONED and outcome != t.EXITED:
            raise ValueError(f"outcome is {outcome}, it must be ABANDONED or EXITED")
        self._open(now)
        acd_facts.entry_left(&self.core, now, entry, outcome)
        self._done()

    def answered(self, int64_t now, int64_t offer):
        self._open(now)
        acd_facts.offer_answered(&self.core, now, offer)
        self._done()

    def bridged(self, int64_t now, int64_t offer):
        self._open(now)
        acd_facts.offer_bridged(&self.core, now, offer)
        self._done()

    def released(self, int64_t now, int64_t offer, *, bint refused, bint lost):
        self._open(now)
        acd_facts.offer_released(&self.core, now, offer, refused, lost)
        self._done()

    def login(self, int64_t now, int agent):
        self._about(agent, now)
        acd_facts.agent_login(&self.core, now, agent)
        self._done()

    def logout(self, int64_t now, int agent):
        self._about(agent, now)
        acd_facts.agent_logout(&self.core, now, agent)
        self._done()

    def pause(self, int64_t now, int agent):
        self._about(agent, now)
        acd_facts.agent_pause(&self.core, now, agent)
        self._done()

    def unpause(self, int64_t now, int agent):
        self._about(agent, now)
        acd_facts.agent_unpause(&self.core, now, agent)
        self._done()

    def device(self, int64_t now, int agent, bint up):
        self._about(agent, now)
        acd_facts.agent_device(&self.core, now, agent, up)
        self._done()

    def leg_added(self, int64_t now, int agent):
        self._about(agent, now)
        acd_facts.agent_leg_added(&self.core, now, agent)
        self._done()

    def leg_removed(self, int64_t now, int agent):
        if self._about(agent, now).legs == 0:
            raise ValueError(f"agent {agent} has no leg that could be removed")
        acd_facts.agent_leg_removed(&self.core, now, agent)
        self._done()

    def talk_ended(self, int64_t now, int agent, int64_t wrap_up_ms):
        self._about(agent, now)
        _between("wrap_up_ms", wrap_up_ms, 0, MS_MAX)
        acd_facts.agent_talk_ended(&self.core, now, agent, wrap_up_ms)
        self._done()

    def end_wrap_up(self, int64_t now, int agent):
        self._about(agent, now)
        acd_facts.agent_end_wrap_up(&self.core, now, agent)
        self._done()

    def next_deadline(self):
        cdef int64_t at = acd_facts.first_deadline(&self.core)
        return at if at >= 0 else None

    def advance(self, int64_t now):
        self._open(now)
        acd_facts.advance_to(&self.core, now)
        self._done()

    def actions(self):
        """What the facts since the last call came to: (kind, entry, agent, offer, value)."""
        cdef t.Action *action
        cdef int index
        drained = []
        for index in range(self.core.action_count):
            action = &self.core.actions[index]
            drained.append((action.kind, action.entry, action.agent, action.offer, action.value))
        self.core.action_count = 0
        return drained

    # ---- questions ----------------------------------------------------------------------------

    def standing(self, int agent):
        return self._agent(agent).standing

    def standing_since(self, int agent):
        return self._agent(agent).since

    def wrap_up_until(self, int agent):
        return self._agent(agent).wrap_up_until

    def paused(self, int agent):
        return bool(self._agent(agent).is_paused)

    def misses(self, int agent):
        return self._agent(agent).misses

    def entry_state(self, int64_t entry):
        cdef t.Entry *row = t.entry_of(&self.core, entry)
        return row.state if row != NULL else t.ENTRY_LEFT

    def position(self, int64_t entry):
        """1 = next; WAITING and OFFERED entries count; 0 if neither."""
        cdef t.Entry *row = t.entry_of(&self.core, entry)
        self._indexed()
        if row == NULL or row.state == t.ENTRY_GRANTED:
            return 0
        return 1 + acd_lists.entries_ahead(&self.core, row)

    def waiting(self, int queue):
        """The entries that are WAITING or OFFERED, in serving order."""
        return [number for _, number in sorted(self._in_queue(queue))
                if t.entry_of(&self.core, number).state != t.ENTRY_GRANTED]

    def _in_queue(self, int queue):
        """(-priority, number) of every entry in a queue, in no order."""
        cdef int slot
        cdef t.Entry *entry
        self._queue(queue)
        found = []
        for slot in range(self.core.entry_size):
            entry = &self.core.entries[slot]
            if entry.number and entry.queue == queue:
                found.append((-entry.priority, entry.number))
        return found

    def length(self, int queue):
        return self._queue(queue).length

    def staffed(self, int queue):
        self._queue(queue)
        self._indexed()
        return self.core.queues[queue].staffed

    def ready(self, int queue):
        self._queue(queue)
        self._indexed()
        return self.core.queues[queue].ready

    def counts(self, int queue):
        """(entered, answered, abandoned, overflowed, exited) since the queue was first set."""
        cdef t.Queue *row = self._queue(queue)
        return (row.entered, row.outcomes[0], row.outcomes[1], row.outcomes[2], row.outcomes[3])

    def longest_wait_since(self, int queue):
        """When the oldest WAITING or OFFERED entry came in."""
        oldest = min(self.waiting(queue), default=None)
        return None if oldest is None else t.entry_of(&self.core, oldest).entered

    def decisions(self, int64_t entry):
        """(now, kind, agent, reason) by time, from a bounded ring."""
        cdef t.Decision *row
        cdef int64_t count = self.core.decision_count, index
        found = []
        for index in range(max(0, count - <int64_t> t.DECISIONS_MAX), count):
            row = &self.core.decisions[index % t.DECISIONS_MAX]
            if row.entry == entry:
                found.append((row.now, row.kind, row.agent, row.reason))
        return found

    def why_not(self, int64_t entry):
        """(agent, reason) for each agent who cannot take the entry now; empty if it LEFT."""
        cdef t.Entry *row = t.entry_of(&self.core, entry)
        cdef int32_t agent, reason
        found = []
        for agent in range(self.core.agent_count if row != NULL else 0):
            reason = acd_check.why_not(&self.core, row, agent)
            if self.core.agents[agent].is_known and reason != t.NONE:
                found.append((agent, reason))
        return found

    def digest(self):
        """A 64-bit running hash over all inputs and actions."""
        return self.core.digest

    def snapshot(self):
        """Everything, versioned; the actions must have been drained."""
        assert self.core.action_count == 0, "actions must be drained before a snapshot"
        self._indexed()
        return acd_snapshot.pack(&self.core)

    def restore(self, bytes data not None):
        """Become the engine of a snapshot. Raises ValueError, and changes nothing then."""
        cdef t.Core new
        if t.core_init(&new) < 0:
            raise MemoryError
        try:
            acd_snapshot.unpack(&new, data)
            found = acd_check.broken(&new)
            if found:
                raise ValueError(f"the snapshot is not sound: {found[0]}")
        except BaseException:
            t.core_free(&new)
            raise
        t.core_free(&self.core)
        self.core = new

    def check(self):
        """The protocol's invariants that do not hold; empty when sound."""
        self._indexed()
        return acd_check.broken(&self.core)
