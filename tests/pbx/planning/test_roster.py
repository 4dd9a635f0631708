"""The roster: enough people, by team, within a hundredth of the best."""

from __future__ import annotations

import numpy as np
import pytest

from pbx.planning.people import Person, assign, dislikes
from pbx.planning.roster import PEOPLE_MAX, Line, roster, spans, there
from pbx.planning.shifts import KINDS, Shift, Team, Tour

EARLY = Shift("early", "early", 7 * 60, 480)
DAY = Shift("day", "day", 10 * 60, 480)
LATE = Shift("late", "late", 15 * 60, 480)
WEEK = 40 * 60


def need(agents: float, first: int = 14, last: int = 46) -> np.ndarray:
    """The same agents from 7:00 to 23:00 on every day."""
    day = np.zeros(48)
    day[first:last] = agents
    return np.tile(day, 7)


def test_the_fewest_people_cover_every_interval():
    made = roster(need(5), (Team("all", 0, WEEK, (EARLY, LATE)),))
    assert made.people == 14  # 2 x 5 x 7 days / 5 days a week
    assert (made.cover >= made.need).all() and made.short.sum() == 0
    assert made.gap <= 0.01


def test_people_that_there_are_leave_as_little_short_as_can_be():
    made = roster(need(5), (Team("all", 10, WEEK, (EARLY, LATE)),))
    assert made.people == 10
    assert made.short.sum() == 32 * 5 * 7 - 10 * 5 * 16


def test_more_people_than_needed_all_work_their_contract():
    made = roster(need(1), (Team("all", 10, WEEK, (EARLY, LATE)),))
    assert made.people == 10 and made.short.sum() == 0
    assert sum(line.people * len(line.tour.days) for line in made.lines) == 50


def test_where_few_are_needed_a_missing_one_weighs_more():
    wanted = need(2, 14, 30) + need(20, 30, 46)
    made = roster(wanted, (Team("all", 10, WEEK, (EARLY, LATE)),))
    morning = made.short.reshape(7, 48)[:, 14:30]
    assert morning.sum() == 0


def test_a_team_together_works_one_kind_of_shift():
    teams = (
        Team("red", 7, WEEK, (EARLY, LATE), is_together=True),
        Team("blue", 7, WEEK, (EARLY, DAY, LATE), is_together=True),
    )
    made = roster(need(5), teams)
    kinds = [{line.tour.shift.kind for line in made.lines if line.tour.team == n} for n in (0, 1)]
    assert sorted(map(sorted, kinds)) == [["early"], ["late"]]
    assert made.short.sum() == 0


def test_dislike_decides_between_weeks_that_serve_alike():
    disliked = (1.0, 0.0, 0.0)
    day_alike = Shift("dawn", "early", 10 * 60, 480)
    made = roster(need(2, 20, 36), (Team("all", 4, WEEK, (day_alike, DAY), dislike=disliked),))
    assert {line.tour.shift.kind for line in made.lines} == {"day"}


def test_half_an_agent_for_a_meeting_is_made_up_for():
    plain = roster(need(4, 14, 30), (Team("all", 0, WEEK, (EARLY,)),))
    met = roster(need(4, 14, 30), (Team("all", 0, WEEK, (EARLY,), meeting=15),))
    assert met.people > plain.people


@pytest.mark.parametrize(
    ("wanted", "teams", "said"),
    [
        (need(1), (), "needs a team"),
        (np.ones(100), (Team("all", 0, WEEK, (EARLY,)),), "no week of whole days"),
        (np.array([]), (Team("all", 0, WEEK, (EARLY,)),), "no week of whole days"),
        (need(-1), (Team("all", 0, WEEK, (EARLY,)),), "no number of agents"),
        (need(np.nan), (Team("all", 0, WEEK, (EARLY,)),), "no number of agents"),
        (need(1e6), (Team("all", 0, WEEK, (EARLY,)),), "no number of agents"),
        (need(1), (Team("all", 0, WEEK, (EARLY,)),), "day 1 of the week at 15:00"),
        (need(1), (Team("all", PEOPLE_MAX + 1, WEEK, (EARLY,)),), "at most"),
        (need(1), (Team("all", -1, WEEK, (EARLY,)),), "at most"),
    ],
)
def test_what_cannot_be_rostered_is_refused(
    wanted: np.ndarray, teams: tuple[Team, ...], said: str
):
    with pytest.raises(ValueError, match=said):
        roster(wanted, teams)


