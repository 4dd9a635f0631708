"""A number large enough to be read across a room: cells painted in a colour, five lines high.

Each painted cell holds a `#` of the cell's own colour, for terminals without colours.
"""

from __future__ import annotations

from textual.content import Content

HEIGHT = 5
INK, PAPER = "#", "."
SIGNS = {
    "0": ("####", "#..#", "#..#", "#..#", "####"),
    "1": ("..#.", ".##.", "..#.", "..#.", ".###"),
    "2": ("####", "...#", "####", "#...", "####"),
    "3": ("####", "...#", ".###", "...#", "####"),
    "4": ("#..#", "#..#", "####", "...#", "...#"),
    "5": ("####", "#...", "####", "...#", "####"),
    "6": ("####", "#...", "####", "#..#", "####"),
    "7": ("####", "...#", "..#.", ".#..", ".#.."),
    "8": ("####", "#..#", "####", "#..#", "####"),
    "9": ("####", "#..#", "####", "...#", "####"),
    ":": (".", "#", ".", "#", "."),
    "%": ("#..#", "..#.", ".##.", ".#..", "#..#"),
    "-": ("....", "....", "####", "....", "...."),
    "!": ("#", "#", "#", ".", "#"),
    " ": ("..", "..", "..", "..", ".."),
}


def is_drawable(text: str) -> bool:
    """Whether all signs of a text can be drawn large."""
    return all(sign in SIGNS for sign in text)


def width_of(text: str) -> int:
    """How many cells a text takes when it is drawn large."""
    return sum(len(SIGNS[sign][0]) for sign in text) + max(0, len(text) - 1)


def rows(text: str) -> list[str]:
    """The five lines of a text, `#` where they are painted."""
    return [PAPER.join(SIGNS[sign][line] for sign in text) for line in range(HEIGHT)]


def painted(row: str, colour: str) -> Content:
    """One line of `rows` in a colour."""
    style = f"{colour} on {colour}"
    return Content.assemble(*((INK, style) if cell == INK else " " for cell in row))
