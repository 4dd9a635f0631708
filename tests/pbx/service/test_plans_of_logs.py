"""Plans as processes: weeks that a log lacks, `--as-of` beside what came, agents told or away."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pbx.service.exit_codes import DONE, WRONG
from tests.pbx.service.planning.logs_of_calls import MONDAY, bank_log, bank_row
from tests.site import run_pbx

WEEKS = 6
AS_OF = str(MONDAY + timedelta(7 * (WEEKS - 1)))


def day_of_calls(number: int) -> list[str]:
    """Twelve calls an hour from 8:00 to 18:00, by two agents in turn; every tenth
    hangs up after 60 s. On the day after `AS_OF` every second one."""
    rows = []
    gone: dict[str, object] = {"outcome": "HANG", "wait": 60, "talk": 0, "agent": ""}
    every = 2 if number == 7 * (WEEKS - 1) + 1 else 10
    for call in range(120):
        ends: dict[str, object] = {"agent": f"A00{call % 2}"} if call % every else gone
        rows.append(bank_row(MONDAY + timedelta(number), 28_800 + call * 300, **ends))
    return rows


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six weeks, every day alike but one."""
    days = [day_of_calls(number) for number in range(7 * WEEKS)]
    return bank_log(tmp_path_factory.mktemp("plans"), [row for day in days for row in day])


def counts(folder: Path, days: int, *, without: range = range(0), calls: int = 1) -> Path:
    """A file of counts, so many calls in each half hour from 8:00 to 18:00."""
    heads = ",".join(f"q{n:02}" for n in range(48))
    open_day = [calls if 16 <= n < 36 else 0 for n in range(48)]
    rows = [
        f"{MONDAY + timedelta(n)},{','.join(map(str, [0] * 48 if n in without else open_day))}"
        for n in range(days)
    ]
    path = folder / "counts.csv"
    path.write_text("\n".join([f"date,{heads}", *rows]) + "\n")
    return path


def answer(*words: str | Path) -> Any:
    done = run_pbx(*words, "--json", timeout_s=120)
    assert done.returncode == DONE, done.stderr
    return json.loads(done.stdout)


def refused(*words: str | Path) -> str:
    done = run_pbx(*words)
    assert (done.returncode, done.stdout) == (WRONG, ""), done.stderr
    return done.stderr


# ---- what a log does not have --------------------------------------------------------------------


def test_weeks_that_a_log_lacks_are_named_and_left_out(tmp_path: Path):
    path = counts(tmp_path, 63, without=range(21, 36), calls=6)
    done = run_pbx("forecast", path)
    assert done.stderr == "no calls from 2026-08-24 to 2026-09-07: missing, left out\n"
    assert "without 2026-08-24 to 2026-09-07" in done.stdout
    assert "eight days of ten: 1.00 to 1.00 times" in done.stdout
    found = answer("forecast", path)
    assert found["log"]["missing"] == [["2026-08-24", "2026-09-07"]]
    assert [day["calls"] for day in found["days"]] == [pytest.approx(120, rel=0.01)] * 7


def test_counts_have_no_queues(tmp_path: Path):
    path = counts(tmp_path, 14)
    for command in (("forecast",), ("simulate", "--aht", "180"), ("staff", "--aht", "180")):
        assert "does not have queues: no --queue" in refused(*command, path, "--queue", "sales")


def test_more_days_than_fit_stand_below_each_other(tmp_path: Path):
    path = counts(tmp_path, 28)
    done = run_pbx("forecast", path, "--days", "31")
    heads = [line for line in done.stdout.splitlines() if line.startswith("from  ")]
    shown = [re.split(r"\s{2,}", head.strip())[1:] for head in heads]
    assert [len(head) for head in shown] == [14, 14, 3]
    assert len({day for head in shown for day in head}) == 31
    assert len(re.findall(r"^all ", done.stdout, re.MULTILINE)) == 3
    staffed = run_pbx("staff", path, "--days", "15", "--aht", "180").stdout
    assert len(re.findall(r"^hours ", staffed, re.MULTILINE)) == 2
    assert "Mon 09-14" in staffed


# ---- as if it were then --------------------------------------------------------------------------


def test_a_forecast_as_of_a_day_has_what_came_beside_it(log: Path, tmp_path: Path):
    found = answer("forecast", log, "--as-of", AS_OF, "--days", "8")
    assert found["log"]["last"] == str(MONDAY + timedelta(34))
    assert [day["came"] for day in found["days"]] == [120] * 7 + [None]
    rows = bank_log(tmp_path, [row for n in range(35) for row in day_of_calls(n)])
    alone = answer("forecast", rows, "--days", "8")
    assert [day["counts"] for day in found["days"]] == [day["counts"] for day in alone["days"]]
    shown = run_pbx("forecast", log, "--as-of", AS_OF, "--days", "2").stdout
    assert re.search(r"^came +120 +120$", shown, re.MULTILINE)


