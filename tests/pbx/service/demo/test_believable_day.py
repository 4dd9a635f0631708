"""The plan of the demo's day: the same from the same seed, and like a day."""

from __future__ import annotations

import itertools

import pytest

from pbx.service.demo.believable_day import (
    CALLED,
    HOUR_MS,
    KEYS,
    PROFILE,
    REASONS,
    START_HOUR,
    Arrival,
    Break,
    CallOut,
    Habits,
    arrivals,
    breaks,
    calls_out,
    intensity,
)


def first(number: int, habits: Habits) -> list[Arrival]:
    return list(itertools.islice(arrivals(habits), number))


def within(ms: int, habits: Habits) -> list[Arrival]:
    return list(itertools.takewhile(lambda arrival: arrival.at_ms < ms, arrivals(habits)))


def test_one_seed_gives_one_day() -> None:
    assert first(500, Habits(seed=7)) == first(500, Habits(seed=7))
    assert first(500, Habits(seed=7)) != first(500, Habits(seed=8))


def test_callers_come_in_order_and_the_first_at_once() -> None:
    times = [arrival.at_ms for arrival in first(1000, Habits(seed=3, rate=3600))]
    assert times == sorted(times)
    assert times[0] < 1000


@pytest.mark.parametrize("rate", [60.0, 380.0, 3600.0])
def test_there_are_as_many_callers_as_the_rate_says(rate: float) -> None:
    """Over the hour in which the profile goes from 1.0 to 1.3, and within four deviations."""
    assert PROFILE[START_HOUR] == 1.0
    expected = rate * (PROFILE[START_HOUR] + PROFILE[START_HOUR + 1]) / 2
    come = len(within(HOUR_MS, Habits(seed=5, rate=rate)))
    assert abs(come - expected) < 4 * expected**0.5 + 5


def test_the_rate_is_the_mean_of_the_working_day() -> None:
    assert sum(PROFILE[8:18]) / 10 == pytest.approx(1.0, abs=0.02)


def test_the_profile_goes_on_over_midnight() -> None:
    midnight_ms = (24 - START_HOUR) * HOUR_MS
    assert intensity(midnight_ms) == pytest.approx(PROFILE[0])
    assert intensity(midnight_ms - 1) == pytest.approx(PROFILE[0], abs=1e-4)
    assert intensity(24 * HOUR_MS) == pytest.approx(PROFILE[START_HOUR])
    assert intensity(HOUR_MS / 2) == pytest.approx((PROFILE[9] + PROFILE[10]) / 2)


def test_at_ten_times_the_speed_the_same_day_takes_a_tenth_of_the_time() -> None:
    slow, fast = first(200, Habits(seed=2)), first(200, Habits(seed=2, speed=10))
    for one, other in zip(slow, fast, strict=True):
        assert other.at_ms == pytest.approx(one.at_ms / 10, abs=1)
        assert other.talk_ms == pytest.approx(one.talk_ms / 10, abs=1)
        assert other.patience_ms == pytest.approx(one.patience_ms / 10, abs=1)
        assert (other.calling, other.called, other.key) == (one.calling, one.called, one.key)


def test_people_are_as_people_are() -> None:
    people = first(4000, Habits(seed=1))
    talks = sorted(person.talk_ms / 1000 for person in people)
    assert 42 < talks[2000] < 48
    assert talks[0] >= 4
    patience = sum(person.patience_ms for person in people) / 4000 / 1000
    assert 72 < patience < 84
    assert {person.called for person in people} == set(CALLED)
    assert {person.key for person in people} == set(KEYS)
    assert 0.65 < sum(person.hangs_up for person in people) / 4000 < 0.75


def test_no_two_callers_at_a_time_have_one_number() -> None:
    numbers = [person.calling for person in first(5000, Habits(rate=36_000))]
    assert len(set(numbers)) == len(numbers)
    assert all(number.isdigit() and len(number) == 11 for number in numbers)


def test_the_house_calls_out_in_order_and_by_the_seed() -> None:
    def made(seed: int) -> list[CallOut]:
        return list(itertools.islice(calls_out(Habits(seed=seed)), 50))

    assert made(4) == made(4) != made(5)
    assert all(one.at_ms < following.at_ms for one, following in itertools.pairwise(made(4)))
    assert all(call.number.isdigit() for call in made(4))


def test_breaks_never_overlap_and_are_the_same_from_one_seed() -> None:
    def taken(seed: int) -> list[Break]:
        return list(itertools.islice(breaks(Habits(seed=seed), ("2001", "2002")), 100))

    rests = taken(4)
    assert rests == taken(4)
    assert rests != taken(5)
    for one, following in itertools.pairwise(rests):
        assert one.at_ms + one.for_ms < following.at_ms
    assert {rest.agent for rest in rests} == {"2001", "2002"}
    assert {rest.reason for rest in rests} == set(REASONS)


def test_without_agents_nobody_takes_a_break() -> None:
    assert list(breaks(Habits(), ())) == []
