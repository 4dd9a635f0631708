"""Opening hours by the calendar: weekdays, midnight, holidays, leap days, summer time."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest

from config.settings import Hours
from pbx.hours import day_times, is_open

OFFICE = Hours(
    open=("mon-fri 08:30-12:00 13:30-18:00", "sat 09:00-12:00"),
    closed=("2026-10-01..2026-10-07", "2026-12-25"),
    open_dates=("2026-10-05", "2026-10-10 08:30-12:00", "2026-10-07 10:00-11:00"),
)
NIGHT = Hours(
    open=("fri 22:00-06:00", "sun 20:00-24:00"),
    closed=("2026-11-28", "2026-12-04"),
    open_dates=("2026-12-08 23:00-01:30",),
)
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


# 2026-11-23 is a Monday
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23 08:29:59", False),
        ("2026-11-23 08:30:00", True),
        ("2026-11-23 11:59:59", True),
        ("2026-11-23 12:00:00", False),
        ("2026-11-23 13:29", False),
        ("2026-11-23 13:30", True),
        ("2026-11-23 17:59:59.999", True),
        ("2026-11-23 18:00", False),
        ("2026-11-27 17:00", True),
        ("2026-11-28 10:00", True),
        ("2026-11-28 17:00", False),
        ("2026-11-29 10:00", False),
        ("2026-09-30 17:59", True),
        ("2026-10-01 10:00", False),
        ("2026-10-05 00:00", True),
        ("2026-10-05 23:59:59", True),
        ("2026-10-06 00:00", False),
        ("2026-10-07 09:59", False),
        ("2026-10-07 10:30", True),
        ("2026-10-07 11:00", False),
        ("2026-10-08 10:00", True),
        ("2026-10-10 08:45", True),
        ("2026-10-10 09:00", True),
        ("2026-10-10 12:00", False),
        ("2026-12-25 10:00", False),
        ("2027-12-24 10:00", True),
        ("2028-02-29 10:00", True),
        ("2026-12-31 17:59", True),
        ("2027-01-01 08:30", True),
    ],
)
def test_an_office_is_open_by_weekday_and_date(text: str, expected: bool) -> None:
    assert is_open(OFFICE, at(text)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20 21:59", False),
        ("2026-11-20 22:00", True),
        ("2026-11-21 00:00", True),
        ("2026-11-21 05:59", True),
        ("2026-11-21 06:00", False),
        ("2026-11-20 05:00", False),
        ("2026-11-22 23:59:59", True),
        ("2026-11-23 00:00", False),
        ("2026-11-28 03:00", True),  # a closed Saturday: Friday's night goes on into it
        ("2026-12-04 23:00", False),  # a closed Friday: its night does not begin …
        ("2026-12-05 03:00", False),  # … nor go on
        ("2026-12-08 22:59", False),
        ("2026-12-09 01:29", True),
        ("2026-12-09 01:30", False),
        ("2027-01-01 22:00", True),
        ("2027-01-02 05:00", True),
    ],
)
def test_a_range_past_midnight_belongs_to_the_day_it_began_on(text: str, expected: bool) -> None:
    assert is_open(NIGHT, at(text)) is expected


def test_new_year_s_night_is_one_night() -> None:
    hours = Hours(open=("mon-sun 20:00-04:00",), closed=("2027-01-01..2027-01-02",))
    assert is_open(hours, at("2026-12-31 23:59"))
    assert is_open(hours, at("2027-01-01 03:59"))
    assert not is_open(hours, at("2027-01-01 21:00"))
    assert not is_open(hours, at("2027-01-03 01:00"))
    assert is_open(hours, at("2027-01-03 20:00"))


def test_an_open_date_hides_the_weekday_s_own_hours_and_a_closed_one() -> None:
    hours = Hours(
        open=("mon-sun 08:00-18:00",),
        closed=("2026-11-24",),
        open_dates=("2026-11-24 10:00-11:00", "2026-11-24 15:00-16:00"),
    )
    day = datetime.date(2026, 11, 24)
    assert day_times(hours, day) == ((600, 660), (900, 960))


def test_a_leap_day_may_be_a_date_and_the_end_of_a_range_of_dates() -> None:
    hours = Hours(open=("mon-sun 00:00-24:00",), closed=("2028-02-28..2028-02-29",))
    assert not is_open(hours, at("2028-02-29 12:00"))
    assert is_open(hours, at("2028-03-01 00:00"))


@pytest.mark.parametrize("text", ["2026-03-29 03:10", "2026-10-25 02:30"])
def test_summer_time_is_read_off_the_wall_clock(text: str) -> None:
    hours = Hours(open=("sun 02:15-03:30",))
    local = at(text).replace(tzinfo=BERLIN)
    assert is_open(hours, local)
    assert is_open(hours, local.replace(fold=1))


def test_a_night_with_a_missing_hour_closes_at_its_time() -> None:
    hours = Hours(open=("sat 22:00-06:00",))
    before, after = (
        datetime.datetime(2026, 3, 29, hour, minute, tzinfo=datetime.UTC).astimezone(BERLIN)
        for hour, minute in ((3, 59), (4, 0))
    )
    assert is_open(hours, before)
    assert not is_open(hours, after)


@pytest.mark.parametrize(("mode", "expected"), [("open", True), ("closed", False)])
def test_the_night_key_overrides_what_is_written(mode: str, expected: bool) -> None:
    assert is_open(OFFICE, at("2026-11-23 10:00"), mode=mode) is expected
    assert is_open(OFFICE, at("2026-11-22 10:00"), mode=mode) is expected


def test_hours_without_a_range_are_never_open() -> None:
    assert not is_open(Hours(), at("2026-11-23 10:00"))


def test_the_first_and_last_days_of_the_calendar_have_neighbours_enough() -> None:
    always = Hours(open=("mon-sun 00:00-24:00",))
    assert is_open(always, datetime.datetime.min)
    assert is_open(always, datetime.datetime.max)


def test_hours_that_check_config_refuses_raise() -> None:
    with pytest.raises(ValueError, match="is no day"):
        is_open(Hours(open=("someday 08:00-09:00",)), at("2026-11-23 10:00"))
