# cython: language_level=3
"""The queue engine's codes by name: one truth, the enums of acd_tables.pxd."""

from kernel.acd cimport items as acd_items
from kernel.acd cimport tables as t

from kernel.acd.check import WHY_NOT
from kernel.acd.strategies import STRATEGIES

AGENTS_MAX, QUEUES_MAX, SKILLS_MAX = t.AGENTS_MAX, t.QUEUES_MAX, t.SKILLS_MAX
ENTRIES_MAX, STAGES_MAX, LEVEL_MAX = t.ENTRIES_MAX, t.STAGES_MAX, t.LEVEL_MAX
DECISIONS_MAX, WEIGHT_MAX = t.DECISIONS_MAX, t.WEIGHT_MAX
MS_MAX = 1 << 40  # 34 years
NOW_MAX = 1 << 60
PRIORITY_MAX = 1 << 20
TRIES_MAX = 1_000

LONGEST_IDLE, ROUND_ROBIN, LINEAR, RING_ALL = (
    t.LONGEST_IDLE, t.ROUND_ROBIN, t.LINEAR, t.RING_ALL)
FEWEST_CALLS, LEAST_TALK, LEAST_OCCUPIED, RANDOM, WEIGHTED = (
    t.FEWEST_CALLS, t.LEAST_TALK, t.LEAST_OCCUPIED, t.RANDOM, t.WEIGHTED)
LOGGED_OUT, UNREACHABLE, PAUSED, READY, OFFERED, BUSY, WRAP_UP = (
    t.LOGGED_OUT, t.UNREACHABLE, t.PAUSED, t.READY, t.OFFERED, t.BUSY, t.WRAP_UP)
STANDINGS = ("logged_out", "unreachable", "paused", "ready", "offered", "busy", "wrap_up")
ANSWERED, ABANDONED, OVERFLOWED, EXITED = t.ANSWERED, t.ABANDONED, t.OVERFLOWED, t.EXITED
CALLED_BACK, NOT_REACHED = t.CALLED_BACK, t.NOT_REACHED
OUTCOMES = ("answered", "abandoned", "overflowed", "exited", "called_back", "not_reached")
WHYS = ("answered", "caller", "max_wait", "empty", "key", "tries")
ENTRY_WAITING, ENTRY_OFFERED, ENTRY_GRANTED, ENTRY_LEFT = (
    t.ENTRY_WAITING, t.ENTRY_OFFERED, t.ENTRY_GRANTED, t.ENTRY_LEFT)
ENTRY_RESTING = t.ENTRY_RESTING
ENTRY_STATES = ("waiting", "offered", "granted", "left", "resting")
RING, RELEASE, BRIDGE, CONFIRMED, ENDED, LEFT, STANDING = (
    t.RING, t.RELEASE, t.BRIDGE, t.CONFIRMED, t.ENDED, t.LEFT, t.STANDING)
ENTERED, RELAXED, OPENED, DIAL = t.ENTERED, t.RELAXED, t.OPENED, t.DIAL
OFFER_ITEM, TAKE_BACK_ITEM, LEFT_ITEM = (
    acd_items.OFFER_ITEM, acd_items.TAKE_BACK_ITEM, acd_items.LEFT_ITEM)
ACTIONS = ("ring", "release", "paused", "bridge", "confirmed", "ended", "left", "standing",
           "entered", "relaxed", "opened", "dial", "offer_item", "take_back_item", "left_item")
ITEMS_MAX, KINDS_MAX, CAPACITY_MAX = (
    acd_items.ITEMS_MAX, acd_items.KINDS_MAX, acd_items.CAPACITY_MAX)
ITEM_STATES = ("waiting", "offered", "taken", "gone")
ITEM_ENDS = ("done", "cancelled", "given_up")
ITEM_WHYS = ("let_pass", "away")
NO_ANSWER, REFUSED, WITHDRAWN, LOST, FELL, MISSED = (
    t.NO_ANSWER, t.REFUSED, t.WITHDRAWN, t.LOST, t.FELL, t.MISSED)
REASONS = tuple(name + (f", relaxed {stage}" if stage else "")
                for name in (*STRATEGIES, "preferred") for stage in range(STAGES_MAX))


def ended_reason(int flags):
    """What to say of an offer that ended: the most telling of the bits."""
    for bit, name in ((LOST, "lost"), (FELL, "fell"), (WITHDRAWN, "withdrawn"),
                      (REFUSED, "refused")):
        if flags & bit:
            return name
    return "no_answer"