def test_counts_as_of_a_day_have_what_came_too(tmp_path: Path):
    path = counts(tmp_path, 30)
    found = answer("forecast", path, "--as-of", str(MONDAY + timedelta(28)), "--days", "3")
    assert [day["came"] for day in found["days"]] == [20, 20, None]
    assert "not before 2026-08-03" in refused("forecast", path, "--as-of", str(MONDAY))


def test_a_day_lived_as_of_then_has_what_it_reached_beside_it(log: Path):
    day = str(MONDAY + timedelta(36))
    words = ("simulate", log, "--as-of", AS_OF, "--day", day, "--agents", "log", "--runs", "10")
    found = answer(*words)
    assert found["came"] == {
        "offered": 120, "service_level": pytest.approx(0.5), "abandoned_share": pytest.approx(0.5),
    }  # fmt: skip
    assert 1.5 < max(found["agents"]) <= 2  # away while one waited who then hung up
    assert "bands by" in found["bands_by"] and "days of the log" in found["bands_by"]
    assert found["spread"] < 0.13  # that the log tells: all days are alike
    low, high = (found["abandoned_share"][name] for name in ("low", "high"))
    assert low < 0.1 < high < 0.4  # as the days before had, not as the one that came


def test_agents_of_a_day_are_judged_by_what_it_reached(log: Path):
    day = str(MONDAY + timedelta(36))
    found = answer("staff", log, "--as-of", AS_OF, "--day", day, "--agents", "1")["days"][0]
    assert sum(found["came"]) == 120 and found["reached"]["abandoned_share"] == pytest.approx(0.5)
    assert found["agents"][16:36] == [1] * 20
    shown = run_pbx("staff", log, "--as-of", AS_OF, "--day", day).stdout
    assert re.split(r"\s{2,}", shown.splitlines()[0])[-1] == "came"
    assert "Erlang A" in shown and "of the log" in shown


# ---- whose agents, and when ----------------------------------------------------------------------


def test_staff_and_simulate_take_the_same_agents(log: Path, tmp_path: Path):
    listed = ",".join(["1", "2"] * 10)
    cover = [0.0] * 16 + [3.0] * 20 + [0.0] * 12
    week = {"first": str(MONDAY + timedelta(42)), "cover": cover * 7, "interval_s": 1800}
    (tmp_path / "week.json").write_text(json.dumps(week))
    day = str(MONDAY + timedelta(42))
    for told, wanted in ((listed, [1, 2] * 10), (str(tmp_path / "week.json"), [3] * 20)):
        words = (log, "--day", day, "--agents", told)
        staffed = answer("staff", *words)["days"][0]["agents"]
        lived = answer("simulate", *words, "--runs", "2", "--spread", "0")["agents"]
        assert staffed[16:36] == lived[16:36] == wanted


def test_a_change_within_an_interval_is_there_for_that_part_of_it(tmp_path: Path):
    words = ("simulate", "--calls", "60", "--per", "30m", "--aht", "180", "--hours", "2",
             "--agents", "6", "--spread", "0", "--runs", "60", "--change", "4")  # fmt: skip
    gains = [
        answer(*words, "--from", "00:30", "--until", until)["gain"]["occupancy"]["mean"]
        for until in ("00:45", "01:00")
    ]
    assert gains[1] < gains[0] < 0


def test_nobody_is_expected_outside_the_opening_hours(log: Path, tmp_path: Path):
    config = tmp_path / "pbx.toml"
    config.write_text('[hours.office]\nopen = ["mon-fri 09:30-12:15"]\n')
    found = answer("forecast", log, "--config", config, "--interval", "60m")["days"]
    monday = [round(each, 1) for each in found[0]["counts"]]
    assert monday[8:14] == [0, 6, 12, 12, 3, 0]
    assert found[5]["calls"] == found[6]["calls"] == 0


def test_a_roster_in_which_some_are_away_takes_more_people(tmp_path: Path):
    path, need = tmp_path / "roster.toml", ([0] * 8 + [1] * 8 + [0] * 8) * 7
    shift = '[shift.day]\nkind = "day"\nstart = ["08:00"]\nhours = 8\n'
    path.write_text(
        f"shrinkage = 0.5\ninterval_min = 60\nneed = {need}\n{shift}"
        '[team.red]\nhours = 40\nshifts = ["day"]\n'
    )
    found = answer("roster", path)
    assert found["shrinkage"] == 0.5 and found["people"] == 3  # 2 of them on each of 7 days
    assert found["need"] == need and sum(found["short"]) == 0
    said = run_pbx("roster", path).stdout
    assert "50% of those rostered are on holiday or ill; the rest cover" in said
