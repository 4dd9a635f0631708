# The queue engine's tables: queues, agents, entries and what is indexed from them, in plain C.
from libc.stdint cimport int16_t, int32_t, int64_t, uint64_t

from kernel.timers cimport Timers

cdef enum:
    AGENTS_MAX = 4096
    QUEUES_MAX = 1024
    SKILLS_MAX = 64
    ENTRIES_MAX = 20000
    STAGES_MAX = 8
    LEVEL_MAX = 32767
    WEIGHT_MAX = 1000
    DECISIONS_MAX = 4096   # the ring behind `decisions`
    OFFER_BITS = 12        # an offer's number: serial << 12 | agent
    ENTRY_BITS = 15        # an entry's number: serial << 15 | slot
    SLOT_WORDS = 313       # 64 slots each, ENTRIES_MAX of them
    SLOT_WORDS_WORDS = 5
    NONE = -1

cdef enum:  # strategies
    LONGEST_IDLE, ROUND_ROBIN, LINEAR, RING_ALL
    FEWEST_CALLS, LEAST_TALK, LEAST_OCCUPIED, RANDOM, WEIGHTED, STRATEGY_COUNT

cdef enum:  # standings; PAUSED is an action too, with the same number
    LOGGED_OUT, UNREACHABLE, PAUSED, READY, OFFERED, BUSY, WRAP_UP, STANDING_COUNT

cdef enum:  # outcomes, why
    ANSWERED, ABANDONED, OVERFLOWED, EXITED, CALLED_BACK, NOT_REACHED, OUTCOME_COUNT
cdef enum:
    BY_ANSWER, BY_CALLER, BY_MAX_WAIT, BY_EMPTY, BY_KEY, BY_TRIES

cdef enum:  # actions; ENTERED, RELAXED, OPENED are only noted for `decisions`
    RING, RELEASE, ACTION_PAUSED, BRIDGE, CONFIRMED, ENDED, LEFT, STANDING
    ENTERED, RELAXED, OPENED
    DIAL

cdef enum:  # how an offer ended, bits
    NO_ANSWER = 1, REFUSED = 2, WITHDRAWN = 4, LOST = 8, FELL = 16, MISSED = 32

cdef enum:  # Q.850 causes
    CAUSE_CALLER_LEFT = 16, CAUSE_NO_ANSWER = 19, CAUSE_NOT_AWARDED = 26, CAUSE_DEVICE_LOST = 27

cdef enum:  # an offer's states; CLEARING is WITHDRAWN after it was granted
    OFFER_NONE, OFFER_RINGING, OFFER_GRANTED, OFFER_WITHDRAWN, OFFER_CLEARING
cdef enum:  # an entry's states
    ENTRY_WAITING, ENTRY_OFFERED, ENTRY_GRANTED, ENTRY_LEFT
    ENTRY_RESTING  # a callback until its next try, or until the customer's leg is released
cdef enum:  # a callback's customer; nobody's: a call has its caller
    NO_CALLBACK, CUSTOMER_AWAY, CUSTOMER_DIALLED, CUSTOMER_UP, CUSTOMER_RELEASED

cdef enum:  # timers, in the order in which they fire at the same time; T_MAX_WAIT: also a next try
    T_RELEASE, T_OFFER, T_CONFIRM, T_WRAP_UP, T_RETRY, T_RELAX, T_PREFER, T_MAX_WAIT

cdef enum:  # what the engine is told, as the digest has it: journals are checked by it, so that
            # a code never means anything else
    FACT_ENTRY_ARRIVED = 1, FACT_ENTRY_LEFT = 2, FACT_QUEUE_DROPPED = 3, FACT_OFFER_ANSWERED = 4,
    FACT_OFFER_BRIDGED = 5, FACT_OFFER_RELEASED = 6, FACT_AGENT_DROPPED = 7, FACT_LOGIN = 8,
    FACT_LOGOUT = 9, FACT_PAUSE = 10, FACT_UNPAUSE = 11, FACT_DEVICE = 12, FACT_LEG_ADDED = 13,
    FACT_LEG_REMOVED = 14, FACT_TALK_ENDED = 15, FACT_WRAP_UP_ENDED = 16, FACT_SETTLED = 17,
    FACT_DEADLINE = 18, FACT_ENTRY_GIVEN_UP = 19, FACT_WRAP_UP_EXTENDED = 20, FACT_DAY_BEGUN = 21,
    FACT_ITEM_ENTERED = 22, FACT_ITEM_TAKEN = 23, FACT_ITEM_REFUSED = 24, FACT_ITEM_DONE = 25,
    FACT_ITEM_CANCELLED = 26, FACT_CALLBACK_ARRIVED = 27, FACT_CUSTOMER_ANSWERED = 28,
    FACT_CUSTOMER_GONE = 29, FACT_QUEUE_SET = 30, FACT_AGENT_SET = 31, FACT_AGEING_SET = 32,
    FACT_WEIGHT_SET = 33, FACT_SEED_SET = 34, FACT_CAPACITY_SET = 35, FACT_CALLBACKS_SET = 36

