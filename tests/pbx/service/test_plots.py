"""Plots in the terminal and as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbx.service.plots import Plot, clock_ticks, in_terminal, into_png

DAY = Plot(
    "Calls on Monday",
    {"came": [float(n % 24) for n in range(48)], "expected": [12.0] * 48},
    list(range(48)),
    clock_ticks(48),
    ("hour", "calls"),
)


def test_a_plot_in_the_terminal_has_its_title_ticks_and_no_colour():
    lines = in_terminal(DAY).splitlines()
    assert "Calls on Monday" in lines[0] and len(lines) == 22
    assert all(tick in lines[-2] for tick in ("00", "12", "21"))
    assert "\033" not in "".join(lines) and max(map(len, lines)) <= 100
    assert max(map(len, in_terminal(DAY, 60).splitlines())) <= 60


def test_one_plot_does_not_show_in_the_next():
    in_terminal(DAY)
    other = Plot("None", {"zero": [0.0, 0.0]}, [0, 1], {0.0: "0"})
    assert "came" not in in_terminal(other)


@pytest.mark.parametrize(("name", "start"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml")])
def test_a_plot_as_a_file_is_of_its_suffix(tmp_path: Path, name: str, start: bytes):
    into_png(DAY, tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_a_plot_without_points_is_drawn_empty(tmp_path: Path):
    empty = Plot("Nothing", {"none": []}, [], {})
    assert "Nothing" in in_terminal(empty)
    into_png(empty, tmp_path / "a.png")
    with pytest.raises(ValueError, match="not supported"):
        into_png(empty, tmp_path / "a.xyz")
