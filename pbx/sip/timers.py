"""Deadlines of many small objects; moving one later costs nothing, and many of one time little."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush


class Timed(ABC):
    """Something that waits: `deadline` in ms, 0 when it waits for nothing."""

    __slots__ = ("_queued", "deadline")

    def __init__(self) -> None:
        self.deadline = 0
        self._queued = 0  # the time under which it is noted, 0: none

    @abstractmethod
    def fire(self, now: int) -> None:
        """Called once when the deadline, cleared by then, has passed."""


class Timers:
    """Items by time, the times in a heap: what is noted is corrected when its time comes to the
    top, not when a deadline moves."""

    __slots__ = ("_at", "_times")

    def __init__(self) -> None:
        self._times: list[int] = []
        self._at: dict[int, deque[Timed]] = {}  # those of one time in the order of setting

    def __len__(self) -> int:
        return sum(map(len, self._at.values()))

    def set(self, item: Timed, deadline: int) -> None:
        """Let `item.fire` be called at `deadline` (> 0), and no more at the one before."""
        item.deadline = deadline
        if not item._queued or deadline < item._queued:
            self._note(item, deadline)

    def clear(self, item: Timed) -> None:
        """Let `item` wait for nothing."""
        item.deadline = 0

    def next_deadline(self) -> int | None:
        """The earliest deadline, in ms."""
        while self._times:
            when = self._times[0]
            items = self._at[when]
            while items:
                item = items[0]
                if item._queued == when and item.deadline == when:
                    return when
                items.popleft()
                self._correct(item, when)
            heappop(self._times)
            del self._at[when]
        return None

    def due(self, now: int) -> Iterable[Timed]:
        """The items whose deadline has come, one by one, their deadline cleared."""
        return self._due(now) if self._times and self._times[0] <= now else ()

    def _due(self, now: int) -> Iterator[Timed]:
        while (when := self.next_deadline()) is not None and when <= now:
            item = self._at[when].popleft()
            item._queued = item.deadline = 0
            yield item

    def _note(self, item: Timed, deadline: int) -> None:
        item._queued = deadline
        items = self._at.get(deadline)
        if items is None:
            self._at[deadline] = deque((item,))
            heappush(self._times, deadline)
        else:
            items.append(item)

    def _correct(self, item: Timed, when: int) -> None:
        """An item that was noted for `when` waits for another time, or for nothing."""
        if item._queued == when:
            item._queued = 0
            if item.deadline:
                self._note(item, item.deadline)
