"""Agents told to a plan: a number, a list by interval, a roster, or as the log's days had."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from pbx.planning.history import History
from pbx.planning.lookback import Past
from pbx.service.commands.agents import agents_told
from pbx.service.commands.planning import Read, Wrong
from tests.pbx.planning.histories import MONDAY, PER_DAY, weeks

CALLS = np.array([0.0, 5.0, 0.0, 7.0])
WEEKS = 4
NEXT = MONDAY + timedelta(7 * WEEKS)


def options(agents: str | None, **other: object) -> argparse.Namespace:
    plain: dict[str, object] = {
        "roster": None, "interval": 1800, "config": None, "calendar": None, "special": [],
    }  # fmt: skip
    return argparse.Namespace(agents=agents, **(plain | other))


def told(agents: str | None, calls: np.ndarray = CALLS) -> list[float] | None:
    found = agents_told(options(agents), None, day=None, calls=calls)
    return None if found is None else found.tolist()


@pytest.mark.parametrize(
    ("agents", "found"),
    [
        (None, None),
        ("", None),
        ("12", [0, 12, 0, 12]),  # wherever calls are expected
        ("2.5", [0, 2.5, 0, 2.5]),
        ("0", [0, 0, 0, 0]),
        ("3,4", [0, 3, 0, 4]),  # each interval with calls
        ("1,2,3,4", [1, 2, 3, 4]),  # each of the day
    ],
)
def test_a_number_or_a_list_of_them(agents: str | None, found: list[float] | None):
    assert told(agents) == found


@pytest.mark.parametrize(
    ("agents", "said"),
    [
        ("-1", "from 0 to 1000"),
        ("1001", "from 0 to 1000"),
        ("many", "from 0 to 1000"),
        ("nan", "from 0 to 1000"),
        ("3,", "from 0 to 1000"),
        ("3,4,5", "3 numbers; the day has 4 intervals, 2 of them with calls"),
        ("log", "it takes a LOG"),
        ("week.json", "it takes a LOG"),
    ],
)
def test_agents_that_nobody_can_be_are_refused(agents: str, said: str):
    with pytest.raises(Wrong, match=said):
        told(agents)


def a_log(*, is_told: bool = True) -> Read:
    """Four weeks: two agents on Mondays, three on all other days, where calls come."""
    history = weeks(WEEKS)
    agents = np.where(history.counts > 0, 3.0, 0.0)
    agents[::7] = np.where(history.counts[::7] > 0, 2.0, 0.0)
    return Read(history, None, Past(history, agents if is_told else None))


def of_log(read: Read, place: int) -> np.ndarray:
    found = agents_told(options("log"), read, day=NEXT + timedelta(place), calls=np.ones(PER_DAY))
    assert found is not None
    return found


def test_agents_of_the_log_are_whom_such_days_had():
    assert of_log(a_log(), 0)[25] == pytest.approx(2) and of_log(a_log(), 1)[25] == pytest.approx(3)
    assert of_log(a_log(), 7)[25] == pytest.approx(2)
    assert not of_log(a_log(), 6).any()


def test_the_log_s_last_day_is_planned_from_the_days_before_it():
    read = a_log()
    assert read.past and read.past.agents is not None
    read.past.agents[-7:] = 50.0
    sunday = of_log(read, -1)
    assert sunday.max() < 50
    shorter = Read(History(MONDAY, read.history.counts[:-6]), None, read.past)
    assert of_log(shorter, -7)[25] == pytest.approx(2)


def test_a_log_without_names_does_not_tell_its_agents():
    with pytest.raises(Wrong, match="does not tell who was at work"):
        of_log(a_log(is_told=False), 0)


def a_roster(folder: Path, **other: object) -> Path:
    cover = np.zeros((7, PER_DAY))
    cover[1, 20:30] = 4.75  # a meeting takes a quarter of one
    path = folder / "week.json"
    made = {"first": str(NEXT), "cover": cover.ravel().tolist(), "interval_s": 1800} | other
    path.write_text(json.dumps(made))
    return path


def test_a_roster_has_its_day_by_either_option(tmp_path: Path):
    path, day = a_roster(tmp_path), NEXT + timedelta(1)
    for chosen in (options(str(path)), options(None, roster=path)):
        found = agents_told(chosen, None, day=day, calls=np.ones(PER_DAY))
        assert found is not None
        assert found.tolist() == [0] * 20 + [4] * 10 + [0] * 18  # a part of an agent is none


@pytest.mark.parametrize(
    ("place", "other", "said"),
    [
        (7, {}, "does not have"),
        (-1, {}, "does not have"),
        (1, {"interval_s": 900}, "its intervals are of 900 s"),
        (1, {"cover": [1, 2]}, "not from `pbx roster --json`"),
        (1, {"first": None}, "not from `pbx roster --json`"),
    ],
)
def test_a_roster_that_does_not_fit_is_refused(
    tmp_path: Path, place: int, other: dict[str, object], said: str
):
    path = a_roster(tmp_path, **other)
    with pytest.raises(Wrong, match=said):
        agents_told(options(str(path)), None, day=NEXT + timedelta(place), calls=np.ones(PER_DAY))
    with pytest.raises(Wrong, match="No such file"):
        agents_told(options("none.json"), None, day=NEXT, calls=np.ones(PER_DAY))
