"""Erlang A and any other patience: against birth and death, each other, and their limits."""

from __future__ import annotations

import array
import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import erlang

QUEUE = {"aht_s": 180.0, "within_s": 20.0}


def doubles(values: list[float]) -> array.array[float]:
    return array.array("d", values)


def by_states(n: int, a: float, patience: float, states: int = 3_000) -> tuple[float, float]:
    """P(wait) and P(abandon) by the plain chain of states; `patience` in handling times."""
    weights = [1.0]
    for k in range(1, n + states):
        leave = k if k <= n else n + (k - n) / patience
        weights.append(weights[-1] * a / leave)
    total = math.fsum(weights)
    queue = math.fsum((k - n) * weight for k, weight in enumerate(weights) if k > n)
    return math.fsum(weights[n:]) / total, queue / patience / a / total


@pytest.mark.parametrize("patience_s", [1.0, 60.0, 180.0, 3_000.0])
@pytest.mark.parametrize(("n", "a"), [(1, 0.2), (5, 9.0), (14, 10.0), (50, 48.0), (90, 60.0)])
def test_erlang_a_is_the_plain_chain_of_states(n, a, patience_s):
    found = erlang.wait_a(n, a, patience_s=patience_s, **QUEUE)
    p_wait, p_abandon = by_states(n, a, patience_s / 180.0)
    assert found.p_wait == pytest.approx(p_wait, rel=1e-11)
    assert found.p_abandon == pytest.approx(p_abandon, rel=1e-11)
    assert found.mean_wait_s == pytest.approx(found.p_abandon * patience_s, rel=1e-12)


@given(n=st.integers(1, 300), share=st.floats(0.1, 0.97))
def test_with_endless_patience_it_is_c_and_with_none_it_is_b(n, share):
    a = n * share
    patient = erlang.wait_a(n, a, patience_s=1e10, **QUEUE)
    endless = erlang.wait_c(n, a, **QUEUE)
    assert patient.p_wait == pytest.approx(endless.p_wait, rel=1e-3)
    assert patient.sl_offered == pytest.approx(endless.service_level, rel=1e-3)
    rushed = erlang.wait_a(n, a, patience_s=1e-8, **QUEUE)
    assert rushed.p_abandon == pytest.approx(erlang.blocking(n, a), rel=1e-4, abs=1e-300)


@given(n=st.integers(0, 400), a=st.floats(0.1, 500), patience_s=st.floats(1, 5_000))
def test_more_agents_or_patience_lose_fewer_calls(n, a, patience_s):
    found = erlang.wait_a(n, a, patience_s=patience_s, **QUEUE)
    more = erlang.wait_a(n + 1, a, patience_s=patience_s, **QUEUE)
    patient = erlang.wait_a(n, a, patience_s=patience_s * 1.1, **QUEUE)
    room = 1 + 1e-12
    assert more.p_abandon <= found.p_abandon * room
    assert more.sl_offered + 1e-12 >= found.sl_offered
    assert patient.p_abandon <= found.p_abandon * room


@pytest.mark.parametrize(("n", "a"), [(10_000, 10_000.0), (10_000, 20_000.0), (10**6, 1e6)])
def test_ten_thousand_agents_and_more_are_no_trouble(n, a):
    found = erlang.wait_a(n, a, patience_s=120, **QUEUE)
    assert all(map(math.isfinite, found))
    answered = a * (1 - found.p_abandon)
    assert found.occupancy == pytest.approx(answered / n, rel=1e-9)


def test_agents_that_are_not_whole_lie_between_whole_ones():
    waits = [erlang.wait_a(n, 48, patience_s=120, **QUEUE).p_wait for n in (49, 49.5, 50)]
    assert waits[0] > waits[1] > waits[2]


