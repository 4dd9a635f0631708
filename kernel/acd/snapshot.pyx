# cython: language_level=3, cdivision=True
"""The queue engine's state as bytes: what is configured and what has happened, no index.

    b"agneracd"  version u32  crc32 u32 of the rest  rest: int64s, all little-endian

The rest is: the core's row; then queues, agents, entries, decisions, each as a count and rows. A
row is its length and its numbers. A later version appends to rows (to those of entries, before who
has passed them by) or adds tables; what a row of an older one lacks is as it was then.
"""

import struct
import zlib

from libc.stdint cimport int16_t, int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, malloc

from kernel.acd.index cimport index_all
from kernel.acd.protocol cimport offer_link
from kernel.acd.tables cimport *
from kernel.timers cimport timers_has

MAGIC = b"agneracd"
VERSION = 3
cdef int64_t TIME_MOST = <int64_t> 1 << 61, MS_MOST = <int64_t> 1 << 40
cdef int64_t MOST = <int64_t> 1 << 62


cdef bytes pack(Core *core):
    """Everything that is not made anew by `index_all`, linear in what there is."""
    cdef int32_t index
    queues = [_queue_row(index, &core.queues[index]) for index in range(core.queue_count)
              if core.queues[index].stages]
    agents = [_agent_row(core, index) for index in range(core.agent_count)
              if core.agents[index].is_known]
    entries = [_entry_row(core, &core.entries[index]) for index in range(core.entry_size)
               if core.entries[index].number]
    numbers = []
    _append(numbers, [core.now, core.entry_serial, core.offer_serial, core.is_unsettled,
                      core.digest >> 32, core.digest & 0xFFFFFFFF,
                      core.dice >> 32, core.dice & 0xFFFFFFFF, core.day_since])
    for table in (queues, agents, entries, _decision_rows(core)):
        numbers.append(len(table))
        for row in table:
            _append(numbers, row)
    rest = struct.pack(f"<{len(numbers)}q", *numbers)
    return MAGIC + struct.pack("<II", VERSION, zlib.crc32(rest)) + rest


cdef int _append(list numbers, row) except -1:
    numbers.append(len(row))
    numbers.extend(row)
    return 0


