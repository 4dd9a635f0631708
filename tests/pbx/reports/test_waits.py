"""`waits`, `abandons`, `service_levels` and `repeat` by hand."""

from __future__ import annotations

import datetime

import pytest

from pbx.figures.repeats import Answered, normalised, repeats
from tests.pbx.reports.by_hand import MIDNIGHT, MONDAY, Record, cells, total

NINE = MIDNIGHT + 9 * 3600


def a_call(record: Record, number: str, at: float, *, answered: bool, queue: str = "sales") -> str:
    call = f"c{record.db.execute('SELECT count(*) FROM calls').fetchone()[0]}"
    record.put("calls", id=call, direction="in", calling=number, queue=queue, started=at,
               ended=at + 60, connected=at + 10 if answered else None)  # fmt: skip
    return call


def test_waits_are_told_by_class_and_percentile(record: Record) -> None:
    for wait_s in (5.0, 5.001, 20.0, 60.0, 301.0):
        record.left("answered", wait_s, entered=NINE)
    record.left("abandoned", 8.0, entered=NINE)
    record.left("overflowed", 8.0, entered=NINE)
    record.left("answered", 7.0, entered=MIDNIGHT - 1)  # of Sunday, ended on Monday
    record.left("answered", 90_000.0, entered=MIDNIGHT + 86_399)  # more than a day: none of ours
    report = record.ask("waits")
    assert [row[:3] for row in report.rows] == [("sales", "abandoned", 1), ("sales", "answered", 5)]
    assert report.rows[1][3:11] == (1, 1, 1, 0, 1, 0, 0, 1)
    assert cells(report, "p50") == [8.0, 20.0]  # the third of five
    assert cells(report, "p80") == [8.0, 60.0] and cells(report, "p90") == [8.0, 301.0]
    assert cells(report, "longest_s") == [8.0, 301.0]


def test_an_old_event_entered_as_long_before_as_it_waited(record: Record) -> None:
    record.event("QueueLeft", MIDNIGHT + 5, queue="sales", outcome="answered", wait_ms=6_000)
    record.event("QueueLeft", MIDNIGHT + 5, queue="sales", outcome="answered", wait_ms=4_000)
    assert cells(record.ask("waits"), "visits") == [1]


def test_who_gave_up_and_called_again_is_told_with_what_became_of_it(record: Record) -> None:
    first = a_call(record, "+49 30 1234567", NINE, answered=False)
    record.left("abandoned", 30.0, entered=NINE, call=first, position=3)
    a_call(record, "0301234567", NINE + 90, answered=True)  # the same caller
    other = a_call(record, "089765432", NINE + 1, answered=False)
    record.left("abandoned", 1.0, entered=NINE + 1, call=other)
    a_call(record, "089765432", NINE + 86_403, answered=True)  # a second too late
    report = record.ask("abandons")
    assert cells(report, "calling") == ["+49 30 1234567", "089765432"]
    assert cells(report, "again") == [NINE + 90, None]
    assert cells(report, "after_s") == [60.0, None]
    assert cells(report, "answered") == ["yes", None]
    assert cells(report, "position") == [3, 1]
    assert report.notes[0][0] == "1 of 2 called again within 24 h."


def test_a_target_is_held_against_its_own_time_and_way_of_counting(record: Record) -> None:
    """85 % of the answered within 12 s: 3 of 4; the queue's own T says 20 s: 4 of 5 that ended."""
    for wait_s in (5.0, 12.0, 12.0, 20.0):
        record.left("answered", wait_s, entered=NINE)
    record.left("abandoned", 50.0, entered=NINE)
    record.put("queue_quarters", start=NINE, queue="sales", offered=5, answered=4, abandoned=1,
               answered_within=4, answered_wait_ms=49_000)  # fmt: skip
    record.put("queue_quarters", start=NINE, queue="support", offered=1, answered=1,
               answered_within=1)  # fmt: skip
    record.put("queue_quarters", start=NINE, queue="gone", offered=1, abandoned=1)
    report = record.ask("service_levels")
    assert cells(report, "queue") == ["gone", "sales", "support"]
    assert cells(report, "service_level") == [0.0, 0.8, 1.0]
    assert cells(report, "service_level_of_answered") == [None, 1.0, 1.0]
    assert cells(report, "target") == [None, "85/12", "-"]
    assert cells(report, "wanted") == [None, 0.85, 0.8]
    assert cells(report, "reached") == [None, 0.75, 1.0]
    assert cells(report, "is_met") == [None, "no", "yes"]
    assert cells(report, "answer_speed_s") == [None, 12.25, 0.0]
    assert total(report, "service_level") == 0.714286  # 5 of 7


@pytest.mark.parametrize(
    ("number", "known_by"),
    [
        ("+49 30 1234567", "301234567"), ("0301234567", "301234567"), ("anonymous", ""),
        ("", ""), ("12", ""), ("110", "110"), ("(030) 12-34", "0301234"), ("٣٤٥", ""),
    ],
)  # fmt: skip
def test_a_caller_is_known_by_the_end_of_the_number(number: str, known_by: str) -> None:
    assert normalised(number) == known_by


@pytest.mark.parametrize(
    ("again", "counts"),
    [
        (60.0, (1, 0, 1)),  # at the very end of it, no call after it
        (60.001, (1, 1, 0)),
        (60.0 + 86_400, (1, 1, 0)),
        (60.0 + 86_400.001, (1, 0, 0)),
    ],
)
def test_a_call_is_repeated_within_a_day_of_its_end(
    again: float, counts: tuple[int, int, int]
) -> None:
    calls = [Answered("q", "0301234567", 0.0, 60.0, True),
             Answered("q", "0301234567", again, again + 1, False)]  # fmt: skip
    now = 90_000.0 if counts[2] == 0 else 86_459.0
    found = repeats(calls, now=now)
    assert tuple(found["q"].values()) == counts


def test_first_call_resolution_is_told_by_queue_and_product(record: Record) -> None:
    for n, queue in enumerate(("sales", "sales", "support")):
        a_call(record, f"03012345{n}", NINE + n, answered=True, queue=queue)
    a_call(record, "030123450", MIDNIGHT + 86_400 + 60, answered=False)  # on Tuesday, again
    a_call(record, "", NINE, answered=True)  # withheld
    report = record.ask("repeat", now=MIDNIGHT + 86_400.0 * 3)
    assert [row[:5] for row in report.rows] == [
        ("queue", "sales", 2, 0.5, 1),
        ("queue", "support", 1, 1.0, 0),
        ("product", "white goods", 3, 0.666667, 1),
    ]
    assert (total(report, "resolved"), total(report, "provisional")) == (0.666667, 0)
    assert total(record.ask("repeat", now=NINE + 3600), "provisional") == 2


def test_who_calls_most_is_named_by_the_end_of_the_number(record: Record) -> None:
    for n in range(3):
        a_call(record, "+49301234567", NINE + n * 100, answered=True)
    report = record.ask("repeat", last=MONDAY + datetime.timedelta(days=1))
    assert report.rows[-1][:5] == ("caller", "…301234567", None, None, 3)
