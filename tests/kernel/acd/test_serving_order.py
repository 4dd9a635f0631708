"""The order of serving: ageing and its bound, queues that share an agent, the credit of a wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.acd import engine as acd
from tests.kernel.acd.floor import ANN, BOB, Floor

AGEING_MS = 1_000


def busy(**settings: object) -> Floor:
    """One agent, on a call of their own from 0 on."""
    floor = Floor(1, **settings)
    floor.engine.leg_added(0, ANN)
    floor.did()
    return floor


def serve(floor: Floor, now: int) -> int:
    """The agent is free for a moment: the entry that rings, which then leaves."""
    floor.engine.leg_removed(now, ANN)
    ((_, entry, _, offer, _),) = [one for one in floor.engine.actions() if one[0] == acd.RING]
    floor.engine.leg_added(now, ANN)
    floor.engine.released(now, offer, refused=False, lost=False)
    floor.engine.leave(now, entry, acd.EXITED)
    floor.did()
    return entry


# ---- ageing


def test_waiting_so_long_counts_as_one_priority_more() -> None:
    floor = busy(ageing_ms=AGEING_MS)
    old, high = floor.call(0), floor.call(1_999, priority=2)
    higher = floor.call(2_001, priority=2)
    assert floor.engine.waiting(0) == [high, old, higher]
    assert [floor.engine.position(entry) for entry in (high, old, higher)] == [1, 2, 3]
    assert [serve(floor, now) for now in (2_002, 9_000, 9_000)] == [high, old, higher]


def test_of_equal_merit_the_older_call_goes_first() -> None:
    floor = busy(ageing_ms=AGEING_MS)
    first, second = floor.call(0), floor.call(1_000, priority=1)
    assert [serve(floor, 5_000) for _ in range(2)] == [first, second]


def test_without_ageing_a_high_priority_always_goes_first() -> None:
    floor = busy()
    low, high = floor.call(0), floor.call(10**9, priority=1)
    assert [serve(floor, 10**9) for _ in range(2)] == [high, low]


@given(
    st.lists(
        st.tuples(st.integers(0, 3_000), st.integers(-2, 5), st.booleans()),
        min_size=2,
        max_size=30,
    ),
    st.sampled_from([1, 3]),
)
def test_a_call_is_passed_by_later_ones_only_within_the_bound(
    arrivals: list[tuple[int, int, bool]], weight: int
) -> None:
    """Who came d later is served before only if its priority is higher by over weight * d / A."""
    floor = busy(ageing_ms=AGEING_MS, weight=weight)
    floor.did()
    now, calls, served = 0, {}, []
    for after_ms, priority, is_served in arrivals:
        now += after_ms
        calls[floor.call(now, priority=priority)] = (now, priority)
        if is_served:
            served.append(serve(floor, now))
    served += [serve(floor, now) for _ in range(len(calls) - len(served))]
    for place, entry in enumerate(served):
        entered, priority = calls[entry]
        for other in served[:place]:
            other_entered, other_priority = calls[other]
            gain = other_priority - priority
            assert other_entered <= entered or gain * AGEING_MS > weight * (other_entered - entered)


def test_nobody_starves_under_a_stream_of_high_priorities() -> None:
    floor = busy(ageing_ms=AGEING_MS)
    low = floor.call(0)
    for now in range(0, 5_001, 500):  # two more urgent calls for each that is served
        floor.call(now, priority=5)
        floor.call(now, priority=5)
        assert serve(floor, now) != low
    waiting = len(floor.engine.waiting(0))
    for now in range(5_500, 5_500 + waiting * 500, 500):
        floor.call(now, priority=5)
        floor.call(now, priority=5)
        if serve(floor, now) == low:
            return
    raise AssertionError("a call of low priority starves")


def test_position_never_grows_by_the_wait_alone() -> None:
    floor = busy(ageing_ms=AGEING_MS)
    entries = [floor.call(now * 300, priority=now * 7 % 4) for now in range(12)]
    first = [floor.engine.position(entry) for entry in entries]
    for now in (4_000, 40_000, 400_000):
        floor.engine.advance(now)
        assert [floor.engine.position(entry) for entry in entries] == first
    assert sorted(first) == list(range(1, 13))


def test_queues_that_age_differently_are_compared_at_the_moment() -> None:
    floor = busy(ageing_ms=100)
    floor.set_queue(1, ageing_ms=0)
    floor.engine.set_agent(ANN, order=0, levels=[], queues=[0, 1])
    slow, fast = floor.call(0, queue=1, priority=3), floor.call(0, queue=0)
    assert serve(floor, 299) == slow
    slow = floor.call(299, queue=1, priority=3)
    assert serve(floor, 301) == fast
    assert serve(floor, 302) == slow


# ---- queues share an agent


def shared(*weights: int) -> Floor:
    floor = busy(weight=weights[0])
    floor.set_queue(1, weight=weights[1])
    floor.engine.set_agent(ANN, order=0, levels=[], queues=[0, 1])
    return floor


def test_a_queue_of_weight_two_is_served_as_if_its_callers_had_waited_twice_as_long() -> None:
    floor = shared(1, 2)
    longer, heavy = floor.call(0, queue=0), floor.call(600, queue=1)
    assert serve(floor, 1_100) == longer  # 1,100 beside 2 * 500
    longer = floor.call(1_100, queue=0)
    assert serve(floor, 1_101) == heavy
    heavy = floor.call(1_500, queue=1)
    assert serve(floor, 2_000) == heavy  # 2 * 500 beside 900
    assert serve(floor, 2_000) == longer


def test_in_overload_queues_wait_in_the_inverse_ratio_of_their_weights() -> None:
    floor = shared(1, 3)
    arrived = {}
    waits: dict[int, list[int]] = {0: [], 1: []}
    for now in range(0, 200_000, 100):  # two calls for one that is served
        for queue in (0, 1):
            arrived[floor.call(now, queue=queue)] = queue, now
        queue, entered = arrived[serve(floor, now)]
        waits[queue].append(now - entered)
    ratio = sum(waits[0][-50:]) / 50 / (sum(waits[1][-50:]) / 50)
    assert 2.8 < ratio < 3.2


def test_priority_beats_weight() -> None:
    floor = shared(1, 1_000)
    heavy, urgent = floor.call(0, queue=1), floor.call(9_000, queue=0, priority=1)
    assert [serve(floor, 9_001) for _ in range(2)] == [urgent, heavy]


def test_a_heavy_call_that_the_agent_may_not_take_holds_up_nobody() -> None:
    """Asterisk issue 1561: weight kept an agent from calls of other queues."""
    floor = Floor(0)
    floor.set_queue(1, weight=1_000, levels=[5])
    floor.add_agent(ANN, queues=[0, 1], levels=[1])
    floor.did()
    floor.call(0, queue=1, priority=9)
    light = floor.call(1, queue=0)
    assert floor.state(light) == "offered"
    assert floor.did() == [("ring", ANN)]


def test_nor_does_one_that_is_kept_for_somebody_or_was_refused() -> None:
    floor = Floor(0)
    floor.set_queue(1, weight=1_000, retry_ms=60_000)
    floor.add_agent(ANN, queues=[0, 1])
    floor.add_agent(BOB, queues=[1])
    floor.engine.leg_added(0, BOB)
    floor.did()
    floor.engine.enter(0, 1, 9, preferred=BOB, preferred_ms=60_000)
    light = floor.call(1, queue=0)
    assert floor.did() == [("ring", ANN)]
    assert floor.state(light) == "offered"


# ---- credit


def test_a_credit_counts_as_a_wait_in_the_order_of_serving() -> None:
    floor = busy()
    plain = floor.call(1_000)
    favoured = floor.engine.enter(2_000, 0, 0, credit_ms=1_001)
    even = floor.engine.enter(2_000, 0, 0, credit_ms=1_000)
    assert floor.engine.waiting(0) == [favoured, plain, even]
    assert [floor.engine.position(entry) for entry in (favoured, plain, even)] == [1, 2, 3]
    assert floor.engine.longest_wait_since(0) == 1_000


def test_a_credit_may_reach_back_before_the_clock() -> None:
    floor = busy(ageing_ms=AGEING_MS)
    first = floor.engine.enter(5, 0, 0, credit_ms=acd.MS_MAX)
    floor.call(5, priority=1_000)
    assert serve(floor, 6) == first


def test_steps_and_max_wait_count_the_true_wait() -> None:
    floor = Floor(0, levels=[1], relax=[(10_000, [])], max_wait_ms=30_000)
    floor.add_agent(ANN)
    floor.did()
    floor.engine.enter(0, 0, 0, credit_ms=60_000)
    floor.engine.advance(9_999)
    assert floor.did() == []
    floor.engine.advance(10_000)
    assert floor.did() == [("ring", ANN)]
    floor.released(11_000, ANN, refused=True)
    floor.engine.pause(11_000, ANN)
    floor.engine.advance(30_000)
    assert floor.did()[-1] == ("left", "overflowed", "max_wait")


@pytest.mark.parametrize("ageing_ms", [0, AGEING_MS])
def test_a_reload_keeps_the_order_of_credits(ageing_ms: int) -> None:
    floor = busy(ageing_ms=ageing_ms)
    for now in range(20):
        floor.engine.enter(now, 0, now % 3, credit_ms=now * 7 % 11)
    before = floor.engine.waiting(0)
    floor.set_queue(0, ageing_ms=ageing_ms)
    assert floor.engine.waiting(0) == before
    assert [floor.engine.position(entry) for entry in before] == list(range(1, 21))
    assert [serve(floor, 30) for _ in range(20)] == before
