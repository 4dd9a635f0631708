"""Shifts, and the weeks that people can work by their contract."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from pbx.planning.shifts import TOURS_MAX, Shift, Team, Tour, checked, coverage, presence, tours

EARLY = Shift("early", "early", 8 * 60, 510, ((240, 30),))
NIGHT = Shift("night", "late", 22 * 60, 480)


def team(*shifts: Shift, hours: float = 40, **other: object) -> Team:
    return Team("red", 5, round(hours * 60), shifts, **other)  # type: ignore[arg-type]


def test_a_shift_covers_what_it_works_and_not_its_break():
    worked = presence(EARLY, 0, per_day=48)
    assert worked.sum() == 16  # half-hours paid
    assert worked[16:33].tolist() == [1] * 8 + [0] + [1] * 8
    assert worked[:16].sum() == worked[33:].sum() == 0


def test_a_meeting_is_paid_and_not_on_calls():
    worked = presence(EARLY, 15, per_day=48)
    assert worked[16] == 0.5 and worked[17] == 1
    assert EARLY.paid == 480


def test_a_contract_of_forty_hours_is_five_days_of_eight():
    found = tours((team(EARLY),))
    assert len(found) == 21
    assert all(len(tour.days) == 5 for tour in found)
    assert len(tours((team(EARLY, hours=24),))) == 35  # three days


def test_days_off_that_follow_each_other_leave_seven_ways():
    found = tours((team(EARLY, is_off_together=True),))
    assert len(found) == 7
    for tour in found:
        free = sorted(set(range(7)) - set(tour.days))
        assert free in ([0, 6], *([a, a + 1] for a in range(6)))


def test_a_shift_that_does_not_fill_the_contract_is_left_out():
    short = Shift("short", "day", 600, 300)
    assert {tour.shift for tour in tours((team(EARLY, short),))} == {EARLY}
    with pytest.raises(ValueError, match="no shift adds up to 41 hours"):
        tours((team(EARLY, hours=41),))


def test_a_night_goes_on_into_the_next_day_and_the_week_goes_round():
    cover = coverage([Tour(0, NIGHT, (0, 6))], (team(NIGHT),), per_day=48)[:, 0]
    assert cover[44:60].tolist() == [1] * 16
    assert cover[6 * 48 + 44 :].tolist() == [1] * 4
    assert cover[:12].tolist() == [1] * 12
    assert cover.sum() == 32


def test_rest_between_two_days_is_never_under_eleven_hours():
    for one, other in pairwise(tours((team(EARLY),))[0].days):
        assert (other - one) * 1440 - EARLY.length >= 11 * 60
    with pytest.raises(ValueError, match="leave rest"):
        checked(Shift("long", "day", 0, 14 * 60))


@pytest.mark.parametrize(
    ("shift", "said"),
    [
        (Shift("x", "noon", 0, 480), "kind 'noon'"),
        (Shift("x", "day", 1440, 480), "starts at"),
        (Shift("x", "day", -1, 480), "starts at"),
        (Shift("x", "day", 0, 30), "lasts"),
        (Shift("x", "day", 0, 480, ((470, 30),)), "break"),
        (Shift("x", "day", 0, 480, ((100, 30), (110, 30))), "break"),
        (Shift("x", "day", 0, 480, ((100, 0),)), "break"),
    ],
)
def test_a_shift_that_nobody_can_work_is_refused(shift: Shift, said: str):
    with pytest.raises(ValueError, match=said):
        checked(shift)


def test_too_many_weeks_to_choose_from_are_refused():
    many = tuple(Shift(str(n), "day", n % 900, 480) for n in range(1000))
    with pytest.raises(ValueError, match=f"more than {TOURS_MAX}"):
        tours((team(*many),))


def test_coverage_has_a_column_a_tour():
    found = tours((team(EARLY),))
    cover = coverage(found, (team(EARLY),), per_day=48)
    assert cover.shape == (336, 21)
    assert np.allclose(cover.sum(0), 80)
