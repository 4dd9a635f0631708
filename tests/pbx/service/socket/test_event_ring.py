"""The ring of events: numbers, limits, what is kept packed is what came."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from pbx.notes import AgentChanged, QueueEntered
from pbx.service.socket.event_ring import BLOCK, TAIL, EventRing
from pbx.service.socket.topics import Topics

ALL = Topics(["*"])


def drained(ring: EventRing, after: int, topics: Topics = ALL) -> list[dict[str, Any]]:
    """All events after a number, a chunk at a time."""
    events = []
    while after < ring.seq:
        data, reached = ring.chunk(after, topics)
        assert reached > after
        after = reached
        events += [json.loads(line)["params"] for line in data.splitlines()]
    return events


def filled(count: int, **limits: int) -> EventRing:
    ring = EventRing(**limits)
    for number in range(1, count + 1):
        assert ring.append("agent.changed", {"agent": str(number)}, t=number / 2) == number
    return ring


def test_an_empty_ring_has_nothing_to_send() -> None:
    ring = EventRing()
    assert (ring.seq, ring.first) == (0, 1)
    assert ring.chunk(0, ALL) == (b"", 0)


@pytest.mark.parametrize("count", [1, BLOCK, TAIL, TAIL + BLOCK - 1, TAIL + BLOCK, 3000, 5001])
def test_every_event_comes_once_and_in_order(count: int) -> None:
    events = drained(filled(count), 0)
    assert [event["seq"] for event in events] == list(range(1, count + 1))
    assert [event["agent"] for event in events] == [str(n) for n in range(1, count + 1)]
    assert [event["t"] for event in events] == [n / 2 for n in range(1, count + 1)]


def test_reading_starts_after_any_number() -> None:
    ring = filled(3000)
    for after in random.Random(7).sample(range(3001), 200):
        assert [each["seq"] for each in drained(ring, after)][:2] == [
            number for number in (after + 1, after + 2) if number <= 3000
        ]


def test_the_oldest_go_when_there_are_too_many() -> None:
    ring = filled(10_000, kept=2_000)
    assert 2_000 - BLOCK <= ring.seq + 1 - ring.first <= 2_000
    assert drained(ring, ring.first - 1)[0]["seq"] == ring.first


def test_the_oldest_go_when_they_are_too_large() -> None:
    ring = EventRing(bytes_max=10_000)
    noise = random.Random(1)
    for _ in range(5_000):
        ring.append("call.ended", {"text": f"{noise.getrandbits(400):x}"}, t=0.0)
    assert TAIL <= ring.seq + 1 - ring.first <= TAIL + 2 * BLOCK


def test_what_is_no_longer_kept_cannot_be_read() -> None:
    ring = filled(5_000, kept=2_000)
    with pytest.raises(AssertionError):
        ring.chunk(ring.first - 2, ALL)
    with pytest.raises(AssertionError):
        ring.chunk(ring.seq + 1, ALL)


def test_numbers_go_on_from_where_they_are_told() -> None:
    ring = EventRing(41)
    assert (ring.seq, ring.first) == (41, 42)
    assert ring.append("call.ended", {}, t=0.0) == 42
    assert [event["seq"] for event in drained(ring, 41)] == [42]


def test_notes_survive_packing() -> None:
    ring = EventRing()
    for number in range(3_000):
        ring.append("queue.entered", QueueEntered("c", "sales", "555", number, 0, 0), t=1.0)
    assert [event["position"] for event in drained(ring, 0)] == list(range(3_000))


def test_a_follower_gets_only_what_it_asked_for() -> None:
    ring = EventRing()
    for number in range(3_000):
        agent = f"{number % 3}"
        ring.append("agent.changed", AgentChanged(agent, "ready", "", "", 0), t=1.0)
    events = drained(ring, 0, Topics(["agent.2.*"]))
    assert [event["seq"] for event in events] == list(range(3, 3_001, 3))


def test_a_turn_sends_a_bounded_part() -> None:
    ring = EventRing()
    for _ in range(1_000):
        ring.append("call.ended", {"text": "x" * 1_000}, t=0.0)
    data, reached = ring.chunk(0, ALL)
    assert reached < 100
    assert len(data) < 70_000


def test_100_000_small_events_fit() -> None:
    ring = filled(101_500)
    assert ring.seq + 1 - ring.first >= 100_000 - BLOCK
