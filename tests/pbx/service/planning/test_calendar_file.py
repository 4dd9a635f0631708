"""Days not like others, from a file, options and hours."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config.settings import Hours
from pbx.service.planning.calendar_file import (
    CalendarError,
    calendar_of,
    closed_days,
    read_calendar,
    special_days,
)

FIRST, SECOND, SALE = date(2026, 10, 1), date(2026, 10, 2), date(2026, 11, 11)


def test_a_file_names_dates_ranges_and_factors(tmp_path: Path):
    path = tmp_path / "calendar"
    path.write_text("# holidays\n2026-10-01..2026-10-02 0\n\n2026-11-11 1.5 # sale\n2026-12-24\n")
    assert read_calendar(path) == {FIRST: 0, SECOND: 0, SALE: 1.5, date(2026, 12, 24): None}


def test_every_line_at_fault_is_told(tmp_path: Path):
    path = tmp_path / "calendar"
    path.write_text("soon\n2026-10-01 -1\n2026-10-02 1 2\n2026-10-05..2026-10-01\n2026-11-11\n")
    with pytest.raises(CalendarError) as failure:
        read_calendar(path)
    lines = str(failure.value).splitlines()
    assert [line.split(":")[1] for line in lines] == ["1", "2", "3", "4"]
    with pytest.raises(CalendarError, match="No such file"):
        read_calendar(tmp_path / "nowhere")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CalendarError, match="decode"):
        read_calendar(path)


def test_options_name_days_too():
    assert special_days(["2026-10-01=0", "2026-11-11"]) == {FIRST: 0, SALE: None}
    with pytest.raises(CalendarError, match="2026-10-01=many"):
        special_days(["2026-10-01=many"])
    with pytest.raises(CalendarError, match="spans"):
        special_days(["0001-01-01..9999-12-31"])


def test_a_day_is_closed_when_all_hours_are():
    office = Hours(open=("mon-fri 08:00-18:00",), closed=("2026-10-01..2026-10-02",))
    night = Hours(closed=("2026-10-01..2026-10-07",), open_dates=("2026-10-01 10:00-12:00",))
    assert closed_days([office]) == {FIRST: 0, SECOND: 0}
    assert closed_days([office, night]) == {SECOND: 0}
    assert closed_days([]) == {}


def test_the_later_calendar_wins():
    assert calendar_of({FIRST: 0.0}, {}, {FIRST: None}).special == {FIRST: None}
