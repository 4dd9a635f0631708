"""Erlang B and its kin: exact recurrences, whole and fractional lines, inverses, many cells."""

from __future__ import annotations

import array
import math
import random
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import erlang

LOADS = st.floats(0.01, 2_000)


def exact(n: int, a: float) -> float:
    """B by the recurrence, with 60 digits."""
    with localcontext() as context:
        context.prec = 60
        inverse, load = Decimal(1), Decimal(a)
        for k in range(1, n + 1):
            inverse = 1 + inverse * k / load
        return float(1 / inverse)


def doubles(values: list[float]) -> array.array[float]:
    return array.array("d", values)


@pytest.mark.parametrize(("n", "digits"), [(50, 1e-14), (128, 1e-14), (1_050, 2e-14)])
def test_b_has_its_digits_for_light_and_heavy_loads(n, digits):
    dice = random.Random(n)
    for _ in range(60):
        a = n * dice.uniform(0.5, 2.5)
        assert erlang.blocking(n, a) == pytest.approx(exact(n, a), rel=digits)


@pytest.mark.parametrize("a", [9_000.0, 10_000.0, 10_200.0, 11_500.0])
def test_b_has_its_digits_at_10_200_lines(a):
    assert erlang.blocking(10_200, a) == pytest.approx(exact(10_200, a), rel=1e-13)


@given(n=st.floats(0, 3_000), a=LOADS)
def test_fractional_lines_obey_the_recurrence_of_whole_ones(n, a):
    """1/B(n + 1) = 1 + (n + 1)/a / B(n), whichever way either was found."""
    low, high = erlang.blocking(n, a), erlang.blocking(n + 1, a)
    if high > 1e-250:
        assert 1 / high == pytest.approx(1 + (n + 1) / a / low, rel=2e-12)


@given(n=st.floats(0, 3_000), a=LOADS, more=st.floats(0.001, 100))
def test_b_falls_with_lines_and_rises_with_load(n, a, more):
    room = 1 + 1e-12  # one end may be of the sum, the other of the expansion
    assert erlang.blocking(n + more, a) <= erlang.blocking(n, a) * room
    assert erlang.blocking(n, a + more) * room >= erlang.blocking(n, a)


@pytest.mark.parametrize(
    ("n", "a", "blocking"),
    [(0, 0, 1.0), (0, 7, 1.0), (1, 0, 0.0), (5, 1e-320, 0.0), (1e9, 1.0, 0.0), (1, 1e9, 1 - 1e-9)],
)
def test_b_at_the_ends_of_its_range(n, a, blocking):
    assert erlang.blocking(n, a) == pytest.approx(blocking, rel=1e-15)


def test_many_cells_are_the_same_as_one_at_a_time():
    """Whole, fractional, empty, light and very heavy cells side by side, and a rest."""
    dice = random.Random(3)
    n = [dice.choice([0, 1, 50, 300, 10_000, dice.uniform(0, 500)]) for _ in range(805)]
    a = [dice.choice([0.0, 1e-310, dice.uniform(0, 2) * (each + 1), 1e6]) for each in n]
    out = doubles([-1.0] * len(n))
    erlang.blocking_into(doubles([float(each) for each in n]), doubles(a), out=out)
    for cell, each in enumerate(out):
        assert each == pytest.approx(erlang.blocking(n[cell], a[cell]), rel=1e-13, abs=1e-300)


def test_cells_of_one_kind_are_the_same_as_one_at_a_time():
    for n in (50, 129, 1_050, 10_200):
        loads = doubles([n * (0.7 + cell / 100) for cell in range(64)])
        out = doubles([0.0] * 64)
        erlang.blocking_into(doubles([float(n)] * 64), loads, out=out)
        ones = [erlang.blocking(n, a) for a in loads]
        assert list(out) == pytest.approx(ones, rel=1e-13)


