"""A call of a log as ours would be: the notes that it would have left, and its record.

    opened ── menu ── entered ──┬── rang in vain … ──┬── talk ── entered another queue …
                      a visit   └── rang ────────────┴── left: gone, too long, by a key

What a log does not tell is 0, "" or, for an agent who is not named, `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from pbx.notes import (
    AgentChanged,
    CallClosed,
    CallOpened,
    Note,
    Offered,
    OfferEnded,
    QueueEntered,
    QueueLeft,
    Segment,
    TalkEnded,
    TalkStarted,
)

UNKNOWN = "unknown"  # the agent of a talk, where the log names none
WHY = "as imported"  # an agent was chosen: why is not in the log
VISITS_MAX, OFFERS_MAX = 100, 1_000  # of a call, of a visit
CAUSES = {"busy": 17, "no_answer": 19, "failed": 41}  # Q.850; 16 of others


class Item(NamedTuple):
    """One thing of a log: a call with its record, or what was told of an agent, without one."""

    notes: tuple[Note, ...]
    record: CallClosed | None = None


class Ring(NamedTuple):
    """A phone that rang in vain, until `ended_ms`."""

    agent: str
    ended_ms: int
    ring_ms: int
    reason: str = "no_answer"


class Visit(msgspec.Struct, eq=False):
    """A stay in a queue and the talk that came of it; `outcome` is "" while it goes on, times below
    0 are not told. `after`: how the agent stood after the talk, where the log tells of agents."""

    queue: str
    entered_ms: int
    position: int = 1
    priority: int = 0
    rings: list[Ring] = []
    outcome: str = ""
    why: str = ""
    left_position: int = 0
    wait_ms: int = -1
    agent: str = ""
    ring_ms: int = 0
    talk_ms: int = -1
    by: str = "caller"
    to: str = ""
    method: str = ""
    other: str = ""
    after: str = ""
    reason: str = ""
    is_over: bool = False

    @property
    def connected_ms(self) -> int:
        """When the wait was over."""
        return self.entered_ms + max(0, self.wait_ms)

    @property
    def ended_ms(self) -> int:
        """When the talk was over, or the wait without one."""
        return self.connected_ms + max(0, self.talk_ms)


class PastCall(msgspec.Struct, eq=False):
    """A call of a log; its visits in order. `name` is what the log knows it by. One without visits
    ended with `outcome` after `wait_ms` of ringing and `talk_ms` of talk with `extension`."""

    name: str
    started_ms: int
    calling: str = ""
    called: str = ""
    direction: str = "in"
    trunk: str = ""
    menu_ms: int = 0
    visits: list[Visit] = []
    outcome: str = ""
    extension: str = ""
    wait_ms: int = 0
    talk_ms: int = 0

    @property
    def untold(self) -> tuple[int, int]:
        """Visits whose wait the log does not tell, and talks whose length it does not."""
        talks = [visit for visit in self.visits if visit.outcome == "answered"]
        return (
            sum(visit.wait_ms < 0 for visit in self.visits),
            sum(visit.talk_ms < 0 for visit in talks),
        )


def item(call: PastCall, *, number: str, source: str) -> Item:
    """The call as notes and record, its id being `number`."""
    record = _record(call, number, source=source)
    return Item(tuple(_notes(call, number, source=source)), record)


def _notes(call: PastCall, number: str, *, source: str) -> Iterator[Note]:
    yield CallOpened(
        number, call.direction, source, call.calling, call.called, call.trunk, call.started_ms
    )
    for visit in call.visits:
        yield QueueEntered(
            number, visit.queue, call.calling, visit.position, visit.priority, visit.entered_ms
        )
        for ring in visit.rings:
            yield from _in_vain(number, ring, visit=visit)
        yield from (
            _answered(number, visit) if visit.outcome == "answered" else (_left(number, visit),)
        )


def _in_vain(number: str, ring: Ring, *, visit: Visit) -> Iterator[Note]:
    is_missed, queue = ring.reason == "no_answer", visit.queue
    yield Offered(number, queue, ring.agent, 0, WHY, ring.ended_ms - ring.ring_ms)
    yield OfferEnded(
        number, queue, ring.agent, ring.reason, is_missed, ring.ring_ms, ring.ended_ms, "",
        visit.entered_ms,
    )  # fmt: skip


def _left(number: str, visit: Visit) -> QueueLeft:
    return QueueLeft(
        number,
        visit.queue,
        visit.outcome,
        visit.why,
        visit.left_position or visit.position,
        visit.position,
        max(0, visit.wait_ms),
        visit.connected_ms,
        "",
        visit.entered_ms,
    )


def _answered(number: str, visit: Visit) -> Iterator[Note]:
    """The offer, the talk and how the agent stood, as the exchange notes them."""
    queue, agent, at, end = visit.queue, visit.agent, visit.connected_ms, visit.ended_ms
    wait_ms, talk_ms = max(0, visit.wait_ms), max(0, visit.talk_ms)
    yield Offered(number, queue, agent, 0, WHY, at - visit.ring_ms)
    entered = visit.entered_ms
    yield TalkStarted(number, queue, agent, wait_ms, visit.ring_ms, 0, at, "", entered)
    if visit.after:
        yield AgentChanged(agent, "talking", "", number, at)
    yield _left(number, visit)
    yield TalkEnded(
        number, queue, agent, visit.by, wait_ms, talk_ms, 0, visit.position, end,
        visit.to, visit.method, visit.other, "", entered,
    )  # fmt: skip
    if visit.after:
        yield AgentChanged(agent, visit.after, visit.reason, "", end)


def _record(call: PastCall, number: str, *, source: str) -> CallClosed:
    talks = [visit for visit in call.visits if visit.outcome == "answered"]
    last = call.visits[-1] if call.visits else None
    outcome = "answered" if talks else last.outcome if last else call.outcome
    answered_ms, ended_ms = _times(call)
    return CallClosed(
        call=number,
        direction=call.direction,
        source=source,
        calling=call.calling,
        called=call.called,
        name="",
        trunk=call.trunk,
        queue=call.visits[0].queue if call.visits else "",
        agent=talks[0].agent if talks else "",
        extension=call.extension,
        started_wall_ms=call.started_ms,
        answered_wall_ms=answered_ms,
        connected_wall_ms=talks[0].connected_ms if talks else answered_ms if not last else -1,
        ended_wall_ms=ended_ms,
        outcome=outcome,
        cause=CAUSES.get(outcome, 16),
        ended_by=_ended_by(last, outcome),
        wait_ms=sum(max(0, visit.wait_ms) for visit in call.visits),
        talk_ms=sum(max(0, visit.talk_ms) for visit in talks) or call.talk_ms,
        hold_ms=0,
        legs=(),
        segments=tuple(_segments(call)),
    )


def _times(call: PastCall) -> tuple[int, int]:
    """When the caller was answered, by whomever (below 0: never), and when the call was over."""
    if call.visits:
        return call.visits[0].entered_ms, max(visit.ended_ms for visit in call.visits)
    at = call.started_ms + call.menu_ms + call.wait_ms
    return at if call.outcome == "answered" else -1, at + call.talk_ms


def _ended_by(last: Visit | None, outcome: str) -> str:
    if last is None:
        return "caller" if outcome in ("answered", "exited", "no_answer") else "system"
    if last.outcome == "answered":
        return last.by if last.by in ("caller", "agent") else "system"
    return "caller" if last.outcome == "abandoned" else "system"


def _segments(call: PastCall) -> Iterator[Segment]:
    begun = call.started_ms
    if call.menu_ms:
        yield Segment("menu", "", "", begun, begun + call.menu_ms)
    for visit in call.visits:
        yield Segment("wait", visit.queue, "", visit.entered_ms, visit.connected_ms)
        for ring in visit.rings:
            rang = ring.ended_ms - ring.ring_ms
            yield Segment("ring", visit.queue, ring.agent, rang, ring.ended_ms, ring.reason)
        if visit.outcome == "answered":
            at, agent = visit.connected_ms, visit.agent
            if visit.ring_ms:
                yield Segment("ring", visit.queue, agent, at - visit.ring_ms, at, "answered")
            yield Segment("talk", visit.queue, agent, at, visit.ended_ms)
    if not call.visits and call.outcome == "answered":
        at = begun + call.menu_ms + call.wait_ms
        yield Segment("talk", "", "", at, at + call.talk_ms)
