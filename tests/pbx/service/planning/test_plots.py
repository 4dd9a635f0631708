"""Plots in the terminal."""

from __future__ import annotations

from pbx.service.planning.plots import Plot, clock_ticks, in_terminal

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


def test_a_plot_without_points_says_so():
    assert "Nothing" in in_terminal(Plot("Nothing", {"none": []}, [], {}))
