"""Nanoseconds of Erlang's formulas, beside pyworkforce, scipy and most_queue, and their errors.

    one at a time   from Python, a number in and a number out
    many            arrays of loads: 0.85 to 1.05 erlangs a line, so light, right and overloaded
    a day           96 quarter-hours of ten queues at 80/20: 960 cells, 1 to 200 erlangs

Errors are against sums with 50 digits, in 1e-15: `most` 100 is 1e-13, 10,000 where B < 1e-12.

python -m benchmarks.bench_erlang         the lines of `make bench`
pytest benchmarks/bench_erlang.py --benchmark-enable -n0
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from decimal import Decimal, localcontext
from functools import partial
from typing import Any

import numpy
import pytest
from most_queue.theory.impatience.mmn import MMnImpatienceCalc
from pyworkforce.queuing import ErlangC
from scipy.special import gammaincc, gammaln

from benchmarks.promise import line
from kernel import erlang

CELLS = 10_000
ROUNDS, SHORTEST_S = 5, 0.02
AHT_S, WITHIN_S, PATIENCE_S = 180.0, 20.0, 120.0
ONE = ((50, 45.0, 20), (1_050, 1_000.0, 150))  # n, a, times faster than pyworkforce
MANY = ((50, 5.0), (1_050, 1.5), (10_200, 1.0))  # n, times faster than scipy

Array = Any  # of numpy


def nanoseconds(*works: tuple[Callable[[], object], int]) -> list[float]:
    """One cell of each work, given with its cells: the median of five rounds, each long enough for
    the clock. The works take turns, so what else the machine does meets all alike."""
    counts, rounds = [], []
    for work, _ in works:
        count = 1
        while seconds(work, count) < SHORTEST_S:
            count *= 2
        counts.append(count)
    for _ in range(ROUNDS):
        turn = zip(works, counts, strict=True)
        rounds.append([seconds(work, count) / count / cells for (work, cells), count in turn])
    return [statistics.median(times) * 1e9 for times in zip(*rounds, strict=True)]


def seconds(work: Callable[[], object], count: int) -> float:
    began = time.perf_counter()
    for _ in range(count):
        work()
    return time.perf_counter() - began


def loads(n: int, cells: int = CELLS) -> Array:
    return numpy.random.default_rng(n).uniform(0.85 * n, 1.05 * n, cells)


def ours_b(n: Array, a: Array) -> Array:
    out = numpy.empty_like(a)
    erlang.blocking_into(n, a, out=out)
    return out


def scipy_b(n: Array, a: Array) -> Array:
    """The density of the last state over the upper incomplete gamma."""
    return numpy.exp(n * numpy.log(a) - a - gammaln(n + 1)) / gammaincc(n + 1, a)


def exact_b(n: int, a: float) -> Decimal:
    inverse, load = Decimal(1), Decimal(a)
    for k in range(1, n + 1):
        inverse = 1 + inverse * k / load
    return 1 / inverse


def exact_a(n: int, a: float, *, patience: float) -> tuple[Decimal, Decimal]:
    """P(wait) and P(abandon) by birth and death from state 0; patience in handling times."""
    weight = total = Decimal(1)
    waiting = queue = Decimal(0)
    load, leave = Decimal(a), 1 / Decimal(patience)
    for k in range(1, 2 * n):
        weight *= load / (k if k <= n else n + (k - n) * leave)
        total += weight
        if k >= n:
            waiting += weight
            queue += (k - n) * weight
    return waiting / total, queue * leave / load / total


def error(ours: float, exact: Decimal) -> float:
    """In 1e-15; a figure that is none at all is infinitely wrong."""
    if not math.isfinite(ours):
        return math.inf
    return float(abs(Decimal(ours) - exact) / exact * Decimal(10) ** 15)


def errors_of_b(n: int) -> None:
    """The worst of some cells, apart for B below 1e-12."""
    few = loads(n, 24)
    many = numpy.full(24, float(n))
    worst = {100: (0.0, 0.0), 10_000: (0.0, 0.0)}
    for a, ours, theirs in zip(few, ours_b(many, few), scipy_b(many, few), strict=True):
        exact = exact_b(n, float(a))
        most = 100 if exact >= Decimal("1e-12") else 10_000
        pair = error(float(ours), exact), error(float(theirs), exact)
        worst[most] = max(worst[most][0], pair[0]), max(worst[most][1], pair[1])
    for most, (ours, theirs) in worst.items():
        if ours:
            small = "" if most == 100 else ", B < 1e-12"
            print(line(f"B error 1e-15, n {n}{small} (scipy)", ours, peer=theirs, most=most))


def a_day() -> tuple[Array, Array]:
    """Loads and handling times of the 960 cells."""
    dice = numpy.random.default_rng(80)
    return dice.uniform(1, 200, 960), dice.uniform(120, 300, 960)


def ours_day(a: Array, aht_s: Array) -> Array:
    out = numpy.empty_like(a)
    erlang.agents_c_into(a, aht_s, within_s=WITHIN_S, service_level=0.8, out=out)
    return out


def pyworkforce_day(a: Array, aht_s: Array) -> list[int]:
    cells = zip(a.tolist(), aht_s.tolist(), strict=True)
    return [
        ErlangC(each * 900 / aht, aht, WITHIN_S, 900).required_positions(0.8)["raw_positions"]
        for each, aht in cells
    ]


def ours_a(n: Array, a: Array) -> Array:
    aht_s, patience_s = numpy.full_like(a, AHT_S), numpy.full_like(a, PATIENCE_S)
    out = numpy.empty((a.size, len(erlang.Abandoned._fields)))
    erlang.wait_a_into(n, a, aht_s=aht_s, patience_s=patience_s, within_s=WITHIN_S, out=out)
    return out


def most_queue_a(n: int, a: float) -> tuple[float, float, float]:
    """Who waits, who hangs up and how long the wait is, by its `run`: a part of `ours_a`."""
    calc = MMnImpatienceCalc(n=n, theta=1 / PATIENCE_S)
    calc.set_sources(a / AHT_S)
    calc.set_servers(1 / AHT_S)
    wait_s = calc.run().w[0]
    return calc.get_waiting_probability(), calc.get_abandonment_probability(), wait_s


def one_at_a_time() -> None:
    for n, a, times in ONE:
        peer = ErlangC(transactions=a, aht=1.0, asa=0.1, interval=1)
        ours, theirs = nanoseconds(
            (partial(erlang.p_wait, n, a), 1), (partial(peer.waiting_probability, n), 1)
        )
        print(line(f"C ns, n {n} (pyworkforce)", ours, peer=theirs, most=theirs / times))


def many_of_b() -> None:
    for n, times in MANY:
        cells = numpy.full(CELLS, float(n)), loads(n)
        ours, theirs = nanoseconds(
            (partial(ours_b, *cells), CELLS), (partial(scipy_b, *cells), CELLS)
        )
        print(line(f"many B ns, n {n} (scipy)", ours, peer=theirs, most=theirs / times))
        errors_of_b(n)


def many_of_a() -> None:
    cells = numpy.full(1_000, 50.0), loads(50, 1_000)
    ours, theirs = nanoseconds(
        (partial(ours_a, *cells), 1_000), (partial(most_queue_a, 50, 48.0), 1)
    )
    print(line("many A ns, n 50 (most_queue)", ours, peer=theirs, most=theirs / 300))
    cells = numpy.full(100, 10_000.0), loads(10_000, 100)
    [ours] = nanoseconds((partial(ours_a, *cells), 100))
    print(line("many A ns, n 10000", ours, most=None))
    times = {"aht_s": AHT_S, "patience_s": PATIENCE_S, "within_s": WITHIN_S}
    exact = exact_a(10_000, 10_000.0, patience=PATIENCE_S / AHT_S)
    ours = max(map(error, erlang.wait_a(10_000, 10_000.0, **times), exact))
    theirs = max(map(error, most_queue_a(10_000, 10_000.0), exact))
    print(line("A error 1e-15, n 10000 (most_queue)", ours, peer=theirs, most=100))


def staffing() -> None:
    day = a_day()
    assert ours_day(*day).tolist() == pyworkforce_day(*day)
    ours, theirs = nanoseconds(
        (partial(ours_day, *day), 960), (partial(pyworkforce_day, *day), 960)
    )
    print(line("a day of staffing, ns a cell (pyworkforce)", ours, peer=theirs, most=theirs / 30))


def main() -> None:
    with localcontext() as context:
        context.prec = 50
        one_at_a_time()
        many_of_b()
        many_of_a()
        staffing()


@pytest.mark.parametrize(("n", "a", "_"), ONE)
def test_c_one_at_a_time(benchmark: Any, n: int, *, a: float, _: int) -> None:
    assert 0 < benchmark(erlang.p_wait, n, a) < 1


@pytest.mark.parametrize("ask", [ours_b, scipy_b])
@pytest.mark.parametrize("n", [n for n, _ in MANY])
def test_many_of_b(benchmark: Any, n: int, *, ask: Callable[[Array, Array], Array]) -> None:
    assert benchmark(ask, numpy.full(CELLS, float(n)), loads(n)).size == CELLS


def test_many_of_a(benchmark: Any) -> None:
    assert numpy.isfinite(benchmark(ours_a, numpy.full(1_000, 50.0), loads(50, 1_000))).all()


@pytest.mark.parametrize("ask", [ours_day, pyworkforce_day])
def test_a_day_of_staffing(benchmark: Any, ask: Callable[[Array, Array], Any]) -> None:
    assert len(benchmark(ask, *a_day())) == 960


if __name__ == "__main__":
    main()
