"""A queue on the wallboard: few big figures, its agents as letters, its day.

 sales 销售                    80% in 20s
 WAITING   LONGEST           SL
 ####      ####  ####        ###…            <- big where there is room, a line where not
 RRCCCCWB                                    <- an agent a letter: ready, call, wrap-up, break
 ready 2  call 4  wrap 1  break 1
 offered 120  answered 110  abandoned 4 3%
"""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui import big_digits
from tui.fields import Row, count, number, part, rows, share
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
    "paused": "break", "unreachable": "lost", "logged_out": "logged out",
}  # fmt: skip
BIG_WIDTH, BIG_LINES = 58, 11
BIG_GAP = 3  # cells between large figures
BIG = ("waiting", "longest", "level")
TITLES = {"waiting": "WAITING", "longest": "LONGEST", "level": "SL"}


def longest_s(queue: Row, now: float) -> float:
    """How long the first caller has been waiting, by the clock of the moment."""
    since = [at for row in rows(queue, "waiting") if (at := number(row, "since")) is not None]
    return max(0.0, now - min(since)) if since else 0.0


def figures(queue: Row, now: float) -> dict[str, Cell]:
    """The marked figures of a queue: waiting, longest, level, abandoned."""
    waiting, longest = len(rows(queue, "waiting")), longest_s(queue, now)
    states = part(queue, "agents")
    level, target = number(queue, "service_level"), number(queue, "target") or 0.8
    offered = count(queue, "offered")
    lost = share(count(queue, "abandoned"), offered)
    is_enough = offered >= ENOUGH
    return {
        "waiting": Cell(str(waiting), "bad" if waiting and not count(states, "ready") else ""),
        "longest": Cell(duration(longest), above(longest, LONGEST_S)),
        "level": Cell(percent(level), _level_mark(level, target) if is_enough else ""),
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
        self._drawn: list[Content] = []

    def show(self, row: Row, now: float, words: Words, *, is_big: bool) -> None:
        """Draw a queue's row."""
        self._row, self._words, self._is_big = row, words, is_big
        self.tick(now)

    def tick(self, now: float) -> None:
        """Draw it as of now, if that looks different."""
        lines = self._lines(now)
        if lines != self._drawn:
            self._drawn = lines
            self.update(Content("\n").join(lines))

    def action_open(self) -> None:
        """Open the queue's callers."""
        self.post_message(self.Opened(self.queue))

    def on_click(self) -> None:
        """As enter."""
        self.action_open()

    def _lines(self, now: float) -> list[Content]:
        cells = figures(self._row, now)
        is_big = self._is_big and all(big_digits.is_drawable(cells[name].text) for name in BIG)
        return [
            self._head(),
            *(self._big(cells) if is_big else self._small(cells)),
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
        """Titles over three large figures; the sign of a mark stands in the title."""
        titles: list[tuple[str, str]] = []
        lines = [Content("")] * big_digits.HEIGHT
        for name in BIG:
            cell = cells[name]
            title = self._title(name, cell)
            width = max(big_digits.width_of(cell.text), width_of(title)) + BIG_GAP
            titles.append((fit(title, width), COLOURS[cell.mark or "dim"]))
            painted = big_digits.rows(cell.text)
            for line, row in enumerate(painted):
                lines[line] += big_digits.painted(fit(row, width), PAINT[cell.mark])
        return [Content.assemble(*titles), *lines]

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
        parts: list[tuple[str, str]] = []
        for state in sorted(states, key=_place):
            letter = "x" if state == "unreachable" else state_word(state)[:1]
            mark = STATES[state][1] if state in STATES else ""
            if state != "logged_out":
                style = f"bold $background on {PAINT[mark]}"
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
        return Content.assemble((f"{told} ", COLOURS["dim"]), (lost.shown, style))


def _place(state: str) -> int:
    """The place of a state in the row of letters; unknown ones last."""
    return list(STATES).index(state) if state in STATES else len(STATES)
