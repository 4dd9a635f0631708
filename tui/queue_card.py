"""A queue on the wallboard: few big figures, its agents as letters, its day.

 sales 销售                    80% in 20s
 WAITING   LONGEST           SL
 ####      ####  ####        ###…            <- big where there is room, a line where not
 RRCCCCWP                                    <- an agent a letter: ready, call, wrap-up, pause
 ready 2  call 4  wrap 1  paused 1
 offered 120  answered 110  abandoned 4 (3%)
"""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui import big_digits
from tui.fields import Row, count, number, part, rows
from tui.marks import (
    ABANDONED,
    COLOURS,
    ENOUGH,
    LEVEL_BELOW,
    LONGEST_S,
    SIGNS,
    STATES,
    Cell,
    Mark,
    above,
    below,
    state_mark,
    state_word,
)  # fmt: skip
from tui.text import clean, duration, fit, percent, width_of
from tui.words import Words

PAINT: dict[Mark, str] = {
    "": "$foreground",
    "good": "$success",
    "info": "$primary",
    "note": "$warning",
    "dim": "$foreground-muted",
    "warn": "$warning",
    "bad": "$error",
}
STATE_WORDS = {  # in a sentence
    "ready": "ready", "offered": "offer", "talking": "call", "busy": "busy", "wrap_up": "wrap",
    "paused": "paused", "unreachable": "lost", "logged_out": "logged out",
}  # fmt: skip
BIG_WIDTH, BIG_LINES, SMALL_LINES = 52, 11, 6
GAP_MAX = 5  # cells between large figures, where there is room
BIG = ("waiting", "longest", "level")  # all of them large, or none
PLACES = {"waiting": 10, "longest": 16, "level": 14, "ready": 9, "abandoned": 9}  # cells at least
TITLES = {
    "waiting": "WAITING", "longest": "LONGEST", "level": "SL", "ready": "READY",
    "abandoned": "ABN",
}  # fmt: skip
UNATTENDED_S = 10  # somebody has been waiting for so long, and nobody is ready
TILE = 4  # cells of an agent's letter where there is room


def longest_s(queue: Row, now: float) -> float:
    """How long the first caller has been waiting, by the clock of the moment."""
    since = [at for row in rows(queue, "waiting") if (at := number(row, "since")) is not None]
    return max(0.0, now - min(since)) if since else 0.0


def figures(queue: Row, now: float) -> dict[str, Cell]:
    """The marked figures of a queue: waiting, longest, level, ready, abandoned."""
    waiting, longest = len(rows(queue, "waiting")), longest_s(queue, now)
    ready = count(part(queue, "agents"), "ready")
    is_left = longest >= UNATTENDED_S and not ready
    level, target = number(queue, "service_level"), number(queue, "target") or 0.8
    lost = number(queue, "abandon_rate")
    is_enough = count(queue, "offered") >= ENOUGH
    return {
        "waiting": Cell(str(waiting), "bad" if is_left else ""),
        "longest": Cell(duration(longest), above(longest, LONGEST_S)),
        "level": Cell(percent(level), _level_mark(level, target) if is_enough else ""),
        "ready": Cell(str(ready), "good" if ready else ""),
        "abandoned": Cell(percent(lost), above(lost, ABANDONED) if is_enough else ""),
    }


def _level_mark(level: float | None, target: float) -> Mark:
    return below(level, (target, target - LEVEL_BELOW)) or ("" if level is None else "good")


