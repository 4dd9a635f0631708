"""Each row of the offer protocol's tables: an offer's states, an entry's states."""

from __future__ import annotations

import pytest

from kernel.acd import engine as acd
from tests.kernel.acd.floor import ANN, BOB, CARL, Floor

# ---- RINGING


def ringing(agents: int = 2, **settings: object) -> tuple[Floor, int]:
    """Ann rings for a call of 0 ms."""
    floor = Floor(agents, **settings)
    entry = floor.call()
    assert floor.did() == [("ring", ANN)]
    return floor, entry


def test_an_answer_grants_the_call() -> None:
    floor, entry = ringing()
    floor.answered(100, ANN)
    assert floor.did(standings=True) == [("bridge", ANN), ("standing", ANN, "busy")]
    assert floor.state(entry) == "granted"
    assert floor.engine.next_deadline() == 5_100


def test_a_refusal_passes_the_call_on_and_is_no_miss() -> None:
    floor, entry = ringing(misses_max=1)
    floor.released(100, ANN, refused=True)
    assert floor.did() == [("ended", ANN, "refused"), ("ring", BOB)]
    assert floor.standing(ANN) == "ready"
    assert (ANN, acd.WHY_NOT.index("passed")) in floor.engine.why_not(entry)


def test_a_refuser_is_offered_the_call_again_after_the_retry_time() -> None:
    floor, _ = ringing(agents=1)
    floor.released(100, ANN, refused=True)
    floor.engine.advance(10_099)
    assert floor.did() == [("ended", ANN, "refused")]
    floor.engine.advance(10_100)
    assert floor.did() == [("ring", ANN)]


def test_a_refuser_is_offered_other_calls_at_once() -> None:
    floor, first = ringing(agents=1)
    second = floor.call(50)
    floor.released(100, ANN, refused=True)
    assert floor.did() == [("ended", ANN, "refused"), ("ring", ANN)]
    assert (floor.state(first), floor.state(second)) == ("waiting", "offered")


def test_a_phone_that_gives_up_ringing_by_itself_is_a_miss() -> None:
    floor, _ = ringing()
    floor.released(100, ANN)
    assert floor.did() == [("ended", ANN, "no_answer", "missed"), ("ring", BOB)]


def test_no_answer_is_withdrawn_and_missed_when_the_leg_is_gone() -> None:
    floor, _ = ringing()
    floor.engine.advance(15_000)
    assert floor.did() == [("release", ANN, 19), ("ring", BOB)]
    assert floor.standing(ANN) == "offered"
    floor.released(15_050, ANN)
    assert floor.did() == [("ended", ANN, "no_answer", "missed")]
    assert floor.standing(ANN) == "ready"


def test_misses_in_a_row_pause_the_agent() -> None:
    floor, _ = ringing(agents=1, misses_max=2, retry_ms=0)
    did = []
    for now in (15_000, 31_000):
        floor.engine.advance(now)
        floor.released(now + 1_000, ANN)
        did += floor.did()
    assert did == [
        ("release", ANN, 19),
        ("ended", ANN, "no_answer", "missed"),
        ("ring", ANN),
        ("release", ANN, 19),
        ("ended", ANN, "no_answer", "missed"),
        ("paused", ANN, 2),
    ]
    assert floor.standing(ANN) == "paused"
    assert floor.engine.paused(ANN)


def test_an_answer_between_misses_begins_the_count_anew() -> None:
    floor, _ = ringing(agents=1, misses_max=2, retry_ms=0)
    floor.released(10, ANN)
    floor.did()
    floor.talk(20, ANN)
    floor.hang_up(30, ANN)
    floor.call(40)
    floor.did()
    floor.released(50, ANN)
    assert floor.did()[-1] == ("ring", ANN)
    assert floor.engine.misses(ANN) == 1


@pytest.mark.parametrize(
    ("outcome", "cause"), [(acd.ABANDONED, 16), (acd.EXITED, 26)], ids=["caller", "pull"]
)
def test_a_call_that_leaves_withdraws_its_offer(outcome: int, cause: int) -> None:
    floor, entry = ringing()
    floor.engine.leave(100, entry, outcome)
    name, why = (("abandoned", "caller"), ("exited", "key"))[outcome == acd.EXITED]
    assert floor.did() == [
        ("release", ANN, cause),
        ("ended", ANN, "withdrawn"),
        ("left", name, why),
    ]
    floor.released(150, ANN)
    assert floor.did(standings=True) == [("standing", ANN, "ready")]


