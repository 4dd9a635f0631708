"""forecast, staff, simulate and roster as processes: tables, JSON, plots, and what they refuse."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pbx.service.exit_codes import DONE, FAILED, WRONG
from tests.pbx.service.planning.logs_of_calls import (
    MONDAY,
    bank_days,
    bank_log,
    bank_row,
    cdr_row,
    text_log,
)
from tests.shared import ROOT
from tests.site import run_pbx

ROSTER = """
need = "staff.json"
[shift.early]
kind = "early"
start = ["08:00"]
hours = 8
[shift.late]
kind = "late"
start = ["10:00"]
hours = 8
[team.red]
hours = 40
shifts = ["early", "late"]
[[team.red.person]]
name = "Li Na"
days = 10
forced = 9
"""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four weeks: 12 calls an hour from 8:00 to 18:00, 180 s each."""
    return bank_days(tmp_path_factory.mktemp("planning"), 28)


def table(*words: str | Path) -> list[list[str]]:
    """The printed columns of a command that succeeds."""
    done = run_pbx(*words)
    assert (done.returncode, done.stderr) == (DONE, "")
    return [re.split(r"\s{2,}", line) for line in done.stdout.splitlines()]


def answer(*words: str | Path) -> Any:
    done = run_pbx(*words, "--json")
    assert (done.returncode, done.stderr) == (DONE, "")
    return json.loads(done.stdout)


def refused(code: int, *words: str | Path) -> str:
    done = run_pbx(*words)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    return done.stderr


# ---- forecast ------------------------------------------------------------------------------------


def test_a_forecast_has_a_row_an_interval_and_a_column_a_day(log: Path):
    rows = table("forecast", log)
    assert rows[0][0] == "from" and "Mon 08-31" in rows[0]
    assert rows[-3] == ["all", *["120"] * 7]
    assert rows[-1][0] == (
        "from 3360 calls, 3024 answered, 2026-08-03 to 2026-08-30; handle time 180 s; "
        "patience 150 s"
    )


def test_a_forecast_as_json_has_each_day_s_counts(log: Path):
    found = answer("forecast", log, "--days", "3", "--interval", "60m", "--method", "median")
    assert [day["date"] for day in found["days"]] == ["2026-08-31", "2026-09-01", "2026-09-02"]
    assert found["days"][0]["counts"] == [0] * 8 + [12] * 10 + [0] * 6
    assert found["days"][0]["calls"] == 120 == found["days"][0]["low"]
    assert found["log"] == {
        "first": "2026-08-03", "last": "2026-08-30", "calls": 3360, "answered": 3024,
        "abandoned": 336, "missing": [], "aht_s": 180, "patience_s": 150, "queues": {"PS": 3360},
        "rows": 3360, "broken": 0,
    }  # fmt: skip


def test_special_days_come_from_options_a_file_and_the_configuration(log: Path, tmp_path: Path):
    (tmp_path / "calendar").write_text("2026-09-01 0.5\n")
    (tmp_path / "pbx.toml").write_text(
        '[hours.office]\nopen = ["mon-sun 00:00-24:00"]\nclosed = ["2026-09-02"]\n'
    )
    found = answer(
        "forecast", log, "--special", "2026-08-31=2", "--calendar", tmp_path / "calendar",
        "--config", tmp_path / "pbx.toml",
    )  # fmt: skip
    assert [round(day["calls"]) for day in found["days"][:4]] == [240, 60, 0, 120]


def test_today_s_rest_follows_its_level(tmp_path: Path):
    rows = bank_days(tmp_path, 21).read_text().splitlines()[1:]
    today = [bank_row(MONDAY + timedelta(21), 28_800 + 150 * n) for n in range(48)]
    found = answer("forecast", bank_log(tmp_path, rows + today), "--today", "10:00")
    assert found["date"] == "2026-08-24" and found["intervals_over"] == 20
    assert 1.02 < found["level"] < 1.2
    assert sum(found["counts"][:20]) == 48
    shown = table("forecast", tmp_path / "bank.csv", "--today", "10:00")
    assert shown[0] == ["from", "forecast", "came", "now expected"]