ctypedef struct Action:
    int64_t kind, entry, agent, offer, value

ctypedef struct Decision:
    int64_t now, entry, kind, agent, reason

ctypedef struct Arrival:                        # a call that joins a queue
    int32_t queue, priority
    int32_t preferred                           # the agent who is asked first, or NONE ...
    int64_t preferred_ms                        # ... and for how long nobody else is
    int64_t credit_ms                           # it is served as if it had come so much earlier

ctypedef struct Queue:
    # as configured
    bint is_known, leave_when_empty
    int32_t strategy, misses_max, stages, weight
    int64_t offer_ms, wrap_up_ms, retry_ms, confirm_ms, release_ms, max_wait_ms
    int64_t ageing_ms                           # waiting so long is one priority more; 0: never
    int64_t relax_ms[STAGES_MAX]                # the wait from which a stage holds; [0] = 0
    int64_t dial_ms, callback_ms                # of callbacks: one try, from it to the next ...
    int32_t tries_max                           # ... and how many
    # as it happened
    int32_t last                                # agent last offered, or NONE
    int64_t entered
    int64_t outcomes[OUTCOME_COUNT]
    # from the entries and agents
    int32_t length, staffed, ready
    int32_t pool                                # its first Pool, one a stage; NONE: dropped
    int32_t held                                # first entry that is in the queue, in no Line
    bint is_emptied                             # to be looked at: nobody may staff it any more
    int16_t levels[STAGES_MAX][SKILLS_MAX]      # as configured; here, for it is big and seldom read

ctypedef struct Agent:
    # as configured
    bint is_known
    int32_t rank_order, queue_count, weight
    int32_t *queues                             # ascending
    int64_t *after_ms                           # of each: calls that have waited so long only
    # as it happened
    bint logged_in, is_up, is_paused
    bint is_pause_late                          # asked for in a call: it starts after wrap-up
    int32_t standing, legs, misses
    int64_t since, idle_since, wrap_up_until
    bint is_talking                             # with a caller of a queue, since talk_since
    int64_t talk_since
    int64_t calls, talk_ms, occupied_ms, ready_ms   # of this day, up to `since`
    # its offer, if offer_state is not OFFER_NONE
    int32_t offer_state, offer_queue, cause, unsaid  # unsaid: how it ended, not yet known whole
    int64_t offer, offer_entry, due
    int32_t slot, offer_prev, offer_next        # the entry's slot and open offers, while open
    int32_t want_first, want_last               # Entries that prefer them, by number
    # from the configuration
    int32_t rank, nodes, node_count
    bint is_fresh
    int16_t levels[SKILLS_MAX]                  # as configured, see Queue

ctypedef struct Entry:
    int64_t number                              # 0: the slot is free
    int64_t entered
    int64_t place                               # entered - credit: the order of serving
    int32_t state, queue, priority, stage, overdue  # overdue: why it must leave, or 0
    int32_t offer_first, offer_last             # agents with an open offer, by offer number
    int32_t passed                              # first Passed
    int32_t line, prev, next                    # in its Line, or in the queue's held list
    int32_t preferred                           # nobody but this agent may take it; or NONE
    int32_t want_prev, want_next                # others who prefer them
    int64_t prefer_until
    int64_t next_try                            # of a callback that rests; 0: at once
    int32_t customer, tries                     # of a callback
    bint is_fresh

ctypedef struct Passed:                         # an agent who is not offered an entry for now
    int64_t until
    int32_t agent, next

ctypedef struct Pool:                           # the READY agents that a queue's stage may have
    int32_t queue, stage
    int32_t first, last                         # Nodes, by idle_since, then agent
    int32_t line                                # first Line of entries at this stage
    uint64_t *ranks                             # the same agents: a bit each, by rank

ctypedef struct Node:                           # an agent's place in a pool
    int64_t idle_since
    int32_t agent, pool, prev, next

ctypedef struct Line:                           # entries that may ring, of one pool and priority
    int32_t pool, priority, count
    int32_t first, last                         # Entries, by place, number
    int32_t next                                # Line of the next lower priority

