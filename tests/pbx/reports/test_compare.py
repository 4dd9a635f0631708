"""Two ranges compared: their figures, the difference, and the band of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pbx.reports.compare import FIGURES, before, compare
from pbx.reports.report import Report
from tests.pbx.reports.record import DAY, Record, a_record, asked_for, at, column


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with a_record(tmp_path) as record:
        yield record


def visits(record: Record, days_after: int, *, wait_s: int, queue: str = "sales") -> None:
    """Ten visits, eight of them answered, each after so long."""
    start = at("09:00", DAY + datetime.timedelta(days=days_after))
    record.put(
        "queue_quarters", start=start, queue=queue, agent="", offered=10, answered=8, abandoned=2,
        answered_wait_ms=8_000 * wait_s,
    )  # fmt: skip


def row(report: Report, figure: str) -> dict[str, Any]:
    cells = report.rows[column(report, "figure").index(figure)]
    return {each.name: cell for each, cell in zip(report.columns, cells, strict=True)}


def two_weeks(record: Record) -> None:
    for day in range(-7, 0):
        visits(record, day, wait_s=35 + (3 if day % 2 else -3))
    for day in range(7):
        visits(record, day, wait_s=30)


def test_the_days_just_before_are_compared_with_and_the_difference_is_told(record: Record) -> None:
    two_weeks(record)
    report = compare(asked_for(days=7), record.rows)
    waits = row(report, "mean_wait_s")
    # four days of 38 s and three of 32 s before: 248 / 7
    assert (waits["before"], waits["after"], waits["difference"]) == (35.429, 30.0, -5.429)
    # with k of seven draws of 38 s the mean is 32 + 6 k / 7; in 3 % of them k < 2, in 2 % k > 6
    assert (waits["band_from"], waits["band_to"]) == (-7.143, -3.714)
    assert waits["told"] == "35.4 -> 30 s, 90 % band -7.1 to -3.7"
    assert row(report, "answer_rate")["told"] == "80 -> 80 %, 90 % band 0 to 0"
    assert row(report, "offered_a_day")["told"] == "10 -> 10, 90 % band 0 to 0"


def test_the_same_question_has_the_same_answer(record: Record) -> None:
    two_weeks(record)
    asked = asked_for(days=7)
    assert compare(asked, record.rows) == compare(asked, record.rows)


def test_a_figure_is_of_the_summed_counts_and_not_a_mean_of_days(record: Record) -> None:
    record.put("queue_quarters", start=at("09:00"), queue="a", agent="", offered=1, answered=1)
    tuesday = at("09:00", DAY + datetime.timedelta(days=1))
    record.put("queue_quarters", start=tuesday, queue="a", agent="", offered=9)
    report = compare(asked_for(days=2), record.rows)
    assert row(report, "answer_rate")["after"] == 0.1
    assert row(report, "answer_rate")["before"] is None
    assert row(report, "answer_rate")["told"] == "- -> 10 %"


def test_a_range_of_four_days_has_no_band_and_says_so(record: Record) -> None:
    two_weeks(record)
    report = compare(asked_for(days=4), record.rows)
    assert row(report, "mean_wait_s")["band_from"] is None
    assert "Fewer than 5 days" in report.notes[1][0]
    assert row(compare(asked_for(days=5), record.rows), "mean_wait_s")["band_from"] is not None


def test_another_range_may_be_asked_for_and_be_shorter(record: Record) -> None:
    two_weeks(record)
    first, last = DAY - datetime.timedelta(days=6), DAY - datetime.timedelta(days=6)
    report = compare(asked_for(days=7, before_first=first, before_last=last), record.rows)
    assert row(report, "mean_wait_s")["before"] == 32.0
    assert (row(report, "offered_a_day")["before"], row(report, "offered_a_day")["after"]) == (
        10,
        10,
    )
    assert "Before is 2026-11-17 to 2026-11-17" in report.notes[0][0]


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="fix: give both"):
        before(asked_for(before_first=DAY))


def test_days_that_have_not_begun_are_not_drawn(record: Record) -> None:
    two_weeks(record)
    report = compare(asked_for(days=14, now=at("12:00") + 6 * 86_400.0), record.rows)
    assert row(report, "offered_a_day")["after"] == 10.0


def test_one_queue_is_asked_for(record: Record) -> None:
    two_weeks(record)
    visits(record, 0, wait_s=100, queue='it\'s "other"')
    report = compare(asked_for(days=7, queue='it\'s "other"'), record.rows)
    assert row(report, "mean_wait_s")["after"] == 100.0
    assert row(report, "mean_wait_s")["told"] == "- -> 100 s"


def test_days_over_a_change_of_the_clock_are_whole_days(record: Record) -> None:
    saturday = datetime.date(2026, 10, 24)
    for day in range(7):
        visits(record, (saturday - DAY).days + day, wait_s=30)
    report = compare(asked_for(saturday, days=7), record.rows)
    assert row(report, "offered_a_day")["after"] == 10.0


def test_an_empty_record_has_a_row_for_each_figure(record: Record) -> None:
    report = compare(asked_for(days=7), record.rows)
    assert column(report, "figure") == list(FIGURES)
    assert row(report, "service_level")["told"] == "- -> - %"
