"""One timer for many deadlines: the earliest counts, and after it the next."""

from __future__ import annotations

import asyncio
import time

import pytest

from pbx.service.loop_timer import LoopTimer
from tests.waiting import passes

SOON_MS = 20


def now() -> int:
    return time.monotonic_ns() // 1_000_000


async def rings(*deadlines: int | None, within_s: float = 0.3) -> list[int]:
    """When it rang, in ms after the deadlines were set, one after the other."""
    begin, at = now(), list[int]()
    clock = LoopTimer(now, lambda: at.append(now() - begin))
    for deadline in deadlines:
        clock.set(None if deadline is None else begin + deadline)
    await passes(within_s)
    clock.stop()
    return at


@pytest.mark.parametrize("deadlines", [
    (SOON_MS,), (60_000, SOON_MS), (SOON_MS, 60_000), (SOON_MS, None), (SOON_MS, SOON_MS),
])  # fmt: skip
def test_it_rings_once_at_the_earliest_deadline(deadlines: tuple[int | None, ...]) -> None:
    (at,) = asyncio.run(rings(*deadlines))
    assert at >= SOON_MS - 1


def test_a_deadline_that_has_passed_rings_at_once_and_none_does_not() -> None:
    assert len(asyncio.run(rings(-5_000))) == 1
    assert asyncio.run(rings(None, within_s=0.01)) == []


def test_after_a_ring_a_later_deadline_counts_again() -> None:
    async def twice() -> int:
        rang = asyncio.Event()
        clock = LoopTimer(now, rang.set)
        for _ in range(2):
            rang.clear()
            clock.set(now() + SOON_MS)
            await asyncio.wait_for(rang.wait(), 10)
        clock.set(now() + SOON_MS)
        clock.stop()
        rang.clear()
        await passes(3 * SOON_MS / 1000)
        return rang.is_set()

    assert not asyncio.run(twice())
