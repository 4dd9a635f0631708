"""Deadlines by name in one heap: set, move, cancel; cancelled ones leave no trace for long."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator

SLACK = 64

Key = tuple[str | int, str]


class Alarms:
    """Deadlines by key; a key has one at most. Those of one time ring in the order of setting."""

    __slots__ = ("_at", "_count", "_heap")

    def __init__(self) -> None:
        self._at: dict[Key, tuple[int, int]] = {}
        self._heap: list[tuple[int, int, Key]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._at)

    def set(self, key: Key, at: int) -> None:
        """Ring for `key` at `at` (ms), instead of whenever it was set before."""
        self._count += 1
        self._at[key] = at, self._count
        heapq.heappush(self._heap, (at, self._count, key))
        if len(self._heap) > 2 * len(self._at) + SLACK:
            self._heap = [(at, count, key) for key, (at, count) in self._at.items()]
            heapq.heapify(self._heap)

    def cancel(self, key: Key) -> None:
        """Forget `key`; no error if it is not set."""
        self._at.pop(key, None)

    def next_deadline(self) -> int | None:
        """The earliest deadline (ms)."""
        while self._heap:
            at, count, key = self._heap[0]
            if self._at.get(key) == (at, count):
                return at
            heapq.heappop(self._heap)
        return None

    def due(self, now: int) -> Iterable[Key]:
        """The keys due at `now`, each forgotten as it is given out."""
        return self._due(now) if self._heap and self._heap[0][0] <= now else ()

    def _due(self, now: int) -> Iterator[Key]:
        while (at := self.next_deadline()) is not None and at <= now:
            key = heapq.heappop(self._heap)[2]
            del self._at[key]
            yield key
