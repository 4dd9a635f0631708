"""A table of rows that change several times a second: only what differs on screen is drawn again.

    head  |EXT   NAME        ST       FOR  Q       |   one line, always there
    rows  |2001  王小明      CALL    3:40  sales   |   scroll under it
          |2003  Amir        WRAP  1:58 !  support |   <- cursor, kept on its row by key

A row is drawn again if its cells differ from those last drawn in that line; a timer's cell once
a second, from the time it began. Rows out of sight cost their sorting and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.columns import GAP, Column, matching, ordered, places
from tui.fields import Row
from tui.marks import Cell, Mark
from tui.text import clean, fit

FAR = 1_000_000_000  # rows: as far as it goes

Drawn = tuple[bool, tuple[Cell, ...]]


class LiveTable(ScrollView, can_focus=True):
    """Rows by key, in columns; `s` sorts by the next column, `S` turns the order round."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "live-table--head", "live-table--cursor", "live-table--away", "live-table--good",
        "live-table--info", "live-table--note", "live-table--dim", "live-table--warn",
        "live-table--bad",
    }  # fmt: skip
    DEFAULT_CSS = """
    LiveTable {
        height: 1fr; background: $background; scrollbar-size-vertical: 1;
        & > .live-table--head { text-style: bold; color: $text-accent; background: $surface; }
        & > .live-table--cursor { background: $primary 35%; text-style: bold; }
        & > .live-table--away { background: $primary 15%; }
        & > .live-table--good { color: $text-success; }
        & > .live-table--info { color: $text-primary; }
        & > .live-table--note { color: $text-warning; }
        & > .live-table--dim { color: $text-muted; }
        & > .live-table--warn { color: $text-warning; text-style: bold; }
        & > .live-table--bad { color: $text-error; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", f"move(-{FAR})", show=False),
        Binding("end", f"move({FAR})", show=False),
        Binding("enter", "choose", "open", key_display="enter", show=False),
        Binding("s", "sort", "sort"),
        Binding("S", "turn", "reverse", show=False),
    ]

    class Chosen(Message):
        """Enter, or a second click, on a row."""

        def __init__(self, table: LiveTable, row: Row) -> None:
            super().__init__()
            self.table, self.row = table, row

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, table: LiveTable) -> None:
            super().__init__()
            self.table = table

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        key: str,
        say: Callable[[str], str] = str,
        empty: str = "",
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.is_log = False  # the newest row comes first: a cursor on the top stays there
        self._columns, self._key, self._say, self._empty = tuple(columns), key, say, empty
        self._rows: list[Row] = []
        self._order: list[Row] = []
        self._now = 0.0
        self._sorted_by = -1  # as they come
        self._is_reversed = False
        self._words: list[str] = []
        self._cursor = 0
        self._cursor_key: object = None
        self._drawn: dict[int, Drawn] = {}
        self._places: list[tuple[int, int]] = []  # of each column: its first cell and its width
        self._styles: dict[str, Style] = {}

    # ---- what it is told ---------------------------------------------------------------------

    def show(self, rows: Iterable[Row], now: float) -> None:
        """Draw what has changed since the last time; `now` is what timers are drawn at."""
        self._rows, self._now = list(rows), now
        self._arrange()

    def tick(self, now: float) -> None:
        """A second has passed: only timers may differ."""
        self._now = now
        offset = self.scroll_offset
        for y, (_, cells) in list(self._drawn.items()):
            index = offset.y + y - 1
            if index >= len(self._order):
                continue
            for column, cell, (x, width) in zip(self._columns, cells, self._places, strict=False):
                if column.is_timer and column.cell(self._order[index], now) != cell:
                    self.refresh(Region(x - offset.x, y, width, 1))

    def filter(self, text: str) -> None:
        """Show only rows in which every word of `text` stands somewhere; empty for all."""
        self._words = text.casefold().split()
        self._arrange()

    def sort_by(self, column: int, *, is_reversed: bool = False) -> None:
        """Sort by a column's number; -1 for the order in which rows come."""
        self._sorted_by, self._is_reversed = column, is_reversed
        self._arrange()
        self.refresh(Region(0, 0, self.size.width, 1))

    def redraw(self) -> None:
        """Draw all again: the words are others."""
        self._drawn.clear()
        self.refresh()

    def put_cursor(self, key: object) -> bool:
        """Put the cursor on the row with this key; False if there is none."""
        for index, row in enumerate(self._order):
            if row.get(self._key) == key:
                self._to(index)
                return True
        return False

    # ---- what may be asked -------------------------------------------------------------------

    @property
    def chosen(self) -> Row | None:
        """The row under the cursor."""
        return self._order[self._cursor] if self._order else None

    @property
    def order(self) -> list[Row]:
        """The rows shown, from the top."""
        return self._order

    @property
    def sorting(self) -> str:
        """The title of the column sorted by, with the direction; empty if unsorted."""
        if self._sorted_by < 0:
            return ""
        title = self._say(self._columns[self._sorted_by].title)
        return f"{title} {'v' if self._is_reversed else '^'}"

    # ---- order -------------------------------------------------------------------------------

    def _arrange(self) -> None:
        """Filter, sort, find the cursor's row again, draw what differs."""
        shown = self._rows
        if self._words:
            shown = matching(self._columns, shown, words=self._words, now=self._now)
        if self._sorted_by >= 0:
            column = self._columns[self._sorted_by]
            shown = ordered(column, shown, self._now, is_reversed=self._is_reversed)
        before = self._cursor_key
        was_seen = self._is_seen(self._cursor)
        self._order = shown
        self._fit_height()
        self._find_cursor()
        if was_seen and not self._is_seen(self._cursor):
            self._follow()
        self._draw_changed()
        if self._cursor_key != before:
            self.post_message(self.Moved(self))

    def _find_cursor(self) -> None:
        """The cursor stays on its row; if that has gone, on the one that took its place."""
        stays_on_top = self.is_log and self._cursor == 0
        for index, row in enumerate(() if stays_on_top else self._order):
            if row.get(self._key) == self._cursor_key:
                self._cursor = index
                return
        self._cursor = max(0, min(self._cursor, len(self._order) - 1))
        self._cursor_key = self._order[self._cursor].get(self._key) if self._order else None

    # ---- moving ------------------------------------------------------------------------------

    def _is_seen(self, index: int) -> bool:
        top = self.scroll_offset.y
        return top <= index < top + max(1, self.size.height - 1)

    def _to(self, index: int) -> None:
        if not self._order:
            return
        self._cursor = max(0, min(index, len(self._order) - 1))
        key = self._order[self._cursor].get(self._key)
        is_other, self._cursor_key = key != self._cursor_key, key
        self._follow()
        self._draw_changed()
        if is_other:
            self.post_message(self.Moved(self))

    def _follow(self) -> None:
        """Scroll until the cursor is seen."""
        top, lines = self.scroll_offset.y, max(1, self.size.height - 1)
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False)
        elif self._cursor >= top + lines:
            self.scroll_to(y=self._cursor - lines + 1, animate=False)

    def action_move(self, by: int) -> None:
        """Move the cursor by some rows."""
        self._to(self._cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by pages."""
        self._to(self._cursor + by * max(1, self.size.height - 2))

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if (row := self.chosen) is not None:
            self.post_message(self.Chosen(self, row))

    def action_sort(self) -> None:
        """Sort by the next column; after the last one, as they come."""
        after = self._sorted_by + 1
        self.sort_by(after if after < len(self._columns) else -1, is_reversed=self._is_reversed)

    def action_turn(self) -> None:
        """Turn the order round."""
        self.sort_by(self._sorted_by, is_reversed=not self._is_reversed)

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there, a second one opens; on the head it sorts."""
        if event.y == 0:
            self._sort_at(event.x + self.scroll_offset.x)
            return
        index = self.scroll_offset.y + event.y - 1
        if index < len(self._order):
            self._to(index)
            if event.chain == 2:
                self.action_choose()

    def _sort_at(self, x: int) -> None:
        for number, (start, width) in enumerate(self._places):
            if start <= x < start + width + GAP:
                is_again = number == self._sorted_by
                self.sort_by(number, is_reversed=is_again and not self._is_reversed)

    # ---- drawing -----------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Lay the columns out anew."""
        self._places = places(self._columns, self.size.width)
        self._fit_height()
        self._drawn.clear()
        self._follow()
        self.refresh()

    def on_focus(self) -> None:
        """The cursor is seen to be here."""
        self.refresh()

    def on_blur(self) -> None:
        """And that it is elsewhere."""
        self.refresh()

    def notify_style_update(self) -> None:
        """Colours have changed."""
        super().notify_style_update()
        self._styles.clear()

    def _fit_height(self) -> None:
        """Set the size scrolled over. A short list keeps its height: no layout for each row."""
        if self._places:
            x, width = self._places[-1]
            self.virtual_size = Size(x + width, max(len(self._order) + 1, self.size.height))

    def _draw_changed(self) -> None:
        """Have those lines drawn again whose cells differ from the last time."""
        top = self.scroll_offset.y
        for y in range(1, self.size.height):
            drawn = self._drawn.get(y)
            if drawn is None or drawn != self._wanted(top + y - 1):
                self.refresh(Region(0, y, self.size.width, 1))

    def _wanted(self, index: int) -> Drawn:
        """What a row is to look like."""
        if index >= len(self._order):
            text = self._say(self._empty) if index == 0 and self._empty else ""
            return False, (Cell(text, "dim"),)
        row = self._order[index]
        is_cursor = index == self._cursor and self.can_focus
        return is_cursor, tuple(column.cell(row, self._now) for column in self._columns)

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        left, top = self.scroll_offset
        width = self.size.width
        if y == 0:
            style, strip = self._style("live-table--head"), self._head()
        else:
            drawn = self._drawn[y] = self._wanted(top + y - 1)
            style, strip = self._row_style(drawn[0]), self._line(drawn)
        return strip.crop_extend(left, left + width, style)

    def _head(self) -> Strip:
        style = self._style("live-table--head")
        words = []
        pairs = zip(self._columns, self._places, strict=False)
        for number, (column, (_, width)) in enumerate(pairs):
            word = self.sorting if number == self._sorted_by else self._say(column.title)
            words.append(fit(word, width, align=column.align))
        return Strip([Segment((" " * GAP).join(words), style)])

    def _line(self, drawn: Drawn) -> Strip:
        is_cursor, cells = drawn
        plain = self._row_style(is_cursor)
        if len(cells) < len(self._columns):
            return Strip([Segment(cells[0].text, self._mark_style("dim", plain))])
        segments: list[Segment] = []
        for column, cell, (_, width) in zip(self._columns, cells, self._places, strict=False):
            text = fit(clean(cell.shown), width, align=column.align)
            segments.append(Segment(text, self._mark_style(cell.mark, plain)))
            segments.append(Segment(" " * GAP, plain))
        return Strip(segments)

    def _row_style(self, is_cursor: bool) -> Style:
        if not is_cursor:
            return self.rich_style
        name = "live-table--cursor" if self.has_focus else "live-table--away"
        return self.rich_style + self._style(name)

    def _mark_style(self, mark: Mark, plain: Style) -> Style:
        if not mark:
            return plain
        found = self._style(f"live-table--{mark}")
        return plain + Style(color=found.color, bold=found.bold or plain.bold)

    def _style(self, name: str) -> Style:
        """A part's style, its transparent colours laid over those below."""
        if name not in self._styles:
            self._styles[name] = self.get_component_rich_style(name)
        return self._styles[name]
