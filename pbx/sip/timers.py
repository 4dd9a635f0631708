"""Deadlines of many small objects in one heap; moving one later costs nothing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from heapq import heappop, heappush


class Timed(ABC):
    """Something that waits: `deadline` in ms, 0 when it waits for nothing."""

    __slots__ = ("_queued", "deadline")

    def __init__(self) -> None:
        self.deadline = 0
        self._queued = 0  # the time of its entry in the heap, 0: none

    @abstractmethod
    def fire(self, now: int) -> None:
        """Called once when the deadline, cleared by then, has passed."""


class Timers:
    """The heap: entries are corrected when they come to the top, not when a deadline moves."""

    __slots__ = ("_count", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Timed]] = []
        self._count = 0  # breaks ties: first set, first fired

    def __len__(self) -> int:
        return len(self._heap)

    def set(self, item: Timed, deadline: int) -> None:
        """Let `item.fire` be called at `deadline` (> 0), and no more at the one before."""
        item.deadline = deadline
        if not item._queued or deadline < item._queued:
            self._push(item, deadline)

    def clear(self, item: Timed) -> None:
        """Let `item` wait for nothing."""
        item.deadline = 0

    def next_deadline(self) -> int | None:
        """The earliest deadline, in ms."""
        while self._heap:
            when, _, item = self._heap[0]
            if item._queued == when and item.deadline == when:
                return when
            heappop(self._heap)
            if item._queued == when:
                item._queued = 0
                if item.deadline:
                    self._push(item, item.deadline)
        return None

    def due(self, now: int) -> Iterator[Timed]:
        """The items whose deadline has come, one by one, their deadline cleared."""
        while (when := self.next_deadline()) is not None and when <= now:
            item = heappop(self._heap)[2]
            item._queued = item.deadline = 0
            yield item

    def _push(self, item: Timed, deadline: int) -> None:
        item._queued = deadline
        self._count += 1
        heappush(self._heap, (deadline, self._count, item))
