"""Text as a terminal's cells: cleaned of what would move the cursor, cut and padded by width.

A Chinese sign takes two cells. Nothing here draws a sign whose width terminals disagree about.
"""

from __future__ import annotations

from typing import Literal

from rich.cells import cell_len, set_cell_size

CUT = "~"  # at the end of a text that did not fit
DAY_S, HOUR_S = 86_400, 3_600

Align = Literal["left", "right"]


def clean(value: object) -> str:
    """A value as one line of printable text; None is nothing."""
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(sign for sign in map(_printable, text) if sign)


def _printable(sign: str) -> str:
    """A sign, a blank for any kind of space, nothing for a control sign."""
    if sign.isprintable():
        return sign
    return " " if sign.isspace() else ""


def width_of(text: str) -> int:
    """How many cells a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, width: int, *, align: Align = "left") -> str:
    """A text that takes exactly `width` cells."""
    missing = width - width_of(text)
    if missing < 0:
        return set_cell_size(text, width - 1) + CUT if width > 0 else ""
    return " " * missing + text if align == "right" else text + " " * missing


def duration(seconds: float, *, is_slow: bool = False) -> str:
    """3:40, 1:02:15, 2d 03h; by the minute for a slow line."""
    whole = max(0, int(seconds))
    if whole >= DAY_S:
        return f"{whole // DAY_S}d {whole % DAY_S // HOUR_S:02}h"
    if is_slow:
        return f"{whole // 60}m"
    if whole >= HOUR_S:
        return f"{whole // HOUR_S}:{whole % HOUR_S // 60:02}:{whole % 60:02}"
    return f"{whole // 60}:{whole % 60:02}"


def age(seconds: float) -> str:
    """How old something is: 0.2s, 12s, 3:40."""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f}s"
    return f"{int(seconds)}s" if seconds < 60 else duration(seconds)


def percent(share: float | None) -> str:
    """A share of one as a whole percentage; `-` for none."""
    return "-" if share is None else f"{share * 100:.0f}%"
