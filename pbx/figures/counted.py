"""What each note counts: the whole numbers that every figure of queues and agents is made of.

A visit counts, with all that becomes of it, when it entered its queue: its rings, talk and wrap-up
too, however late they end. So live figures, quarters of an hour and reports speak of the same
visits, and never have more answered than offered, at midnight neither.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pbx.notes import (
    Note,
    OfferEnded,
    QueueEntered,
    QueueLeft,
    TalkEnded,
    TalkStarted,
    WrapUpEnded,
)

# In this order they are columns of `queue_quarters`.
QUEUE_COUNTS = (
    "offered", "answered", "abandoned", "overflowed", "exited",
    "answered_within", "abandoned_within", "abandoned_short",
    "answered_wait_ms", "abandoned_wait_ms",
    "taken", "ring_ms", "missed", "missed_ring_ms", "refused",
    "handled", "talk_ms", "hold_ms", "transferred", "wrapped", "wrap_up_ms",
)  # fmt: skip


class Counted(NamedTuple):
    """What a note counts: for the queue, in the part of `agent` ("": of none), of the visit that
    entered then."""

    entered_wall_ms: int
    queue: str
    agent: str
    counts: dict[str, int]


def counted(note: Note) -> Counted | None:
    """What a note counts; None where it counts nothing."""
    counts = COUNTS.get(type(note))
    return counts(note) if counts else None


def _entered(note: QueueEntered) -> Counted:
    return Counted(note.wall_ms, note.queue, "", {"offered": 1})


def _left(note: QueueLeft) -> Counted:
    outcome, wait_ms = note.outcome, note.wait_ms
    counts = {outcome: 1}
    if outcome == "answered":
        counts["answered_wait_ms"] = wait_ms
        counts["answered_within"] = int(wait_ms <= note.within_ms)
    elif outcome == "abandoned":
        counts["abandoned_wait_ms"] = wait_ms
        counts["abandoned_within"] = int(wait_ms <= note.within_ms)
        counts["abandoned_short"] = int(wait_ms <= note.short_ms)
    return Counted(_known(note.entered_wall_ms, note.wall_ms - wait_ms), note.queue, "", counts)


def _taken(note: TalkStarted) -> Counted:
    entered = _known(note.entered_wall_ms, note.wall_ms - note.wait_ms)
    return Counted(entered, note.queue, note.agent, {"taken": 1, "ring_ms": note.ring_ms})


def _offer_ended(note: OfferEnded) -> Counted:
    counts = {"refused": int(note.reason == "refused")}
    if note.missed:
        counts |= {"missed": 1, "missed_ring_ms": note.ring_ms}
    entered = _known(note.entered_wall_ms, note.wall_ms - note.ring_ms)
    return Counted(entered, note.queue, note.agent, counts)


def _talked(note: TalkEnded) -> Counted:
    counts = {
        "handled": 1,
        "talk_ms": note.talk_ms,
        "hold_ms": note.hold_ms,
        "transferred": int(note.by == "transfer"),
    }
    entered = _known(note.entered_wall_ms, note.wall_ms - note.talk_ms - note.wait_ms)
    return Counted(entered, note.queue, note.agent, counts)


def _wrapped_up(note: WrapUpEnded) -> Counted:
    counts = {"wrapped": 1, "wrap_up_ms": note.ended_wall_ms - note.started_wall_ms}
    entered = _known(note.entered_wall_ms, note.started_wall_ms)
    return Counted(entered, note.queue, note.agent, counts)


def _known(entered_wall_ms: int, about_ms: int) -> int:
    """When the visit entered; events of old versions do not say, and are put where they come
    closest."""
    return entered_wall_ms if entered_wall_ms >= 0 else about_ms


COUNTS: dict[type[Note], Callable[[Any], Counted]] = {
    QueueEntered: _entered,
    QueueLeft: _left,
    TalkStarted: _taken,
    OfferEnded: _offer_ended,
    TalkEnded: _talked,
    WrapUpEnded: _wrapped_up,
}
