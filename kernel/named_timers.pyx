# cython: language_level=3, boundscheck=True, wraparound=False, initializedcheck=False
"""Deadlines by name in one heap: set, move, cancel; cancelled ones leave no trace for long."""

from libc.stdint cimport int64_t

import heapq

SLACK = 64  # how many entries more than twice the timers the heap may have
cdef Py_ssize_t SPARE = SLACK


cdef class NamedTimers:
    """Deadlines by key; a key has one at most. Those of one time ring in the order of setting."""

    cdef dict at  # key -> (at, count)
    cdef list heap  # (at, count, key), also of those moved or cancelled
    cdef int64_t count

    def __cinit__(self):
        self.at = {}
        self.heap = []

    def __len__(self):
        return len(self.at)

    def kept(self):
        """How many entries the heap has, with those moved or cancelled."""
        return len(self.heap)

    def set(self, tuple key not None, int64_t at):
        """Ring for `key` at `at` (ms), instead of whenever it was set before."""
        self.count += 1
        self.at[key] = at, self.count
        heapq.heappush(self.heap, (at, self.count, key))
        if len(self.heap) > 2 * len(self.at) + SPARE:
            self.heap = [(at, count, key) for key, (at, count) in self.at.items()]
            heapq.heapify(self.heap)

    def cancel(self, tuple key not None):
        """Forget `key`; no error if it is not set."""
        self.at.pop(key, None)

    def next_deadline(self):
        """The earliest deadline (ms); None without one."""
        while self.heap:
            at, count, key = self.heap[0]
            if self.at.get(key) == (at, count):
                return at
            heapq.heappop(self.heap)
        return None

    def due(self, int64_t now):
        """The keys due at `now`, each forgotten as it is given out."""
        return self._due(now) if self.heap and self.heap[0][0] <= now else ()

    def _due(self, int64_t now):
        while (at := self.next_deadline()) is not None and at <= now:
            _, _, key = heapq.heappop(self.heap)
            del self.at[key]
            yield key
