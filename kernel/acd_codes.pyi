"""The queue engine's codes by name."""

from typing import Final

AGENTS_MAX: Final[int]  # agent numbers are 0 .. AGENTS_MAX - 1
QUEUES_MAX: Final[int]
SKILLS_MAX: Final[int]
ENTRIES_MAX: Final[int]  # in all queues at a time
STAGES_MAX: Final[int]  # relaxation steps of a queue + 1
LEVEL_MAX: Final[int]
PRIORITY_MAX: Final[int]  # priorities are -PRIORITY_MAX .. PRIORITY_MAX
MS_MAX: Final[int]
DECISIONS_MAX: Final[int]  # the ring behind `decisions`, over all entries

LONGEST_IDLE: Final[int]
ROUND_ROBIN: Final[int]
LINEAR: Final[int]
RING_ALL: Final[int]
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
OUTCOMES: Final[tuple[str, ...]]
WHYS: Final[tuple[str, ...]]  # why an entry left: answered caller max_wait empty key

ENTRY_WAITING: Final[int]
ENTRY_OFFERED: Final[int]
ENTRY_GRANTED: Final[int]
ENTRY_LEFT: Final[int]
ENTRY_STATES: Final[tuple[str, ...]]

# Actions: (kind, entry, agent, offer, value); a field that does not apply is -1.
# PAUSED is one too, with the number of the standing: the engine pauses an agent, value: misses.
RING: Final[int]  # value: why this agent, an index of REASONS
RELEASE: Final[int]  # value: Q.850 cause (16 19 26 27); comes again for a late answer
BRIDGE: Final[int]  # the first answer: join caller and agent, then call `bridged`
CONFIRMED: Final[int]  # the talk begins; the leg is the caller's from here: call `leg_removed`
ENDED: Final[int]  # once per offer not confirmed; value: bits NO_ANSWER .. MISSED. At once, except
# for NO_ANSWER: when the leg is gone or answers late, perhaps after its entry's LEFT
LEFT: Final[int]  # agent -1; offer: the position it had; value: outcome | why << 8
STANDING: Final[int]  # entry -1; offer is the agent's open one or -1; value: the new standing
# Only in `decisions`, never in `actions`:
ENTERED: Final[int]  # reason: priority
RELAXED: Final[int]  # reason: the new stage
ACTIONS: Final[tuple[str, ...]]

NO_ANSWER: Final[int]
REFUSED: Final[int]
WITHDRAWN: Final[int]
LOST: Final[int]
FELL: Final[int]  # was granted, gave no talk
MISSED: Final[int]  # counts for pause after misses

REASONS: Final[tuple[str, ...]]  # why an agent was chosen: the strategy, and after how many steps
WHY_NOT: Final[tuple[str, ...]]  # reasons of `why_not`, by number

def ended_reason(flags: int) -> str:
    """The most telling of ENDED's bits: lost, fell, withdrawn, refused or no_answer."""