def test_a_forecast_tells_how_well_it_would_have_done(log: Path):
    found = answer("forecast", log, "--check")
    assert found["weeks"] == 3
    assert found["methods"]["last week"] == {"per_interval": 0, "per_day": 0}
    assert set(found["methods"]) >= {"dated", "ewma", "median", "mean of 4 weeks"}
    assert table("forecast", log, "--check")[0] == ["method", "per interval", "per day"]


def test_broken_rows_are_told_on_stderr_and_left_out(tmp_path: Path):
    path = bank_days(tmp_path, 14)
    path.write_text(path.read_text() + "broken\n")
    done = run_pbx("forecast", path, "--json")
    assert done.returncode == DONE
    assert "line 1682: 1 fields, not 10" in done.stderr and "1 of 1681 rows left" in done.stderr
    assert json.loads(done.stdout)["log"]["broken"] == 1


@pytest.mark.parametrize(
    ("code", "words", "said"),
    [
        (WRONG, ["--interval", "7m"], "none of 5m"),
        (WRONG, ["--days", "0"], "0 days ahead"),
        (WRONG, ["--today", "25:00"], "no time of day"),
        (WRONG, ["--special", "soon"], "soon"),
        (WRONG, ["--calendar", "/nowhere"], "No such file"),
        (WRONG, ["--timezone", "Moon/Sea"], "no time zone"),
        (WRONG, ["--config", "/nowhere.toml"], "/nowhere.toml"),
        (FAILED, ["--queue", "NE"], "no calls of queue 'NE': there are PS"),
    ],
)
def test_a_forecast_that_cannot_be_made_says_why(log: Path, code: int, words: list[str], said: str):
    assert said in refused(code, "forecast", log, *words)


def test_a_log_that_is_none_says_so(tmp_path: Path):
    assert "No such file" in refused(FAILED, "forecast", tmp_path)
    assert "the log is empty" in refused(FAILED, "forecast", bank_log(tmp_path, []))
    assert "a forecast needs 7" in refused(WRONG, "forecast", bank_days(tmp_path, 6))


# ---- staff ---------------------------------------------------------------------------------------


def test_staff_has_the_agents_of_each_interval(log: Path):
    found = answer("staff", log, "--interval", "60m", "--shrinkage", "0.25")
    assert found["aht_s"] == 180
    assert found["days"][0]["agents"] == [0] * 8 + [2] * 10 + [0] * 6  # 0.6 erlangs
    assert found["days"][0]["scheduled"][8] == 3
    assert found["need"] == [agents for day in found["days"] for agents in day["agents"]]
    rows = table("staff", log, "--interval", "60m")
    assert rows[1][0] == "08:00" and rows[-3][0] == "hours"


def test_one_day_is_shown_in_full(log: Path):
    rows = table("staff", log, "--day", "2026-09-04", "--patience", "90", "--aht", "5m")
    assert rows[0][:4] == ["from", "calls", "erlangs", "agents"]
    assert "Erlang A, patience 90 s" in rows[-1][0] and "handle time 300 s" in rows[-1][0]


def test_the_recipe_shows_each_step(log: Path):
    rows = table("staff", log, "--recipe", "--aht", "300", "--patience", "90")
    assert rows[0][:5] == ["from", "08-03", "08-10", "08-17", "08-24"]
    assert "one agent does 6.00 calls in an interval" in rows[-2][0]
    assert rows[-1][0].startswith("abandoned by seats")
    steps = answer("staff", log, "--recipe", "--aht", "300")["steps"]
    assert steps["profile"][20] == pytest.approx(6)
    assert steps["perfect"][20] == pytest.approx(1)
    assert (steps["productive"][20], steps["erlang"][20]) == (2, 3)


