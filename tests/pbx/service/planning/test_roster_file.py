"""The file of a roster: what it says, and every fault in it at once."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from pbx.planning.shifts import Shift
from pbx.service.planning.roster_file import RosterFileError, read_roster

GOOD = """
need = "staff.json"
[shift.early]
kind = "early"
start = ["07:00", "07:30"]
hours = 8.5
break_min = 30
break_after_h = [3, 4.5]
[shift.night]
kind = "late"
start = ["22:00"]
hours = 8
[team.red]
hours = 40
shifts = ["early", "night"]
together = true
days_off_together = true
meeting_min = 15
[[team.red.person]]
name = "Li Na"
wish = "early"
days = 60
forced = 12
[team.blue]
hours = 40
shifts = ["night"]
"""


def written(folder: Path, text: str = GOOD, **need: object) -> Path:
    days = [{"date": "2026-08-31"}]
    staffed = {"need": [1] * 336, "interval_s": 1800, "days": days} | need
    (folder / "staff.json").write_text(json.dumps(staffed))
    (folder / "roster.toml").write_text(text)
    return folder / "roster.toml"


def test_shifts_teams_people_and_need_are_read(tmp_path: Path):
    read = read_roster(written(tmp_path))
    red, blue = read.teams
    assert [shift.name for shift in red.shifts] == [
        "early 07:00", "early 07:00", "early 07:30", "early 07:30", "night 22:00",
    ]  # fmt: skip
    assert red.shifts[1] == Shift("early 07:00", "early", 420, 510, ((270, 30),))
    assert (red.size, red.week, red.meeting) == (1, 2400, 15)
    assert red.is_together and red.is_off_together and red.dislike[2] > 0
    assert (blue.name, blue.size, blue.is_together) == ("blue", 0, False)
    assert read.people[0][0].name == "Li Na" and read.people[1] == ()
    assert read.need.shape == (336,) and read.interval_s == 1800
    assert read.first == date(2026, 8, 31)


def test_the_need_may_stand_in_the_file_or_be_told(tmp_path: Path):
    listed = GOOD.replace('"staff.json"', str([2] * 168)) + "\n"
    read = read_roster(written(tmp_path, f"interval_min = 60\n{listed}"))
    assert read.need.tolist() == [2] * 168 and read.first is None
    other = tmp_path / "other.json"
    days = [{"date": "2026-09-07"}]
    other.write_text(json.dumps({"need": [3] * 672, "interval_s": 900, "days": days}))
    assert read_roster(tmp_path / "roster.toml", other).need.sum() == 2016


def test_a_part_of_those_rostered_may_be_away(tmp_path: Path):
    assert read_roster(written(tmp_path)).shrinkage == 0.0
    assert read_roster(written(tmp_path, f"shrinkage = 0.1\n{GOOD}")).shrinkage == 0.1
    assert read_roster(written(tmp_path, f"shrinkage = 0\n{GOOD}")).shrinkage == 0.0
    for wrong, said in (
        ("0.91", "0 to 0.9"), ("-0.1", "0 to 0.9"), ("1", "0 to 0.9"), ("true", "wrong kind"),
        ('"10%"', "wrong kind"),
    ):  # fmt: skip
        with pytest.raises(RosterFileError, match=said):
            read_roster(written(tmp_path, f"shrinkage = {wrong}\n{GOOD}"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('need = "staff.json"', "", "there is no need"),
        ('"staff.json"', '"none.json"', "No such file"),
        ('"staff.json"', "[1, 2]", "2 intervals of 1800 s is no week"),
        ('"staff.json"', '["one"]', "need"),
        ('kind = "early"\n', "", "shift.early: kind is missing"),
        ('kind = "early"\n', 'kind = "dawn"\n', "kind 'dawn'"),
        ('"07:30"', '"7.30"', "no time such as"),
        ('"07:30"', "7", "no time such as"),
        ("hours = 8.5", "hours = 20", "leave rest"),
        ("hours = 8.5", 'hours = "8"', "of the wrong kind"),
        ("break_after_h = [3, 4.5]", "break_after_h = [8.5]", "not within it"),
        ("break_after_h = [3, 4.5]", 'break_after_h = ["3"]', "hours are needed"),
        ("break_after_h = [3, 4.5]", "break_after_h = []", "no place for its break"),
        ('["early", "night"]', '["noon"]', "no shift 'noon'"),
        ("together = true\n", "together = 1\n", "of the wrong kind"),
        ("meeting_min = 15", "meetings = 15", "unknown key meetings"),
        ("forced = 12", "forced = 99", "99 forced days of 60"),
        ('wish = "early"', 'wish = "sleep"', "wishes 'sleep'"),
        ('name = "Li Na"\n', "", "person: name is missing"),
        ("meeting_min = 15", "size = 4", "a size of 4 and 1 people"),
    ],
)
def test_a_fault_is_told(tmp_path: Path, old: str, new: str, said: str):
    assert old in GOOD
    with pytest.raises(RosterFileError) as failure:
        read_roster(written(tmp_path, GOOD.replace(old, new, 1)))
    assert said in str(failure.value)
    assert str(failure.value).startswith(str(tmp_path / "roster.toml"))


def test_all_faults_are_told_at_once(tmp_path: Path):
    text = GOOD.replace('"07:30"', '"7"').replace("forced = 12", "forced = -1") + "\nsize = 1.5\n"
    with pytest.raises(RosterFileError) as failure:
        read_roster(written(tmp_path, text))
    assert len(str(failure.value).splitlines()) == 3


@pytest.mark.parametrize("text", ["need = [", "shift = 3", "", "[shift.a]\n[team.b]\n"])
def test_what_is_no_roster_at_all_is_refused(tmp_path: Path, text: str):
    with pytest.raises(RosterFileError):
        read_roster(written(tmp_path, text))
    with pytest.raises(RosterFileError):
        read_roster(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("need", ["{}", "[]", "not json", '{"need": 3, "interval_s": "x"}'])
def test_a_need_that_is_not_of_staff_is_refused(tmp_path: Path, need: str):
    path = written(tmp_path)
    (tmp_path / "staff.json").write_text(need)
    with pytest.raises(RosterFileError, match="not from `pbx staff LOG --json`"):
        read_roster(path)
