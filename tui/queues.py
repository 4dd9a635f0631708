"""The queues, and the callers who wait in the one under the cursor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from tui.columns import Column
from tui.fields import Row, number, rows, text
from tui.live_table import LiveTable
from tui.marks import LONGEST_S, Cell, above
from tui.queue_card import TITLES, figures
from tui.text import duration
from tui.view import View


def _figure(name: str) -> Column:
    """A column of a marked figure of the wallboard."""
    return Column(
        TITLES[name], lambda row, now: figures(row, now)[name], 9, align="right",
        is_timer=name == "longest",
    )  # fmt: skip


class Queues(View):
    """Two tables side by side; tab goes from one to the other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "other table", key_display="tab")
    ]
    DEFAULT_CSS = """
    Queues Horizontal { height: 1fr; }
    Queues #queues { width: 3fr; }
    Queues #waiting { width: 2fr; margin: 0 0 0 2; }
    """

    def body(self) -> Iterable[Widget]:
        """The queues to the left, the callers to the right."""
        queues = (
            Column("QUEUE", lambda row, now: Cell(text(row, "queue")), 10, flex=1),
            _figure("waiting"),
            _figure("longest"),
            _figure("ready"),
            _figure("level"),
            _figure("abandoned"),
        )
        waiting = (
            Column("POS", lambda row, now: Cell(text(row, "position")), 4, align="right"),
            Column("PRI", lambda row, now: Cell(text(row, "priority"), "dim"), 4, align="right"),
            Column("WAIT", self._wait, 9, align="right", is_timer=True),
            Column("CALLER", lambda row, now: Cell(text(row, "caller")), 12, flex=1),
        )
        yield Horizontal(
            LiveTable(queues, key="queue", say=self.say, empty="no queues", id="queues"),
            LiveTable(waiting, key="call", say=self.say, empty="nobody waits", id="waiting"),
        )

    def show(self, data: Row, now: float) -> None:
        """Draw a snapshot."""
        table = self.query_one("#queues", LiveTable)
        table.show(rows(data, "queues"), now)
        if self.subject:
            table.put_cursor(self.subject)
            self.subject = ""
        self._show_waiting()

    def heading(self) -> str:
        """Whose callers are shown."""
        row = self.query_one("#queues", LiveTable).chosen or {}
        queue = text(row, "queue")
        return queue if queue != self.console.trail[-1][1] else ""

    def on_live_table_moved(self, event: LiveTable.Moved) -> None:
        """Another queue, other callers."""
        if event.table.id == "queues":
            self._show_waiting()
            self.draw_frame()

    def on_live_table_chosen(self, event: LiveTable.Chosen) -> None:
        """A queue leads to its callers, a caller to what was decided about the call."""
        if event.table.id == "queues":
            self.query_one("#waiting").focus()
        elif call := text(event.row, "call"):
            self.console.go("log", call)

    def _show_waiting(self) -> None:
        row = self.query_one("#queues", LiveTable).chosen or {}
        self.query_one("#waiting", LiveTable).show(rows(row, "waiting"), self.console.feed.now)

    def _wait(self, row: Row, now: float) -> Cell:
        since = number(row, "since")
        if since is None:
            return Cell("")
        told = duration(now - since, is_slow=self.console.is_slow)
        return Cell(told, above(now - since, LONGEST_S))
