"""The examples of docs/planning.md, run on a log of four weeks; docs/validation.md's figures."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from datetime import date
from pathlib import Path

import pytest

from benchmarks import plans, validation
from pbx.planning.accuracy import accuracy, measures
from pbx.planning.history import Calendar
from pbx.service.planning.call_counts import read_counts
from tests.documents import Document, reads_like, typed
from tests.pbx.service.planning.logs_of_calls import bank_week
from tests.shared import ROOT, needs
from tests.site import PBX

PLANNING, VALIDATION = Document("planning.md"), Document("validation.md")
RUNS = 5  # of the 40 in the document


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the document is read: the log, and the files that it shows."""
    here = tmp_path_factory.mktemp("planning")
    bank_week(here, weeks=4).rename(here / "calls.csv")
    for kind in ("toml", "text"):
        for block in PLANNING.blocks(kind):
            named = re.match(r"# ([\w.]+)", block)
            assert named, block
            (here / named[1]).write_text(block)
    return here


def prints(line: str, folder: Path) -> str:
    pbx = " ".join(map(shlex.quote, PBX))
    done = subprocess.run(
        ["/bin/sh", "-c", f'pbx() {{ {pbx} "$@"; }}\n{line}'],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def test_what_is_typed_prints_what_is_shown(folder: Path) -> None:
    for block in PLANNING.blocks("console"):
        for each in typed(block):
            real = prints(each.line, folder)
            assert reads_like(each.shown, real), f"$ {each.line}\n{real}"


def test_every_command_of_planning_has_its_example() -> None:
    text = "".join(PLANNING.blocks("console"))
    for command in ("forecast", "staff", "simulate", "roster", "erlang"):
        assert f"$ pbx {command} " in text


def rows(text: str) -> dict[str, list[str]]:
    """The rows of the tables in a text, by their first cell."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    return {row[0]: row[1:] for row in cells if row}


def test_the_figures_of_the_forecast_are_those_of_a_run() -> None:
    history = read_counts(needs("data/bank1999_arrivals_15min_jan_jul.csv"), 900)
    shown = rows(PLANNING.text)
    for name, method in measures(Calendar()).items():
        reached = accuracy(history, method)
        assert shown[name] == [f"{reached.per_interval:.3f}", f"{reached.per_day:.3f}"], name


def test_the_figures_of_the_validation_are_those_of_a_run() -> None:
    needs(validation.LOG)
    lived = validation.validate(RUNS)
    shown = rows(VALIDATION.text)
    assert f"{len(lived)} days, {sum(day.calls for day in lived)} calls" in VALIDATION.text
    for name, made in rows("\n".join(validation.summary(lived))).items():
        if name in shown and name.strip("-"):
            told = [float(cell) for cell in shown[name]]
            assert [float(cell) for cell in made] == pytest.approx(told, abs=0.02), name
    for hour, _, real, made_level in validation.by_hours(lived):
        told = [float(cell) for cell in shown[f"{hour:02}"][1:]]
        assert told[0] == pytest.approx(real, abs=0.0006)
        assert told[1] == pytest.approx(made_level, abs=0.03)


def test_the_plans_of_the_first_week_hold_but_for_the_holiday_that_is_named() -> None:
    needs(validation.LOG)
    days = plans.judge(runs=40, weeks_max=1)
    assert len(days) == 7
    for name in plans.FIGURES:
        outside = [day.day for day in days if not plans.holds(day, name)]
        assert outside == [date(1999, 4, 6)], name
    assert "(6 April: two calls)" in VALIDATION.text


def test_the_weekday_s_past_range_is_the_one_shown() -> None:
    needs(validation.LOG)
    shown = rows(VALIDATION.text)
    for name in plans.FIGURES:
        width, inside = plans.usual_width(name)
        row = shown[f"planned {name.replace('_', ' ')}"]
        assert row[2:] == [f"{inside} of 60", f"{width:.3f}"]
        assert float(row[1]) < width
