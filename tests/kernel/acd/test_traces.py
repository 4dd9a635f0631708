"""The queue engine equals its plain oracle on random days, restored from snapshots on the way."""

from __future__ import annotations

import os

import pytest

from tests.kernel.acd.trace import Trace

TRACES, STEPS, BATCHES = 1_000, 60, 10
LONG_TRACES = int(os.environ.get("AGNER_TRACES", "100000"))


def run(seed: int, steps: int) -> None:
    trace = Trace(seed)
    try:
        for _ in range(steps):
            trace.step()
    except AssertionError as error:
        error.add_note(f"Trace({seed}), at {trace.now} ms")
        raise


@pytest.mark.parametrize("batch", range(BATCHES))
def test_engine_and_oracle_agree_on_a_thousand_random_days(batch: int) -> None:
    for seed in range(batch, TRACES, BATCHES):
        run(seed, STEPS)


def test_engine_and_oracle_agree_on_a_long_day() -> None:
    run(1_000_000, 2_000)


@pytest.mark.long
@pytest.mark.timeout(0)
def test_engine_and_oracle_agree_on_more_long_days() -> None:
    for seed in range(1, 20):
        run(1_000_000 + seed, 2_000)


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize("batch", range(100))
def test_engine_and_oracle_agree_on_very_many_random_days(batch: int) -> None:
    for seed in range(batch, LONG_TRACES, 100):
        run(2_000_000 + seed, 100)
