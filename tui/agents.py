"""The agents: what each is doing, since when, with whom; pause, unpause, log out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.columns import Column
from tui.dialogs import Ask, Confirm
from tui.fields import Row, names, number, rows, text
from tui.live_table import LiveTable
from tui.marks import WRAP_UP_S, Cell, above, state_mark, state_word
from tui.text import duration
from tui.view import View


def joined(data: Row) -> list[Row]:
    """The agents' rows, each with the other party and the queue of its call."""
    calls = {text(row, "call"): row for row in rows(data, "calls")}
    found = []
    for row in rows(data, "agents"):
        call = calls.get(text(row, "call"), {})
        party = "called" if text(call, "direction") == "out" else "calling"
        found.append(
            row
            | {
                "with": text(call, party) or text(row, "reason"),
                "in": text(call, "queue") or " ".join(names(row, "queues")),
            }
        )
    return found


class Agents(View):
    """Every agent in a row."""

    ACTIONS = ("pause", "unpause", "log_out")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p,f5", "pause", "pause"),
        Binding("u,f6", "unpause", "ready again"),
        Binding("o,f7", "log_out", "log out"),
    ]

    def body(self) -> Iterable[Widget]:
        """The table."""
        columns = (
            Column("EXT", lambda row, now: Cell(text(row, "extension")), 6),
            Column("AGENT", lambda row, now: Cell(text(row, "agent")), 6),
            Column("NAME", lambda row, now: Cell(text(row, "name")), 12, flex=2),
            Column("ST", self._state, 11, rank=lambda row: text(row, "state")),
            Column(
                "FOR", self._for, 10, align="right", rank=lambda row: number(row, "since"),
                is_timer=True,
            ),
            Column("WITH", lambda row, now: Cell(text(row, "with")), 14, flex=2),
            Column("Q", lambda row, now: Cell(text(row, "in"), "dim"), 10, flex=2),
        )  # fmt: skip
        yield LiveTable(columns, key="agent", say=self.say, empty="no agents", id="agents")

    def show(self, data: Row, now: float) -> None:
        """Draw a snapshot."""
        table = self.query_one(LiveTable)
        table.show(joined(data), now)
        if self.subject:
            table.put_cursor(self.subject)
            self.subject = ""

    def heading(self) -> str:
        """How many are in."""
        agents = rows(self.console.feed.picture.data, "agents")
        inside = sum(text(row, "state") != "logged_out" for row in agents)
        return f"{inside}/{len(agents)}"

    def on_live_table_chosen(self, event: LiveTable.Chosen) -> None:
        """An agent leads to its call."""
        if call := text(event.row, "call"):
            self.console.go("log", call)

    def _state(self, row: Row, now: float) -> Cell:
        state = text(row, "state")
        return Cell(self.say(state_word(state)), state_mark(state))

    def _for(self, row: Row, now: float) -> Cell:
        since = number(row, "since")
        if since is None:
            return Cell("")
        mark = above(now - since, WRAP_UP_S) if text(row, "state") == "wrap_up" else ""
        return Cell(duration(now - since, is_slow=self.console.is_slow), mark)

    # ---- acting ------------------------------------------------------------------------------

    def _chosen(self) -> tuple[str, str] | None:
        """The agent under the cursor, by number and as it is called, if one may act on it."""
        row = self.query_one(LiveTable).chosen
        if row is None or not self.may_act():
            return None
        agent = text(row, "agent")
        return agent, f"{agent} {text(row, 'name')}".strip()

    def action_pause(self) -> None:
        """Ask for the reason, then pause."""
        if chosen := self._chosen():
            question = self.say("Pause {agent}. Reason?", agent=chosen[1])
            window = Ask(question, self.say("enter pauses, esc does not"))
            self.app.push_screen(window, partial(self._pause, chosen))

    def _pause(self, chosen: tuple[str, str], reason: str | None) -> None:
        agent, called = chosen
        if reason is not None:
            what = f"{called}: {self.say('pause')}"
            self.act(what, "agent.pause", agent=agent, reason=reason)

    def action_unpause(self) -> None:
        """Ask, then end the pause or the wrap-up."""
        self._ask("End {agent}'s pause or wrap-up?", "ready again", method="agent.unpause")

    def action_log_out(self) -> None:
        """Ask, then log out."""
        self._ask("Log {agent} out?", "log out", method="agent.logout")

    def _ask(self, question: str, what: str, *, method: str) -> None:
        if not (chosen := self._chosen()):
            return
        agent, called = chosen

        def done(is_sure: bool | None) -> None:
            if is_sure:
                self.act(f"{called}: {self.say(what)}", method, agent=agent)

        window = Confirm(self.say(question, agent=called), self.say("y yes   n no"))
        self.app.push_screen(window, done)
