"""Alarms: one per key, in order, and no trace of cancelled ones."""

from __future__ import annotations

from kernel.alarms import SLACK, Alarms


def test_alarms_ring_in_the_order_of_time_and_then_of_setting() -> None:
    alarms = Alarms()
    for key, at in ((("b", ""), 20), (("a", ""), 10), (("c", ""), 20)):
        alarms.set(key, at)
    assert alarms.next_deadline() == 10
    assert list(alarms.due(9)) == []
    assert [key[0] for key in alarms.due(20)] == ["a", "b", "c"]
    assert alarms.next_deadline() is None


def test_an_alarm_set_again_rings_once_at_its_new_time() -> None:
    alarms = Alarms()
    alarms.set(("a", ""), 10)
    alarms.set(("a", ""), 30)
    assert list(alarms.due(20)) == []
    assert list(alarms.due(30)) == [("a", "")]


def test_a_cancelled_alarm_does_not_ring() -> None:
    alarms = Alarms()
    alarms.set(("a", ""), 10)
    alarms.cancel(("a", ""))
    alarms.cancel(("never", ""))
    assert alarms.next_deadline() is None and len(alarms) == 0


def test_an_alarm_set_while_ringing_waits_for_its_own_time() -> None:
    alarms = Alarms()
    alarms.set(("a", ""), 10)
    for _ in alarms.due(10):
        alarms.set(("a", ""), 11)
    assert alarms.next_deadline() == 11


def test_many_cancelled_alarms_leave_no_heap_behind() -> None:
    alarms = Alarms()
    for number in range(10_000):
        alarms.set((number, "x"), 1_000_000 + number)
        alarms.cancel((number, "x"))
    assert alarms.kept() <= SLACK + 1
