"""The colours: ours, ours for a bright room, one of high contrast, and some of Textual's."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="agner",
    primary="#4C9BE8",
    secondary="#5B7083",
    accent="#5AC8C8",
    success="#57B870",
    warning="#E8B84C",
    error="#E8635A",
    background="#10151B",
    surface="#18202A",
    panel="#212C38",
    foreground="#D8E1E8",
    dark=True,
)
LIGHT = Theme(
    name="agner-light",
    primary="#1C62A8",
    secondary="#5B7083",
    accent="#0B6B6B",
    success="#1F7A3A",
    warning="#8A5A00",
    error="#B3261E",
    background="#F7F9FA",
    surface="#E9EEF2",
    panel="#DCE4EA",
    foreground="#17202A",
    dark=False,
)
CONTRAST = Theme(
    name="high-contrast",
    primary="#00FFFF",
    secondary="#FFFFFF",
    accent="#FFFFFF",
    success="#00FF00",
    warning="#FFFF00",
    error="#FF6060",
    background="#000000",
    surface="#000000",
    panel="#202020",
    foreground="#FFFFFF",
    dark=True,
)
OURS = (DARK, LIGHT, CONTRAST)
CYCLE = (*(theme.name for theme in OURS), "nord", "gruvbox", "ansi-dark")
