"""The last 100,000 events by number, for clients that follow and clients that come back.

Nothing is encoded before somebody asks: the newest events are kept as they came, with their line
once a client has had it; older ones are packed and compressed, a block at a time.

    oldest                                   seq
    | block | block | block | … | tail . . . . |
"""

from __future__ import annotations

import zlib
from collections import deque

from pbx.service.socket.event_line import Data, Event, line, pack, scope_of, unpack
from pbx.service.socket.topics import Topics

EVENTS_KEPT = 100_000
BYTES_KEPT = 8 << 20
TAIL = 1_024
BLOCK = 128
CHUNK_BYTES = 64 << 10
CHUNK_EVENTS = 256


class EventRing:
    """Numbered events, bounded in number and bytes; `seq` is the number of the last one."""

    __slots__ = ("_blocks", "_bytes", "_bytes_max", "_kept", "_lines", "_tail", "seq")

    def __init__(
        self, seq: int = 0, *, kept: int = EVENTS_KEPT, bytes_max: int = BYTES_KEPT
    ) -> None:
        self.seq = seq
        self._kept = kept
        self._bytes_max = bytes_max
        self._blocks: deque[bytes] = deque()
        self._bytes = 0
        self._tail: list[Event] = []
        self._lines: list[bytes | None] = []

    @property
    def first(self) -> int:
        """The number of the oldest event kept; `seq + 1` if there is none."""
        return self.seq + 1 - len(self._tail) - BLOCK * len(self._blocks)

    def append(self, kind: str, data: Data, *, t: float) -> int:
        """Keep an event (its `data` is not changed any more), return its number."""
        self.extend([(t, kind, data)])
        return self.seq

    def extend(self, events: list[Event]) -> None:
        """Keep events, as `append` does."""
        self._tail += events
        self._lines += [None] * len(events)
        self.seq += len(events)
        while len(self._tail) >= TAIL + BLOCK:
            self._pack()

    def chunk(self, after: int, topics: Topics, *, is_masked: bool = False) -> tuple[bytes, int]:
        """The next lines after event `after` (>= `first - 1`), and the number they reach to.

        A part of what there is, so that one turn stays short; call again until it reaches `seq`.
        """
        assert self.first - 1 <= after <= self.seq, after
        start = after + 1
        tail = self.seq + 1 - len(self._tail)
        if start < tail:
            return self._old(start, topics, is_masked=is_masked)
        return self._new(start - tail, topics, is_masked=is_masked)

    def _new(self, index: int, topics: Topics, *, is_masked: bool) -> tuple[bytes, int]:
        """Lines from the tail, each encoded once for all clients that may see all of it."""
        lines: list[bytes] = []
        size = 0
        number = self.seq + 1 - len(self._tail) + index
        for at in range(index, min(len(self._tail), index + CHUNK_EVENTS)):
            if size >= CHUNK_BYTES:
                break
            event = self._tail[at]
            if topics.want(event[1], scope_of(event[1], event[2])):
                text = line(number, event, is_masked=True) if is_masked else self._whole(number, at)
                lines.append(text)
                size += len(text)
            number += 1
        return b"".join(lines), number - 1

    def _whole(self, number: int, at: int) -> bytes:
        text = self._lines[at] = self._lines[at] or line(number, self._tail[at])
        return text

    def _old(self, start: int, topics: Topics, *, is_masked: bool) -> tuple[bytes, int]:
        """Lines from the block that holds event `start`."""
        index, skipped = divmod(start - self.first, BLOCK)
        block = unpack(zlib.decompress(self._blocks[index]))[skipped:]
        lines = [
            line(number, event, is_masked=is_masked)
            for number, event in enumerate(block, start)
            if topics.want(event[1], scope_of(event[1], event[2]))
        ]
        return b"".join(lines), start + len(block) - 1

    def _pack(self) -> None:
        """Move the oldest events of the tail into a block, and let go of what is over a limit."""
        block = zlib.compress(pack(self._tail[:BLOCK]), 1)
        del self._tail[:BLOCK], self._lines[:BLOCK]
        self._blocks.append(block)
        self._bytes += len(block)
        while self._blocks and self._is_over():
            self._bytes -= len(self._blocks.popleft())

    def _is_over(self) -> bool:
        return self.seq + 1 - self.first > self._kept or self._bytes > self._bytes_max
