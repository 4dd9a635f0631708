"""The charts of reports as one picture, by matplotlib (the extra `reports`): no display needed."""

from __future__ import annotations

import contextlib
import io
import unicodedata
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as MatplotlibPath

from pbx.reports.report import Language, Report, title_of
from pbx.service.printable import printable
from pbx.service.reporting.drawing import Axis, Drawing, Series, drawing
from pbx.service.reporting.refusals import CannotWrite
from pbx.service.reporting.shown import cut, period

CHARTS_MAX = 12
LEGEND_COLUMNS = 4
TITLE_MAX = 90  # cells
WIDTH_IN, HEIGHT_IN, DPI = 10.0, 4.2, 110
# Any of these has the signs of Chinese; the first one that is installed is taken.
CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",  # the first of a file that has all of them
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Noto Serif CJK SC",
    "Noto Serif CJK JP",
)
NO_FONT = "png: no font with Chinese signs is installed; fix: apt-get install fonts-noto-cjk"
BARS = (("#4878a8", ""), ("#ffffff", "////"), ("#b8c8d8", ""), ("#ffffff", "...."))
LINES = (
    ("#b03020", "-", "o"),
    ("#207040", "--", "s"),
    ("#604090", ":", "^"),
    ("#806000", "-.", "D"),
)
BAR_CODES = (1, 2, 2, 2, 79)  # move, three lines, close
OUTLINED_MAX = 200  # bars; an outline would hide more
MARKS_MAX = 60  # more marks than these would hide their line


def write(reports: Sequence[Report], language: Language) -> bytes:
    """All charts, one below the other. Raises CannotWrite where there is none to draw."""
    drawn = [
        (f"{title_of(report, language)}, {period(report, language)}", each)
        for report in reports
        for each in _drawings(report, language)
    ]
    if not drawn:
        names = ", ".join(report.name for report in reports)
        raise CannotWrite(f"png: {names} has nothing to draw; fix: ask for table, csv or html")
    if len(drawn) > CHARTS_MAX:
        raise CannotWrite(f"png: {len(drawn)} charts, {CHARTS_MAX} are allowed in a picture")
    with matplotlib.rc_context(_settings(drawn, language)):
        return _picture(drawn)


def chinese_font(names: Sequence[str] = CHINESE_FONTS) -> str | None:
    """The first of these fonts that is installed."""
    known = _known_fonts()
    if known.isdisjoint(names):
        _add_new_fonts()
        known = _known_fonts()
    return next((name for name in names if name in known), None)


def _known_fonts() -> set[str]:
    return {font.name for font in font_manager.fontManager.ttflist}


def _add_new_fonts() -> None:
    """Look at the fonts that were installed after matplotlib looked at them all and noted it."""
    known = {font.fname for font in font_manager.fontManager.ttflist}
    for path in sorted({*font_manager.findSystemFonts()} - known):
        with contextlib.suppress(OSError, RuntimeError):  # a file that is no font
            font_manager.fontManager.addfont(path)


def _drawings(report: Report, language: Language) -> list[Drawing]:
    return [drawing(report, chart, language=language) for chart in report.charts if report.rows]


def _settings(
    drawn: Iterable[tuple[str, Drawing]],
    language: Language,
    *,
    fonts: Sequence[str] = CHINESE_FONTS,
) -> Any:
    """Fonts that have the signs of all texts; and a `$` is a `$`, no formula."""
    texts = [text for title, each in drawn for text in (title, *_texts(each))]
    needs_chinese = language == "zh" or any(map(_is_wide, texts))
    font = chinese_font(fonts) if needs_chinese else None
    if needs_chinese and font is None:
        raise CannotWrite(NO_FONT)
    families = ["DejaVu Sans", *([font] if font else [])]
    return {
        "font.family": families,
        "text.parse_math": False,
        "axes.unicode_minus": False,
        "legend.fontsize": 9,
    }


def _texts(drawn: Drawing) -> Iterable[str]:
    yield from (drawn.title, drawn.note, *(text for _, text in drawn.labels))
    yield from (series.title for series in (*drawn.bars, *drawn.lines))


def _is_wide(text: str) -> bool:
    return any(unicodedata.east_asian_width(sign) in "WF" for sign in text)


def _picture(drawn: Sequence[tuple[str, Drawing]]) -> bytes:
    size = (WIDTH_IN, HEIGHT_IN * len(drawn))
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    for number, (title, each) in enumerate(drawn, 1):
        _draw(figure.add_subplot(len(drawn), 1, number), each, title=title)
    out = io.BytesIO()
    with warnings.catch_warnings():  # a sign that no font has is a box, and no news
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        figure.savefig(out, format="png")
    return out.getvalue()


def _draw(axes: Any, drawn: Drawing, *, title: str) -> None:
    legend_rows = -(-len(drawn.bars + drawn.lines) // LEGEND_COLUMNS)
    axes.set_title(cut(printable(title), TITLE_MAX), loc="left", pad=10 + 18 * legend_rows)
    axes.set_xlabel("\n".join(filter(None, (cut(drawn.title, TITLE_MAX), drawn.note))))
    second = axes.twinx() if drawn.right else axes
    marks = [_draw_bars(axes, drawn, number=n) for n in range(len(drawn.bars))]
    marks += [_draw_line(second, series, number=n) for n, series in enumerate(drawn.lines)]
    titles = [cut(series.title, 40) for series in (*drawn.bars, *drawn.lines)]
    axes.legend(
        marks, titles, loc="lower left", bbox_to_anchor=(0, 1), ncols=LEGEND_COLUMNS, frameon=False
    )
    _set_axis(axes, drawn.left)
    if drawn.right:
        _set_axis(second, drawn.right)
    is_long = sum(len(text) for _, text in drawn.labels) > 100
    turned = {"rotation": 30, "ha": "right"} if is_long else {}
    places, names = [place for place, _ in drawn.labels], [name for _, name in drawn.labels]
    axes.set_xticks(places, names, fontsize=9, **turned)
    axes.set_xlim(-0.6, len(drawn.places) - 0.4)
    axes.grid(axis="y", alpha=0.4)
    axes.set_axisbelow(True)


def _draw_bars(axes: Any, drawn: Drawing, *, number: int) -> Any:
    """All bars of a series as one path: thousands of them are drawn in no time."""
    width, corners = 0.8 / len(drawn.bars), []
    for place, value in enumerate(drawn.bars[number].values):
        x, height = place - 0.4 + number * width, value or 0.0
        corners += [(x, 0.0), (x, height), (x + width, height), (x + width, 0.0), (x, 0.0)]
    colour, hatch = BARS[number % len(BARS)]
    outline = 0.6 if len(drawn.places) < OUTLINED_MAX else 0.0
    bars = PathPatch(
        MatplotlibPath(corners, [*BAR_CODES] * len(drawn.places)),
        facecolor=colour, hatch=hatch, edgecolor="#283848", linewidth=outline,
    )  # fmt: skip
    return axes.add_patch(bars)


def _draw_line(axes: Any, series: Series, *, number: int) -> Any:
    """A line, broken where there is no value."""
    values = [float("nan") if value is None else value for value in series.values]
    colour, style, mark = LINES[number % len(LINES)]
    shown = mark if len(values) <= MARKS_MAX else ""
    return axes.plot(
        values, color=colour, linestyle=style, marker=shown, markersize=4, clip_on=False
    )[0]


def _set_axis(axes: Any, axis: Axis) -> None:
    axes.set_ylim(axis.low, axis.high)
    axes.set_yticks([value for value, _ in axis.ticks], [text for _, text in axis.ticks])
