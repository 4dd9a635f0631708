"""Opening hours as a plan sees them: the part of each interval that is open."""

from __future__ import annotations

from datetime import date

import pytest

from config.settings import Hours
from pbx.service.planning.open_hours import open_parts

MONDAY = date(2026, 8, 3)


def test_without_hours_all_the_time_is_open():
    assert open_parts([], MONDAY, days=2, per_day=24).tolist() == [[1.0] * 24] * 2


def test_weekdays_have_their_own_hours_and_half_an_interval_is_half_open():
    office = Hours(open=("mon-fri 08:30-17:15", "sat 10:00-12:00"))
    found = open_parts([office], MONDAY, days=7, per_day=24)
    assert found[0].tolist() == [0] * 8 + [0.5] + [1] * 8 + [0.25] + [0] * 6
    assert found[4].tolist() == found[0].tolist()
    assert found[5].tolist() == [0] * 10 + [1, 1] + [0] * 12
    assert not found[6].any()


def test_a_night_goes_on_past_midnight_into_the_first_day_too():
    night = Hours(open=("sun 22:00-06:00",))
    found = open_parts([night], MONDAY, days=7, per_day=24)
    assert found[0].tolist() == [1] * 6 + [0] * 18  # since the Sunday before
    assert not found[1:6].any()
    assert found[6].tolist() == [0] * 22 + [1] * 2


def test_it_is_open_where_any_of_the_hours_are():
    early, late = Hours(open=("mon 08:00-12:00",)), Hours(open=("mon 10:00-14:00",))
    found = open_parts([early, late], MONDAY, days=1, per_day=24)
    assert found[0].tolist() == [0] * 8 + [1] * 6 + [0] * 10


@pytest.mark.parametrize(("day", "is_open"), [(MONDAY, False), (date(2026, 8, 4), True)])
def test_a_closed_date_is_closed(day: date, is_open: bool):
    office = Hours(open=("mon-fri 08:00-18:00",), closed=("2026-08-03",))
    assert open_parts([office], day, days=1, per_day=48).any() == is_open