def test_with_nobody_to_answer_everybody_hangs_up():
    found = erlang.wait_a(0, 5.0, patience_s=60, **QUEUE)
    assert (found.p_wait, found.p_abandon, found.mean_wait_s, found.sl_offered) == (1, 1, 60, 0)
    assert found.p_wait_gt_t == pytest.approx(math.exp(-20 / 60))
    quiet = erlang.wait_a(5, 0.0, patience_s=60, **QUEUE)
    assert (quiet.p_wait, quiet.p_abandon, quiet.sl_offered) == (0, 0, 1)


def test_within_no_time_only_those_who_do_not_wait_are_answered():
    found = erlang.wait_a(50, 48.0, aht_s=180, patience_s=120, within_s=0)
    assert found.sl_offered == pytest.approx(1 - found.p_wait, rel=1e-12)
    later = erlang.wait_a(50, 48.0, aht_s=180, patience_s=120, within_s=1e-9)
    assert later.sl_offered == pytest.approx(found.sl_offered, rel=1e-9)


def in_cells(queues: list[tuple[float, float, float, float]]) -> list[list[float]]:
    """The figures of many queues: agents, load, handling time, patience."""
    n, a, aht_s, patience_s = (doubles(list(column)) for column in zip(*queues, strict=True))
    out = memoryview(bytearray(8 * len(queues) * 10)).cast("d", (len(queues), 10))
    erlang.wait_a_into(n, a, aht_s=aht_s, patience_s=patience_s, within_s=20, out=out)
    return out.tolist()


def test_many_cells_are_the_same_as_one_at_a_time():
    """Light, right and hopelessly overloaded queues side by side, hasty callers and patient ones;
    five cells are left over."""
    dice = random.Random(4)
    queues = [(0.0, 3.0, 180.0, 60.0), (5.0, 0.0, 180.0, 60.0), (400.0, 1e-3, 180.0, 1e6)]
    for _ in range(4_002):
        n = float(dice.randrange(300))
        load, patience_s = dice.uniform(0.3, 2) * n + 0.1, 10 ** dice.uniform(0, 4)
        queues.append((n, load, dice.uniform(60, 400), patience_s))
    for row, (n, a, aht_s, patience_s) in zip(in_cells(queues), queues, strict=True):
        one = tuple(erlang.wait_a(n, a, aht_s=aht_s, patience_s=patience_s, within_s=20))
        assert row == pytest.approx(one, rel=1e-10, abs=1e-12)


def test_cells_that_do_not_fit_or_are_no_queues_are_refused():
    queues = [(10.0, 8.0, 180.0, 60.0)] * 9
    for place, bad, says in ((0, -1.0, "servers"), (1, math.nan, "erlangs"), (3, 0.0, "patience")):
        wrong = list(queues[0])
        wrong[place] = bad
        with pytest.raises(ValueError, match=says):
            in_cells([*queues, (wrong[0], wrong[1], wrong[2], wrong[3])])
    ones = doubles([1.0] * 9)
    times = {"aht_s": ones, "patience_s": ones, "within_s": 20}
    out = memoryview(bytearray(8 * 9 * 10)).cast("d", (9, 10))
    with pytest.raises(ValueError, match="do not all have"):
        erlang.wait_a_into(doubles([1.0]), ones, **times, out=out)
    narrow = memoryview(bytearray(8 * 9 * 9)).cast("d", (9, 9))
    with pytest.raises(ValueError, match="does not hold 10 figures"):
        erlang.wait_a_into(ones, ones, **times, out=narrow)


@given(
    a=st.floats(0.1, 300),
    patience_s=st.floats(5, 2_000),
    target=st.one_of(st.just(0.0), st.floats(0.1, 0.99)),
    lost=st.one_of(st.just(1.0), st.floats(0.001, 0.5)),
)
def test_one_agent_fewer_would_miss_the_target(a, patience_s, target, lost):
    wish = {"service_level": target, "p_abandon": lost}
    n = erlang.agents_a(a, patience_s=patience_s, **QUEUE, **wish)
    found = erlang.wait_a(n, a, patience_s=patience_s, **QUEUE)
    assert found.sl_offered >= target - 1e-12
    assert found.p_abandon <= lost + 1e-12
    if n > 0:
        fewer = erlang.wait_a(n - 1, a, patience_s=patience_s, **QUEUE)
        assert fewer.sl_offered < target or fewer.p_abandon > lost


