"""The queue engine: entries, offers and standings by number; see `pbx.acd` for the names.

Times are int monotonic milliseconds and never fall (AssertionError). Every fact does its work,
appends actions and ends in a match: nobody waits for a READY agent who may take the entry. A
configuration change takes effect with the next fact or `advance` (`next_deadline` asks for one).
Facts about an agent that was never set raise ValueError; events with an old or unknown offer
number change nothing. Source: the offer protocol, searched with SPIN.
"""

from collections.abc import Sequence

from kernel.acd_codes import (
    ABANDONED as ABANDONED,
    ACTIONS as ACTIONS,
    AGENTS_MAX as AGENTS_MAX,
    ANSWERED as ANSWERED,
    BRIDGE as BRIDGE,
    BUSY as BUSY,
    CONFIRMED as CONFIRMED,
    DECISIONS_MAX as DECISIONS_MAX,
    ENDED as ENDED,
    ENTERED as ENTERED,
    ENTRIES_MAX as ENTRIES_MAX,
    ENTRY_GRANTED as ENTRY_GRANTED,
    ENTRY_LEFT as ENTRY_LEFT,
    ENTRY_OFFERED as ENTRY_OFFERED,
    ENTRY_STATES as ENTRY_STATES,
    ENTRY_WAITING as ENTRY_WAITING,
    EXITED as EXITED,
    FELL as FELL,
    LEFT as LEFT,
    LEVEL_MAX as LEVEL_MAX,
    LINEAR as LINEAR,
    LOGGED_OUT as LOGGED_OUT,
    LONGEST_IDLE as LONGEST_IDLE,
    LOST as LOST,
    MISSED as MISSED,
    MS_MAX as MS_MAX,
    NO_ANSWER as NO_ANSWER,
    OFFERED as OFFERED,
    OUTCOMES as OUTCOMES,
    OVERFLOWED as OVERFLOWED,
    PAUSED as PAUSED,
    PRIORITY_MAX as PRIORITY_MAX,
    QUEUES_MAX as QUEUES_MAX,
    READY as READY,
    REASONS as REASONS,
    REFUSED as REFUSED,
    RELAXED as RELAXED,
    RELEASE as RELEASE,
    RING as RING,
    RING_ALL as RING_ALL,
    ROUND_ROBIN as ROUND_ROBIN,
    SKILLS_MAX as SKILLS_MAX,
    STAGES_MAX as STAGES_MAX,
    STANDING as STANDING,
    STANDINGS as STANDINGS,
    STRATEGIES as STRATEGIES,
    UNREACHABLE as UNREACHABLE,
    WHYS as WHYS,
    WHY_NOT as WHY_NOT,
    WITHDRAWN as WITHDRAWN,
    WRAP_UP as WRAP_UP,
    ended_reason as ended_reason,
)

class Engine:
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
    ) -> None:
        """Add or change a queue.

        `levels`: minimum level by skill number, 0 = not required. `relax`: (after_ms, levels) by
        rising wait, replacing `levels`. `max_wait_ms` 0 = never, `misses_max` 0 = never pause.
        Raises ValueError or OverflowError (a value outside its limits).
        """

    def set_agent(
        self, agent: int, *, order: int, levels: Sequence[int], queues: Sequence[int]
    ) -> None:
        """Add an agent (logged out, no device) or change one; an offer for a queue that the
        agent no longer serves is withdrawn. Raises ValueError, OverflowError."""

    def drop_agent(self, agent: int, now: int) -> None:
        """The agent is logged out and serves no queue; a call in progress goes on."""

    def drop_queue(self, queue: int, now: int) -> None:
        """All who wait overflow (why: empty), a grant wins; `enter` raises from here on."""

    # ---- facts
    def enter(self, now: int, queue: int, priority: int) -> int:
        """A call joins: its entry's number, rising, never reused. It may have LEFT already
        (nobody staffs the queue). Raises ValueError: unknown queue; OverflowError: ENTRIES_MAX."""

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
    def entry_state(self, entry: int) -> int: ...
    def position(self, entry: int) -> int:
        """1 = next; WAITING and OFFERED entries count; 0 if neither."""

    def waiting(self, queue: int) -> list[int]:
        """The entries that are WAITING or OFFERED, in serving order."""

    def length(self, queue: int) -> int:
        """Entries in the queue: WAITING, OFFERED, GRANTED."""

    def staffed(self, queue: int) -> int:
        """Agents of the queue that are neither LOGGED_OUT nor UNREACHABLE."""

    def ready(self, queue: int) -> int: ...
    def counts(self, queue: int) -> tuple[int, int, int, int, int]:
        """(entered, answered, abandoned, overflowed, exited) since the queue was first set."""

    def longest_wait_since(self, queue: int) -> int | None:
        """When the oldest WAITING or OFFERED entry came in."""

    def decisions(self, entry: int) -> list[tuple[int, int, int, int]]:
        """(now, kind, agent, reason) by time, from a bounded ring: kinds are those of actions,
        ENTERED and RELAXED; reason is the action's value."""

    def why_not(self, entry: int) -> list[tuple[int, int]]:
        """(agent, reason) for each agent who cannot take the entry now; empty if it LEFT."""

    def digest(self) -> int:
        """A 64-bit running hash over all inputs and actions."""

    def snapshot(self) -> bytes:
        """Everything, versioned; undrained actions excepted (drain first)."""

    def restore(self, data: bytes) -> None:
        """Become the engine of a snapshot. Raises ValueError, and changes nothing then."""

    def check(self) -> list[str]:
        """The protocol's invariants that do not hold; empty when sound."""
