"""Whole days of seeded traffic: after every event the invariants hold, and a follower agrees.

A failure names its seed, and the seed repeats it.
"""

from __future__ import annotations

import random

import pytest

from pbx.codec import Record, decode_record, encode_record
from pbx.events import Stopped
from pbx.exchange import Exchange
from pbx.notes import (
    Announced,
    CallClosed,
    MenuPassed,
    QueueEntered,
    QueueLeft,
    RecordingChanged,
    Transferred,
    TrunkChanged,
)
from pbx.state import State
from tests.pbx.world import World

HOUR_MS = 3_600_000


@pytest.mark.parametrize("seed", range(8))
def test_an_hour_of_trouble_leaves_one_record_for_each_call_and_every_agent_sound(
    seed: int,
) -> None:
    world = World(seed)
    world.run(HOUR_MS)
    desk = world.desk
    desk.put(Stopped())
    assert not desk.exchange.state.legs
    records = desk.of(CallClosed)
    assert len(records) == desk.legs > 600
    assert len({record.call for record in records}) == len(records)
    entered, left = desk.of(QueueEntered), desk.of(QueueLeft)
    assert len(entered) == len(left)
    for kind in (MenuPassed, Announced, Transferred, RecordingChanged, TrunkChanged):
        assert desk.of(kind), f"no {kind.__name__} in an hour: nothing was tried"
    assert not desk.exchange.state.calls and not desk.exchange.state.entries


@pytest.mark.parametrize("seed", range(3))
def test_a_follower_fed_the_encoded_records_says_the_same_and_takes_over_anywhere(
    seed: int,
) -> None:
    world = World(seed)
    world.run(600_000)
    facts = world.desk.facts
    chosen = random.Random(seed)
    handover = chosen.randrange(len(facts))
    owner, follower = Exchange(State(group="t")), Exchange(State(group="t"))
    for place, (now, fact) in enumerate(facts):
        copy = decode_record(encode_record(Record(place + 1, now, 1, fact))).body
        expected = owner.tick(now) if fact is None else owner.handle(fact, now)
        if place == handover:
            follower = Exchange.restored(follower.snapshot())
        found = follower.tick(now) if copy is None else follower.handle(copy, now)
        assert found == expected, f"record {place} of seed {seed}"
        assert follower.take_notes() == owner.take_notes()
    assert follower.digest() == owner.digest() == world.desk.exchange.digest()
    assert follower.snapshot() == owner.snapshot()
