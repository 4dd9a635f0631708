"""What is marked and from which value on: a word for the colour, and a sign for who sees none.

A figure at its second limit is red with `!!`, at its first amber with `!`. The limits are those
of the supervisor's guide; the target of a service level comes from the queue's own settings.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Mark = Literal["", "good", "info", "note", "dim", "warn", "bad"]

SIGNS: dict[Mark, str] = {"warn": "!", "bad": "!!"}
COLOURS: dict[Mark, str] = {
    "": "$foreground",
    "good": "$text-success",
    "info": "$text-primary",
    "note": "$text-warning",
    "dim": "$foreground-muted",
    "warn": "$text-warning",
    "bad": "$text-error",
}
STATES: dict[str, tuple[str, Mark]] = {  # an agent's state: its word on screen, its mark
    "ready": ("READY", "good"),
    "offered": ("OFFER", "info"),
    "talking": ("CALL", "info"),
    "busy": ("BUSY", "info"),
    "wrap_up": ("WRAP", "note"),
    "paused": ("PAUSE", "dim"),
    "unreachable": ("LOST", "bad"),
    "logged_out": ("OUT", "dim"),
}

LONGEST_S = (60.0, 120.0)
ABANDONED = (0.05, 0.10)
WRAP_UP_S = (120.0, 300.0)
CHANNELS = (0.80, 0.95)
LOSS = (0.02, 0.05)
MOS = (3.6, 3.1)
AGE_S = (8.0, 15.0)
LEVEL_BELOW = 0.10  # of the service level: red where it is this far below its target
ENOUGH = 10  # entries from which on a ratio is marked


class Cell(NamedTuple):
    """What stands in a place, and its mark."""

    text: str
    mark: Mark = ""

    @property
    def shown(self) -> str:
        """The text with its sign."""
        sign = SIGNS.get(self.mark, "")
        return f"{self.text} {sign}" if sign and self.text else self.text


def above(value: float | None, limits: tuple[float, float]) -> Mark:
    """The mark of a value that should be low: from each limit on."""
    if value is None or value < limits[0]:
        return ""
    return "warn" if value < limits[1] else "bad"


def below(value: float | None, limits: tuple[float, float]) -> Mark:
    """The mark of a value that should be high: below each limit."""
    if value is None or value >= limits[0]:
        return ""
    return "warn" if value >= limits[1] else "bad"


def state_word(state: str) -> str:
    """The short word of an agent's state; an unknown one in capitals."""
    return STATES[state][0] if state in STATES else state.upper()


def state_mark(state: str) -> Mark:
    """The mark of an agent's state."""
    return STATES[state][1] if state in STATES else ""
