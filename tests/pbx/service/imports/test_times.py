"""Local times of a log: the hour that is passed over in spring, the one that comes twice."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from pbx.service.imports.times import local_ms, moment_ms
from pbx.service.planning.call_rows import Broken

BERLIN = ZoneInfo("Europe/Berlin")
UTC = ZoneInfo("UTC")


def shown(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()[:19]


def test_a_local_time_is_that_of_its_zone() -> None:
    assert shown(local_ms(date(2026, 8, 3), 36_000, zone=BERLIN)) == "2026-08-03T08:00:00"
    assert local_ms(date(2026, 8, 3), 36_000.25, zone=UTC) % 1000 == 250


def test_seconds_past_midnight_are_of_the_next_day() -> None:
    assert shown(local_ms(date(2026, 8, 3), 86_400 + 60, zone=UTC)) == "2026-08-04T00:01:00"


def test_an_hour_that_is_passed_over_is_taken_by_the_clock_before() -> None:
    assert shown(local_ms(date(2026, 3, 29), 2.5 * 3600, zone=BERLIN)) == "2026-03-29T01:30:00"


def test_an_hour_that_comes_twice_is_the_first() -> None:
    assert shown(local_ms(date(2026, 10, 25), 2.5 * 3600, zone=BERLIN)) == "2026-10-25T00:30:00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1785751200", "2026-08-03T10:00:00"),
        ("2026-08-03 12:00:00", "2026-08-03T10:00:00"),
        ("2026-08-03T12:00:00+05:00", "2026-08-03T07:00:00"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00"),
    ],
)
def test_a_moment_is_seconds_or_a_date_and_time(text: str, expected: str) -> None:
    assert shown(moment_ms(text, BERLIN)) == expected


@pytest.mark.parametrize(
    "text", ["", "noon", "99999999999", "1969-12-31 10:00", "9999-01-01", "1970-01-01 00:30"]
)
def test_what_is_no_time_of_a_call_is_refused(text: str) -> None:
    with pytest.raises((ValueError, Broken)):
        moment_ms(text, BERLIN)