def test_agents_for_a_mean_wait_and_for_no_calls():
    n = erlang.agents_a(48, aht_s=180, patience_s=120, mean_wait_s=10)
    waits = [erlang.wait_a(k, 48, patience_s=120, **QUEUE).mean_wait_s for k in (n - 1, n)]
    assert waits[0] > 10 >= waits[1]
    assert erlang.agents_a(0, aht_s=180, patience_s=120, service_level=0.9) == 0


@given(n=st.integers(1, 200), share=st.floats(0.5, 2), patience_s=st.floats(10, 1_000))
def test_the_patience_is_found_again_from_the_abandons(n, share, patience_s):
    a = n * share
    measured = erlang.wait_a(n, a, patience_s=patience_s, **QUEUE).p_abandon
    if measured < 1e-9 or measured - max(0, 1 - 1 / share) < 1e-6:
        return  # too little of it is in the figure
    assert erlang.patience(n, a, aht_s=180, p_abandon=measured) == pytest.approx(
        patience_s, rel=1e-5
    )


@pytest.mark.parametrize(("n", "a", "share"), [(50, 60.0, 0.1), (50, 60.0, 0.9), (0, 5.0, 0.5)])
def test_a_share_that_no_patience_leads_to_is_refused_with_the_range(n, a, share):
    with pytest.raises(ValueError, match="of the calls cannot abandon"):
        erlang.patience(n, a, aht_s=180, p_abandon=share)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"patience_s": 0}, "patience of 0"),
        ({"patience_s": math.inf}, "patience of inf"),
        ({"patience_s": 1e200}, "ask Erlang C"),
        ({"aht_s": -1}, "handling time"),
        ({"service_level": 1.0}, "service level"),
        ({"p_abandon": 0.0}, "abandon share"),
        ({"p_abandon": math.nan}, "abandon share"),
        ({"mean_wait_s": 0.0}, "mean wait"),
    ],
)
def test_what_is_no_target_is_refused_with_its_value(wrong, says):
    good: dict[str, Any] = {"aht_s": 180, "patience_s": 60, "within_s": 20}
    with pytest.raises(ValueError, match=says):
        erlang.agents_a(10, **good | wrong)


@given(n=st.integers(1, 60), a=st.floats(0.1, 90), more=st.integers(0, 40))
def test_a_queue_with_places_lies_between_b_and_the_open_one(n, a, more):
    shut = erlang.limited(n, a, places=n, aht_s=180)
    assert shut.p_block == pytest.approx(erlang.blocking(n, a), rel=1e-11)
    assert (shut.p_wait_accepted, shut.mean_queue) == (0, 0)
    some = erlang.limited(n, a, places=n + more, aht_s=180, patience_s=90)
    assert 0 <= some.p_block <= shut.p_block * (1 + 1e-12)
    open_ = erlang.wait_a(n, a, patience_s=90, **QUEUE)
    wide = erlang.limited(n, a, places=n + 2_000, aht_s=180, patience_s=90)
    assert wide.p_wait_accepted == pytest.approx(open_.p_wait, rel=1e-9)
    assert wide.p_abandon_accepted == pytest.approx(open_.p_abandon, rel=1e-9, abs=1e-300)
    assert wide.mean_wait_accepted_s == pytest.approx(open_.mean_wait_s, rel=1e-9, abs=1e-300)


def test_places_at_their_limits():
    assert erlang.limited(3, 0.0, places=5, aht_s=180).p_block == 0
    assert erlang.limited(0, 4.0, places=0, aht_s=180).p_block == 1
    crowded = erlang.limited(2, 1e6, places=5_000, aht_s=180)
    assert crowded.p_block == pytest.approx(1 - 2e-6)
    for n, places in ((5, 4), (2.5, 4), (5, 10**8)):
        with pytest.raises(ValueError, match="places for"):
            erlang.limited(n, 4.0, places=places, aht_s=180)
