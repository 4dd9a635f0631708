"""The queue engine: entries, offers and standings by number; see `pbx.queue.acd` for the names.

Times are int monotonic milliseconds and never fall (AssertionError). Every fact does its work,
appends actions and ends in a match: nobody waits for a READY agent who may take the entry. A
configuration change takes effect with the next fact or `advance` (`next_deadline` asks for one).
Facts about an agent that was never set raise ValueError; events with an old or unknown offer
number change nothing. Source: the offer protocol, searched with SPIN.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from kernel.acd.work import Working

AGENTS_MAX: Final[int]  # agent numbers are 0 .. AGENTS_MAX - 1
QUEUES_MAX: Final[int]
SKILLS_MAX: Final[int]
ENTRIES_MAX: Final[int]  # in all queues at a time
STAGES_MAX: Final[int]  # relaxation steps of a queue + 1
LEVEL_MAX: Final[int]
PRIORITY_MAX: Final[int]  # priorities are -PRIORITY_MAX .. PRIORITY_MAX
MS_MAX: Final[int]  # 34 years
NOW_MAX: Final[int]
TRIES_MAX: Final[int]  # of a callback
WEIGHT_MAX: Final[int]  # of queues and agents
ITEMS_MAX: Final[int]  # that are not calls, in all queues at a time
KINDS_MAX: Final[int]  # kinds of items are 1 .. KINDS_MAX - 1
CAPACITY_MAX: Final[int]  # of an agent, for one kind
DECISIONS_MAX: Final[int]  # the ring behind `decisions`, over all entries

LONGEST_IDLE: Final[int]
ROUND_ROBIN: Final[int]
LINEAR: Final[int]
RING_ALL: Final[int]
FEWEST_CALLS: Final[int]
LEAST_TALK: Final[int]
LEAST_OCCUPIED: Final[int]
RANDOM: Final[int]
WEIGHTED: Final[int]
STRATEGIES: Final[tuple[str, ...]]  # by number, lower-case, as in the configuration

LOGGED_OUT: Final[int]
UNREACHABLE: Final[int]
PAUSED: Final[int]
READY: Final[int]
OFFERED: Final[int]
BUSY: Final[int]
WRAP_UP: Final[int]
STANDINGS: Final[tuple[str, ...]]

ANSWERED: Final[int]
ABANDONED: Final[int]
OVERFLOWED: Final[int]
EXITED: Final[int]
CALLED_BACK: Final[int]  # a callback's customer and an agent heard each other
NOT_REACHED: Final[int]  # all tries of a callback are used up
OUTCOMES: Final[tuple[str, ...]]
WHYS: Final[tuple[str, ...]]  # why an entry left: answered caller max_wait empty key tries

ENTRY_WAITING: Final[int]
ENTRY_OFFERED: Final[int]
ENTRY_GRANTED: Final[int]
ENTRY_LEFT: Final[int]
ENTRY_RESTING: Final[int]  # a callback until its next try, or until the customer's leg is gone
ENTRY_STATES: Final[tuple[str, ...]]

ITEM_STATES: Final[tuple[str, ...]]
ITEM_ENDS: Final[tuple[str, ...]]
ITEM_WHYS: Final[tuple[str, ...]]  # why an offer was taken back: the agent let it pass, or is away

# Actions: (kind, entry, agent, offer, value); a field that does not apply is -1.
# PAUSED is one too, with the number of the standing: the engine pauses an agent, value: misses.
RING: Final[int]  # value: why this agent, an index of REASONS
RELEASE: Final[int]  # value: Q.850 cause (16 19 26 27); comes again for a late answer; agent -1:
# the leg of a callback's customer
BRIDGE: Final[int]  # the first answer: join caller and agent, then call `bridged`
CONFIRMED: Final[int]  # the talk begins; the leg is the caller's from here: call `leg_removed`
ENDED: Final[int]  # once per offer not confirmed; value: bits NO_ANSWER .. MISSED. At once, except
# for NO_ANSWER: when the leg is gone or answers late, perhaps after its entry's LEFT
LEFT: Final[int]  # agent -1; offer: the position it had; value: outcome | why << 8
STANDING: Final[int]  # entry -1; offer is the agent's open one or -1; value: the new standing
# Only in `decisions`, never in `actions`:
ENTERED: Final[int]  # agent: the preferred one or -1; reason: priority
RELAXED: Final[int]  # reason: the new stage
OPENED: Final[int]  # it preferred this agent, and is anybody's from now on
DIAL: Final[int]  # of a callback whose agent has answered: call the customer; value: which try
# Of items that are not calls: entry is -1, offer the item's number:
OFFER_ITEM: Final[int]  # value: the item's kind
TAKE_BACK_ITEM: Final[int]  # it waits again, at its old place; value: an index of ITEM_WHYS
LEFT_ITEM: Final[int]  # agent: who had it or -1; value: an index of ITEM_ENDS
ACTIONS: Final[tuple[str, ...]]

NO_ANSWER: Final[int]
REFUSED: Final[int]
WITHDRAWN: Final[int]
LOST: Final[int]
FELL: Final[int]  # was granted, gave no talk
MISSED: Final[int]  # counts for pause after misses

REASONS: Final[tuple[str, ...]]  # why an agent was chosen: the strategy or "preferred", and steps
WHY_NOT: Final[tuple[str, ...]]  # reasons of `why_not`, by number

def ended_reason(flags: int) -> str:
    """The most telling of ENDED's bits: lost, fell, withdrawn, refused or no_answer."""

