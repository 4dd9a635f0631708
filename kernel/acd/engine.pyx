# cython: language_level=3, cdivision=True
"""The queue engine: entries, offers and standings by number; see `pbx.queue.acd` for the names.

This is the door: it checks what comes in and calls the tables' functions, which run free.

    acd (door of calls)  acd_work (of other items)  acd_config (set-up)  acd_snapshot  acd_check
    acd_facts       what can be told            acd_index    indexes after a reload
    acd_protocol    the offer protocol's moves  strategies   which agent
    acd_callbacks   what a callback's customer does
    acd_standing    an agent's one standing     acd_lists    entries and agents in order
    acd_items       items that are no calls     timers       deadlines
    acd_tables      the tables
"""

from libc.stdint cimport int32_t, int64_t

from kernel.acd cimport (callbacks as acd_callbacks, check as acd_check, facts as acd_facts,
                         items_kept as acd_items_kept, lists as acd_lists, snapshot as acd_snapshot,
                         standing as acd_standing)
from kernel.acd cimport tables as t
from kernel.acd.configured cimport Configured
from kernel.acd.door cimport agent_at, agent_told, between, done, indexed, opened, queue_at
from kernel.acd.items cimport items_due, items_look
from kernel.acd.work cimport Working, broken_items

from kernel.acd.codes import *

cdef int64_t PRIORITY_MOST = PRIORITY_MAX


cdef inline int _did(Configured engine) except -1:
    """After every fact of calls: what it means for items, where there are any."""
    if engine.items.count:
        items_look(&engine.core, &engine.items)
    return done(&engine.core)


cdef inline int _admit(t.Core *core, int64_t now, const t.Arrival *arrival) except -1:
    """Check what joins a queue."""
    if not queue_at(core, arrival.queue).is_known:
        raise ValueError(f"there is no queue {arrival.queue}")
    if not -PRIORITY_MOST <= arrival.priority <= PRIORITY_MOST:
        between("priority", arrival.priority, -PRIORITY_MAX, PRIORITY_MAX)
    if arrival.credit_ms:
        between("credit_ms", arrival.credit_ms, 0, MS_MAX)
    if arrival.preferred != t.NONE:
        agent_at(core, arrival.preferred)
        between("preferred_ms", arrival.preferred_ms, 0, MS_MAX)
    opened(core, now)
    if core.entry_count >= t.ENTRIES_MAX:
        raise OverflowError(f"{ENTRIES_MAX} entries, no more are allowed")
    return 0