cdef list _levels_row(const int16_t *levels):
    """How many are not 0, then (skill, level) of each."""
    found = []
    for skill in range(SKILLS_MAX):
        if levels[<int> skill]:
            found += [skill, levels[<int> skill]]
    return [len(found) // 2, *found]


cdef list _queue_row(int number, Queue *queue):
    row = [number, queue.is_known, queue.leave_when_empty, queue.strategy, queue.misses_max,
           queue.offer_ms, queue.wrap_up_ms, queue.retry_ms, queue.confirm_ms, queue.release_ms,
           queue.max_wait_ms, queue.last, queue.entered]
    row += [queue.outcomes[<int> outcome] for outcome in range(OUTCOME_COUNT)]
    row.append(queue.stages)
    for stage in range(queue.stages):
        row += [queue.relax_ms[<int> stage], *_levels_row(queue.levels[<int> stage])]
    return [*row, queue.ageing_ms, queue.weight, queue.dial_ms, queue.callback_ms, queue.tries_max]


cdef list _agent_row(Core *core, int number):
    cdef Agent *agent = &core.agents[number]
    cdef bint is_wrapping = timers_has(
        &core.agent_timers, agent_timer_id(number, T_WRAP_UP), agent.wrap_up_until)
    row = [number, agent.rank_order, agent.logged_in, agent.is_up, agent.is_paused,
           agent.is_pause_late, agent.standing, agent.legs, agent.misses, agent.since,
           agent.idle_since, agent.wrap_up_until, is_wrapping, agent.offer_state]
    if agent.offer_state != OFFER_NONE:
        row += [agent.offer_queue, agent.cause, agent.unsaid, agent.offer, agent.offer_entry,
                agent.due]
    row.append(agent.queue_count)
    row += [agent.queues[<int> index] for index in range(agent.queue_count)]
    row += _levels_row(agent.levels)
    row += [agent.weight, agent.is_talking, agent.talk_since, agent.calls, agent.talk_ms,
            agent.occupied_ms, agent.ready_ms]
    return row + [agent.after_ms[<int> index] for index in range(agent.queue_count)]


cdef list _entry_row(Core *core, Entry *entry):
    cdef int32_t node = entry.passed
    row = [entry.number, entry.entered, entry.state, entry.queue, entry.priority, entry.stage,
           entry.overdue, entry.place, entry.preferred, entry.prefer_until, entry.customer,
           entry.tries, entry.next_try]
    passed = []
    while node != NONE:
        passed += [core.passed[node].until, core.passed[node].agent]
        node = core.passed[node].next
    return row + passed[::-1]  # the list is written newest first


cdef list _decision_rows(Core *core):
    """The decisions about entries that have not left."""
    cdef Decision *row
    cdef int64_t index, count = core.decision_count
    found = []
    for index in range(max(0, count - <int64_t> DECISIONS_MAX), count):
        row = &core.decisions[index % DECISIONS_MAX]
        if entry_of(core, row.entry) != NULL:
            found.append((row.now, row.entry, row.kind, row.agent, row.reason))
    return found


# ---- and back ---------------------------------------------------------------------------------


cdef class _Row:
    """Numbers taken one after the other, each within its limits."""

    cdef tuple numbers
    cdef Py_ssize_t at
    cdef int version

    def __cinit__(self, tuple numbers, int version):
        self.numbers = numbers
        self.at = 0
        self.version = version

    cdef int64_t take(self, int64_t low, int64_t high) except? -2:
        if self.at >= len(self.numbers):
            raise ValueError("the snapshot ends too early")
        cdef int64_t number = self.numbers[self.at]
        if not low <= number <= high:
            raise ValueError(f"the snapshot has {number} where {low} to {high} is meant")
        self.at += 1
        return number

    cdef _Row row(self):
        cdef int64_t count = self.take(0, len(self.numbers) - self.at)
        self.at += count
        return _Row(self.numbers[self.at - count:self.at], self.version)

    cdef bint more(self):
        return self.at < len(self.numbers)


cdef int unpack(Core *core, bytes data) except -1:
    """Fill a new core; ValueError if the bytes are not a snapshot of this version or the first."""
    cdef _Row rest, row
    rest = _opened(data)
    row = rest.row()
    core.now = row.take(0, TIME_MOST)
    core.entry_serial = row.take(1, <int64_t> 1 << 43)
    core.offer_serial = row.take(1, <int64_t> 1 << 50)
    core.is_unsettled = row.take(0, 1)
    core.digest = <uint64_t> row.take(0, 0xFFFFFFFF) << 32
    core.digest |= <uint64_t> row.take(0, 0xFFFFFFFF)
    if row.version > 1:
        core.dice = <uint64_t> row.take(0, 0xFFFFFFFF) << 32
        core.dice |= <uint64_t> row.take(0, 0xFFFFFFFF)
        core.day_since = row.take(0, core.now)
    for _ in range(rest.take(0, QUEUES_MAX)):
        _read_queue(core, rest.row())
    for _ in range(rest.take(0, AGENTS_MAX)):
        _read_agent(core, rest.row())
    for _ in range(rest.take(0, ENTRIES_MAX)):
        _read_entry(core, rest.row())
    for _ in range(rest.take(0, DECISIONS_MAX)):
        _read_decision(core, rest.row())
    if rest.more():
        raise ValueError("the snapshot goes on after its end")
    if index_all(core) < 0:
        raise MemoryError
    _link_offers(core)
    _link_wants(core)
    return 0


cdef _Row _opened(bytes data):
    if data[:8] != MAGIC or len(data) < 16 or len(data) % 8:
        raise ValueError("this is no snapshot of the queue engine")
    version, checksum = struct.unpack_from("<II", data, 8)
    if not 1 <= version <= VERSION:
        raise ValueError(f"the snapshot is of version {version}; this reads 1 to {VERSION}")
    if zlib.crc32(data[16:]) != checksum:
        raise ValueError("the snapshot is damaged")
    return _Row(struct.unpack_from(f"<{(len(data) - 16) // 8}q", data, 16), version)


cdef int _read_levels(_Row row, int16_t *levels) except -1:
    cdef int64_t skill
    for _ in range(row.take(0, SKILLS_MAX)):
        skill = row.take(0, SKILLS_MAX - 1)
        levels[skill] = <int16_t> row.take(1, LEVEL_MAX)
    return 0


cdef int _read_queue(Core *core, _Row row) except -1:
    cdef Queue *queue
    cdef int32_t number = <int32_t> row.take(0, QUEUES_MAX - 1), index
    if queues_grow(core, number + 1) < 0:
        raise MemoryError
    queue = &core.queues[number]
    queue.is_known, queue.leave_when_empty = row.take(0, 1), row.take(0, 1)
    queue.strategy = <int32_t> row.take(0, STRATEGY_COUNT - 1)
    queue.misses_max = <int32_t> row.take(0, 1 << 30)
    queue.offer_ms, queue.wrap_up_ms = row.take(1, MS_MOST), row.take(0, MS_MOST)
    queue.retry_ms, queue.confirm_ms = row.take(0, MS_MOST), row.take(1, MS_MOST)
    queue.release_ms, queue.max_wait_ms = row.take(1, MS_MOST), row.take(0, MS_MOST)
    queue.last = <int32_t> row.take(NONE, AGENTS_MAX - 1)
    queue.entered = row.take(0, MOST)
    for index in range(OUTCOME_COUNT if row.version > 2 else CALLED_BACK):
        queue.outcomes[index] = row.take(0, MOST)
    queue.stages = <int32_t> row.take(1, STAGES_MAX)
    for index in range(queue.stages):
        queue.relax_ms[index] = row.take(0, MS_MOST)
        _read_levels(row, queue.levels[index])
    queue.weight = 1
    if row.version > 1:
        queue.ageing_ms = row.take(0, MS_MOST)
        queue.weight = <int32_t> row.take(1, WEIGHT_MAX)
    queue.dial_ms, queue.callback_ms, queue.tries_max = 30_000, 300_000, 3
    if row.version > 2:
        queue.dial_ms, queue.callback_ms = row.take(1, MS_MOST), row.take(1, MS_MOST)
        queue.tries_max = <int32_t> row.take(1, 1 << 30)
    return 0


cdef int _read_agent(Core *core, _Row row) except -1:
    cdef Agent *agent
    cdef int32_t number = <int32_t> row.take(0, AGENTS_MAX - 1), index
    cdef int64_t is_wrapping
    if agents_grow(core, number + 1) < 0:
        raise MemoryError
    agent = &core.agents[number]
    if agent.is_known:
        raise ValueError(f"the snapshot has agent {number} twice")
    agent.is_known, agent.rank_order = True, <int32_t> row.take(-(1 << 30), 1 << 30)
    agent.logged_in, agent.is_up = row.take(0, 1), row.take(0, 1)
    agent.is_paused, agent.is_pause_late = row.take(0, 1), row.take(0, 1)
    agent.standing = <int32_t> row.take(0, STANDING_COUNT - 1)
    agent.legs, agent.misses = <int32_t> row.take(0, 1 << 30), <int32_t> row.take(0, 1 << 30)
    agent.since, agent.idle_since = row.take(0, core.now), row.take(0, TIME_MOST)
    agent.wrap_up_until, is_wrapping = row.take(0, TIME_MOST), row.take(0, 1)
    _read_offer(core, number, row)
    agent.queue_count = <int32_t> row.take(0, QUEUES_MAX)
    agent.queues = <int32_t *> malloc(max(agent.queue_count, 1) * sizeof(int32_t))
    agent.after_ms = <int64_t *> calloc(max(agent.queue_count, 1), sizeof(int64_t))
    if agent.queues == NULL or agent.after_ms == NULL:
        raise MemoryError
    for index in range(agent.queue_count):
        agent.queues[index] = <int32_t> row.take(
            agent.queues[index - 1] + 1 if index else 0, QUEUES_MAX - 1)
    _read_levels(row, agent.levels)
    agent.weight = 1
    if row.version > 1:
        _read_counters(core, agent, row)
        for index in range(agent.queue_count):
            agent.after_ms[index] = row.take(0, MS_MOST)
    if is_wrapping:
        agent_timer(core, number, T_WRAP_UP, agent.wrap_up_until)
    return 0


cdef int _read_counters(Core *core, Agent *agent, _Row row) except -1:
    agent.weight, agent.is_talking = <int32_t> row.take(1, WEIGHT_MAX), row.take(0, 1)
    agent.talk_since, agent.calls = row.take(0, core.now), row.take(0, TIME_MOST)
    agent.talk_ms, agent.occupied_ms = row.take(0, TIME_MOST), row.take(0, TIME_MOST)
    agent.ready_ms = row.take(0, TIME_MOST)
    return 0


cdef int _read_offer(Core *core, int32_t number, _Row row) except -1:
    cdef Agent *agent = &core.agents[number]
    cdef int32_t kind
    agent.offer_state, agent.slot = <int32_t> row.take(0, OFFER_CLEARING), NONE
    if agent.offer_state == OFFER_NONE:
        return 0
    agent.offer_queue = <int32_t> row.take(0, core.queue_count - 1)
    agent.cause, agent.unsaid = <int32_t> row.take(0, 127), <int32_t> row.take(0, 63)
    agent.offer, agent.offer_entry = row.take(1, MOST), row.take(1, MOST)
    agent.due = row.take(0, TIME_MOST)
    if agent.offer & (AGENTS_MAX - 1) != number or agent.offer >> OFFER_BITS >= core.offer_serial:
        raise ValueError(f"the snapshot has offer {agent.offer} at agent {number}")
    kind = (T_OFFER if agent.offer_state == OFFER_RINGING else
            T_CONFIRM if agent.offer_state == OFFER_GRANTED else T_RELEASE)
    agent_timer(core, number, kind, agent.due)
    return 0


cdef int _read_entry(Core *core, _Row row) except -1:
    cdef Entry *entry
    cdef int64_t number = row.take(1, core.entry_serial << ENTRY_BITS), agent
    cdef int64_t slot = number & ((1 << ENTRY_BITS) - 1)
    if slot >= ENTRIES_MAX or entries_grow(core, <int32_t> slot + 1) < 0:
        raise ValueError(f"the snapshot has entry {number}")
    entry = &core.entries[slot]
    if entry.number:
        raise ValueError(f"the snapshot has slot {slot} twice")
    core.entry_count += 1
    slot_taken(core, <int32_t> slot)
    entry.number, entry.entered = number, row.take(0, core.now)
    entry.state = <int32_t> row.take(0, ENTRY_RESTING)
    entry.queue = <int32_t> row.take(0, core.queue_count - 1)
    entry.priority = <int32_t> row.take(-(1 << 30), 1 << 30)
    entry.stage = <int32_t> row.take(0, core.queues[entry.queue].stages - 1)
    entry.overdue = <int32_t> row.take(0, BY_TRIES)
    entry.offer_first = entry.offer_last = entry.passed = entry.line = entry.preferred = NONE
    entry.place = entry.entered
    if row.version > 1:
        entry.place = row.take(-TIME_MOST, entry.entered)
        entry.preferred = <int32_t> row.take(NONE, core.agent_count - 1)
        entry.prefer_until = row.take(0, TIME_MOST)
    if row.version > 2:
        entry.customer = <int32_t> row.take(0, CUSTOMER_RELEASED)
        entry.tries, entry.next_try = <int32_t> row.take(0, 1 << 30), row.take(0, TIME_MOST)
    while row.more():
        agent = row.take(0, core.agent_count - 1)
        passed_add(core, entry, <int32_t> agent, row.take(0, TIME_MOST))
    return 0


cdef int _read_decision(Core *core, _Row row) except -1:
    core.decisions[core.decision_count] = Decision(
        row.take(0, MOST), row.take(0, MOST), row.take(0, DIAL),
        row.take(NONE, AGENTS_MAX), row.take(-MOST, MOST))
    core.decision_count += 1
    return 0


cdef int _link_offers(Core *core) except -1:
    """Give each entry its open offers again, by rising number."""
    cdef Agent *agent
    cdef Entry *entry
    open_offers = sorted([
        core.agents[<int> index].offer for index in range(core.agent_count)
        if core.agents[<int> index].offer_state in (OFFER_RINGING, OFFER_GRANTED)])
    for offer in open_offers:
        agent = agent_of(core, offer)
        entry = entry_of(core, agent.offer_entry)
        if entry == NULL or entry.queue != agent.offer_queue:
            raise ValueError(f"the snapshot has offer {offer} for no entry")
        offer_link(core, entry, agent)
    return 0


cdef int _link_wants(Core *core) except -1:
    """Give each agent the entries that prefer them again, by rising number."""
    numbers = sorted([
        core.entries[<int> slot].number for slot in range(core.entry_size)
        if core.entries[<int> slot].number and core.entries[<int> slot].preferred != NONE])
    for number in numbers:
        want_link(core, entry_of(core, number))
    return 0
