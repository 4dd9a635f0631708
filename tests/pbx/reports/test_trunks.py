"""Trunks: calls, load, the busiest hour, most channels at once, lines by Erlang B."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings, Trunk
from pbx.reports.report import Report
from pbx.reports.trunks import trunks
from tests.pbx.reports.record import DAY, SITE, Record, a_record, asked_for, at, column, total

SETTINGS = Settings(site=SITE, trunk={"isdn": Trunk(channels=30), "gsm": Trunk(channels=2)})
HOUR_MS = 3_600_000


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with a_record(tmp_path) as record:
        yield record


def quarter(record: Record, start: int, *, trunk: str = "isdn", **counts: int) -> None:
    record.put("trunk_quarters", start=start, trunk=trunk, **counts)


def made(record: Record, **of: Any) -> Report:
    return trunks(asked_for(settings=SETTINGS, **of), record.rows)


def test_load_is_the_use_over_all_the_time_asked_for(record: Record) -> None:
    quarter(record, at("09:00"), used_ms=12 * HOUR_MS)
    quarter(record, at("23:45"), used_ms=6 * HOUR_MS)
    report = made(record)
    assert column(report, "trunk") == ["gsm", "isdn"]
    assert column(report, "erlangs") == [0.0, 0.75]
    assert total(made(record, days=2), "erlangs") == 0.375


def test_the_time_that_has_not_come_is_not_in_the_load(record: Record) -> None:
    quarter(record, at("05:00"), used_ms=3 * HOUR_MS)
    assert column(made(record, now=float(at("06:00"))), "erlangs")[1] == 0.5
    assert column(made(record, now=float(at("00:00"))), "erlangs") == [None, None]


def test_a_day_of_25_hours_is_longer(record: Record) -> None:
    october = datetime.date(2026, 10, 25)
    quarter(record, at("09:00", october), used_ms=5 * HOUR_MS)
    assert column(made(record, first=october), "erlangs")[1] == 0.2


def test_the_busy_hour_is_four_quarters_in_a_row_wherever_they_begin(record: Record) -> None:
    for clock, used in [("09:00", 1), ("09:45", 3), ("10:00", 4), ("10:30", 5), ("10:45", 1)]:
        quarter(record, at(clock), used_ms=used * HOUR_MS)
    report = made(record)
    assert column(report, "peak_begin") == [None, at("09:45")]
    assert column(report, "peak_erlangs") == [0.0, 12.0]
    # Erlang B at 12 E: 19 lines lose 1.65 %, 20 lose 0.98 %
    assert column(report, "lines_needed") == [0, 20]
    assert column(report, "channels") == [2, 30]
    assert total(report, "peak_erlangs") is None


def test_the_earlier_of_two_hours_as_busy_is_told(record: Record) -> None:
    quarter(record, at("15:00"), used_ms=HOUR_MS)
    quarter(record, at("11:00"), used_ms=HOUR_MS)
    assert column(made(record), "peak_begin")[1] == at("11:00")


def test_one_channel_free_as_another_call_begins_is_used_again(record: Record) -> None:
    record.call(at("09:00:00"), seconds=60)
    record.call(at("09:00:30"), seconds=30)
    record.call(at("09:01:00"), seconds=30)
    assert column(made(record), "most_channels") == [0, 2]


def test_a_call_over_midnight_is_one_of_both_days(record: Record) -> None:
    tuesday = DAY + datetime.timedelta(days=1)
    record.call(at("23:59"), seconds=120)
    record.call(at("00:00:30", tuesday), seconds=60)
    record.call(at("22:00"), seconds=60)
    assert column(made(record), "most_channels")[1] == 1
    assert column(made(record, first=tuesday), "most_channels")[1] == 2


def test_a_call_within_the_house_has_no_channel(record: Record) -> None:
    record.call(at("09:00"), seconds=60, source="extension:201", trunk="")
    assert column(made(record), "trunk") == ["gsm", "isdn"]
    assert column(made(record), "most_channels") == [0, 0]


def test_calls_and_the_times_when_all_channels_are_busy_are_counted(record: Record) -> None:
    counts: dict[str, Any] = {
        "calls_in": 5, "answered_in": 4, "calls_out": 3, "answered_out": 2, "filled": 1,
    }  # fmt: skip
    quarter(record, at("09:00"), full_ms=1_500, **counts)
    quarter(record, at("09:15"), full_ms=2_000, **counts)
    report = made(record, trunk="isdn")
    assert report.rows[0][1:8] == (10, 8, 6, 4, 0.666667, 2, 3.5)
    assert report.totals is not None
    assert report.totals[1:8] == (10, 8, 6, 4, 0.666667, None, None)


def test_one_trunk_is_asked_for_and_one_that_is_no_more_has_no_channels(record: Record) -> None:
    quarter(record, at("09:00"), trunk='the "old" one\'s', calls_in=1)
    report = made(record, trunk='the "old" one\'s')
    assert column(report, "trunk") == ['the "old" one\'s']
    assert column(report, "channels") == [None]
    assert made(record, trunk="nowhere").rows == ()


def test_a_trunk_without_a_limit_of_its_own_has_the_sites(record: Record) -> None:
    settings = Settings(site=SITE, trunk={"a": Trunk()})
    report = trunks(asked_for(settings=settings), record.rows)
    assert column(report, "channels") == [settings.limits.calls_per_trunk]
