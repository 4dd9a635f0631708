"""Every value of the reference table, and what holds for all of Erlang's formulas.

The table was computed with 50 digits. One of its cases, M/M/10+D at just 10 erlangs, contradicts
itself (its service level within 20 s of a patience of 30 s counts everybody answered): our values
there are held against exact fractions and a simulation instead.
"""

from __future__ import annotations

import heapq
import json
import math
import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import erlang

TABLE = Path(__file__).with_name("erlang_reference.json")
CASES = json.loads(TABLE.read_text())["cases"]
DISPUTED = "erlang_a_deterministic-03"
ABSOLUTE = ("sl_offered", "sl_answered", "sl_excl_short_abandons", "p_wait_gt_T")
NEAR = 1e-10

Inputs = dict[str, Any]
Outputs = dict[str, float]


def load(inputs: Inputs) -> float:
    return inputs["calls"] * inputs["aht_s"] / inputs["period_s"]


def times(inputs: Inputs) -> dict[str, float]:
    return {"aht_s": inputs["aht_s"], "within_s": inputs["T_s"]}


def of_b(i: Inputs) -> Outputs:
    return {
        "blocking": erlang.blocking(i["n"], i["a"]),
        "carried": erlang.carried(i["n"], i["a"]),
    }


def of_c(i: Inputs) -> Outputs:
    return erlang.wait_c(i["n"], load(i), **times(i))._asdict()


def of_a(i: Inputs, fewer: int = 0) -> Outputs:
    found = erlang.wait_a(i["n"] - fewer, load(i), patience_s=i["patience_s"], **times(i))
    return found._asdict() | {"p_wait_gt_T": found.p_wait_gt_t}


def agents_c(i: Inputs) -> Outputs:
    target = {"service_level": i["service_level"], "occupancy": i["max_occupancy"]}
    agents = erlang.agents_c(load(i), **times(i), **target)
    found = {"agents": agents, "scheduled": erlang.scheduled(agents, i["shrinkage"])}
    return found | of_c(i | {"n": agents})


def agents_a(i: Inputs) -> Outputs:
    target = {"patience_s": i["patience_s"], "service_level": i["sl_offered"]}
    agents = erlang.agents_a(load(i), **times(i), **target)
    fewer = of_a(i | {"n": agents}, 1)["sl_offered"]
    return of_a(i | {"n": agents}) | {"agents": agents, "sl_offered_n_minus_1": fewer}


def of_mixture(i: Inputs) -> Outputs:
    parts = [i["p1"], 1 - i["p1"]], [i["patience1_s"], i["patience2_s"]]
    patience = erlang.Patience.mixture(*parts)
    return erlang.general(i["n"], load(i), patience=patience, **times(i))._asdict()


def of_limited(i: Inputs) -> Outputs:
    limits = {name: i[name] for name in ("places", "aht_s", "patience_s")}
    return erlang.limited(i["n"], load(i), **limits)._asdict()


FORMULAS: dict[str, Callable[[Inputs], Outputs]] = {
    "erlang_b": of_b,
    "erlang_b_fractional": of_b,
    "erlang_b_traffic": lambda i: {"a": erlang.offered(i["n"], i["blocking"])},
    "erlang_b_trunks": lambda i: {"n": erlang.lines(i["a"], i["blocking"])},
    "erlang_b_extended": lambda i: erlang.extended(i["n"], i["a"], i["retry"])._asdict(),
    "erlang_b_extended_traffic": lambda i: {
        "a": erlang.extended_offered(i["n"], i["blocking"], i["retry"])
    },
    "erlang_c": of_c,
    "agents_erlang_c": agents_c,
    "erlang_a": of_a,
    "agents_erlang_a": agents_a,
    "erlang_a_deterministic": lambda i: erlang.deterministic(
        i["n"], load(i), patience_s=i["patience_s"], **times(i)
    )._asdict(),
    "erlang_a_hyperexp": of_mixture,
    "engset": lambda i: erlang.engset(i["n"], i["sources"], i["alpha"])._asdict(),
    "mmnk": of_limited,
}


def differs(name: str, ours: float, printed: float) -> bool:
    if isinstance(printed, int):
        return ours != printed
    close = math.isclose(ours, printed, rel_tol=NEAR) or abs(ours - printed) < 1e-300
    return not (close or (name in ABSOLUTE and abs(ours - printed) <= 1e-12))


@pytest.mark.parametrize(
    "case", [each for each in CASES if each["id"] != DISPUTED], ids=lambda case: case["id"]
)
def test_every_value_of_the_reference_is_met(case):
    ours = FORMULAS[case["formula"]](case["inputs"])
    wrong = {
        name: (ours[name], printed)
        for name, printed in case["outputs"].items()
        if differs(name, ours[name], printed)
    }
    assert not wrong


def test_the_table_holds_329_values_of_which_five_are_in_dispute():
    assert sum(len(case["outputs"]) for case in CASES) == 329
    [disputed] = [case for case in CASES if case["id"] == DISPUTED]
    assert len(disputed["outputs"]) == 5


def test_the_disputed_case_is_what_exact_fractions_make_of_it():
    """Baccelli and Hebuterne with l = n m, where F is 1 up to the patience."""
    rate, patience, within = Fraction(200, 3600), 30, 20  # of calls, and of answers when all busy
    busy = sum(Fraction(10**j, math.factorial(j)) for j in range(10))
    busy /= Fraction(10**9, math.factorial(9))
    whole = busy + rate * (patience + 1 / rate)
    ours = erlang.deterministic(10, 10.0, aht_s=180, patience_s=30, within_s=20)
    assert ours.p_wait == pytest.approx(float(rate * (patience + 1 / rate) / whole), rel=1e-13)
    assert ours.p_abandon == pytest.approx(float(1 / whole), rel=1e-13)
    assert ours.sl_offered == pytest.approx(float((busy + rate * within) / whole), rel=1e-13)
    wait = (rate * patience**2 / 2 + patience) / whole
    assert ours.mean_wait_s == pytest.approx(float(wait), rel=1e-13)
    assert ours.occupancy == pytest.approx(1 - ours.p_abandon, rel=1e-13)


