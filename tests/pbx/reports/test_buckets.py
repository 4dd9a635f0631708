"""Stretches of local time, on days of 23 to 25 hours too."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pbx.reports.asked import By, midnight
from pbx.reports.buckets import QUARTER_S, begins, gathered, name_of, stretches

BERLIN, KATHMANDU = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def of_day(day: str, by: By) -> list[str]:
    date = datetime.fromisoformat(day).date()
    start = midnight(date, BERLIN)
    end = midnight(date.fromordinal(date.toordinal() + 1), BERLIN)
    return [name_of(each, by=by, zone=BERLIN) for each in stretches(start, end, by=by, zone=BERLIN)]


@pytest.mark.parametrize(
    ("day", "hours", "of_two"),
    [("2026-03-29", 23, 0), ("2026-10-25", 25, 2), ("2026-11-30", 24, 1)],
)
def test_a_day_has_as_many_hours_as_it_has(day: str, hours: int, of_two: int) -> None:
    assert len(of_day(day, "1h")) == hours
    assert len(of_day(day, "15m")) == hours * 4
    assert of_day(day, "1h").count(f"{day} 02:00") == of_two
    assert of_day(day, "day") == [day]


@pytest.mark.parametrize(
    ("by", "begin"),
    [("15m", "09:45"), ("30m", "09:30"), ("1h", "09:00"), ("day", "00:00")],
)
def test_a_quarter_is_in_the_stretch_that_holds_it(by: By, begin: str) -> None:
    quarter = at("2026-11-30T09:45")
    assert begins(quarter, by=by, zone=BERLIN) == at(f"2026-11-30T{begin}")


def test_weeks_begin_on_monday_and_months_with_the_first() -> None:
    sunday = at("2026-03-01T23:45")
    week, month = (begins(sunday, by=by, zone=BERLIN) for by in ("week", "month"))
    assert (week, month) == (at("2026-02-23T00:00"), at("2026-03-01T00:00"))
    assert name_of(week, by="week", zone=BERLIN) == "2026-W09"
    assert name_of(month, by="month", zone=BERLIN) == "2026-03"
    assert name_of(at("2027-01-01T00:00"), by="week", zone=BERLIN) == "2026-W53"


def test_hours_of_a_zone_of_three_quarters_are_its_own() -> None:
    quarter = at("2026-11-30T09:15", KATHMANDU)
    assert begins(quarter, by="1h", zone=KATHMANDU) == at("2026-11-30T09:00", KATHMANDU)
    assert quarter % QUARTER_S == 0


def test_counts_are_added_up_by_stretch() -> None:
    rows = [(at(f"2026-11-30T{clock}"), {"a": 1, "b": n}) for n, clock in enumerate(
        ("09:00", "09:45", "10:00"))]  # fmt: skip
    assert gathered(rows, by="1h", zone=BERLIN) == {
        at("2026-11-30T09:00"): {"a": 2, "b": 1},
        at("2026-11-30T10:00"): {"a": 1, "b": 2},
    }


def test_a_day_that_begins_late_begins_then() -> None:
    cairo = ZoneInfo("Africa/Cairo")  # 2026-04-24 begins at 01:00
    begun = midnight(datetime(2026, 4, 24).date(), cairo)
    assert datetime.fromtimestamp(begun, UTC).isoformat() == "2026-04-23T22:00:00+00:00"
