"""The plots of the planning commands: below the table, and as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbx.service.exit_codes import DONE
from tests.pbx.service.planning.logs_of_calls import bank_days
from tests.site import run_pbx


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four weeks: 12 calls an hour from 8:00 to 18:00, 180 s each."""
    return bank_days(tmp_path_factory.mktemp("plots"), 28)


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (["forecast", "--days", "2"], ["Mon 08-31", "Tue 09-01"]),
        (["forecast", "--today", "10:00"], ["forecast", "now expected"]),
        (["staff", "--days", "2"], ["Mon 08-31", "Tue 09-01"]),
        (["staff", "--day", "2026-08-31"], ["agents", "erlangs"]),
        (["staff", "--erlangs", "10", "--aht", "180", "--pairs"], ["service level", "occupancy"]),
        (["staff", "--recipe", "--day", "2026-08-31"], ["perfect world", "productivity", "Erlang"]),
    ],
)
def test_a_plot_names_each_of_its_lines(log: Path, words: list[str], lines: list[str]):
    done = run_pbx(words[0], log, *words[1:], "--plot")
    assert (done.returncode, done.stderr) == (DONE, "")
    drawn = done.stdout[done.stdout.index("\u250c") :]
    assert [name for name in lines if name not in drawn] == []


def test_plots_come_below_the_table_and_into_files(log: Path, tmp_path: Path):
    png = tmp_path / "a.png"
    done = run_pbx("forecast", log, "--plot", "--png", png)
    assert done.returncode == DONE and "Calls expected" in done.stdout
    assert png.read_bytes().startswith(b"\x89PNG")
    assert "nowhere" in run_pbx("forecast", log, "--png", tmp_path / "nowhere/a.png").stderr
