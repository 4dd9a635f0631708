"""A call to its record: the outcome, the sums, the segments in order."""

from __future__ import annotations

from pbx.call import Call
from pbx.notes import CallClosed, Segment

_FAILURES = {17: "busy", 18: "no_answer", 19: "no_answer", 20: "failed", 21: "refused"}


def failure(cause: int) -> str:
    """The outcome of a call whose called party could not be had, for a Q.850 cause."""
    return _FAILURES.get(cause, "failed")


def outcome(call: Call) -> str:
    """What became of a call, in the words of `calls.outcome`."""
    if call.was_connected:
        return "answered"
    if call.outcome:
        return call.outcome
    if call.visits:
        return "abandoned" if call.ended_by == "caller" else "failed"
    if call.stay is not None and call.stay.kind == "menu" and call.ended_by == "caller":
        return "exited"
    return "no_answer" if call.ended_by == "caller" else failure(call.cause)


def _by_start(segment: Segment) -> tuple[int, bool, int, bool]:
    """In order of their beginning; what lasted longer stands first, the wait before its ring. But
    a queue that turned the caller away comes before the one that it was sent on to."""
    began, ended, is_wait = segment.started_wall_ms, segment.ended_wall_ms, segment.kind == "wait"
    return began, not (is_wait and began == ended), -ended, not is_wait


def record(call: Call) -> CallClosed:
    """The whole record of a call that has ended."""
    talked = sum(
        each.ended_wall_ms - each.started_wall_ms for each in call.segments if each.kind == "talk"
    )
    return CallClosed(
        call=call.id,
        direction=call.direction,
        source=call.source,
        calling=call.calling,
        called=call.called,
        name=call.name,
        trunk=call.trunk,
        queue=call.queue,
        agent=call.agent,
        extension=call.extension,
        started_wall_ms=call.wall(call.started_ms),
        answered_wall_ms=call.wall(call.answered_ms),
        connected_wall_ms=call.wall(call.connected_ms),
        ended_wall_ms=call.wall(call.ended_ms),
        outcome=outcome(call),
        cause=call.cause,
        ended_by=call.ended_by,
        wait_ms=call.wait_ms,
        talk_ms=max(0, talked - call.hold_ms),
        hold_ms=call.hold_ms,
        legs=tuple(call.all_legs),
        segments=tuple(sorted(call.segments, key=_by_start)),
        sip_call_id=call.sip_call_id,
        recording=call.recording.file,
    )
