"""What cannot be simulated is refused with its name; the laws have the means they say."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from kernel.simulator import model as m
from kernel.simulator.simulation import Simulator

TALK = m.exponential(180_000)
QUEUE = m.Queue(talk=TALK)
AGENT = m.Agent(queues=[0])
NAN = math.nan


def model(**changes: Any) -> m.Model:
    return m.Model(**{"queues": [QUEUE], "agents": [AGENT], "length_ms": 3_600_000, **changes})


BAD: list[tuple[str, Callable[[], object]]] = [
    ("mean_ms", lambda: m.exponential(0)),
    ("mean_ms", lambda: m.exponential(-5)),
    ("mean_ms", lambda: m.exponential(math.inf)),
    ("mean_ms", lambda: m.exponential(NAN)),
    ("sd_ms", lambda: m.log_normal(1_000, 0)),
    ("mean_ms", lambda: m.log_normal(NAN, 1)),
    ("constant", lambda: m.constant(-1)),
    ("constant", lambda: m.constant(1 << 50)),
    ("0 values", lambda: m.empirical([])),
    ("value", lambda: m.empirical([5, -1])),
    ("1 shares for 2", lambda: m.empirical([1, 2], [1.0])),
    ("share", lambda: m.empirical([1], [NAN])),
    ("add up", lambda: m.empirical([1, 2], [0.6, 0.6])),
    ("add up", lambda: m.empirical([1], [0.0])),
    ("never ends", lambda: m.Queue(talk=m.NEVER)),
    ("never ends", lambda: m.Queue(talk=m.empirical([1], [0.5]))),
    ("never ends", lambda: m.Queue(talk=TALK, wrap_up=m.NEVER)),
    ("priority", lambda: m.Queue(talk=TALK, priority=1 << 40)),
    ("within_ms", lambda: m.Queue(talk=TALK, within_ms=-1)),
    ("length_max", lambda: m.Queue(talk=TALK, length_max=-1)),
    ("redials", lambda: m.Queue(talk=TALK, redials=1.5)),
    ("misses", lambda: m.Agent(queues=[0], misses=-0.1)),
    ("refuses", lambda: m.Agent(queues=[0], refuses=NAN)),
    ("overlaps", lambda: m.Agent(queues=[0], shifts=[(0, 10), (5, 20)])),
    ("overlaps", lambda: m.Agent(queues=[0], breaks=[(10, 10)])),
    ("interval_ms", lambda: m.Arrivals(0, [[1.0]])),
    ("numbers of intervals", lambda: m.Arrivals(1, [[1.0], [1.0, 2.0]])),
    ("-1.0 calls", lambda: m.Arrivals(1, [[-1.0]])),
    ("nan calls", lambda: m.Arrivals(1, [[NAN]])),
    ("inf calls", lambda: m.Arrivals(1, [[math.inf]])),
    ("1.5 calls", lambda: m.Arrivals(1, [[1.5]], is_exact=True)),
    ("standing|talking", lambda: m.Doing(standing="asleep")),
    ("left_ms", lambda: m.Doing(standing="wrap_up")),
    ("queues", lambda: model(queues=[])),
    ("agents", lambda: model(agents=[AGENT] * 5_000)),
    ("length_ms", lambda: model(length_ms=0)),
    ("interval_ms", lambda: model(interval_ms=-1)),
    ("queues x intervals", lambda: model(interval_ms=1)),
    ("lines", lambda: model(lines=-1)),
    ("an agent's queue", lambda: model(agents=[m.Agent(queues=[1])])),
    ("arrivals of 2", lambda: model(arrivals=m.Arrivals(1, [[1.0], [1.0]]))),
    ("a call's queue", lambda: model(calls=[m.Call(at=0, queue=1)])),
    ("a call's time", lambda: model(calls=[m.Call(at=-1, queue=0)])),
    ("a call's ms", lambda: model(calls=[m.Call(at=0, queue=0, talk_ms=-1)])),
    ("age", lambda: model(waiting=[(0, -1)])),
    ("an agent's number", lambda: model(doing={1: m.Doing(standing="talking")})),
    ("overflow", lambda: model(queues=[m.Queue(talk=TALK, overflow=1)])),
    ("for ever", lambda: model(queues=[m.Queue(talk=TALK, overflow=0)])),
]


@pytest.mark.parametrize(("what", "make"), BAD, ids=[f"{n}-{bad[0]}" for n, bad in enumerate(BAD)])
def test_what_cannot_be_is_named(what: str, make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=what):
        make()


def test_the_engine_names_what_is_wrong_with_the_routing() -> None:
    with pytest.raises(ValueError, match="strategy"):
        Simulator(model(queues=[m.Queue(talk=TALK, routing={"strategy": 99})]))
    with pytest.raises(TypeError, match="unknown"):
        Simulator(model(queues=[m.Queue(talk=TALK, routing={"unknown": 1})]))
    with pytest.raises(ValueError, match="level"):
        Simulator(model(agents=[m.Agent(queues=[0], levels=[-1])]))


@pytest.mark.parametrize("seed", [-1, 1 << 64, 1.5, "1"])
def test_a_seed_that_is_none_is_refused(seed: Any) -> None:
    with pytest.raises(ValueError, match="seed"):
        Simulator(model(), seed)


def test_a_model_ends_where_it_says() -> None:
    simulator = Simulator(model())
    with pytest.raises(ValueError, match="ends at 3600000"):
        simulator.run(3_600_001)
    with pytest.raises(TypeError, match="Model"):
        Simulator("model")  # type: ignore[arg-type]


LAWS = [
    m.constant(90_000), m.exponential(90_000), m.log_normal(90_000, 120_000),
    m.empirical([30_000, 60_000, 180_000]), m.empirical([30_000, 110_000], [0.25, 0.75]),
]  # fmt: skip


@pytest.mark.parametrize("law", LAWS, ids=[m.KINDS[law.kind] for law in LAWS])
def test_talks_and_wrap_ups_have_their_laws_mean(law: m.Law) -> None:
    assert law.mean_ms() == pytest.approx(90_000)
    queue = m.Queue(talk=law, wrap_up=law)
    length = 40_000_000
    found = Simulator(
        model(
            queues=[queue], agents=[AGENT] * 600, length_ms=length,
            arrivals=m.Arrivals(length, [[100_000.0]]),
        )
    ).run().figures()  # fmt: skip
    assert found.talk_ms / found.answered == pytest.approx(90_000, rel=0.02)
    assert found.wrap_up_ms / found.answered == pytest.approx(90_000, rel=0.02)


def test_a_law_that_never_ends_has_no_finite_mean() -> None:
    assert m.NEVER.mean_ms() == math.inf
    assert m.empirical([10], [0.9]).mean_ms() == math.inf
    assert m.empirical([10, 20], [0.5, 0.5]).mean_ms() == 15


def test_without_agents_calls_or_arrivals_nothing_happens() -> None:
    result = Simulator(model(agents=[])).run()
    found = result.figures()
    assert found.offered == 0 and found.mean_queue == 0.0
    assert (found.asa_s, found.occupancy, found.service_level()) == (None, None, None)
    assert result.wait_s(0.5) is None


def test_more_who_wait_than_the_engine_has_places_are_blocked() -> None:
    found = Simulator(
        model(agents=[], length_ms=1_000, arrivals=m.Arrivals(1_000, [[30_000]], is_exact=True))
    ).run().figures()  # fmt: skip
    assert (found.offered, found.blocked) == (20_000, 10_000)
