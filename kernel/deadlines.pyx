# cython: language_level=3, boundscheck=True, wraparound=False, initializedcheck=False
"""Deadlines of many small objects; moving one later costs nothing, and many of one time little."""

from libc.stdint cimport int64_t

from heapq import heappop, heappush


cdef class Timed:
    """Something that waits: `deadline` in ms, 0 when it waits for nothing."""

    cdef readonly int64_t deadline
    cdef int64_t noted  # the time under which it is noted, 0: none

    def fire(self, now):
        """Called once when the deadline, cleared by then, has passed."""


cdef class Timers:
    """Items by time, the times in a heap: what is noted is corrected when its time comes to the
    top, not when a deadline moves."""

    cdef list times
    cdef dict at  # time -> list of items, in the order of setting; most lists have one

    def __cinit__(self):
        self.times = []
        self.at = {}

    def __len__(self):
        return sum(map(len, self.at.values()))

    def set(self, Timed item not None, int64_t deadline):
        """Let `item.fire` be called at `deadline` (> 0), and no more at the one before."""
        item.deadline = deadline
        if item.noted == 0 or deadline < item.noted:
            self.note(item, deadline)

    def clear(self, Timed item not None):
        """Let `item` wait for nothing."""
        item.deadline = 0

    def next_deadline(self):
        """The earliest deadline, in ms; None without one."""
        cdef int64_t when
        cdef Timed item
        while self.times:
            when = self.times[0]
            items = self.at[when]
            while items:
                item = items[0]
                if item.noted == when and item.deadline == when:
                    return when
                items.pop(0)
                self.correct(item, when)
            del self.at[heappop(self.times)]
        return None

    def due(self, int64_t now):
        """The items whose deadline has come, one by one, their deadline cleared."""
        return self._due(now) if self.times and <int64_t>self.times[0] <= now else ()

    def _due(self, int64_t now):
        cdef Timed item
        while (when := self.next_deadline()) is not None and <int64_t>when <= now:
            item = self.at[when].pop(0)
            item.noted = item.deadline = 0
            yield item

    cdef int note(self, Timed item, int64_t deadline) except -1:
        item.noted = deadline
        items = self.at.get(deadline)
        if items is None:
            self.at[deadline] = [item]
            heappush(self.times, deadline)
        else:
            items.append(item)
        return 0

    cdef int correct(self, Timed item, int64_t when) except -1:
        """An item that was noted for `when` waits for another time, or for nothing."""
        if item.noted == when:
            item.noted = 0
            if item.deadline:
                self.note(item, item.deadline)
        return 0