@pytest.mark.parametrize("what", ["pause", "logout", "leg_added"])
def test_an_agent_who_cannot_take_the_call_after_all_is_withdrawn(what: str) -> None:
    floor, _ = ringing(misses_max=1)
    getattr(floor.engine, what)(100, ANN)
    assert floor.did() == [("release", ANN, 26), ("ended", ANN, "withdrawn"), ("ring", BOB)]
    floor.released(150, ANN)
    after = {"pause": "paused", "logout": "logged_out", "leg_added": "busy"}
    assert floor.did(standings=True) == [("standing", ANN, after[what])]


def test_a_lost_device_withdraws_and_is_no_miss() -> None:
    floor, _ = ringing(misses_max=1)
    floor.engine.device(100, ANN, False)
    assert floor.did() == [("release", ANN, 27), ("ended", ANN, "lost"), ("ring", BOB)]
    floor.released(150, ANN)
    assert floor.did(standings=True) == [("standing", ANN, "unreachable")]


def test_a_leg_that_ends_with_its_device_leaves_the_agent_unreachable() -> None:
    floor, _ = ringing(misses_max=1)
    floor.released(100, ANN, lost=True)
    assert floor.did() == [("ended", ANN, "lost"), ("ring", BOB)]
    assert floor.standing(ANN) == "unreachable"


# ---- GRANTED


def granted(**settings: object) -> tuple[Floor, int]:
    floor, entry = ringing(**settings)  # type: ignore[arg-type]
    floor.answered(100, ANN)
    assert floor.did() == [("bridge", ANN)]
    return floor, entry


def test_bridged_confirms_the_call() -> None:
    floor, entry = granted()
    floor.bridged(120, ANN)
    assert floor.did() == [("confirmed", ANN), ("left", "answered", "answered")]
    assert floor.state(entry) == "left"
    assert floor.standing(ANN) == "busy"
    assert floor.engine.counts(0) == (1, 1, 0, 0, 0, 0, 0)
    assert floor.engine.next_deadline() is None


def test_a_granted_leg_that_drops_passes_the_call_on_at_once() -> None:
    floor, _ = granted()
    floor.released(120, ANN)
    assert floor.did() == [("ended", ANN, "fell"), ("ring", BOB)]


def test_a_grant_that_is_not_bridged_in_time_passes_the_call_on() -> None:
    floor, entry = granted()
    floor.engine.advance(5_100)
    assert floor.did() == [("release", ANN, 26), ("ended", ANN, "fell"), ("ring", BOB)]
    assert floor.standing(ANN) == "busy"
    floor.released(5_200, ANN)
    assert floor.standing(ANN) == "ready"
    assert floor.state(entry) == "offered"


@pytest.mark.parametrize(("outcome", "cause"), [(acd.ABANDONED, 16), (acd.EXITED, 26)])
def test_a_granted_call_that_leaves_ends_the_grant(outcome: int, cause: int) -> None:
    floor, entry = granted()
    floor.engine.leave(110, entry, outcome)
    assert floor.did()[:2] == [("release", ANN, cause), ("ended", ANN, "fell")]
    assert floor.engine.counts(0)[1] == 0
    floor.released(120, ANN)
    assert floor.standing(ANN) == "ready"  # no talk, no wrap-up


@pytest.mark.parametrize(("what", "after"), [("pause", "paused"), ("logout", "logged_out")])
def test_a_wish_during_a_grant_is_remembered(what: str, after: str) -> None:
    floor, _ = granted()
    getattr(floor.engine, what)(110, ANN)
    assert floor.did() == []
    floor.bridged(120, ANN)
    floor.hang_up(9_000, ANN)
    assert floor.did(standings=True)[-1] == ("standing", ANN, after)


def test_a_registration_lost_during_a_grant_changes_nothing() -> None:
    floor, _ = granted()
    floor.engine.device(110, ANN, False)
    assert floor.did() == []
    floor.bridged(120, ANN)
    assert floor.did() == [("confirmed", ANN), ("left", "answered", "answered")]


# ---- WITHDRAWN


def withdrawn(**settings: object) -> tuple[Floor, int]:
    """Ann did not answer; nobody else is there."""
    floor, entry = ringing(agents=1, **settings)
    floor.engine.advance(15_000)
    assert floor.did() == [("release", ANN, 19)]
    return floor, entry


def test_a_late_answer_is_released_again_and_is_no_miss() -> None:
    floor, _ = withdrawn(misses_max=1)
    floor.answered(15_010, ANN)
    assert floor.did() == [("release", ANN, 19), ("ended", ANN, "no_answer")]
    floor.released(15_020, ANN)
    assert floor.did(standings=True) == [("standing", ANN, "ready")]


def test_an_agent_is_free_only_when_the_leg_is_gone() -> None:
    floor, _ = withdrawn()
    other = floor.call(15_001)
    assert floor.did() == []
    floor.released(15_100, ANN)
    assert floor.did()[-1] == ("ring", ANN)
    assert floor.state(other) == "offered"


