# cython: language_level=3, cdivision=True
"""Work items that are not calls as bytes, behind the queue engine's snapshot where there are any.

    int64s, little-endian: serial; agents; queues' counts; items     crc32, length, b"agneritm"

Nothing is added where no item and no capacity ever was. The mark cannot be a number of calls: the
last eight bytes of their part are one below 1 << 62.
"""

import struct
import zlib

from libc.stdint cimport int32_t, int64_t

from kernel.acd.items cimport *
from kernel.acd.tables cimport AGENTS_MAX, NONE, Core
from kernel.timers cimport timers_set

MARK = b"agneritm"
WORKER_ROW = 2 + KINDS_MAX
cdef int64_t TIME_MOST = <int64_t> 1 << 61, MOST = <int64_t> 1 << 62


cdef bytes pack_items(Items *items):
    """The part of items, or no bytes."""
    numbers = []
    for worker in range(items.worker_count):
        numbers += _worker_row(worker, &items.workers[<int> worker])
    if not numbers and not items.serial:
        return b""
    numbers = [items.serial, len(numbers) // WORKER_ROW, *numbers]
    numbers.append(items.queue_count)
    for index in range(items.queue_count * (1 + ITEM_OUTCOMES)):
        numbers.append(items.counts[<int> index])
    rows = _rows(items)
    numbers.append(len(rows))
    for row in rows:
        numbers += row
    rest = struct.pack(f"<{len(numbers)}q", *numbers)
    return rest + struct.pack("<QQ", zlib.crc32(rest), len(rest)) + MARK


cdef list _worker_row(int number, const Worker *worker):
    """No row where nothing was told of the agent."""
    capacity = [worker.capacity[<int> kind] for kind in range(KINDS_MAX)]
    return [number, worker.rests_until, *capacity] if worker.rests_until or any(capacity) else []


cdef list _rows(Items *items):
    """Who waits by number, then what each agent holds, in the order of holding."""
    cdef int32_t slot, worker
    waiting = [_row(&items.items[<int> number]) for number in range(items.size)
               if items.items[<int> number].number
               and items.items[<int> number].agent == NONE]
    rows = sorted(waiting)
    for worker in range(items.worker_count):
        held = []
        slot = items.workers[worker].first
        while slot != NONE:
            held.append(_row(&items.items[slot]))
            slot = items.items[slot].next
        rows += held[::-1]  # the newest is first in the list
    return rows


cdef list _row(const Item *item):
    return [item.number, item.entered, item.due, item.state, item.queue, item.priority,
            item.kind, item.agent]


cdef tuple parts(bytes data):
    """A snapshot's two parts: of calls, of items (empty if there is none)."""
    if data[-8:] != MARK:
        return data, b""
    checksum, length = struct.unpack("<QQ", data[-24:-8])
    start = len(data) - 24 - length
    if start < 0 or length % 8 or zlib.crc32(data[start:-24]) != checksum:
        raise ValueError("the snapshot is damaged")
    return data[:start], data[start:-24]


cdef class _Numbers:
    """Numbers taken one after the other, each within its limits."""

    cdef tuple numbers
    cdef Py_ssize_t at

    def __cinit__(self, bytes data):
        self.numbers = struct.unpack(f"<{len(data) // 8}q", data)
        self.at = 0

    cdef int64_t take(self, int64_t low, int64_t high) except? -2:
        if self.at >= len(self.numbers):
            raise ValueError("the snapshot ends too early")
        cdef int64_t number = self.numbers[self.at]
        if not low <= number <= high:
            raise ValueError(f"the snapshot has {number} where {low} to {high} is meant")
        self.at += 1
        return number


cdef int unpack_items(Core *core, Items *items, bytes data) except -1:
    """Fill new tables beside a core that is restored; ValueError if the bytes are not sound."""
    cdef _Numbers numbers
    cdef int32_t index
    if workers_grow(items, core.agent_count) < 0:
        raise MemoryError
    if not data:
        return 0
    numbers = _Numbers(data)
    items.serial = numbers.take(0, <int64_t> 1 << 43)
    if items_grow(items, 1) < 0:
        raise MemoryError
    for _ in range(numbers.take(0, core.agent_count)):
        _read_worker(core, items, numbers)
    if item_queues_grow(items, <int32_t> numbers.take(0, core.queue_count)) < 0:
        raise MemoryError
    for index in range(items.queue_count * (1 + ITEM_OUTCOMES)):
        items.counts[index] = numbers.take(0, MOST)
    for _ in range(numbers.take(0, ITEMS_MAX)):
        _read_item(core, items, numbers)
    if numbers.at != len(numbers.numbers):
        raise ValueError("the snapshot goes on after its end")
    items.is_stale = core.is_unsettled
    return 0


cdef int _read_worker(Core *core, Items *items, _Numbers numbers) except -1:
    cdef int32_t number = <int32_t> numbers.take(0, core.agent_count - 1), kind
    cdef Worker *worker = &items.workers[number]
    worker.rests_until = numbers.take(0, TIME_MOST)
    for kind in range(KINDS_MAX):
        worker.capacity[kind] = <int32_t> numbers.take(0, CAPACITY_MAX)
    if worker.rests_until:
        timers_set(&items.timers, number, worker.rests_until, number)
    return 0


cdef int _read_item(Core *core, Items *items, _Numbers numbers) except -1:
    cdef int64_t number = numbers.take(1, (items.serial + 1) << ITEM_BITS)
    cdef int64_t slot = number & ((1 << ITEM_BITS) - 1)
    cdef Item *item
    if slot >= ITEMS_MAX or items_grow(items, <int32_t> slot + 1) < 0:
        raise ValueError(f"the snapshot has item {number}")
    item = &items.items[slot]
    if item.number:
        raise ValueError(f"the snapshot has slot {slot} twice")
    item.number, item.entered = number, numbers.take(0, core.now)
    item.due, item.state = numbers.take(0, TIME_MOST), <int32_t> numbers.take(0, ITEM_TAKEN)
    item.queue = <int32_t> numbers.take(0, items.queue_count - 1)
    item.priority = <int32_t> numbers.take(-(1 << 30), 1 << 30)
    item.kind = <int32_t> numbers.take(1, KINDS_MAX - 1)
    item.agent = <int32_t> numbers.take(NONE, core.agent_count - 1)
    items.count += 1
    if (item.agent == NONE) != (item.state == ITEM_WAITING):
        raise ValueError(f"the snapshot has item {number} at agent {item.agent}")
    if item.agent == NONE:
        item_join(core, items, item)
        item.state = ITEM_WAITING
    else:
        item_hold(items, item)
    return 0
