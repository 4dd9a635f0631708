"""Text from outside made harmless before it is written where people and programs read lines."""

from __future__ import annotations

_CONTROL = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0xD800, 0xE000))
_HARMLESS = dict.fromkeys(_CONTROL, " ")


def printable(text: str) -> str:
    """The text with a space for each control character, line separator or lone surrogate."""
    return text if text.isprintable() else text.translate(_HARMLESS)
