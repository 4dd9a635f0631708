"""Repeated runs: Student's t, bands, early stop, callers in common, progress and an end to it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from kernel.simulator import model as m
from kernel.simulator.replications import RUNS_LEAST, band, difference, replicate, student
from kernel.simulator.simulation import Simulator

HOUR = 3_600_000
QUEUE = m.Queue(talk=m.log_normal(180_000, 150_000), patience=m.exponential(240_000))
MODEL = m.Model(
    queues=[QUEUE], agents=[m.Agent(queues=[0])] * 10, length_ms=4 * HOUR, interval_ms=HOUR,
    arrivals=m.Arrivals(HOUR, [[150, 220, 200, 0]]),
)  # fmt: skip

# two-sided 95 % and 99.9 %, from tables
T_VALUES = {1: (12.706, 636.62), 2: (4.303, 31.599), 3: (3.182, 12.924), 4: (2.776, 8.610),
            5: (2.571, 6.869), 9: (2.262, 4.781), 19: (2.093, 3.883), 30: (2.042, 3.646),
            120: (1.980, 3.373), 10**6: (1.960, 3.291)}  # fmt: skip


@pytest.mark.parametrize("freedom", T_VALUES)
def test_students_t_is_that_of_the_tables(freedom: int) -> None:
    for share, expected in zip((0.95, 0.999), T_VALUES[freedom], strict=True):
        assert student(share, freedom) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("share", "freedom"), [(0, 5), (1, 5), (0.95, 0), (math.nan, 5)])
def test_a_t_that_cannot_be_is_refused(share: float, freedom: int) -> None:
    with pytest.raises(ValueError, match="degrees of freedom"):
        student(share, freedom)


def test_a_band_has_the_mean_its_interval_and_what_one_day_may_bring() -> None:
    found = band([1.0, 2.0, 3.0, 4.0, 5.0])
    assert (found.mean, found.low, found.high, found.runs) == (3.0, 1.2, 4.8, 5)
    assert found.half_width == pytest.approx(2.776 * math.sqrt(2.5 / 5), rel=1e-3)
    assert band([7.0]).half_width == math.inf
    with pytest.raises(ValueError, match="no run"):
        band([])


def test_95_intervals_of_a_hundred_hold_the_mean() -> None:
    centre = replicate(MODEL, 2_000, seed=99).band("asa_s").mean
    inside = 0
    for seed in range(100):
        found = replicate(MODEL, 20, seed=seed).band("asa_s")
        inside += abs(found.mean - centre) <= found.half_width
    assert 86 <= inside <= 100  # asa_s is skewed; 87..100 is what a binomial law gives for .95


def test_the_same_seed_gives_the_same_bands() -> None:
    one, two, other = (replicate(MODEL, 12, seed=seed) for seed in (5, 5, 6))
    assert one.band("asa_s") == two.band("asa_s") != other.band("asa_s")
    assert one.together is not None and two.together is not None
    assert one.together.waits == two.together.waits
    assert one.wait_s(0.9) == two.wait_s(0.9)


def test_the_waits_of_all_runs_are_together() -> None:
    runs = replicate(MODEL, 12)
    assert runs.together is not None
    assert sum(runs.together.waits) == sum(run.figures().answered for run in runs.results)
    ninety = [runs.wait_s(0.9, first=at, last=at + 1) for at in range(4)]
    assert ninety[0] is not None and ninety[1] is not None and ninety[0] < ninety[1]
    assert ninety[3] is None  # nobody called


def test_a_run_among_many_is_the_run_it_is_alone() -> None:
    simulator = Simulator(MODEL, 3)
    alone = simulator.run()
    runs = replicate(simulator, 5, seed=8)
    simulator.restart(3)
    again = simulator.run()
    assert again.cells == alone.cells and again.waits == alone.waits
    assert len({tuple(run.cells) for run in runs.results}) == 5


def test_it_stops_when_the_figures_are_close_enough() -> None:
    wide = replicate(MODEL, 10_000, target={"service_level": 0.1})
    close = replicate(MODEL, 10_000, target={"service_level": 0.02, "abandoned_share": 0.01})
    assert RUNS_LEAST <= len(wide.results) < len(close.results) < 10_000
    assert close.band("service_level").half_width <= 0.02
    assert close.band("abandoned_share").half_width <= 0.01


def test_progress_is_told_and_may_end_it() -> None:
    told: list[tuple[int, int]] = []

    def report(done: int, runs: int) -> None:
        told.append((done, runs))
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replicate(MODEL, 50, report=report)
    assert told == [(1, 50), (2, 50), (3, 50)]


def test_models_that_differ_in_agents_have_their_callers_in_common() -> None:
    more = replace(MODEL, agents=[m.Agent(queues=[0])] * 11)
    before, after = replicate(MODEL, 40, seed=1), replicate(more, 40, seed=1)
    assert before.values("offered") == after.values("offered")
    gain = difference(before, after, name="service_level")
    assert gain.mean > 0 and gain.half_width < gain.mean
    assert gain.half_width < 0.7 * after.band("service_level").half_width


def test_bands_by_interval_lack_where_nobody_called() -> None:
    bands = replicate(MODEL, 10).by_interval("service_level")
    assert [found is None for found in bands] == [False, False, False, True]
    assert bands[0] is not None and bands[1] is not None and bands[0].mean > bands[1].mean


def test_what_cannot_be_repeated_is_refused() -> None:
    with pytest.raises(ValueError, match="runs"):
        replicate(MODEL, 0)
    with pytest.raises(ValueError, match="no figure 'nothing'"):
        replicate(MODEL, 1).band("nothing")
