"""The trunks: whether they carry calls, how many, and how many they could."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widget import Widget

from tui.columns import Column
from tui.fields import Row, count, rows, share, text
from tui.live_table import LiveTable
from tui.marks import CHANNELS, Cell, above
from tui.view import View


class Trunks(View):
    """Every trunk in a row."""

    def body(self) -> Iterable[Widget]:
        """The table."""
        columns = (
            Column("TRUNK", lambda row, now: Cell(text(row, "trunk")), 12, flex=1),
            Column("STATE", self._state, 10),
            Column("USED", self._used, 8, align="right", rank=lambda row: count(row, "used")),
            Column("CHANNELS", lambda row, now: Cell(text(row, "channels")), 9, align="right"),
            Column("DRIVER", lambda row, now: Cell(text(row, "driver"), "dim"), 12),
            Column("HOST", lambda row, now: Cell(text(row, "host")), 16, flex=2),
            Column("WHY", lambda row, now: Cell(text(row, "why"), "dim"), 10, flex=2),
        )
        yield LiveTable(columns, key="trunk", say=self.say, empty="no trunks", id="trunks")

    def show(self, data: Row, now: float) -> None:
        """Draw a snapshot."""
        self.query_one(LiveTable).show(rows(data, "trunks"), now)

    def _state(self, row: Row, now: float) -> Cell:
        state = text(row, "state")
        return Cell(self.say(state), "good" if state == "up" else "bad" if state else "")

    def _used(self, row: Row, now: float) -> Cell:
        used = count(row, "used")
        return Cell(str(used), above(share(used, count(row, "channels")), CHANNELS))
