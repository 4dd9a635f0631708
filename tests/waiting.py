"""Waiting on a running loop: until something is so. Nothing else in the tests sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = 10.0
PAUSE_S = 0.01

T = TypeVar("T")


async def soon(question: Callable[[], T], patience_s: float = PATIENCE_S) -> T:
    """Ask until the answer is true; the answer. TimeoutError where it never is."""
    async with asyncio.timeout(patience_s):
        while not (answer := question()):
            await passes(PAUSE_S)
    return answer


async def passes(seconds: float) -> None:
    """Let real time pass: for what is about a clock, or must come bit by bit."""
    await asyncio.sleep(seconds)
