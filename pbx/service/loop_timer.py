"""Has a turn run when its deadline has come: one timer of the loop, set anew for an earlier one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class LoopTimer:
    """Calls `ring` at the deadline set, by the clock given; a timer that comes too early is none
    to worry about, for who is called looks again and sets the next."""

    def __init__(self, now: Callable[[], int], ring: Callable[[], object]) -> None:
        self._now = now
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._at = 0

    def set(self, deadline: int | None) -> None:
        """Ring at `deadline`, or at an earlier one that was set before."""
        if deadline is None or (self._timer is not None and self._at <= deadline):
            return
        self.stop()
        self._at = deadline
        delay = max(0, deadline - self._now()) / 1000
        self._timer = self._loop.call_later(delay, self._over)

    def stop(self) -> None:
        """Ring no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _over(self) -> None:
        self._timer = None
        self._ring()
