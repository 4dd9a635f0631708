"""Figures as PNG or SVG files, by matplotlib (the extra `reports`): no window, no display."""

from __future__ import annotations

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pbx.service.planning.plots import Plot


def save(plot: Plot, path: Path) -> None:
    """Draw it into a file; the kind is by its suffix, PNG where it has none."""
    figure = Figure(figsize=(10, 5), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for name, values in plot.lines.items():
        axes.plot(list(plot.places), [float(value) for value in values], label=name)
    axes.set_title(plot.title)
    axes.set_xlabel(plot.about[0])
    axes.set_ylabel(plot.about[1])
    axes.set_xticks(list(plot.ticks), list(plot.ticks.values()))
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, format=path.suffix.lstrip(".") or "png")
