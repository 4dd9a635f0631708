"""Erlang C: agents for a target, many cells, and where it has no answer."""

from __future__ import annotations

import array
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import erlang

LOADS = st.one_of(st.floats(0.01, 60), st.floats(0.01, 20_000))


def doubles(values: list[float]) -> array.array[float]:
    return array.array("d", values)


def exact_c(n: int, a: float) -> float:
    terms = [a**k / math.factorial(k) for k in range(n)]
    last = a**n / math.factorial(n) * n / (n - a)
    return last / (math.fsum(terms) + last)


@pytest.mark.parametrize(("n", "a"), [(1, 0.5), (3, 2.9), (14, 10.0), (40, 39.5), (60, 20.0)])
def test_c_is_what_its_textbook_formula_says(n, a):
    assert erlang.p_wait(n, a) == pytest.approx(exact_c(n, a), rel=1e-12)


def test_nobody_waits_where_nobody_calls():
    assert erlang.wait_c(3, 0.0, aht_s=180, within_s=20) == (0, 0, 1, 0, 0)


def test_a_queue_that_is_not_stable_says_so_and_what_it_takes():
    for n, a in ((10, 10.0), (10, 12.5), (0, 0.0)):
        with pytest.raises(erlang.Unstable, match=f"it takes more than {a:g} agents"):
            erlang.p_wait(n, a)
    assert issubclass(erlang.Unstable, ValueError)


@given(
    a=LOADS,
    within=st.floats(0, 2),
    target=st.floats(0, 0.9999),
    occupancy=st.one_of(st.none(), st.floats(0.1, 1)),
    asa_s=st.one_of(st.none(), st.floats(0.01, 1_000)),
)
def test_one_agent_fewer_would_miss_the_target(a, within, target, occupancy, asa_s):
    times = {"aht_s": 180.0, "within_s": within * 180.0}
    n = erlang.agents_c(a, **times, service_level=target, occupancy=occupancy, asa_s=asa_s)

    def meets(agents: int) -> bool:
        found = erlang.wait_c(agents, a, **times)
        return (
            found.service_level >= target - 1e-12
            and a <= (occupancy or 1) * agents * (1 + 1e-12)
            and found.asa_s <= (asa_s or math.inf) * (1 + 1e-12)
        )

    assert meets(n)
    if n - 1 > a:
        fewer = erlang.wait_c(n - 1, a, **times)
        assert (
            fewer.service_level < target + 1e-12
            or a > (occupancy or 1) * (n - 1) * (1 - 1e-12)
            or fewer.asa_s > (asa_s or math.inf) * (1 - 1e-12)
        )


def test_a_target_far_from_the_load_is_found_as_well():
    n = erlang.agents_c(1e6, aht_s=180, service_level=0.999999999, within_s=0)
    late = [1 - erlang.wait_c(k, 1e6, aht_s=180, within_s=0).service_level for k in (n - 1, n)]
    assert late[0] > 1e-9 >= late[1]


def test_no_calls_take_no_agents():
    assert erlang.agents_c(0.0, aht_s=180, within_s=20, service_level=0.8) == 0


def test_the_published_targets_of_ten_erlangs():
    """60 calls of 300 s in a half-hour: 80/20, 95/20, 98/20, and two mean waits."""
    for target, agents in ((0.8, 14), (0.95, 16), (0.98, 17)):
        assert erlang.agents_c(10, aht_s=300, within_s=20, service_level=target) == agents
    assert erlang.agents_c(10, aht_s=300, asa_s=30) == 13
    assert erlang.agents_c(10, aht_s=300, asa_s=7) == 15


def test_a_day_of_cells_is_the_same_as_one_at_a_time():
    loads = [0.0, *(0.3 * 1.03**cell for cell in range(300))]
    aht = [60.0 + cell for cell in range(301)]
    out = doubles([-1.0] * 301)
    target = {"within_s": 20.0, "service_level": 0.8, "occupancy": 0.9}
    erlang.agents_c_into(doubles(loads), doubles(aht), **target, out=out)
    ones = [erlang.agents_c(a, aht_s=t, **target) for a, t in zip(loads, aht, strict=True)]
    assert list(out) == ones


def test_many_waits_are_the_same_as_one_at_a_time():
    agents = [float(1 + cell * cell) for cell in range(77)]
    loads = [0.93 * n for n in agents]
    out = doubles([0.0] * 77)
    erlang.p_wait_into(doubles(agents), doubles(loads), out=out)
    ones = [erlang.p_wait(n, a) for n, a in zip(agents, loads, strict=True)]
    assert list(out) == pytest.approx(ones, rel=1e-13)


def test_a_cell_that_cannot_be_is_refused():
    out = doubles([-1.0] * 10)
    loads = doubles([5.0] * 9 + [10.0])
    with pytest.raises(erlang.Unstable):
        erlang.p_wait_into(doubles([10.0] * 10), loads, out=out)
    with pytest.raises(ValueError, match="do not fill"):
        erlang.p_wait_into(doubles([10.0] * 9), loads, out=out)
    with pytest.raises(ValueError, match="inf erlangs"):
        erlang.agents_c_into(
            doubles([math.inf]), doubles([1.0]), within_s=1, service_level=0.8, out=doubles([0])
        )
    with pytest.raises(ValueError, match="handling time"):
        erlang.agents_c_into(
            doubles([1.0]), doubles([0.0]), within_s=1, service_level=0.8, out=doubles([0])
        )
    assert set(out) == {-1.0}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"aht_s": 0}, "handling time"),
        ({"aht_s": math.nan}, "handling time"),
        ({"within_s": -1}, "within -1 s"),
        ({"within_s": math.inf}, "within inf s"),
        ({"service_level": 1.0}, "service level of 1"),
        ({"service_level": math.nan}, "service level of nan"),
        ({"asa_s": 0}, "mean wait of 0"),
        ({"occupancy": 0}, "occupancy of 0"),
        ({"occupancy": 1.01}, "occupancy of 1.01"),
    ],
)
def test_what_is_no_target_is_refused_with_its_value(wrong, says):
    with pytest.raises(ValueError, match=says):
        erlang.agents_c(10, **{"aht_s": 180, "within_s": 20, "service_level": 0.8} | wrong)
