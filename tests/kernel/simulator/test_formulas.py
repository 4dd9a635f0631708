"""Simulated figures lie where theory says: B, C, A, other patience, finite places, retries.

Each case is simulated often; the reference must lie in the mean's interval of 99.9 %.
"""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from kernel.simulator import model as m
from kernel.simulator.replications import Replications, band, replicate
from tests.shared import needs

REFERENCE = json.loads(needs("data/erlang_reference.json").read_text())["cases"]
CASES = {case["id"]: case for case in REFERENCE}
RUNS, CALLS = 20, 60_000  # of each run, after as long an approach to the steady state
SECOND = 1_000


def steady(case: dict[str, Any], patience: m.Law = m.NEVER, **changes: Any) -> Replications:
    """Runs of M/M/n as the case has it: two intervals, of which the second counts."""
    given = case["inputs"]
    talk = m.exponential(given["aht_s"] * SECOND)
    queue = m.Queue(
        talk=changes.pop("talk", talk), patience=patience,
        within_ms=given.get("T_s", 20) * SECOND, **changes.pop("queue", {}),
    )  # fmt: skip
    half = int(CALLS * given["period_s"] / given["calls"] * SECOND)
    model = m.Model(
        queues=[queue], agents=[m.Agent(queues=[0])] * given["n"], length_ms=2 * half,
        interval_ms=half, arrivals=m.Arrivals(half, [[CALLS, CALLS]]), **changes,
    )  # fmt: skip
    return replicate(model, RUNS, seed=1)


def holds(runs: Replications, name: str, expected: float) -> None:
    """The expected value lies in the interval of 99.9 %, and the interval is not a wide one."""
    found = band([x for x in runs.values(name, first=1) if x is not None], confidence=0.999)
    assert abs(found.mean - expected) <= found.half_width + 1e-6, (name, found, expected)
    assert found.half_width < 0.25 * expected + 0.005


C_CASES = ["erlang_c-01", "erlang_c-02", "erlang_c-04", "erlang_c-09"]


@pytest.mark.parametrize("name", C_CASES)
def test_erlang_c(name: str) -> None:
    runs, out = steady(CASES[name]), CASES[name]["outputs"]
    holds(runs, "service_level", out["service_level"])
    holds(runs, "asa_s", out["asa_s"])
    holds(runs, "occupancy", out["occupancy"])
    holds(runs, "mean_queue", out["mean_queue"])


A_CASES = ["erlang_a-01", "erlang_a-02", "erlang_a-04", "erlang_a-05", "erlang_a-06", "erlang_a-10"]


@pytest.mark.parametrize("name", A_CASES)
def test_erlang_a(name: str) -> None:
    case, out = CASES[name], CASES[name]["outputs"]
    runs = steady(case, m.exponential(case["inputs"]["patience_s"] * SECOND))
    holds(runs, "abandoned_share", out["p_abandon"])
    holds(runs, "mean_wait_s", out["mean_wait_s"])
    holds(runs, "of_offered", out["sl_offered"])
    holds(runs, "of_answered", out["sl_answered"])
    holds(runs, "excluding_abandoned_within", out["sl_excl_short_abandons"])
    holds(runs, "occupancy", out["occupancy"])
    holds(runs, "mean_queue", out["mean_queue"])


D_CASES = [f"erlang_a_deterministic-0{number}" for number in (1, 2)]


@pytest.mark.parametrize("name", D_CASES)
def test_patience_of_one_length(name: str) -> None:
    case, out = CASES[name], CASES[name]["outputs"]
    runs = steady(case, m.constant(case["inputs"]["patience_s"] * SECOND))
    holds(runs, "abandoned_share", out["p_abandon"])
    holds(runs, "mean_wait_s", out["mean_wait_s"])
    holds(runs, "of_offered", out["sl_offered"])
    holds(runs, "occupancy", out["occupancy"])