def test_cells_that_do_not_fit_or_are_no_loads_are_refused_and_nothing_is_written():
    out = doubles([-1.0] * 9)
    with pytest.raises(ValueError, match="do not fill 9 cells"):
        erlang.blocking_into(doubles([1.0] * 8), doubles([1.0] * 9), out=out)
    with pytest.raises(ValueError, match="nan erlangs"):
        erlang.blocking_into(doubles([1.0] * 9), doubles([1.0] * 8 + [math.nan]), out=out)
    assert set(out) == {-1.0}
    with pytest.raises((ValueError, BufferError)):
        erlang.blocking_into(doubles([1.0]), doubles([1.0]), out=bytes(8))
    erlang.blocking_into(doubles([]), doubles([]), out=doubles([]))


@given(a=st.floats(0, 5_000), blocking=st.floats(1e-9, 0.999))
def test_one_line_fewer_would_lose_too_many(a, blocking):
    n = erlang.lines(a, blocking)
    assert erlang.blocking(n, a) <= blocking
    assert n == 0 or erlang.blocking(n - 1, a) > blocking


@given(n=st.floats(1, 20_000), blocking=st.floats(1e-12, 0.9999))
def test_the_load_for_a_blocking_is_blocked_just_so(n, blocking):
    assert erlang.blocking(n, erlang.offered(n, blocking)) == pytest.approx(blocking, rel=1e-9)


@given(n=st.integers(1, 500), share=st.floats(0.01, 1.5), retry=st.floats(0, 0.999))
def test_retries_are_a_fixed_point(n, share, retry):
    found = erlang.extended(n, n * share, retry)
    total = n * share + retry * found.total_offered * found.blocking
    assert found.total_offered == pytest.approx(total, rel=1e-9)
    assert 0 <= found.lost_finally <= 1 + 1e-12
    assert found.carried == pytest.approx(n * share * (1 - found.lost_finally), rel=1e-9)


def test_without_retries_extended_b_is_b():
    found = erlang.extended(10, 5.0, 0.0)
    assert found.blocking == erlang.blocking(10, 5.0)
    assert found.lost_finally == pytest.approx(found.blocking)
    assert erlang.extended_lines(5.5, 0.03, 0.5) == 11  # Westbay's manual
    assert erlang.extended_lines(5.5, 0.03, 0.0) == erlang.lines(5.5, 0.03)


def test_who_always_comes_again_needs_more_lines_than_the_load():
    with pytest.raises(erlang.Unstable, match="grows without limit"):
        erlang.extended(10, 10.0, 1.0)
    assert erlang.extended(10, 9.999, 1.0).lost_finally == 0


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan, math.inf])
def test_what_is_no_share_is_refused(share):
    asks = (
        lambda: erlang.lines(5, share),
        lambda: erlang.offered(5, share),
        lambda: erlang.extended(5, 5, share),
        lambda: erlang.extended_lines(5, 0.1, share),
        lambda: erlang.extended_offered(5, 0.1, share),
    )
    for ask in asks:
        with pytest.raises(ValueError, match="it takes"):
            ask()
    with pytest.raises(ValueError, match="above 0"):
        erlang.offered(0, 0.1)


def test_many_sources_are_as_good_as_erlang_b():
    few = erlang.engset(10, 10_000_000, 5.0 / 10_000_000)
    assert few.time_congestion == pytest.approx(erlang.blocking(10, 5.0), rel=1e-5)


def test_engset_is_the_binomial_where_everybody_has_a_line():
    assert erlang.engset(4, 4, 1.0).time_congestion == pytest.approx(1 / 16)
    assert erlang.engset(4, 4, 1.0).call_congestion == 0
    assert erlang.engset(5, 4, 1.0) == (0, 0)
    assert erlang.engset(0, 4, 1.0) == (1, 1)
    assert erlang.engset(3, 4, 0.0) == (0, 0)
    assert erlang.engset(10**8, 10**9, 1e-9) == (0, 0)


@pytest.mark.parametrize("bad", [(-1, 4, 1.0), (1, -4, 1.0), (1, 4, -1.0), (1, 4, math.nan)])
def test_what_is_no_engset_system_is_refused(bad):
    with pytest.raises(ValueError, match="from 0"):
        erlang.engset(*bad)