def test_a_leg_that_never_ends_takes_the_device_for_lost() -> None:
    floor, _ = withdrawn(misses_max=1)
    floor.engine.advance(19_000)
    assert floor.did(standings=True) == [
        ("ended", ANN, "lost"),
        ("standing", ANN, "unreachable"),
    ]
    floor.engine.advance(25_000)  # the retry time is over, the phone is not back
    floor.engine.device(30_000, ANN, True)
    assert floor.did() == [("ring", ANN)]


def test_an_old_offer_changes_nothing() -> None:
    floor, _ = withdrawn()
    old = floor.offers[ANN]
    floor.engine.advance(19_000)
    before = floor.did()
    for now in (20_000, 20_001):
        floor.engine.answered(now, old)
        floor.engine.bridged(now, old)
        floor.engine.released(now, old, refused=False, lost=False)
    assert before and floor.did(standings=True) == []


@pytest.mark.parametrize("offer", [-1, 0, 1, 4_095, 1 << 40, (1 << 63) - 1, -(1 << 63)])
def test_an_offer_that_never_was_changes_nothing(offer: int) -> None:
    floor, _ = ringing()
    floor.engine.answered(1, offer)
    floor.engine.bridged(1, offer)
    floor.engine.released(1, offer, refused=True, lost=True)
    assert floor.did(standings=True) == []


# ---- an entry's way


def test_an_entry_that_comes_back_has_its_old_place() -> None:
    floor, first = ringing(agents=1)
    second, third = floor.call(10), floor.call(20)
    floor.released(30, ANN, refused=True)
    assert floor.engine.waiting(0) == [first, second, third]
    assert [floor.engine.position(entry) for entry in (first, second, third)] == [1, 2, 3]


def test_max_wait_takes_a_waiting_call() -> None:
    floor = Floor(agents=0, max_wait_ms=60_000)
    floor.call(500)
    assert floor.engine.next_deadline() == 60_500
    floor.engine.advance(60_500)
    assert floor.did() == [("left", "overflowed", "max_wait")]


def test_max_wait_withdraws_a_ringing_offer() -> None:
    floor, _ = ringing(max_wait_ms=10_000)
    floor.engine.advance(10_000)
    assert floor.did() == [
        ("release", ANN, 26),
        ("ended", ANN, "withdrawn"),
        ("left", "overflowed", "max_wait"),
    ]


def test_a_grant_wins_over_max_wait() -> None:
    floor, _ = granted(max_wait_ms=1_000)
    floor.engine.advance(1_000)
    assert floor.did() == []
    floor.bridged(1_001, ANN)
    assert floor.did()[-1] == ("left", "answered", "answered")


def test_a_grant_that_falls_when_overdue_overflows_at_once() -> None:
    floor, _ = granted(max_wait_ms=1_000)
    floor.engine.advance(1_000)
    floor.released(1_001, ANN)
    assert floor.did() == [("ended", ANN, "fell"), ("left", "overflowed", "max_wait")]


def test_ring_all_grants_the_first_and_releases_the_others() -> None:
    floor = Floor(agents=3, strategy=acd.RING_ALL)
    floor.call()
    assert floor.did() == [("ring", ANN), ("ring", BOB), ("ring", CARL)]
    floor.answered(100, BOB)
    assert floor.did() == [
        ("release", ANN, 26),
        ("ended", ANN, "withdrawn"),
        ("release", CARL, 26),
        ("ended", CARL, "withdrawn"),
        ("bridge", BOB),
    ]


def test_a_call_waits_again_when_its_last_offer_is_gone() -> None:
    floor = Floor(strategy=acd.RING_ALL)
    entry = floor.call()
    floor.did()
    floor.released(10, ANN, refused=True)
    assert floor.state(entry) == "offered"
    floor.released(20, BOB, refused=True)
    assert floor.state(entry) == "waiting"


def test_a_call_that_has_left_leaves_no_more() -> None:
    floor, entry = ringing()
    floor.engine.leave(1, entry, acd.ABANDONED)
    floor.did()
    floor.engine.leave(2, entry, acd.ABANDONED)
    assert floor.did(standings=True) == []
    assert floor.engine.counts(0) == (1, 0, 1, 0, 0, 0, 0)


def test_left_says_which_position_the_call_had() -> None:
    floor = Floor(agents=0)
    floor.call(0)
    second = floor.call(1)
    floor.engine.leave(2, second, acd.ABANDONED)
    assert floor.engine.actions() == [(acd.LEFT, second, -1, 2, acd.ABANDONED | 1 << 8)]