def test_the_disputed_case_is_what_a_simulation_makes_of_it():
    dice, calls, now = random.Random(5), 300_000, 0.0
    free_at, delayed, gone, soon = [0.0] * 10, 0, 0, 0
    for _ in range(calls):
        now += dice.expovariate(200 / 3600)
        wait = max(0.0, free_at[0] - now)
        delayed += wait > 0
        gone += wait > 30
        soon += wait <= 20
        if wait <= 30:
            heapq.heapreplace(free_at, now + wait + dice.expovariate(1 / 180))
    ours = erlang.deterministic(10, 10.0, aht_s=180, patience_s=30, within_s=20)
    assert delayed / calls == pytest.approx(ours.p_wait, abs=0.006)
    assert gone / calls == pytest.approx(ours.p_abandon, abs=0.004)
    assert soon / calls == pytest.approx(ours.sl_offered, abs=0.005)


SERVERS = st.one_of(st.integers(0, 2_000), st.floats(0, 3_000), st.floats(0, 1e9))
LOADS = st.one_of(st.floats(0, 50), st.floats(0, 3_000), st.floats(0, 1e9))
TIMES = st.floats(1, 1e4)


def is_sound(answers: tuple[float, ...], *, times: tuple[int, ...] = ()) -> bool:
    """Whether all are finite and none is negative; but for those at `times`, all are shares."""
    return all(
        math.isfinite(value) and value >= 0 and (place in times or value <= 1)
        for place, value in enumerate(answers)
    )


@given(n=SERVERS, a=LOADS)
def test_no_share_of_erlang_b_is_ever_outside_0_to_1(n, a):
    assert is_sound((erlang.blocking(n, a), erlang.carried(n, a)), times=(1,))
    assert erlang.carried(n, a) <= min(a, n)


@given(n=SERVERS, a=LOADS, aht_s=TIMES, within_s=st.floats(0, 1e5))
def test_erlang_c_is_sound_or_says_that_it_is_unstable(n, a, aht_s, within_s):
    if n <= a:
        with pytest.raises(erlang.Unstable, match="grows without limit"):
            erlang.wait_c(n, a, aht_s=aht_s, within_s=within_s)
        return
    if math.isinf(aht_s / (n - a)):  # nearly none at work: there is no number for such a wait
        return
    found = erlang.wait_c(n, a, aht_s=aht_s, within_s=within_s)
    assert is_sound(found, times=(1, 4))


def test_a_wait_past_all_numbers_is_no_steady_state() -> None:
    with pytest.raises(erlang.Unstable, match="grows without limit"):
        erlang.wait_c(1e-300, 1e-303, aht_s=1e10, within_s=0.0)


@given(
    n=st.one_of(st.integers(0, 2_000), st.floats(0, 2_000)),
    a=st.floats(0, 5_000),
    aht_s=TIMES,
    patience_s=TIMES,
    within_s=st.floats(0, 1e5),
)
def test_no_figure_of_a_queue_with_patience_is_unsound(n, a, aht_s, patience_s, within_s):
    queue = {"aht_s": aht_s, "within_s": within_s}
    assert is_sound(erlang.wait_a(n, a, patience_s=patience_s, **queue), times=(2, 3, 9))
    if n > 1e-9:
        fixed = erlang.deterministic(n, a, patience_s=patience_s, **queue)
        assert is_sound(fixed, times=(2, 3, 9))
        assert fixed.mean_wait_s <= patience_s * (1 + 1e-12)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.0, -1e-300, 1.1e9])
@pytest.mark.parametrize(
    "ask",
    [
        erlang.blocking,
        erlang.carried,
        erlang.p_wait,
        lambda n, a: erlang.extended(n, a, 0.5),
        lambda n, a: erlang.wait_c(n, a, aht_s=1, within_s=1),
        lambda n, a: erlang.wait_a(n, a, aht_s=1, within_s=1, patience_s=1),
        lambda n, a: erlang.deterministic(n, a, aht_s=1, within_s=1, patience_s=1),
        lambda n, a: erlang.limited(n, a, places=20, aht_s=1),
        lambda n, a: erlang.patience(n, a, aht_s=1, p_abandon=0.1),
    ],
)
def test_what_is_no_number_of_servers_or_no_load_is_refused_with_its_value(ask, bad):
    for n, a in ((bad, 5.0), (10.0, bad)):
        with pytest.raises(ValueError, match=f"{bad:g}".replace("+", r"\+")):
            ask(n, a)


@pytest.mark.parametrize("bad", ["10", None, [10]])
def test_what_is_no_number_at_all_is_a_type_error(bad):
    with pytest.raises(TypeError):
        erlang.blocking(bad, 5.0)


def test_who_is_away_is_added():
    assert erlang.scheduled(14, 0.3) == 20
    assert erlang.scheduled(7, 0.3) == 10  # 7 / 0.7 is a little more than ten in doubles
    assert erlang.scheduled(0, 0.3) == 0
    for agents, shrinkage in ((-1, 0.3), (10, 1.0), (10, -0.1), (math.nan, 0.1)):
        with pytest.raises(ValueError, match="cannot be"):
            erlang.scheduled(agents, shrinkage)
