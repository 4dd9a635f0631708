# The simulator's tables: what the model says, who is on their way, what has been counted.
from libc.stdint cimport int32_t, int64_t, uint32_t

from kernel.acd.tables cimport AGENTS_MAX, STANDING_COUNT, Core
from kernel.agenda cimport Agenda
from kernel.random cimport Stream

cdef enum:
    SLOTS = 1 << 15                      # of visits, as the engine numbers its entries
    REDIALS_MAX = 1 << 20
    WAIT_BINS = 736                      # of waits: exact to 64 ms, then 32 to an octave
    # ids in the agenda: an agent's answer or end of talk, return to work; patience; redials
    RETURN_ID = AGENTS_MAX
    PATIENCE_ID = 2 * AGENTS_MAX
    REDIAL_ID = 2 * AGENTS_MAX + SLOTS

cdef extern from *:
    """
    #define FOREVER ((int64_t) 1 << 40)  /* ms: 34 years, longer than any simulation */
    """
    const int64_t FOREVER

cdef enum:  # laws
    CONSTANT, EXPONENTIAL, LOG_NORMAL, TABLE, LAW_COUNT
cdef enum:  # what a turn of the roster is
    SHIFT_BEGINS, SHIFT_ENDS, BREAK_BEGINS, BREAK_ENDS
cdef enum:  # facts told to the engine, as recorded; the order of FACTS in simulator.pyx
    F_ENTER, F_LEAVE, F_ANSWERED, F_BRIDGED, F_RELEASED, F_LOGIN, F_LOGOUT, F_PAUSE, F_UNPAUSE
    F_TALK_ENDED, F_LEG_REMOVED, F_ADVANCE, F_CUSTOMER_ANSWERED, F_CUSTOMER_GONE

ctypedef struct Law:                     # how long something lasts
    int32_t kind, size
    double first, second                 # ms; the mean, or mu and sigma
    const double *sums                   # of a table: the shares added up, or NULL: all equal
    const int64_t *values

ctypedef struct Demand:                  # a queue's calls
    Law talk, wrap_up, patience, redial_after
    double redials                       # the share of those not served who call again
    int32_t priority, overflow, length_max
    int64_t within_ms, short_ms, credit_ms

ctypedef struct Seat:                    # an agent
    Law ring
    double misses, refuses
    int64_t returns_ms                   # so long after being paused by misses
    # as it happens
    int64_t since, offer, wrap_up_ms
    int64_t left_ms                      # of what it does at the start; -1: drawn
    int32_t queue                        # whose call it has at the start
    int32_t standing
    bint is_refusing

ctypedef struct Turn:                    # of the roster
    int64_t at
    int32_t agent, kind

ctypedef struct Known:                   # a call whose time is known; -1: drawn
    int64_t at, talk_ms, wrap_up_ms, patience_ms
    int32_t queue

ctypedef struct Visit:                   # a call in a queue, by its entry's slot
    int64_t entry, entered, talk_ms, wrap_up_ms, patience_until
    int32_t queue, cell

ctypedef struct Cell:                    # what became of those who came to a queue in an interval
    int64_t offered, answered, abandoned, overflowed, blocked, redialled
    int64_t answered_within, abandoned_within, abandoned_short
    int64_t answered_wait_ms, abandoned_wait_ms, overflowed_wait_ms, talk_ms, wrap_up_ms
    int64_t waiting_ms                   # all waits within this interval, by the clock

ctypedef struct Fact:
    int64_t kind, now, subject, detail

ctypedef struct Sim:
    Core core
    Agenda agenda
    Stream arriving, acting              # what callers bring; what happens to them
    int64_t start, now, length_ms        # `start` and `now` by the engine's clock
    int64_t events
    bint has_failed, is_recorded
    bint is_instant                      # every phone is answered at once; see acd_at_once
    # the model
    Demand *demands
    Seat *seats
    Turn *turns
    Known *known
    int32_t queue_count, agent_count, turn_count, turn, known_count, known_next
    int32_t lines, busy_lines            # 0 lines: no limit
    # arrivals by interval: shares[interval * queues + queue], added up over queues
    double *shares
    int64_t *left                        # in exact mode: calls yet to come in this interval
    bint is_exact
    int64_t rate_ms
    int32_t rate_count, rate
    double rate_at                       # ms into the interval
    int64_t drawn_at                     # the next drawn arrival, or FOREVER
    int32_t drawn_queue
    # on their way
    Visit *visits
    Visit *moved                         # who has overflowed, until they join the next queue
    int32_t moved_count
    int32_t *redials                     # queue by number; while free, the next free one
    int32_t redial_size, redial_free
    # what has been counted
    int64_t interval_ms, interval_end
    int32_t interval_count, interval
    Cell *cells                          # [queue * intervals + interval]
    uint32_t *waits                      # [cell * WAIT_BINS + bin]: answered calls by their wait
    int64_t *standing_ms                 # [interval * STANDING_COUNT + standing]
    Fact *facts
    int64_t fact_count, fact_size

