"""NamedTimers: one per key, in order, and no trace of cancelled ones."""

from __future__ import annotations

from kernel.named_timers import SLACK, NamedTimers


def test_timers_ring_in_the_order_of_time_and_then_of_setting() -> None:
    timers = NamedTimers()
    for key, at in ((("b", ""), 20), (("a", ""), 10), (("c", ""), 20)):
        timers.set(key, at)
    assert timers.next_deadline() == 10
    assert list(timers.due(9)) == []
    assert [key[0] for key in timers.due(20)] == ["a", "b", "c"]
    assert timers.next_deadline() is None


def test_a_timer_set_again_rings_once_at_its_new_time() -> None:
    timers = NamedTimers()
    timers.set(("a", ""), 10)
    timers.set(("a", ""), 30)
    assert list(timers.due(20)) == []
    assert list(timers.due(30)) == [("a", "")]


def test_a_cancelled_timer_does_not_ring() -> None:
    timers = NamedTimers()
    timers.set(("a", ""), 10)
    timers.cancel(("a", ""))
    timers.cancel(("never", ""))
    assert timers.next_deadline() is None and len(timers) == 0


def test_an_timer_set_while_ringing_waits_for_its_own_time() -> None:
    timers = NamedTimers()
    timers.set(("a", ""), 10)
    for _ in timers.due(10):
        timers.set(("a", ""), 11)
    assert timers.next_deadline() == 11


def test_many_cancelled_timers_leave_no_heap_behind() -> None:
    timers = NamedTimers()
    for number in range(10_000):
        timers.set((number, "x"), 1_000_000 + number)
        timers.cancel((number, "x"))
    assert timers.kept() <= SLACK + 1
