"""What has happened: the last events of the site, or every decision about a call, with reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from textual.widget import Widget

from pbx.service.ask.client import CallError
from tui.columns import Column
from tui.feed import NoConnection
from tui.fields import Row, number, rows, text
from tui.live_table import LiveTable
from tui.marks import Cell
from tui.text import clean, duration
from tui.view import View

ASK_S = 2.0
APART = (  # not among the details: in a column, or of no use to a supervisor
    "t", "what", "type", "seq", "call", "n", "leg", "legs", "segments", "sip_call_id", "direction",
    "source", "entered_position", "started", "ended",
)  # fmt: skip
FIRST = ("calling", "called", "queue", "agent", "state", "outcome", "reason", "why", "to")
ODD = ("passed_over", "call.offer_ended", "alarm.raised", "call.sound_missed", "lagged")


def details(row: Row) -> str:
    """The other fields of an event in one line; those that say nothing are left out."""
    ranked = [name for name in FIRST if name in row] + [name for name in row if name not in FIRST]
    return "  ".join(
        f"{clean(name.removesuffix('_s'))}{_value(name, row[name])}"
        for name in ranked
        if name not in APART and row[name] not in (None, "", False, [], {})
    )


def _value(name: str, value: object) -> str:
    """A field's value behind its name; nothing for a bare yes."""
    if value is True:
        return ""
    if name.endswith("_s") and isinstance(value, (int, float)):
        return f" {duration(value)}"
    if isinstance(value, list):
        return " " + ",".join(clean(each) for each in value)
    return f" {clean(value)}"


def last_events(events: Sequence[Row]) -> list[Row]:
    """Events with the key of their rows, the last one first."""
    return [row | {"n": row.get("seq")} for row in reversed(events)]


def story_columns(clock: Callable[[float], str]) -> tuple[Column, ...]:
    """The columns of events; `clock` tells a time of day."""

    def time_of(row: Row, now: float) -> Cell:
        at = number(row, "t")
        return Cell("" if at is None else f"{clock(at)}.{int(at % 1 * 1000):03}", "dim")

    return (
        Column("TIME", time_of, 12, rank=lambda row: number(row, "t")),
        Column("WHAT", _what, 22),
        Column("CALL", lambda row, now: Cell(text(row, "call"), "dim"), 16),
        Column("DETAILS", lambda row, now: Cell(details(row)), 30, flex=1),
    )


def _what(row: Row, now: float) -> Cell:
    what = text(row, "what") or text(row, "type")
    return Cell(what, "note" if what in ODD else "info")


class Log(View):
    """Events, the last one first; or one call's story from its beginning."""

    def __init__(self) -> None:
        super().__init__()
        self._asked = ""  # the call that `_story` tells of
        self._story: list[Row] = []
        self._no_story = ""

    def body(self) -> Iterable[Widget]:
        """The table."""
        columns = story_columns(self.console.feed.clock)
        table = LiveTable(columns, key="n", say=self.say, empty="nothing yet", id="log")
        table.is_log = True
        yield table

    def on_mount(self) -> None:
        """A running call's story goes on."""
        self.set_interval(ASK_S, self._ask)

    def draw(self) -> None:
        """Another call is asked for at once."""
        if self._asked != self.subject:
            self._asked, self._story, self._no_story = self.subject, [], ""
            self._ask()
        super().draw()

    def show(self, data: Row, now: float) -> None:
        """Draw the story, or the events."""
        if self.subject:
            found = [row | {"n": n} for n, row in enumerate(self._story)]
        else:
            found = last_events(self.console.feed.events)
        self.query_one(LiveTable).show(found, now)

    def heading(self) -> str:
        """Why there is nothing."""
        return self._no_story

    def on_live_table_chosen(self, event: LiveTable.Chosen) -> None:
        """An event leads to the story of its call."""
        call = text(event.row, "call")
        if call and call != self.subject:
            self.console.go("log", call)

    def _ask(self) -> None:
        if self.subject and self.is_current and not self.console.is_frozen:
            self.run_worker(self._fetch(self.subject), exclusive=True)

    async def _fetch(self, call: str) -> None:
        try:
            found = await self.console.feed.ask("call.explain", call=call)
        except CallError as error:
            self._no_story = clean(error.reason)
        except (NoConnection, OSError):
            self._no_story = self.say("no connection")
        else:
            self._no_story = ""
            if call == self.subject:
                self._story = rows({"story": found}, "story")
        super().draw()
