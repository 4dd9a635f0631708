"""Deadlines: moved, cleared, met, and never a trace of those that are gone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kernel.deadlines import Timed, Timers


class Bell(Timed):
    """Writes down when it rings."""

    def __init__(self, times: list[int]) -> None:
        super().__init__()
        self.times = times

    def fire(self, now: int) -> None:
        self.times.append(now)


def ring(timers: Timers, now: int) -> None:
    for item in timers.due(now):
        item.fire(now)


def test_the_earliest_deadline_is_next_and_fires_once():
    timers, times = Timers(), []
    first, second = Bell(times), Bell(times)
    timers.set(second, 20)
    timers.set(first, 10)
    assert timers.next_deadline() == 10
    ring(timers, 10)
    assert (times, timers.next_deadline()) == ([10], 20)


def test_a_deadline_moved_earlier_or_later_counts_where_it_is_now():
    timers, times = Timers(), []
    bell = Bell(times)
    timers.set(bell, 30)
    timers.set(bell, 10)
    timers.set(bell, 20)
    ring(timers, 19)
    assert (times, timers.next_deadline()) == ([], 20)
    ring(timers, 40)
    assert (times, timers.next_deadline()) == ([40], None)


def test_a_cleared_deadline_is_not_met_and_leaves_nothing_when_its_time_comes():
    timers, times = Timers(), []
    bell = Bell(times)
    timers.set(bell, 10)
    timers.clear(bell)
    ring(timers, 10)
    assert (times, timers.next_deadline(), len(timers)) == ([], None, 0)


def test_a_deadline_that_only_moves_later_takes_one_place():
    timers = Timers()
    bell = Bell([])
    for when in range(10, 1_000):
        timers.set(bell, when)
    assert len(timers) == 1


moves = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 60)), max_size=60)


@given(moves)
def test_every_trace_fires_as_a_plain_table_of_deadlines_does(trace: list[tuple[int, int]]):
    timers, now = Timers(), 0
    bells = [Bell([]) for _ in range(5)]
    plain: dict[int, int] = {}
    expected: list[list[int]] = [[] for _ in bells]
    for number, step in trace:
        if step % 5 == 0:
            timers.clear(bells[number])
            plain.pop(number, None)
        else:
            timers.set(bells[number], now + step)
            plain[number] = now + step
        now += step // 3
        ring(timers, now)
        for late in [number for number, when in plain.items() if when <= now]:
            expected[late].append(now)
            del plain[late]
        assert timers.next_deadline() == min(plain.values(), default=None)
    assert [bell.times for bell in bells] == expected


def test_those_of_one_time_fire_in_the_order_of_setting_and_one_that_is_cleared_is_left_out():
    timers, order = Timers(), []
    bells = [Bell([]) for _ in range(4)]
    for bell in bells:
        timers.set(bell, 10)
    for item in timers.due(10):
        order.append(bells.index(item))
        timers.clear(bells[1])
        timers.set(bells[3], 20)
    assert (order, timers.next_deadline(), len(timers)) == ([0, 2], 20, 1)