class QueueCard(Static, can_focus=True):
    """One queue; enter opens its callers."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", "callers")]
    DEFAULT_CSS = """
    QueueCard { height: auto; background: $surface; padding: 0 1; }
    QueueCard:focus { background: $primary 25%; }
    """

    class Opened(Message):
        """Enter or a click on a card."""

        def __init__(self, queue: str) -> None:
            super().__init__()
            self.queue = queue

    def __init__(self, queue: str) -> None:
        super().__init__()
        self.queue = queue
        self._row: Row = {}
        self._words = Words()
        self._is_big = False
        self._now = 0.0
        self._drawn: list[Content] = []

    def show(self, row: Row, now: float, words: Words, *, is_big: bool) -> None:
        """Draw a queue's row."""
        self._row, self._words, self._is_big = row, words, is_big
        self.tick(now)

    def tick(self, now: float) -> None:
        """Draw it as of now, if that looks different."""
        self._now = now
        lines = self._lines(now)
        if lines != self._drawn:
            self._drawn = lines
            self.update(Content("\n").join(lines))

    def action_open(self) -> None:
        """Open the queue's callers."""
        self.post_message(self.Opened(self.queue))

    def on_resize(self) -> None:
        """There is more room, or less."""
        self.tick(self._now)

    def on_click(self) -> None:
        """As enter."""
        self.action_open()

    def _lines(self, now: float) -> list[Content]:
        cells = figures(self._row, now)
        big = self._big(cells) if self._is_big else []
        return [
            self._head(),
            *(big or self._small(cells)),
            Content(""),
            self._letters(),
            self._states(),
            self._day(cells["abandoned"]),
        ]

    def _head(self) -> Content:
        target, within = number(self._row, "target"), number(self._row, "within_s")
        told = f"{percent(target)} / {within:g}s" if target and within is not None else ""
        width = max(1, self.content_size.width - len(told) - 1)
        name = fit(clean(self.queue), width)
        return Content.assemble((name, "bold $text-accent"), " ", (told, COLOURS["dim"]))

    def _big(self, cells: dict[str, Cell]) -> list[Content]:
        """Titles, with the signs of marks, over large figures; nothing where they do not fit."""
        if not all(big_digits.is_drawable(cell.text) for cell in cells.values()):
            return []
        widths = self._widths(cells)
        if len(widths) < len(BIG):
            return []
        spare = self.content_size.width - sum(widths.values())
        gap = min(spare // len(widths), GAP_MAX)
        titles: list[tuple[str, str]] = []
        lines = [Content("")] * big_digits.HEIGHT
        for name, width in widths.items():
            cell = cells[name]
            titles.append((fit(self._title(name, cell), width + gap), COLOURS[cell.mark or "dim"]))
            for line, row in enumerate(big_digits.rows(cell.text)):
                lines[line] += big_digits.painted(fit(row, width + gap), PAINT[cell.mark])
        return [Content.assemble(*titles), *lines]

    def _widths(self, cells: dict[str, Cell]) -> dict[str, int]:
        """The large figures that fit beside each other, and how wide each is drawn."""
        widths: dict[str, int] = {}
        left = self.content_size.width
        for name, least in PLACES.items():
            title = width_of(self._title(name, cells[name]))
            width = max(least, big_digits.width_of(cells[name].text), title) + 1
            left -= width
            if left < 0:
                break
            widths[name] = width
        return widths

    def _title(self, name: str, cell: Cell) -> str:
        return f"{self._words.say(TITLES[name])} {SIGNS.get(cell.mark, '')}"

    def _small(self, cells: dict[str, Cell]) -> list[Content]:
        """The same in one line."""
        parts: list[Content | tuple[str, str] | str] = []
        for name in BIG:
            cell = cells[name]
            title, style = self._words.say(TITLES[name]), f"bold {COLOURS[cell.mark]}"
            parts += [(f"{title} ", COLOURS["dim"]), (cell.shown, style), "  "]
        return [Content.assemble(*parts)]

    def _letters(self) -> Content:
        """An agent a letter, in the order of the states."""
        states = part(self._row, "agents")
        inside = sum(count(states, state) for state in states if state != "logged_out")
        is_wide = inside * TILE <= self.content_size.width
        parts: list[tuple[str, str] | str] = []
        for state in sorted(states, key=_place):
            letter = clean(state_word(state))[:1]
            style = f"bold $background on {PAINT[state_mark(state)]}"
            if state != "logged_out" and is_wide:
                parts += [(f" {letter} ", style), " "] * count(states, state)
            elif state != "logged_out":
                parts.append((letter * count(states, state), style))
        return Content.assemble(*parts)

    def _states(self) -> Content:
        states = part(self._row, "agents")
        told = [
            f"{self._words.say(STATE_WORDS.get(state, clean(state)))} {count(states, state)}"
            for state in sorted(states, key=_place)
            if count(states, state)
        ]
        return Content("  ".join(told) or self._words.say("no agents"))

    def _day(self, lost: Cell) -> Content:
        say = self._words.say
        names = ("offered", "answered", "abandoned")
        told = "  ".join(f"{say(name)} {count(self._row, name)}" for name in names)
        style = COLOURS[lost.mark or "dim"]
        return Content.assemble((f"{told} ", COLOURS["dim"]), (f"({lost.shown})", style))


def _place(state: str) -> int:
    """The place of a state in the row of letters; unknown ones last."""
    return list(STATES).index(state) if state in STATES else len(STATES)