cdef class Engine(Working):
    """Queues, agents, entries and offers by number; grows by itself up to the limits above."""

    # ---- configuration ------------------------------------------------------------------------

    def drop_agent(self, int agent, int64_t now):
        agent_told(&self.core, agent, now)
        acd_facts.agent_dropped(&self.core, now, agent)
        _did(self)

    def drop_queue(self, int queue, int64_t now):
        entries = sorted(self._in_queue(queue))
        opened(&self.core, now)
        acd_facts.queue_dropped(&self.core, now, queue)
        for entry in entries:
            acd_facts.entry_given_up(&self.core, now, entry)
        self.give_up_items(queue)
        _did(self)

    # ---- facts --------------------------------------------------------------------------------

    def enter(self, int64_t now, int queue, int priority, int64_t credit_ms=0, int preferred=-1,
              int64_t preferred_ms=0):
        """A call joins: its entry's number."""
        cdef t.Arrival arrival = t.Arrival(queue, priority, preferred, preferred_ms, credit_ms)
        cdef int64_t entry
        _admit(&self.core, now, &arrival)
        entry = acd_facts.entry_arrived(&self.core, now, &arrival)
        _did(self)
        return entry

    def enter_callback(self, int64_t now, int queue, int priority, int64_t credit_ms=0,
                       int preferred=-1, int64_t preferred_ms=0):
        """A callback joins: its entry's number."""
        cdef t.Arrival arrival = t.Arrival(queue, priority, preferred, preferred_ms, credit_ms)
        cdef int64_t entry
        _admit(&self.core, now, &arrival)
        entry = acd_facts.callback_arrived(&self.core, now, &arrival)
        _did(self)
        return entry

    def customer_answered(self, int64_t now, int64_t entry):
        opened(&self.core, now)
        acd_callbacks.customer_answered(&self.core, now, entry)
        _did(self)

    def customer_gone(self, int64_t now, int64_t entry):
        opened(&self.core, now)
        acd_callbacks.customer_gone(&self.core, now, entry)
        _did(self)

    def tries(self, int64_t entry):
        """How often the customer of a callback was dialled."""
        cdef t.Entry *row = t.entry_of(&self.core, entry)
        return row.tries if row != NULL else 0

    def leave(self, int64_t now, int64_t entry, int outcome):
        if outcome != t.ABANDONED and outcome != t.EXITED:
            raise ValueError(f"outcome is {outcome}, it must be ABANDONED or EXITED")
        opened(&self.core, now)
        acd_facts.entry_left(&self.core, now, entry, outcome)
        _did(self)

    def answered(self, int64_t now, int64_t offer):
        opened(&self.core, now)
        acd_facts.offer_answered(&self.core, now, offer)
        _did(self)

    def bridged(self, int64_t now, int64_t offer):
        opened(&self.core, now)
        acd_facts.offer_bridged(&self.core, now, offer)
        _did(self)

    def released(self, int64_t now, int64_t offer, *, bint refused, bint lost):
        opened(&self.core, now)
        acd_facts.offer_released(&self.core, now, offer, refused, lost)
        _did(self)

    def login(self, int64_t now, int agent):
        agent_told(&self.core, agent, now)
        acd_facts.agent_login(&self.core, now, agent)
        _did(self)

    def logout(self, int64_t now, int agent):
        agent_told(&self.core, agent, now)
        acd_facts.agent_logout(&self.core, now, agent)
        _did(self)

    def pause(self, int64_t now, int agent):
        agent_told(&self.core, agent, now)
        acd_facts.agent_pause(&self.core, now, agent)
        _did(self)

    def unpause(self, int64_t now, int agent):
        agent_told(&self.core, agent, now)
        acd_facts.agent_unpause(&self.core, now, agent)
        _did(self)

    def device(self, int64_t now, int agent, bint up):
        agent_told(&self.core, agent, now)
        acd_facts.agent_device(&self.core, now, agent, up)
        _did(self)

    def leg_added(self, int64_t now, int agent):
        agent_told(&self.core, agent, now)
        acd_facts.agent_leg_added(&self.core, now, agent)
        _did(self)

    def leg_removed(self, int64_t now, int agent):
        if agent_told(&self.core, agent, now).legs == 0:
            raise ValueError(f"agent {agent} has no leg that could be removed")
        acd_facts.agent_leg_removed(&self.core, now, agent)
        _did(self)

    def talk_ended(self, int64_t now, int agent, int64_t wrap_up_ms):
        agent_told(&self.core, agent, now)
        between("wrap_up_ms", wrap_up_ms, 0, MS_MAX)
        acd_facts.agent_talk_ended(&self.core, now, agent, wrap_up_ms)
        _did(self)

    def end_wrap_up(self, int64_t now, int agent):
        agent_told(&self.core, agent, now)
        acd_facts.agent_end_wrap_up(&self.core, now, agent)
        _did(self)

    def extend_wrap_up(self, int64_t now, int agent, int64_t until):
        agent_told(&self.core, agent, now)
        between("until", until, 0, now + MS_MAX)
        acd_facts.agent_extend_wrap_up(&self.core, now, agent, until)
        _did(self)

    def new_day(self, int64_t now):
        opened(&self.core, now)
        acd_facts.day_begun(&self.core, now)
        _did(self)

    def next_deadline(self):
        cdef int64_t at = acd_facts.first_deadline(&self.core)
        if self.items.timers.count and (at < 0 or self.items.timers.heap[0].at < at):
            at = self.items.timers.heap[0].at
        return at if at >= 0 else None

    def advance(self, int64_t now):
        opened(&self.core, now)
        acd_facts.advance_to(&self.core, now)
        if self.items.timers.count:
            items_due(&self.core, &self.items)
        _did(self)

    def actions(self):
        """What the facts since the last call came to: (kind, entry, agent, offer, value)."""
        cdef t.Action *action
        cdef int index
        drained = []
        for index in range(self.core.action_count):
            action = &self.core.actions[index]
            drained.append((action.kind, action.entry, action.agent, action.offer, action.value))
        self.core.action_count = self.items.seen = 0
        return drained

    # ---- questions ----------------------------------------------------------------------------

    def standing(self, int agent):
        return agent_at(&self.core, agent).standing

    def standing_since(self, int agent):
        return agent_at(&self.core, agent).since

    def wrap_up_until(self, int agent):
        return agent_at(&self.core, agent).wrap_up_until

    def paused(self, int agent):
        return bool(agent_at(&self.core, agent).is_paused)

    def misses(self, int agent):
        return agent_at(&self.core, agent).misses

    def today(self, int agent):
        """(calls, talk_ms, occupied_ms, ready_ms) of the day, up to the last fact."""
        cdef t.Agent *row = agent_at(&self.core, agent)
        cdef int64_t so_far = acd_standing.so_far(&self.core, row), talk_ms = row.talk_ms
        if row.is_talking:
            talk_ms += self.core.now - max(row.talk_since, self.core.day_since)
        return (row.calls, talk_ms, row.occupied_ms + (so_far if row.standing > t.READY else 0),
                row.ready_ms + (so_far if row.standing == t.READY else 0))

    def next_entry(self, int agent):
        """The entry that the agent would take if READY now."""
        cdef t.Agent *row = agent_at(&self.core, agent)
        cdef t.Entry *entry
        indexed(&self.core)
        entry = acd_lists.best_entry(&self.core, row)
        return entry.number if entry != NULL else None

    def entry_state(self, int64_t entry):
        cdef t.Entry *row = t.entry_of(&self.core, entry)
        return row.state if row != NULL else t.ENTRY_LEFT

    def position(self, int64_t entry):
        """1 = next; WAITING and OFFERED entries count; 0 if neither."""
        cdef t.Entry *row = t.entry_of(&self.core, entry)
        indexed(&self.core)
        if row == NULL or row.state == t.ENTRY_GRANTED:
            return 0
        return 1 + acd_lists.entries_ahead(&self.core, row)

    def waiting(self, int queue):
        """The entries that are WAITING or OFFERED, in serving order."""
        return [number for number in self._in_queue(queue)
                if t.entry_of(&self.core, number).state != t.ENTRY_GRANTED]

    def _in_queue(self, int queue):
        """Every entry in a queue, in serving order."""
        cdef int slot
        cdef t.Entry *entry
        cdef t.Queue *row = queue_at(&self.core, queue)
        found = []
        for slot in range(self.core.entry_size):
            entry = &self.core.entries[slot]
            if entry.number and entry.queue == queue:
                merit = entry.priority, -entry.place
                if row.ageing_ms:
                    merit = (<object> entry.priority * row.ageing_ms
                             - <object> entry.place * row.weight, -entry.place)
                found.append((merit, -entry.number))
        return [-number for _, number in sorted(found, reverse=True)]

    def length(self, int queue):
        return queue_at(&self.core, queue).length

    def staffed(self, int queue):
        queue_at(&self.core, queue)
        indexed(&self.core)
        return self.core.queues[queue].staffed

    def ready(self, int queue):
        queue_at(&self.core, queue)
        indexed(&self.core)
        return self.core.queues[queue].ready

    def counts(self, int queue):
        """(entered, then one of each of OUTCOMES) since the queue was first set."""
        cdef t.Queue *row = queue_at(&self.core, queue)
        return (row.entered, *[row.outcomes[index] for index in range(t.OUTCOME_COUNT)])

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

    def explain(self, int64_t entry):
        """(agent, reason, value) as `why_not`, with what belongs to the reason."""
        cdef t.Entry *row = t.entry_of(&self.core, entry)
        return [(agent, reason, acd_check.why_value(&self.core, row, agent, reason))
                for agent, reason in self.why_not(entry)]

    def digest(self):
        """A 64-bit running hash over all inputs and actions."""
        return self.core.digest

    def snapshot(self):
        """Everything, versioned; the actions must have been drained."""
        assert self.core.action_count == 0, "actions must be drained before a snapshot"
        indexed(&self.core)
        return acd_snapshot.pack(&self.core) + acd_items_kept.pack_items(&self.items)

    def restore(self, bytes data not None):
        """Become the engine of a snapshot. Raises ValueError, and changes nothing then."""
        cdef Engine new = Engine()
        of_calls, of_items = acd_items_kept.parts(data)
        acd_snapshot.unpack(&new.core, of_calls)
        acd_items_kept.unpack_items(&new.core, &new.items, of_items)
        found = new.check()
        if found:
            raise ValueError(f"the snapshot is not sound: {found[0]}")
        self.core, new.core = new.core, self.core
        self.items, new.items = new.items, self.items

    def check(self):
        """The protocol's invariants that do not hold; empty when sound."""
        indexed(&self.core)
        return acd_check.broken(&self.core) + broken_items(&self.core, &self.items)
