"""The wallboard: a card for each queue, beside them what needs a person and what the site carries.

+ sales ---------------+ support -------------+ ALARMS 2 -------------+
| WAITING LONGEST  SL  | …                    | sales longest 1:12 !  |
| …                    |                      | SITE 14 calls         |
+----------------------+----------------------+-----------------------+
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, ItemGrid, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.fields import Row, count, number, rows, share, text
from tui.live_table import LiveTable
from tui.log import last_events, story_columns
from tui.marks import CHANNELS, COLOURS, SIGNS, Mark, above
from tui.queue_card import BIG_LINES, BIG_WIDTH, SMALL_LINES, QueueCard, figures
from tui.view import View

ALARMS_SHOWN = 12
EVENTS_LEAST = 5  # lines; for fewer the list is not shown
SIDE_WIDTH, NARROW = 38, 100
SMALL_WIDTH = 46

Line = tuple[str, Mark]


class Wallboard(View):
    """All queues in one look."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,right", "app.focus_next", "next queue", show=False),
        Binding("up,left", "app.focus_previous", "queue before", show=False),
    ]
    DEFAULT_CSS = f"""
    Wallboard #board {{ height: 1fr; }}
    Wallboard #grid {{ grid-gutter: 1 1; }}
    Wallboard #left {{ width: 1fr; height: 1fr; }}
    Wallboard #cards {{ width: 1fr; height: 1fr; padding: 0 0 0 1; }}
    Wallboard #events {{ height: 1; }}
    Wallboard #side {{ width: {SIDE_WIDTH}; height: 1fr; padding: 0 1; background: $surface; }}
    Wallboard.narrow #board {{ layout: vertical; }}
    Wallboard.narrow #side {{ width: 100%; height: auto; max-height: 6; }}
    """

    def __init__(self) -> None:
        super().__init__()
        self._cards: dict[str, QueueCard] = {}
        self._side: list[Line] = []
        self._data: Row = {}

    def body(self) -> Iterable[Widget]:
        """The cards, and the panel beside them."""
        grid = ItemGrid(min_column_width=SMALL_WIDTH, id="grid")
        columns = [each for each in story_columns(self.console.feed.clock) if each.title != "CALL"]
        events = LiveTable(columns, key="n", say=self.say, id="events")
        events.can_focus, events.is_log = False, True
        left = Vertical(VerticalScroll(grid, id="cards", can_focus=False), events, id="left")
        yield Horizontal(left, Static(id="side"), id="board")

    def show(self, data: Row, now: float) -> None:
        """Draw a snapshot."""
        self._data = data
        self._match_cards(list(dict.fromkeys(text(row, "queue") for row in rows(data, "queues"))))
        is_big = self._share_space(len(self._cards))
        for row in rows(data, "queues"):
            self._cards[text(row, "queue")].show(row, now, self.console.words, is_big=is_big)
        self._draw_side(now)
        self.query_one("#events", LiveTable).show(last_events(self.console.feed.events), now)

    def tick(self, now: float) -> None:
        """Waits grow."""
        for card in self._cards.values():
            card.tick(now)
        self._draw_side(now)

    def heading(self) -> str:
        """Nothing to show is said."""
        is_empty = self.console.feed.has_picture and not self._cards
        return self.say("no queues") if is_empty else ""

    def on_resize(self, event: events.Resize) -> None:
        """Beside each other only where there is room."""
        self.set_class(event.size.width < NARROW, "narrow")
        self.call_after_refresh(self.draw)

    def on_queue_card_opened(self, event: QueueCard.Opened) -> None:
        """A card leads to its callers."""
        self.console.go("queues", event.queue)

    def _match_cards(self, names: list[str]) -> None:
        """A card for each queue there is; a queue that has gone takes its card along."""
        if list(self._cards) == names:
            return
        for card in self._cards.values():
            card.remove()
        self._cards = {name: QueueCard(name) for name in names}
        self.query_one("#grid").mount(*self._cards.values())

    def _share_space(self, cards: int) -> bool:
        """Large figures if they fit for all; the last events in what is left over."""
        space = self.query_one("#left").size
        big_lines = _lines(cards, space.width, card=BIG_WIDTH) * (BIG_LINES + 1)
        is_big = big_lines <= space.height and space.width >= BIG_WIDTH
        small_lines = _lines(cards, space.width, card=SMALL_WIDTH) * (SMALL_LINES + 1)
        left = space.height - (big_lines if is_big else small_lines)
        width = BIG_WIDTH if is_big else SMALL_WIDTH
        self.query_one("#grid", ItemGrid).min_column_width = width
        events = self.query_one("#events")
        events.display = left >= EVENTS_LEAST
        events.styles.height = max(left, 1)
        return is_big

    # ---- the panel ---------------------------------------------------------------------------

    def _draw_side(self, now: float) -> None:
        lines = self._alarm_lines(now) + self._site_lines()
        if lines != self._side:
            self._side = lines
            parts = [Content.styled(told, COLOURS[mark]) for told, mark in lines]
            self.query_one("#side", Static).update(Content("\n").join(parts))

    def _alarm_lines(self, now: float) -> list[Line]:
        found = self._exceeded(now) + self._raised()
        title = f"{self.say('ALARMS')} {len(found)}" if found else self.say("no alarms")
        return [(title, "bad" if found else "good"), *found[:ALARMS_SHOWN], ("", "")]

    def _exceeded(self, now: float) -> list[Line]:
        """The figures of the queues that are over a limit, the worst first."""
        found: list[Line] = []
        words = {"waiting": "waiting, nobody ready", "longest": "LONGEST", "level": "SL",
                 "abandoned": "ABN"}  # fmt: skip
        for row in rows(self._data, "queues"):
            for name, cell in figures(row, now).items():
                if cell.mark in SIGNS:
                    told = f"{text(row, 'queue')} {self.say(words[name])} {cell.shown}"
                    found.append((told, cell.mark))
        return sorted(found, key=lambda line: line[1])  # bad before warn

    def _raised(self) -> list[Line]:
        """What the exchange has raised, the last first."""
        lines: list[Line] = []
        for row in reversed(rows(self._data, "alarms")):
            clock = self.console.feed.clock(number(row, "t") or 0, "%H:%M")
            lines.append((f"{clock} {text(row, 'name')} {text(row, 'text')}", "warn"))
        return lines

    def _site_lines(self) -> list[Line]:
        calls = rows(self._data, "calls")
        agents = rows(self._data, "agents")
        inside = sum(text(row, "state") != "logged_out" for row in agents)
        lines: list[Line] = [
            (self.say("SITE"), "info"),
            (f"{self.say('calls')} {len(calls)}   {self.say('agents')} {inside}/{len(agents)}", ""),
        ]
        return lines + [self._trunk_line(row) for row in rows(self._data, "trunks")]

    def _trunk_line(self, row: Row) -> Line:
        used, channels = count(row, "used"), count(row, "channels")
        mark = above(share(used, channels), CHANNELS)
        state = text(row, "state")
        if state and state != "up":
            mark = "bad"
        words = [text(row, "trunk"), f"{used}/{channels}", self.say(state), SIGNS.get(mark, "")]
        return " ".join(word for word in words if word), mark


def _lines(cards: int, width: int, *, card: int) -> int:
    """How many cards stand below each other."""
    return -(-cards // max(1, (width - 1) // (card + 1)))
