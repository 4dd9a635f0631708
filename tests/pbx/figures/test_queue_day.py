"""Each figure of a queue, with examples worked out by hand."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime

import msgspec
import pytest

from pbx.figures import queue_day
from pbx.notes import QueueEntered, QueueLeft, TalkEnded, WrapUpEnded
from pbx.state import QueueDay

TODAY, BEGAN = 739_000, 1_000_000


def entered(at: int = BEGAN) -> QueueEntered:
    return QueueEntered("c1", "sales", "030", 1, 0, at)


def left(outcome: str, wait_ms: int, *, at: int = BEGAN) -> QueueLeft:
    """A visit that entered at `at` ends; the queue wants 20 s, and takes 5 s for short."""
    return QueueLeft("c1", "sales", outcome, "", 1, 1, wait_ms, at + wait_ms, "", at, 20_000, 5_000)


def a_day(*visits: tuple[str, int], waiting: int = 0) -> QueueDay:
    """The counters of a day after visits that all entered and ended in it, outcome and wait in ms,
    and with some that wait on."""
    days = {"sales": queue_day.new_day(TODAY, began_wall_ms=BEGAN)}
    for outcome, wait_ms in visits:
        queue_day.count(days, entered())
        queue_day.count(days, left(outcome, wait_ms))
    for _ in range(waiting):
        queue_day.count(days, entered())
    return days["sales"]


def level(day: QueueDay) -> float | int | None:
    return queue_day.figure(day, "service_level")


def test_what_became_of_each_visit_is_counted_once():
    day = a_day(("answered", 1), ("answered", 2), ("abandoned", 3), ("overflowed", 4), waiting=1)
    assert (day.offered, day.answered, day.abandoned, day.overflowed, day.exited) == (5, 2, 1, 1, 0)


def test_the_service_level_is_of_all_visits_that_have_ended_not_of_the_answered_ones():
    day = a_day(
        ("answered", 5_000), ("answered", 30_000), ("abandoned", 9_000), ("overflowed", 0),
        ("exited", 100),
    )  # fmt: skip
    assert level(day) == 1 / 5


def test_who_still_waits_is_in_no_service_level():
    assert level(a_day(("answered", 5_000), waiting=1)) == 1.0


@pytest.mark.parametrize(("wait_ms", "share"), [(19_999, 1.0), (20_000, 1.0), (20_001, 0.0)])
def test_an_answer_at_the_very_end_of_the_time_is_within_it(wait_ms: int, share: float):
    assert level(a_day(("answered", wait_ms))) == share


@pytest.mark.parametrize("outcome", ["abandoned", "overflowed", "exited"])
def test_only_an_answer_is_within_the_time(outcome: str):
    assert level(a_day((outcome, 1))) == 0.0


def test_the_mean_and_the_longest_wait_are_of_the_answered_calls():
    day = a_day(("answered", 4_000), ("answered", 8_000), ("abandoned", 60_000), waiting=1)
    assert (queue_day.figure(day, "mean_wait_s"), day.wait_ms_max) == (6.0, 8_000)


@pytest.mark.parametrize(
    ("wait_ms", "within", "short"), [(5_000, 1, 1), (5_001, 1, 0), (20_000, 1, 0), (20_001, 0, 0)]
)
def test_who_left_soon_is_counted_by_each_limit(wait_ms: int, within: int, short: int):
    day = a_day(("abandoned", wait_ms))
    assert (day.abandoned_within, day.abandoned_short) == (within, short)
    assert day.abandoned_wait_ms == wait_ms


def test_talk_and_wrap_up_count_for_the_visit_they_follow_from():
    days = {"sales": queue_day.new_day(TODAY, began_wall_ms=BEGAN)}
    talk = TalkEnded("c1", "sales", "2001", "caller", 0, 60_000, 9_000, 1, BEGAN + 60_000)
    for at in (BEGAN - 1, BEGAN):  # of yesterday's visit, of today's first
        queue_day.count(days, msgspec.structs.replace(talk, entered_wall_ms=at))
        queue_day.count(days, WrapUpEnded("c1", "sales", "2001", BEGAN, BEGAN + 5_000, at))
    day = days["sales"]
    assert (day.handled, day.talk_ms, day.hold_ms) == (1, 60_000, 9_000)
    assert (day.wrapped, day.wrap_up_ms) == (1, 5_000)


def test_there_are_no_means_of_nothing():
    nothing = queue_day.new_day()
    assert level(nothing) is queue_day.figure(nothing, "mean_wait_s") is None
    assert queue_day.figure(a_day(("abandoned", 5_000)), "mean_wait_s") is None


def test_how_long_calls_take_follows_the_last_ones_by_a_tenth():
    day = queue_day.new_day()
    queue_day.handled(day, 100_000)
    assert day.handle_ms == 100_000
    queue_day.handled(day, 200_000)
    assert day.handle_ms == 110_000


@pytest.mark.parametrize(
    ("position", "staffed", "wait_ms"),
    [(1, 1, 120_000), (3, 1, 360_000), (3, 2, 180_000), (1, 4, 30_000), (2, 0, 0)],
)
def test_the_expected_wait_is_shared_by_those_at_work(position: int, staffed: int, wait_ms: int):
    day = queue_day.new_day()
    queue_day.handled(day, 120_000)
    assert queue_day.expected_wait_ms(day, position, staffed=staffed) == wait_ms


def test_nothing_is_expected_while_nothing_is_known():
    assert queue_day.expected_wait_ms(queue_day.new_day(), 3, staffed=2) == 0


@pytest.mark.parametrize("outcome", ["answered", "abandoned", "overflowed", "exited"])
def test_a_visit_counts_on_the_day_it_entered_only(outcome: str):
    days = {"sales": queue_day.new_day(TODAY, began_wall_ms=BEGAN)}
    queue_day.count(days, left(outcome, 1_000, at=BEGAN - 1))
    assert days["sales"] == queue_day.new_day(TODAY, began_wall_ms=BEGAN)


def test_a_queue_that_is_gone_counts_nothing_and_harms_nothing():
    queue_day.count({}, entered())


def test_a_new_day_begins_at_nothing_but_knows_how_long_calls_take():
    day = queue_day.new_day(TODAY, began_wall_ms=BEGAN, handle_ms=90_000)
    assert day == QueueDay(day=TODAY, began_wall_ms=BEGAN, handle_ms=90_000)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Europe/Berlin", date(2026, 11, 30), 24),
        ("Africa/Cairo", date(2026, 4, 23), 24),  # its next day begins at 01:00 ...
        ("Africa/Cairo", date(2026, 4, 24), 23),
        ("Asia/Shanghai", date(2026, 10, 1), 24),
    ],
)
def test_a_day_ends_where_the_next_begins_whatever_its_length(zone: str, day: date, hours: int):
    here = zoneinfo.ZoneInfo(zone)
    ends_ms = queue_day.day_ends_ms(day.toordinal(), here)
    assert queue_day.day_of(ends_ms - 1, here) == day.toordinal()
    assert queue_day.day_of(ends_ms, here) == day.toordinal() + 1
    assert ends_ms - queue_day.day_ends_ms(day.toordinal() - 1, here) == hours * 3_600_000


def test_a_day_is_of_the_place_not_of_greenwich():
    noon = datetime(2026, 11, 30, 20, tzinfo=UTC)
    wall_ms = int(noon.timestamp() * 1000)
    shanghai = zoneinfo.ZoneInfo("Asia/Shanghai")
    assert queue_day.day_of(wall_ms, shanghai) == date(2026, 12, 1).toordinal()


def test_the_abandon_rate_is_of_all_who_came():
    assert queue_day.figure(QueueDay(), "abandon_rate") is None
    day = QueueDay(offered=8, answered=3, abandoned=2, overflowed=1)
    assert queue_day.figure(day, "abandon_rate") == 0.25
