"""How cells read."""

from __future__ import annotations

from datetime import UTC

import pytest

from pbx.reports.report import Cell, Unit
from pbx.service.reporting.refusals import CannotWrite
from pbx.service.reporting.shown import cut, duration, made, shower, zone_of
from tests.pbx.reports.samples import a_report


@pytest.mark.parametrize(
    ("unit", "cell", "text"),
    [
        ("count", 1234567, "1,234,567"),
        ("s", 59.5, "1:00"),
        ("share", 0.0, "0.0%"),
        ("number", -1234.5, "-1,234.50"),
        ("money", 3, "3.00"),
        ("time", 1_700_000_000.999, "2023-11-14 22:13:20"),
        ("clock", "24:00", "24:00"),
        ("text", "two\nlines", "two lines"),
        ("text", "turned\u202egnp", "turnedgnp"),
        ("count", None, ""),
        ("time", None, ""),
    ],
)
def test_a_cell_is_shown_by_its_unit(unit: Unit, cell: Cell, text: str) -> None:
    assert shower(unit, UTC)(cell) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (0.49, "0:00"), (0.5, "0:01"), (3599.6, "1:00:00"), (93_735, "26:02:15"),
     (-90, "-1:30"), (-0.2, "0:00")],
)  # fmt: skip
def test_a_duration_is_to_the_nearest_second_and_goes_past_a_day(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_text_is_cut_by_its_cells() -> None:
    assert cut("abcd", 4) == "abcd"
    assert cut("abcde", 4) == "abc…"
    assert cut("王王王", 6) == "王王王"
    assert cut("王王王王", 6) == "王王…"


def test_a_report_without_a_zone_is_in_utc() -> None:
    assert made(a_report(timezone=""), "en") == "made 2026-11-18 11:06:40 (UTC), at event 4711"
    assert "制表时间 2026-11-18 12:06:40" in made(a_report(), "zh")


@pytest.mark.parametrize("name", ["Mars/Base", "../etc/passwd", "a\x00b"])
def test_a_zone_that_is_none_is_named(name: str) -> None:
    with pytest.raises(CannotWrite, match=r"no time zone .*fix: .*site.timezone"):
        zone_of(a_report(timezone=name))


def test_a_time_outside_the_calendar_is_refused() -> None:
    with pytest.raises(CannotWrite, match="no time of this calendar"):
        shower("time", UTC)(1e14)
