"""What an ordinary queue call leaves behind, made of its number alone: for tests of the record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pbx import events, notes

START_MS = 1_790_000_000_000
NOTES_PER_CALL = 9


def call_of(n: int) -> str:
    """The id of call number `n`."""
    return events.call_id("a", 1, counter=n)


def notes_of(n: int) -> Iterator[notes.Note]:
    """NOTES_PER_CALL notes: 8 s in queue `sales`, 60 s with agent 2001, the caller hangs up."""
    call, at = call_of(n), START_MS + n * 10
    yield notes.CallOpened(call, "in", "trunk:gw", "13800138000", "4001", "gw", at)
    yield notes.QueueEntered(call, "sales", "13800138000", 1, 5, at)
    yield notes.Offered(call, "sales", "2001", n, "longest idle", at + 5_000)
    yield notes.AgentChanged("2001", "offered", "", call, at + 5_000)
    yield notes.TalkStarted(call, "sales", "2001", 8_000, 3_000, n, at + 8_000)
    yield notes.AgentChanged("2001", "talking", "", call, at + 8_000)
    yield notes.QueueLeft(call, "sales", "answered", "", 1, 1, 8_000, at + 8_000)
    yield notes.TalkEnded(call, "sales", "2001", "caller", 8_000, 60_000, 0, 1, at + 68_000)
    yield closed(n)


def closed(n: int, **other: Any) -> notes.CallClosed:
    """The record of call number `n`, with other values for some fields."""
    at = START_MS + n * 10
    fields = {
        "call": call_of(n),
        "direction": "in",
        "source": "trunk:gw",
        "calling": "13800138000",
        "called": "4001",
        "name": "Li Na",
        "trunk": "gw",
        "queue": "sales",
        "agent": "2001",
        "extension": "201",
        "started_wall_ms": at,
        "answered_wall_ms": at,
        "connected_wall_ms": at + 8_000,
        "ended_wall_ms": at + 68_000,
        "outcome": "answered",
        "cause": 16,
        "ended_by": "caller",
        "wait_ms": 8_000,
        "talk_ms": 60_000,
        "hold_ms": 0,
        "legs": (n, n + 1),
        "segments": (
            notes.Segment("wait", "sales", "", at, at + 8_000),
            notes.Segment("ring", "sales", "2001", at + 5_000, at + 8_000),
            notes.Segment("talk", "sales", "2001", at + 8_000, at + 68_000),
        ),
        "sip_call_id": f"{n}@192.0.2.1",
    }
    return notes.CallClosed(**{**fields, **other})
