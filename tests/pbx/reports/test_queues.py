"""`queues` and `intervals` by hand."""

from __future__ import annotations

import datetime

from tests.pbx.reports.by_hand import MIDNIGHT, MONDAY, Record, cells, total


def some_visits(record: Record) -> None:
    put = record.put
    put("queue_quarters", start=MIDNIGHT, queue="sales", offered=4, answered=3, abandoned=1,
        answered_within=2, answered_wait_ms=30_001)  # fmt: skip
    put("queue_quarters", start=MIDNIGHT, queue="sales", agent="2001", taken=3, ring_ms=9_000,
        handled=2, talk_ms=100_000, hold_ms=10_000, wrapped=2, wrap_up_ms=20_000,
        transferred=1)  # fmt: skip
    put("queue_quarters", start=MIDNIGHT + 86_400 - 900, queue="it's", offered=1, exited=1)
    put("queue_quarters", start=MIDNIGHT - 900, queue="sales", offered=50)  # of Sunday
    put("queue_quarters", start=MIDNIGHT + 86_400, queue="sales", offered=50)  # of Tuesday


def test_a_queue_has_its_figures_of_the_day(record: Record) -> None:
    some_visits(record)
    report = record.ask("queues")
    assert cells(report, "queue") == ["it's", "sales"]
    assert cells(report, "offered") == [1, 4] and total(report, "offered") == 5
    assert cells(report, "service_level") == [0.0, 0.5]  # 2 of 4 that ended
    assert total(report, "service_level") == 0.4
    assert cells(report, "mean_wait_s") == [None, 10.0]  # 30,001 ms of three
    assert cells(report, "mean_handle_s") == [None, 60.0]
    assert cells(report, "transfer_rate") == [None, 0.5]


def test_a_queue_that_is_asked_for_stands_alone(record: Record) -> None:
    some_visits(record)
    assert cells(record.ask("queues", queue="it's"), "offered") == [1]


def test_an_agent_s_part_is_of_the_talks_it_had(record: Record) -> None:
    some_visits(record)
    report = record.ask("queues", agent="2001")
    assert (cells(report, "handled"), cells(report, "offered")) == ([2], [0])


def test_nothing_has_happened(record: Record) -> None:
    report = record.ask("queues")
    assert (report.rows, report.totals) == ((), None)
    report = record.ask("intervals", by="1h")
    assert cells(report, "offered") == [0] * 24


def test_every_stretch_of_the_day_has_its_row(record: Record) -> None:
    some_visits(record)
    report = record.ask("intervals", by="1h")
    assert cells(report, "offered") == [4, *[0] * 22, 1]
    assert cells(report, "begin")[:2] == ["2026-11-30 00:00", "2026-11-30 01:00"]
    assert total(report, "answer_rate") == 0.6


def test_weeks_and_months_gather_days(record: Record) -> None:
    some_visits(record)
    days = {"first": MONDAY - datetime.timedelta(days=1), "last": MONDAY}
    assert cells(record.ask("intervals", by="week", **days), "offered") == [50, 5]
    report = record.ask("intervals", by="month", **days)
    assert (cells(report, "begin"), cells(report, "offered")) == (["2026-11"], [55])