def test_patience_of_one_length_where_load_and_agents_are_equal() -> None:
    """Case 03, whose value in the reference has lost its digits where a = n: by hand instead.

    The wait of an arrival that does not abandon is then uniform: its density up to the patience
    is that of finding the last agent free, p, per mean time between arrivals.
    """
    given = CASES["erlang_a_deterministic-03"]["inputs"]
    n, patience_s, gap_s = given["n"], given["patience_s"], given["period_s"] / given["calls"]
    ahead = sum(math.prod(k / n for k in range(j + 1, n)) for j in range(n))  # all states below n
    p = 1 / (ahead + patience_s / gap_s + 1)
    runs = steady({"inputs": given}, m.constant(patience_s * SECOND))
    holds(runs, "abandoned_share", p)
    holds(runs, "of_offered", p * (ahead + given["T_s"] / gap_s))
    holds(runs, "occupancy", 1 - p)


def two_kinds(given: dict[str, Any]) -> m.Law:
    """Patience of two kinds of callers as a table of 200,000 quantiles."""
    values, shares = [], []
    for part, mean_s in (
        (given["p1"], given["patience1_s"]),
        (1 - given["p1"], given["patience2_s"]),
    ):
        for place in range(100_000):
            values.append(round(-math.log((place + 0.5) / 100_000) * mean_s * SECOND))
            shares.append(part / 100_000)
    return m.empirical(values, shares)


@pytest.mark.parametrize("name", ["erlang_a_hyperexp-01", "erlang_a_hyperexp-02"])
def test_patience_from_a_table(name: str) -> None:
    case, out = CASES[name], CASES[name]["outputs"]
    runs = steady(case, two_kinds(case["inputs"]))
    holds(runs, "abandoned_share", out["p_abandon"])
    holds(runs, "mean_wait_s", out["mean_wait_s"])
    holds(runs, "of_offered", out["sl_offered"])


B_TALKS = {
    "exponential": m.exponential(180_000),
    "constant": m.constant(180_000),
    "log_normal": m.log_normal(180_000, 300_000),
    "empirical": m.empirical([60_000, 100_000, 380_000]),
}


@pytest.mark.parametrize("talk", B_TALKS.values(), ids=list(B_TALKS))
@pytest.mark.parametrize("name", ["erlang_b-05", "erlang_b-06", "erlang_b-09"])
def test_erlang_b_whatever_the_law_of_talks(name: str, talk: m.Law) -> None:
    n, a = (CASES[name]["inputs"][key] for key in "na")
    case = {"inputs": {"n": n, "calls": a, "period_s": 180, "aht_s": 180}}
    runs = steady(case, lines=n, talk=talk)
    holds(runs, "blocked_share", CASES[name]["outputs"]["blocking"])
    assert all(run.figures().abandoned == 0 for run in runs.results)


@pytest.mark.parametrize("name", ["mmnk-01", "mmnk-02", "mmnk-03"])
def test_places_to_wait_in_are_limited(name: str) -> None:
    case, out = CASES[name], CASES[name]["outputs"]
    given = case["inputs"]
    patience = m.exponential(given["patience_s"] * SECOND) if given["patience_s"] else m.NEVER
    runs = steady(case, patience, lines=given["places"])
    holds(runs, "blocked_share", out["p_block"])
    holds(runs, "mean_wait_s", out["mean_wait_accepted_s"])
    holds(runs, "mean_queue", out["mean_queue"])
    if given["patience_s"]:
        holds(runs, "abandoned_share", out["p_abandon_accepted"])


@pytest.mark.parametrize("name", ["erlang_b_extended-01", "erlang_b_extended-03"])
def test_extended_b_is_what_late_redials_come_to(name: str) -> None:
    n, a, retry = (CASES[name]["inputs"][key] for key in ("n", "a", "retry"))
    case = {"inputs": {"n": n, "calls": a, "period_s": 180, "aht_s": 180}}
    late = {"redials": retry, "redial_after": m.exponential(7_200_000)}
    runs = steady(case, lines=n, queue=late)
    holds(runs, "blocked_share", CASES[name]["outputs"]["blocking"])


def test_littles_law_holds_for_queue_and_agents() -> None:
    runs = steady(CASES["erlang_a-02"], m.log_normal(120_000, 90_000))
    for run in runs.results:
        figures = run.figures()
        rate = figures.offered / figures.length_ms
        assert figures.mean_queue is not None and figures.mean_wait_s is not None
        assert figures.mean_queue == pytest.approx(rate * figures.mean_wait_s * 1_000, rel=2e-3)
        busy = sum(run.standing_ms("busy")) / figures.length_ms
        talks = figures.talk_ms / figures.length_ms
        assert busy == pytest.approx(talks, rel=2e-3)