def test_pairs_and_the_size_from_which_targets_go_together():
    rows = table("staff", "--pairs", "--calls", "60", "--per", "30m", "--aht", "300")
    assert rows[-1][0].endswith("14 agents, who are busy 71% of the time")
    assert len(answer("staff", "--pairs", "--erlangs", "10", "--aht", "300")["rows"]) == 14
    found = answer("staff", "--together", "70%", "--aht", "300")
    assert found["agents"] == 10 and found["always_erlangs"] == pytest.approx(9.8)
    last = table("staff", "--together", "0.7", "--aht", "300")[-1][0]
    assert "go together from 10 agents" in last


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "it takes a LOG"),
        (["--pairs", "--aht", "300"], "takes a load"),
        (["--pairs", "--erlangs", "10"], "--aht is needed"),
        (["--pairs", "--erlangs", "-1", "--aht", "300"], "erlangs"),
        (["--together", "100%", "--aht", "300"], "occupancy"),
        (["LOG", "--target", "1"], "service level"),
        (["LOG", "--day", "2026-08-03"], "is in the log"),
        (["LOG", "--day", "soon"], "no date"),
        (["LOG", "--recipe", "--day", "2027-01-01"], "does not have the 4 weeks"),
        (["LOG", "--aht", "soon"], "no time"),
    ],
)
def test_a_staffing_that_cannot_be_says_why(log: Path, words: list[str], said: str):
    assert said in refused(WRONG, "staff", *(log if word == "LOG" else word for word in words))


def test_a_log_without_handle_times_needs_to_be_told(tmp_path: Path):
    starts = [f"{MONDAY + timedelta(n)} 10:00:00" for n in range(8)]
    path = text_log(tmp_path, *map(cdr_row, starts))
    assert "--aht is needed" in refused(WRONG, "staff", path)
    assert answer("staff", path, "--aht", "300")["days"][0]["agents"][20] == 1


# ---- simulate ------------------------------------------------------------------------------------


def test_a_day_is_simulated_as_planned_and_changed(log: Path):
    words = ("simulate", log, "--agents", "1", "--runs", "20", "--spread", "0")
    found = answer(*words, "--change", "+1", "--from", "10:00", "--until", "12:00")
    assert found["runs"] == 20 and found["day"] == "2026-08-31"
    assert found["gain"]["service_level"]["mean"] > 0.02
    assert found["after"]["by_interval"][20] > found["by_interval"][20]
    assert found == answer(*words, "--change", "+1", "--from", "10:00", "--until", "12:00")
    rows = table(*words, "--change", "+1")
    assert rows[0][-3:] == ["with +1", "gain", "+-"] and rows[1][0] == "service level %"
    assert table(*words)[0][-1] == "nine days of ten"


def test_hours_of_even_calls_are_simulated_without_a_log():
    words = ("simulate", "--calls", "100", "--per", "30m", "--aht", "180", "--agents", "14")
    found = answer(*words, "--runs", "30", "--spread", "0")
    assert abs(found["service_level"]["mean"] - 0.888) < 0.04
    assert found["agents"] == [14] * 16


def test_today_so_far_is_taken_as_it_came(tmp_path: Path):
    rows = bank_days(tmp_path, 21).read_text().splitlines()[1:]
    today = [bank_row(MONDAY + timedelta(21), 28_800 + 150 * n) for n in range(48)]
    path = bank_log(tmp_path, rows + today)
    found = answer("simulate", path, "--today", "10:00", "--runs", "10", "--change", "1")
    assert found["day"] == "2026-08-24"
    assert 130 < found["offered"]["mean"] < 175


def test_the_log_s_own_laws_are_taken_unless_others_are_told(log: Path, tmp_path: Path):
    words = ("simulate", log, "--agents", "3", "--runs", "10")
    assert answer(*words) != answer(*words, "--aht", "180")  # all of 180 s, exponential
    assert answer(*words) != answer(*words, "--patience", "60")
    assert answer(*words, "--talk-sd", "10") != answer(*words, "--talk-sd", "300")


def test_a_roster_s_day_has_its_chances_by_interval(log: Path, tmp_path: Path):
    rostered = answer("roster", a_roster(tmp_path, log, ROSTER.partition("[[")[0]))
    (tmp_path / "week.json").write_text(json.dumps(rostered))
    words = ("simulate", log, "--roster", tmp_path / "week.json", "--runs", "20")
    found = answer(*words, "--day", "2026-09-03")
    assert found["agents"] == rostered["cover"][3 * 48 : 4 * 48]
    assert found["chance"][0] is None and 0.5 < found["chance"][20] <= 1
    rows = table(*words, "--intervals")
    assert ["from", "agents", "service level", "chance of 80%"] in rows
    for more, said in (
        (("--day", "2026-09-07"), "does not have 2026-09-07"),
        (("--interval", "60m"), "its intervals are of 1800 s"),
    ):
        assert said in refused(WRONG, *words, *more)
    (tmp_path / "week.json").write_text("[]")
    assert "not from `pbx roster --json`" in refused(WRONG, *words)
    assert "No such file" in refused(WRONG, "simulate", log, "--roster", tmp_path / "none")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "it takes a LOG"),
        (["--calls", "100"], "it takes a LOG"),
        (["--calls", "100", "--aht", "180", "--hours", "0"], "--hours"),
        (["--calls", "100", "--aht", "180", "--agents", "-1"], "--agents"),
        (["--calls", "-1", "--aht", "180", "--agents", "1"], "calls"),
        (["LOG", "--runs", "0"], "0 runs"),
        (["LOG", "--seed", "x"], "invalid int"),
        (["LOG", "--change", "1", "--from", "12:00", "--until", "11:00"], "--until must come"),
        (["LOG", "--spread", "2"], "no share"),
    ],
)
def test_a_simulation_that_cannot_be_says_why(log: Path, words: list[str], said: str):
    assert said in refused(WRONG, "simulate", *(log if word == "LOG" else word for word in words))