ctypedef struct Core:
    int64_t now, entry_serial, offer_serial
    int64_t day_since                           # when the counters of the day began
    uint64_t digest
    uint64_t dice                               # splitmix64: what `random` draws next
    bint is_stale                               # configured since the indexes were made
    bint is_unsettled                           # configured since the last match of all
    bint has_failed                             # no memory: the tables cannot be trusted
    bint is_quiet                               # no digest, decisions, positions: for simulation
    int32_t queue_count, agent_count            # numbers in use are below
    int32_t entry_count, entry_size, emptied
    uint64_t slots_free[SLOT_WORDS]             # a bit each: the slot has no entry
    uint64_t slot_words_free[SLOT_WORDS_WORDS]  # a bit for each of those words: it has a bit
    Queue *queues
    Agent *agents
    Entry *entries
    Passed *passed
    int32_t passed_size, passed_free
    Pool *pools
    Node *nodes
    uint64_t *rank_bits
    int32_t *by_rank
    int32_t pool_count, rank_words
    Line *lines
    int32_t line_size, line_free
    int32_t *fresh_agents                       # became READY in this event
    int32_t *fresh_entries                      # became WAITING, or open to more agents
    int32_t fresh_agent_count, fresh_entry_count
    Action *actions
    int32_t action_count, action_size
    Decision *decisions
    int64_t decision_count                      # ever; the ring holds the last DECISIONS_MAX
    Timers agent_timers, entry_timers           # apart: few and near, many and far

cdef int core_init(Core *core) noexcept nogil
cdef void core_free(Core *core) noexcept nogil
cdef int queues_grow(Core *core, int32_t count) noexcept nogil
cdef int agents_grow(Core *core, int32_t count) noexcept nogil
cdef int entries_grow(Core *core, int32_t count) noexcept nogil
cdef int32_t entry_slot(Core *core) noexcept nogil
cdef void slot_taken(Core *core, int32_t slot) noexcept nogil
cdef void slot_left(Core *core, int32_t slot) noexcept nogil
cdef void digest_mix(Core *core, uint64_t a, uint64_t b, uint64_t c) noexcept nogil
cdef void note(Core *core, int64_t entry, int64_t kind, int64_t agent,
               int64_t reason) noexcept nogil
cdef int actions_grow(Core *core) noexcept nogil
cdef void emitted(Core *core, const Action *action) noexcept nogil
cdef void passed_add(Core *core, Entry *entry, int32_t agent, int64_t until) noexcept nogil
cdef void passed_expire(Core *core, Entry *entry, int64_t now) noexcept nogil
cdef void passed_arm(Core *core, Entry *entry) noexcept nogil
cdef bint is_among_passed(const Core *core, const Entry *entry, int32_t agent) noexcept nogil
cdef void agent_timer(Core *core, int32_t agent, int32_t kind, int64_t at) noexcept nogil
cdef void agent_timer_clear(Core *core, int32_t agent, int32_t kind) noexcept nogil
cdef int32_t agent_timer_id(int32_t agent, int32_t kind) noexcept nogil
cdef void entry_timer(Core *core, Entry *entry, int32_t kind, int64_t at) noexcept nogil
cdef void entry_timer_clear(Core *core, Entry *entry, int32_t kind) noexcept nogil
cdef bint agent_may(const Core *core, int32_t agent, int32_t queue, int32_t stage) noexcept nogil
cdef void want_link(Core *core, Entry *entry) noexcept nogil
cdef void want_unlink(Core *core, Entry *entry) noexcept nogil
cdef void fresh_agent(Core *core, int32_t agent) noexcept nogil
cdef void fresh_entry(Core *core, Entry *entry) noexcept nogil


# ---- short and called often: inline, for a call between modules costs more than these do

cdef inline Entry *entry_of(Core *core, int64_t number) noexcept nogil:
    """The entry of this number, or NULL if it has LEFT or never was."""
    cdef int64_t slot = number & ((1 << ENTRY_BITS) - 1)
    if number <= 0 or slot >= core.entry_size or core.entries[slot].number != number:
        return NULL
    return &core.entries[slot]


cdef inline Agent *agent_of(Core *core, int64_t offer) noexcept nogil:
    """The agent who has this offer, or NULL if it is gone or never was."""
    cdef int64_t agent = offer & (AGENTS_MAX - 1)
    if offer <= 0 or agent >= core.agent_count or core.agents[agent].offer != offer:
        return NULL
    return &core.agents[agent]


cdef inline void emit(Core *core, int64_t kind, int64_t entry, int64_t agent, int64_t offer,
                      int64_t value) noexcept nogil:
    """Append an action, for the caller of the engine to obey."""
    if core.action_count == core.action_size and actions_grow(core) < 0:
        return
    core.actions[core.action_count] = Action(kind, entry, agent, offer, value)
    core.action_count += 1
    if not core.is_quiet:
        emitted(core, &core.actions[core.action_count - 1])


cdef inline bint has_passed(const Core *core, const Entry *entry, int32_t agent) noexcept nogil:
    """Whether the agent has passed the entry by."""
    return entry.passed != NONE and is_among_passed(core, entry, agent)