class Engine(Working):
    """Queues, agents, entries and offers by number; grows by itself up to the limits above."""

    def __init__(self) -> None: ...

    # ---- configuration; entries and standings are kept
    def set_queue(
        self,
        queue: int,
        *,
        strategy: int,
        offer_ms: int,
        wrap_up_ms: int,
        retry_ms: int,
        confirm_ms: int,
        release_ms: int,
        max_wait_ms: int,
        misses_max: int,
        levels: Sequence[int],
        relax: Sequence[tuple[int, Sequence[int]]] = (),
        leave_when_empty: bool = False,
        ageing_ms: int = 0,
        weight: int = 1,
        dial_ms: int = 30_000,
        callback_retry_ms: int = 300_000,
        callback_tries: int = 3,
    ) -> None:
        """Add or change a queue.

        `levels`: minimum level by skill number, 0 = not required. `relax`: (after_ms, levels) by
        rising wait, replacing `levels`. `max_wait_ms` 0 = never, `misses_max` 0 = never pause.
        `ageing_ms`: waiting so long counts as one priority more; 0 = never, and a call of low
        priority may starve. `weight`: of queues that an agent serves, the one of weight 2 is
        served as if its callers had waited twice as long. kernel/acd/lists.pyx has the order
        of serving and its bounds. Callbacks: a customer is dialled for `dial_ms` at most, again
        `callback_retry_ms` later, `callback_tries` times in all.
        Raises ValueError or OverflowError (a value outside its limits).
        """

    def set_agent(
        self,
        agent: int,
        *,
        order: int,
        levels: Sequence[int],
        queues: Sequence[int],
        weight: int = 1,
        after: Mapping[int, int] = ...,
        capacity: Mapping[int, int] = ...,
    ) -> None:
        """Add an agent (logged out, no device) or change one; an offer for a queue that the
        agent no longer serves is withdrawn. `weight`: their share by the strategy `weighted`.
        `after`: ms by queue; the agent has calls of that queue from the first of its stages
        (`relax`, 0 included) on that is no earlier, so it needs a step there. `capacity`: how
        many items they may hold at a time, by kind; none of a kind that is not there.
        Raises ValueError, OverflowError."""

    def set_seed(self, seed: int) -> None:
        """Throw the dice of `random` and `weighted` anew; 64 bits, 0 at first."""

    def drop_agent(self, agent: int, now: int) -> None:
        """The agent is logged out and serves no queue; a call in progress goes on."""

    def drop_queue(self, queue: int, now: int) -> None:
        """All who wait overflow (why: empty), a grant wins; `enter` raises from here on."""

    # ---- facts
    def enter(
        self,
        now: int,
        queue: int,
        priority: int,
        credit_ms: int = 0,
        preferred: int = -1,
        preferred_ms: int = 0,
    ) -> int:
        """A call joins: its entry's number, rising, never reused. It may have LEFT already
        (nobody staffs the queue). Raises ValueError: unknown queue; OverflowError: ENTRIES_MAX.

        `credit_ms`: it is served as if it had come so much earlier; steps of `relax`, max_wait
        and figures count its true wait. `preferred`: only that agent may take it for
        `preferred_ms`, or until they pass it by, or are logged out, unreachable, paused or not
        able to take it; then anybody."""

    def enter_callback(
        self,
        now: int,
        queue: int,
        priority: int,
        credit_ms: int = 0,
        preferred: int = -1,
        preferred_ms: int = 0,
    ) -> int:
        """A callback joins, an entry without a leg: as `enter`, `credit_ms` being the wait that
        the caller has behind them. When it is its turn an agent rings; who answers has to wait
        for the customer, DIAL, then BRIDGE. It has no limit of waiting and stays in a queue that
        nobody staffs."""

    def customer_answered(self, now: int, entry: int) -> None:
        """The customer who was dialled is there: BRIDGE; too late: RELEASE once more."""

    def customer_gone(self, now: int, entry: int) -> None:
        """The customer's leg is gone: once for each DIAL, also after a RELEASE. Not reached, the
        agent is let go (16), and the callback rests or has LEFT (NOT_REACHED); who hung up before
        the bridge has abandoned. Nothing happens to an entry that is no callback."""

    def tries(self, entry: int) -> int:
        """How often a callback's customer was dialled; 0 if it has LEFT."""

    def leave(self, now: int, entry: int, outcome: int) -> None:
        """The caller has gone (ABANDONED), or leaves by key, pull, redirect (EXITED).
        Nothing happens if the entry has LEFT. Raises ValueError: any other outcome."""

    def answered(self, now: int, offer: int) -> None:
        """The agent's phone was lifted; late answers are released again."""

    def bridged(self, now: int, offer: int) -> None:
        """Caller and agent hear each other: CONFIRMED, LEFT answered; counts the leg as added."""

    def released(self, now: int, offer: int, *, refused: bool, lost: bool) -> None:
        """The offer's leg is gone. `refused`: by the agent (486, 603, 480), which is no miss;
        `lost`: the device does not answer, UNREACHABLE until `device` is up."""

    def login(self, now: int, agent: int) -> None: ...
    def logout(self, now: int, agent: int) -> None: ...
    def pause(self, now: int, agent: int) -> None: ...
    def unpause(self, now: int, agent: int) -> None: ...
    def device(self, now: int, agent: int, up: bool) -> None: ...
    def leg_added(self, now: int, agent: int) -> None:
        """Any other leg is at the agent's extension, from its first ring."""

    def leg_removed(self, now: int, agent: int) -> None:
        """Such a leg (or a confirmed one) is gone. Raises ValueError if there is none."""

    def talk_ended(self, now: int, agent: int, wrap_up_ms: int) -> None:
        """A queue's talk is over; call it before `leg_removed`, or wrap-up comes too late."""

    def end_wrap_up(self, now: int, agent: int) -> None: ...
    def extend_wrap_up(self, now: int, agent: int, until: int) -> None:
        """A wrap-up that runs lasts until then, if that is later; one that is over stays over."""

    def new_day(self, now: int) -> None:
        """The figures of `today` begin at 0 again, for all agents."""
    def next_deadline(self) -> int | None:
        """When `advance` has something to do; the last `now` after a configuration change."""

    def advance(self, now: int) -> None:
        """Fire every deadline up to `now`, by (time, kind, number)."""

    def actions(self) -> list[tuple[int, int, int, int, int]]:
        """What the facts since the last call came to: (kind, entry, agent, offer, value)."""

    # ---- questions; ValueError for an agent or queue that was never set
    def standing(self, agent: int) -> int: ...
    def standing_since(self, agent: int) -> int: ...
    def wrap_up_until(self, agent: int) -> int: ...
    def paused(self, agent: int) -> bool: ...
    def misses(self, agent: int) -> int: ...
    def today(self, agent: int) -> tuple[int, int, int, int]:
        """(calls, talk_ms, occupied_ms, ready_ms) since `new_day`, up to the last fact: calls of
        queues and their talk; time as OFFERED, BUSY, WRAP_UP; time as READY."""

    def next_entry(self, agent: int) -> int | None:
        """The entry that the agent would take if READY now, or None."""
    def entry_state(self, entry: int) -> int: ...
    def position(self, entry: int) -> int:
        """1 = next; WAITING, OFFERED and RESTING entries count; 0 if none of these."""

    def waiting(self, queue: int) -> list[int]:
        """The entries that are WAITING, OFFERED or RESTING, in serving order."""

    def length(self, queue: int) -> int:
        """Entries in the queue, in any state."""

    def staffed(self, queue: int) -> int:
        """Agents of the queue that are neither LOGGED_OUT nor UNREACHABLE."""

    def ready(self, queue: int) -> int: ...
    def counts(self, queue: int) -> tuple[int, int, int, int, int, int, int]:
        """(entered, then how many left by each of OUTCOMES) since the queue was first set."""

    def longest_wait_since(self, queue: int) -> int | None:
        """When the oldest WAITING or OFFERED entry came in."""

    def decisions(self, entry: int) -> list[tuple[int, int, int, int]]:
        """(now, kind, agent, reason) by time, from a bounded ring: kinds are those of actions,
        ENTERED, RELAXED and OPENED; reason is the action's value."""

    def why_not(self, entry: int) -> list[tuple[int, int]]:
        """(agent, reason) for each agent who cannot take the entry now; empty if it LEFT."""

    def explain(self, entry: int) -> list[tuple[int, int, int]]:
        """(agent, reason, value) as `why_not`; value: the missing skill's number; for reserved,
        another_preferred, passed and wrap_up the ms left; else 0."""

    def digest(self) -> int:
        """A 64-bit running hash over all inputs and actions."""

    def snapshot(self) -> bytes:
        """Everything, versioned; undrained actions excepted (drain first)."""

    def restore(self, data: bytes) -> None:
        """Become the engine of a snapshot, of this version or an older one.
        Raises ValueError, and changes nothing then."""

    def check(self) -> list[str]:
        """The protocol's invariants that do not hold; empty when sound."""
