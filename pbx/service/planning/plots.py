"""A figure with lines, and its drawing in the terminal; `figure_files.py` draws it into a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import plotext

WIDTH, HEIGHT = 100, 22


class Plot(NamedTuple):
    """`lines`: a name and a value for each of `places`; `ticks`: place -> text below it."""

    title: str
    lines: Mapping[str, Sequence[float]]
    places: Sequence[float]
    ticks: Mapping[float, str]
    about: tuple[str, str] = ("", "")  # below the axis, beside it


def in_terminal(plot: Plot, width: int = WIDTH) -> str:
    """The figure as lines of text without colour."""
    if not plot.places:
        return f"{plot.title}: nothing to draw"
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plot_size(min(width, WIDTH), HEIGHT)
    for name, values in plot.lines.items():
        plotext.plot(list(plot.places), [float(value) for value in values], label=name)
    plotext.title(plot.title)
    plotext.xlabel(plot.about[0])
    plotext.ylabel(plot.about[1])
    plotext.xticks(list(plot.ticks), list(plot.ticks.values()))
    drawn = plotext.uncolorize(plotext.build())
    return "\n".join(line.rstrip() for line in str(drawn).splitlines())


def clock_ticks(intervals: int, every_h: int = 3) -> dict[float, str]:
    """Ticks of a day of so many intervals, by the hour."""
    per_hour = intervals / 24
    return {hour * per_hour: f"{hour:02}" for hour in range(0, 24, every_h)}
