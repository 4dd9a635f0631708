"""The five nastiest races of the offer protocol, told to the engine as the wire tells them."""

from __future__ import annotations

from kernel.acd import engine as acd
from tests.kernel.acd.floor import ANN, BOB, Floor


def test_race_1_two_answers_and_a_cancel_that_crosses_one_give_one_talk() -> None:
    floor = Floor(strategy=acd.RING_ALL)
    floor.call()
    floor.did()
    floor.answered(100, ANN)
    assert floor.did() == [
        ("release", BOB, 26),
        ("ended", BOB, "withdrawn"),
        ("bridge", ANN),
    ]
    floor.answered(101, BOB)  # his 200 crossed our CANCEL: ACK, BYE
    assert floor.did() == [("release", BOB, 26)]
    floor.call(102)
    assert floor.did() == []
    floor.released(110, BOB)
    assert floor.did(standings=True) == [
        ("standing", BOB, "ready"),
        ("ring", BOB),
        ("standing", BOB, "offered"),
    ]
    floor.bridged(120, ANN)
    assert floor.did() == [("confirmed", ANN), ("left", "answered", "answered")]
    assert floor.engine.counts(0) == (2, 1, 0, 0, 0, 0, 0)


def test_race_2a_the_caller_hangs_up_just_before_the_answer() -> None:
    floor = Floor(agents=1, misses_max=1)
    entry = floor.call()
    floor.did()
    floor.engine.leave(100, entry, acd.ABANDONED)
    floor.answered(101, ANN)
    assert floor.did() == [
        ("release", ANN, 16),
        ("ended", ANN, "withdrawn"),
        ("left", "abandoned", "caller"),
        ("release", ANN, 16),
    ]
    floor.released(110, ANN)
    assert floor.did(standings=True) == [("standing", ANN, "ready")]
    assert floor.engine.misses(ANN) == 0


def test_race_2b_the_caller_hangs_up_between_answer_and_bridge() -> None:
    floor = Floor(agents=1)
    entry = floor.call()
    floor.did()
    floor.answered(100, ANN)
    floor.engine.leave(101, entry, acd.ABANDONED)
    assert floor.did() == [
        ("bridge", ANN),
        ("release", ANN, 16),
        ("ended", ANN, "fell"),
        ("left", "abandoned", "caller"),
    ]
    floor.bridged(102, ANN)  # it was on its way
    floor.released(110, ANN)
    assert floor.did(standings=True) == [("standing", ANN, "ready")]  # no talk, no wrap-up
    assert floor.engine.counts(0) == (1, 0, 1, 0, 0, 0, 0)


def test_race_2c_the_caller_hangs_up_after_the_bridge() -> None:
    floor = Floor(agents=1)
    entry = floor.call()
    floor.did()
    floor.answered(100, ANN)
    floor.bridged(101, ANN)
    floor.engine.leave(102, entry, acd.ABANDONED)
    assert floor.did() == [
        ("bridge", ANN),
        ("confirmed", ANN),
        ("left", "answered", "answered"),
    ]
    floor.hang_up(110, ANN, wrap_up_ms=10_000)
    assert floor.standing(ANN) == "wrap_up"


def test_race_3_the_winner_drops_before_the_bridge() -> None:
    floor = Floor(strategy=acd.RING_ALL)
    first = floor.call()
    floor.did()
    second = floor.call(50)
    floor.answered(100, ANN)
    floor.released(101, ANN)
    floor.did()
    assert floor.engine.waiting(0) == [first, second]  # its old place
    assert floor.state(first) == "waiting"  # Bob's leg still clears, Ann passed it by
    assert floor.state(second) == "offered"  # Ann has this one
    floor.released(110, BOB)
    assert floor.did() == [("ring", BOB)]
    assert floor.state(first) == "offered"
    floor.engine.leave(200, second, acd.ABANDONED)
    floor.released(210, ANN)
    floor.did()
    floor.engine.advance(10_101)  # retry_ms after she dropped
    assert floor.did() == [("ring", ANN)]


def test_race_4_the_phone_is_gone_during_the_offer() -> None:
    floor = Floor(wrap_up_ms=10_000)
    floor.call()
    floor.did()
    old = floor.offers[ANN]
    floor.engine.advance(15_000)
    assert floor.did() == [("release", ANN, 19), ("ring", BOB)]
    floor.engine.advance(19_000)
    assert floor.did(standings=True) == [
        ("ended", ANN, "lost"),
        ("standing", ANN, "unreachable"),
    ]
    floor.engine.answered(20_000, old)  # a 200 for a leg nobody knows: the wire answers BYE
    assert floor.did() == []
    floor.engine.talk_ended(20_500, ANN, 10_000)
    floor.engine.device(21_000, ANN, True)
    assert floor.standing(ANN) == "wrap_up"  # as is still owed
    floor.call(22_000)
    floor.did()
    floor.engine.advance(30_500)
    assert floor.did() == [("release", BOB, 19), ("ring", ANN)]


def test_race_4_again_with_the_device_known_to_be_lost() -> None:
    floor = Floor()
    floor.call()
    floor.did()
    floor.engine.device(1_000, ANN, False)
    assert floor.did() == [("release", ANN, 27), ("ended", ANN, "lost"), ("ring", BOB)]
    floor.engine.device(2_000, ANN, True)
    assert floor.standing(ANN) == "offered"  # the old leg still clears
    floor.released(2_100, ANN)
    assert floor.standing(ANN) == "ready"


def test_race_5_killed_in_the_middle_goes_on_from_the_snapshot() -> None:
    """The callback's part comes with callbacks; what an engine owes a restart is this."""
    floor = Floor()
    entry = floor.call()
    floor.did()
    floor.answered(100, ANN)
    floor.did()
    saved = floor.engine.snapshot()
    restored = acd.Engine()
    restored.restore(saved)
    floor.engine = restored
    floor.released(200, ANN)  # cause 41: every leg in the journal is released
    assert floor.did() == [("ended", ANN, "fell"), ("ring", BOB)]
    assert floor.engine.position(entry) == 1
    assert floor.offers[BOB] > floor.offers[ANN]  # numbers are never used twice