def test_of_those_rostered_some_are_away():
    plain = roster(need(4, 14, 30), (Team("all", 0, WEEK, (EARLY,)),))
    more = roster(need(4, 14, 30) / 0.8, (Team("all", 0, WEEK, (EARLY,)),))
    found = there(more, 0.2)
    assert (plain.people, found.people) == (6, 7)  # 4 x 7 / 5 days; 5 x 7 / 5
    assert (found.cover >= found.need - 1e-9).all() and found.short.sum() == 0
    assert found.need == pytest.approx(plain.need)
    assert found.cover == pytest.approx(more.cover * 0.8)
    few = there(roster(need(4, 14, 30) / 0.8, (Team("all", 5, WEEK, (EARLY,)),)), 0.2)
    assert few.short.sum() == pytest.approx(16 * (4 * 7 - 5 * 5 * 0.8))


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ([], []),
        ([3], [(3, 4)]),
        ([3, 4, 5, 9], [(3, 6), (9, 10)]),
        ([46, 47, 48, 49], [(46, 48), (48, 50)]),  # a stretch is of one day
    ],
)
def test_intervals_are_said_as_stretches_of_a_day(places: list[int], found: list[tuple[int, int]]):
    assert spans(np.array(places), 336) == found


def line(shift: Shift, people: int, *days: int) -> Line:
    return Line(Tour(0, shift, days or (0, 1, 2, 3, 4)), people)


def test_forced_days_go_to_those_who_had_the_fewest():
    crew = tuple(Person(f"p{n}", days=40, forced=5 * n) for n in range(4))
    weeks = assign(crew, [line(LATE, 2), line(DAY, 2)])
    assert [week.forced for week in weeks] == [5, 5, 0, 0]
    assert [week.share for week in weeks] == pytest.approx([5 / 45, 10 / 45, 10 / 45, 15 / 45])


def test_a_wish_is_no_force():
    crew = (Person("owl", wish="late"), Person("lark", wish="early"), Person("any"))
    weeks = assign(crew, [line(LATE, 1), line(EARLY, 1), line(DAY, 1)])
    kinds = [week.line.tour.shift.kind for week in weeks if week.line]
    assert kinds == ["late", "early", "day"]
    assert not any(week.forced for week in weeks)


def test_over_a_third_of_forced_days_is_marked():
    weeks = assign((Person("tired", days=60, forced=25),), [line(LATE, 1)])
    assert weeks[0].is_too_much and weeks[0].share == pytest.approx(30 / 65)
    fresh = assign((Person("fresh", days=10),), [line(LATE, 1)])
    assert not fresh[0].is_too_much  # exactly a third


def test_those_without_a_week_are_shown_so():
    weeks = assign((Person("a"), Person("b")), [line(DAY, 1)])
    assert sorted(week.line is None for week in weeks) == [False, True]
    assert assign((Person("a"),), [])[0].line is None


def test_more_weeks_than_people_are_refused():
    with pytest.raises(ValueError, match="2 weeks for 1 people"):
        assign((Person("a"),), [line(DAY, 2)])
    with pytest.raises(ValueError, match="at most"):
        assign(tuple(Person(str(n)) for n in range(301)), [line(DAY, 1)])


def test_a_team_dislikes_what_it_had_too_much_of():
    early, day, late = dislikes((Person("a", days=40, forced=20, wish="early"),))
    assert (early, day) == (0, 0) and late == pytest.approx(25 / 45)
    assert dislikes(()) == (0, 0, 0)
    assert KINDS == ("early", "day", "late")