# ---- roster --------------------------------------------------------------------------------------


def a_roster(folder: Path, log: Path, text: str = ROSTER) -> Path:
    (folder / "staff.json").write_text(json.dumps(answer("staff", log, "--days", "7")))
    path = folder / "roster.toml"
    path.write_text(text)
    return path


def test_a_roster_says_who_works_when_and_who_is_forced(log: Path, tmp_path: Path):
    path = a_roster(tmp_path, log)
    found = answer("roster", path)
    assert found["people"] == 1 and found["weeks"][0]["person"] == "Li Na"
    assert found["weeks"][0]["forced"] == len(found["weeks"][0]["days"]) == 5
    assert len(found["cover"]) == 336 and sum(found["short"]) > 0
    done = run_pbx("roster", path, "--plot")
    assert done.returncode == DONE and "Agents by interval" in done.stdout
    assert "over a third of the days forced (!): Li Na" in done.stdout
    short = re.search(r"^short: (.*)$", done.stdout, re.MULTILINE)
    assert short and len(short[1].split("; ")) == 7
    worst = short[1].split("; ")[:2]  # the two days on which nobody is there
    off = set(range(1, 8)) - set(found["weeks"][0]["days"])
    assert all(each.endswith(" 08:00 to 18:00 by up to 2.0") for each in worst)
    assert {int(each[7:9]) for each in worst} == {31 if day == 1 else day - 1 for day in off}


def test_an_open_team_gets_as_many_as_it_takes(log: Path, tmp_path: Path):
    text = ROSTER.partition("[[")[0]
    found = answer("roster", a_roster(tmp_path, log, text))
    assert found["gap"] <= 0.01 and sum(found["short"]) == 0
    assert found["people"] == sum(line["people"] for line in found["lines"])
    assert found["weeks"] == []
    assert " people" in run_pbx("roster", tmp_path / "roster.toml").stdout


def test_a_roster_that_cannot_be_says_why(log: Path, tmp_path: Path):
    assert "No such file" in refused(WRONG, "roster", tmp_path / "nowhere.toml")
    path = a_roster(tmp_path, log, ROSTER.partition("[[")[0].replace('"10:00"', '"12:00"'))
    assert run_pbx("roster", path).returncode == DONE
    path.write_text(path.read_text().replace("08:00", "13:00"))
    assert "nobody's shift reaches" in refused(WRONG, "roster", path)


# ---- all of them ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missing", "words", "said"),
    [
        ("highspy", ["roster", "roster.toml"], "install the extra `roster`"),
        ("matplotlib", ["forecast", "LOG", "--png", "a.png"], "install the extra `reports`"),
    ],
)
def test_a_library_that_is_not_there_is_told_with_its_extra(
    log: Path, tmp_path: Path, missing: str, words: list[str], said: str
):
    program = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "import pbx.service.cli as cli; sys.exit(cli.main())"
    )
    command = [str(log) if word == "LOG" else word for word in words]
    done = subprocess.run(
        [sys.executable, "-c", program, *command],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == FAILED and said in done.stderr


def test_the_running_exchange_imports_none_of_it():
    program = (
        "import sys, pbx.service.process, pbx.service.demo.demo, pbx.service.cli; "
        "print([name for name in ('numpy', 'highspy', 'plotext', 'matplotlib', 'pbx.planning') "
        "if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
