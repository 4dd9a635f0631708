"""Any patience: mixtures, tables of who is still there, and a patience that is the same for all."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import erlang

QUEUE = {"aht_s": 180.0, "within_s": 20.0}
Patience = erlang.Patience


@given(
    n=st.floats(0.5, 300),
    share=st.floats(0.05, 3),
    mean_s=st.floats(1, 3_000),
    within_s=st.floats(0, 300),
)
def test_one_exponential_part_is_erlang_a(n, share, mean_s, within_s):
    times = {"aht_s": 180.0, "within_s": within_s}
    ours = erlang.general(n, n * share, patience=Patience.mixture([1], [mean_s]), **times)
    known = erlang.wait_a(n, n * share, patience_s=mean_s, **times)
    assert tuple(ours) == pytest.approx(tuple(known), rel=1e-8, abs=1e-11)


def test_a_table_of_an_exponential_is_nearly_erlang_a():
    moments = [2.0 * step for step in range(1_501)]
    table = Patience.table(moments, [math.exp(-each / 120) for each in moments])
    ours = erlang.general(50, 48.0, patience=table, **QUEUE)
    known = erlang.wait_a(50, 48.0, patience_s=120, **QUEUE)
    assert tuple(ours) == pytest.approx(tuple(known), rel=3e-4)


@pytest.mark.parametrize(("n", "a"), [(50, 48.0), (45, 48.0), (48, 48.0), (10, 30.0)])
def test_a_table_that_drops_at_once_is_the_patience_of_all(n, a):
    table = Patience.table([0, 60, 60.0001], [1, 1, 0])
    ours = erlang.general(n, a, patience=table, **QUEUE)
    known = erlang.deterministic(n, a, patience_s=60, **QUEUE)
    assert tuple(ours) == pytest.approx(tuple(known), rel=1e-4, abs=1e-6)


def test_who_does_not_wait_at_all_is_lost_as_in_erlang_b():
    ours = erlang.general(10, 8.0, patience=Patience.table([0], [0]), **QUEUE)
    assert ours.p_abandon == pytest.approx(erlang.blocking(10, 8.0), rel=1e-12)
    assert ours.mean_wait_s == 0


def test_those_who_never_hang_up_must_not_be_too_many():
    some = Patience.table([0, 10, 60], [1, 0.7, 0.5])
    found = erlang.general(10, 15.0, patience=some, **QUEUE)
    assert 1 / 3 <= found.p_abandon <= 0.5
    with pytest.raises(erlang.Unstable, match="grows without limit"):
        erlang.general(10, 20.5, patience=some, **QUEUE)


def test_endless_patience_is_erlang_c():
    found = erlang.general(14, 10.0, patience=Patience.table([0], [1]), **QUEUE)
    known = erlang.wait_c(14, 10.0, **QUEUE)
    assert found.p_wait == pytest.approx(known.p_wait, rel=1e-10)
    assert found.mean_wait_s == pytest.approx(known.asa_s, rel=1e-10)
    assert found.sl_offered == pytest.approx(known.service_level, rel=1e-10)
    assert found.p_abandon == 0


def test_a_very_short_part_is_not_overlooked():
    """Half the callers hang up after a millisecond: the other half is a queue of its own."""
    split = Patience.mixture([0.5, 0.5], [0.001, 120])
    found = erlang.general(50, 60.0, patience=split, **QUEUE)
    split = Patience.mixture([0.5, 0.5], [0.0001, 120])
    shorter = erlang.general(50, 60.0, patience=split, **QUEUE)
    assert found.p_wait == pytest.approx(shorter.p_wait, rel=1e-3)
    assert found.p_abandon == pytest.approx(shorter.p_abandon, rel=1e-3)


def test_quiet_and_crowded_hours():
    patience = Patience.mixture([0.4, 0.6], [15, 300])
    for ask in (
        lambda n, a: erlang.general(n, a, patience=patience, **QUEUE),
        lambda n, a: erlang.deterministic(n, a, patience_s=60, **QUEUE),
    ):
        assert ask(5, 0.0).sl_offered == 1
        assert ask(1_000, 1.0).p_wait == 0
        crowded = ask(10, 10_000.0)
        assert crowded.occupancy == pytest.approx(1)
        assert crowded.p_abandon == pytest.approx(0.999, rel=1e-9)
        with pytest.raises(ValueError, match="it takes agents"):
            ask(0, 5.0)


@pytest.mark.parametrize("within_s", [59.9, 60.0, 60.1, 1_000.0])
def test_the_limit_of_everybodys_patience_is_the_last_answer(within_s):
    found = erlang.deterministic(50, 52.0, aht_s=180, patience_s=60, within_s=within_s)
    assert found.sl_offered == pytest.approx(1 - found.p_abandon, rel=3e-3)
    if within_s >= 60:
        assert found.p_wait_gt_t == 0
        assert found.sl_answered == pytest.approx(1)


@given(n=st.floats(1, 200), off=st.floats(-1e-3, 1e-3), patience_s=st.floats(1, 500))
def test_near_n_equal_a_nothing_jumps(n, off, patience_s):
    ours = erlang.deterministic(n, n * (1 + off), patience_s=patience_s, **QUEUE)
    at = erlang.deterministic(n, n, patience_s=patience_s, **QUEUE)
    assert ours.p_wait == pytest.approx(at.p_wait, abs=1.0 * abs(off) * n + 1e-12)


@pytest.mark.parametrize(
    ("times", "shares", "says"),
    [
        ([], [], "as many of each"),
        ([0, 1], [1], "as many of each"),
        ([0] * 100_001, [1] * 100_001, "as many of each"),
        ([1, 2], [1, 0], "begins at 0 s"),
        ([0, 1], [1.1, 0], "begins at 0 s"),
        ([0, 1, 1], [1, 0.5, 0], "times rise"),
        ([0, 1, 2], [1, 0.5, 0.6], "does not come back"),
        ([0, 1], [1, -0.1], "cannot be"),
        ([0, 1], [1, math.nan], "cannot be"),
        ([0, math.nan], [1, 0], "cannot be"),
        ([0, math.inf], [1, 0], "cannot be"),
    ],
)
def test_a_table_that_is_no_patience_is_refused(times, shares, says):
    with pytest.raises(ValueError, match=says):
        Patience.table(times, shares)


@pytest.mark.parametrize(
    ("weights", "means", "says"),
    [
        ([0.5, 0.4], [1, 2], "add up to 0.9"),
        ([1.5, -0.5], [1, 2], "part 0"),
        ([1], [0], "part 0"),
        ([math.nan], [1], "part 0"),
        ([1 / 65] * 65, [1] * 65, "as many of each"),
    ],
)
def test_a_mixture_that_is_no_patience_is_refused(weights, means, says):
    with pytest.raises(ValueError, match=says):
        Patience.mixture(weights, means)


def test_a_patience_is_made_not_built():
    with pytest.raises((TypeError, ValueError)):
        erlang.general(5, 4.0, patience=None, **QUEUE)
    with pytest.raises(TypeError):
        Patience()


@given(
    n=st.floats(0.1, 500),
    a=st.one_of(st.just(0.0), st.floats(1e-6, 1_000)),
    steps=st.lists(st.tuples(st.floats(1e-3, 500), st.floats(0, 1)), min_size=1, max_size=8),
    within_s=st.floats(0, 1_000),
)
def test_no_table_leads_to_a_figure_that_is_no_share(n, a, steps, within_s):
    times, shares = [0.0], [1.0]
    for step, left in steps:
        times.append(times[-1] + step)
        shares.append(shares[-1] * left)
    table = Patience.table([*times, times[-1] + 1], [*shares, 0])
    found = erlang.general(n, a, aht_s=180, within_s=within_s, patience=table)
    assert all(math.isfinite(value) and value >= 0 for value in found)
    shares_only = (*found[:2], *found[4:9])
    assert max(shares_only) <= 1
    assert found.mean_wait_s <= times[-1] + 1
    assert found.p_abandon == pytest.approx(1 - found.occupancy * n / a if a else 0, abs=1e-9)
