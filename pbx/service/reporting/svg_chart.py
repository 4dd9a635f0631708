"""A chart as SVG to stand in a page: no script, no font and no file from elsewhere.

Bars are told apart by their grey and their hatching, lines by their dashes and marks, so that a
printer without colours shows the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from pbx.service.reporting.drawing import Axis, Drawing, Series
from pbx.service.text_table import cells

WIDTH, HEIGHT = 960, 340
LEFT, RIGHT, TOP, BOTTOM = 70, 890, 46, 270  # of the field
SIGN = 7.0  # a cell of text is about so wide
MARKS_MAX = 60  # more marks than these would hide their line
BARS = ("#4878a8", "url(#hatched)", "#b8c8d8", "url(#dotted)", "#283848", "url(#crossed)")
LINES = ("#b03020", "#207040", "#604090", "#806000")
DASHES = ("", "7 4", "2 3", "9 3 2 3")
PATTERNS = (
    '<defs><pattern id="hatched" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="#fff"/><path d="M0 6L6 0" stroke="#4878a8" '
    'stroke-width="1.6"/></pattern><pattern id="dotted" width="5" height="5" '
    'patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="#fff"/>'
    '<circle cx="2.5" cy="2.5" r="1.3" fill="#283848"/></pattern>'
    '<pattern id="crossed" width="7" height="7" patternUnits="userSpaceOnUse">'
    '<rect width="7" height="7" fill="#fff"/><path d="M0 0L7 7M0 7L7 0" stroke="#283848"/>'
    "</pattern></defs>"
)


def svg(drawn: Drawing, title: str) -> str:
    """The chart as an `svg` element, its parts in the order in which they lie on each other."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>{PATTERNS}",
        *_grid(drawn.left, drawn.right),
        *_bars(drawn),
        *_lines(drawn),
        *_labels(drawn),
        *_legend(drawn),
        "</svg>",
    ]
    return "\n".join(parts)


def _text(x: float, y: float, *, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _height(axis: Axis, value: float) -> float:
    return BOTTOM - axis.part(value) * (BOTTOM - TOP)


def _middle(place: int, places: Sequence[str]) -> float:
    return LEFT + (RIGHT - LEFT) * (place + 0.5) / len(places)


def _grid(left: Axis, right: Axis | None) -> Iterator[str]:
    for value, text in left.ticks:
        y = _height(left, value)
        yield f'<path d="M{LEFT} {y:.1f}H{RIGHT}" stroke="#d0d0d0"/>'
        yield _text(LEFT - 6, y + 4, text=text, anchor="end")
    for value, text in right.ticks if right else ():
        yield _text(RIGHT + 6, _height(right or left, value) + 4, text=text, anchor="start")
    yield f'<path d="M{LEFT} {_height(left, 0):.1f}H{RIGHT}" stroke="#404040"/>'


def _bars(drawn: Drawing) -> Iterator[str]:
    """Bars beside each other, a group a place."""
    if not drawn.places or not drawn.bars:
        return
    group = (RIGHT - LEFT) / len(drawn.places) * 0.8
    width, zero = group / len(drawn.bars), _height(drawn.left, 0)
    for number, series in enumerate(drawn.bars):
        path = []
        for place, value in enumerate(series.values):
            if value is not None:
                x = _middle(place, drawn.places) - group / 2 + number * width
                path.append(f"M{x:.1f} {zero:.1f}h{width:.2f}V{_height(drawn.left, value):.1f}")
                path.append(f"h-{width:.2f}z")
        outline = ' stroke="#283848" stroke-width="0.6"' if width > 3 else ""
        yield f'<path d="{"".join(path)}" fill="{BARS[number % len(BARS)]}"{outline}/>'


def _lines(drawn: Drawing) -> Iterator[str]:
    """Lines, broken where there is no value."""
    axis = drawn.right or drawn.left
    for number, series in enumerate(drawn.lines):
        path, marks, is_down = [], [], False
        for place, value in enumerate(series.values):
            if value is None:
                is_down = False
                continue
            x, y = _middle(place, drawn.places), _height(axis, value)
            path.append(f"{'L' if is_down else 'M'}{x:.1f} {y:.1f}")
            marks.append(_mark(number, x, y=y))
            is_down = True
        yield f'<path d="{"".join(path)}" fill="none" {_stroke(number)}/>'
        yield from marks if len(drawn.places) <= MARKS_MAX else marks if len(marks) == 1 else ()


def _stroke(number: int) -> str:
    dashes = DASHES[number % len(DASHES)]
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'stroke="{LINES[number % len(LINES)]}" stroke-width="2"{dashed}'


def _mark(number: int, x: float, *, y: float) -> str:
    """A disc or a square, so that lines can be told apart without colours."""
    fill = f'fill="{LINES[number % len(LINES)]}"'
    if number % 2:
        return f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6" {fill}/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" {fill}/>'


def _labels(drawn: Drawing) -> Iterator[str]:
    """Names below their places, on a slant where they are many or long."""
    room = (RIGHT - LEFT) / max(1, len(drawn.labels)) / SIGN
    is_tight = any(cells(text) + 1 > room for _, text in drawn.labels)
    for place, text in drawn.labels:
        x, y = _middle(place, drawn.places), BOTTOM + 16
        if is_tight:
            turned = _text(0, 0, text=text, anchor="end")
            yield f'<g transform="translate({x:.1f} {y - 4}) rotate(-30)">{turned}</g>'
        else:
            yield _text(x, y, text=text)


def _legend(drawn: Drawing) -> Iterator[str]:
    """What each bar and line is, in a line above the field."""
    x = float(LEFT)
    for number, series in enumerate(drawn.bars):
        yield f'<rect x="{x:.0f}" y="12" width="14" height="12" stroke="#283848" '
        yield f'stroke-width="0.6" fill="{BARS[number % len(BARS)]}"/>'
        yield _text(x + 20, 23, text=series.title, anchor="start")
        x += _legend_width(series)
    for number, series in enumerate(drawn.lines):
        yield f'<path d="M{x:.0f} 18h28" fill="none" {_stroke(number)}/>'
        yield _mark(number, x + 14, y=18)
        yield _text(x + 34, 23, text=series.title, anchor="start")
        x += _legend_width(series) + 14


def _legend_width(series: Series) -> float:
    return 44 + cells(series.title) * SIGN
