"""The running calls: who, what they are doing, how they sound; hang up, or see why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from pbx.service.ask.client import CallError
from tui.columns import Column
from tui.dialogs import Confirm
from tui.feed import NoConnection
from tui.fields import Row, number, rows, text
from tui.live_table import LiveTable
from tui.marks import LOSS, MOS, Cell, Mark, above, below
from tui.text import duration
from tui.view import View

SOUND_S = 2.0  # the figures of the sound are asked for this often, while somebody looks
CALLS_ASKED = 1000
STATE_MARKS: dict[str, Mark] = {"waiting": "note", "talking": "good", "held": "info"}


def loss(row: Row) -> float | None:
    """The worst share of packets lost on a leg of the call; None without figures."""
    found = [each for leg in rows(row, "media") if (each := _leg_loss(leg)) is not None]
    return max(found, default=None)


def _leg_loss(leg: Row) -> float | None:
    permille = number(leg, "loss_permille")
    if permille is not None:
        return permille / 1000
    came, lost = number(leg, "packets_in"), number(leg, "lost")
    if came is None or lost is None or came + lost <= 0:
        return None
    return max(0.0, lost / (came + lost))


def jitter_ms(row: Row) -> float | None:
    """The worst jitter of a leg."""
    found = [number(leg, "jitter_us") for leg in rows(row, "media")]
    return max((each / 1000 for each in found if each is not None), default=None)


def mos(row: Row) -> float | None:
    """The worst estimate of how a leg sounds, 1 to 4.5."""
    found = [number(leg, "mos_x100") for leg in rows(row, "media")]
    return min((each / 100 for each in found if each), default=None)


def began(row: Row) -> float | None:
    """Since when a call has been doing what it does."""
    if text(row, "state") in ("talking", "held"):
        return number(row, "connected") or number(row, "since")
    return number(row, "since")


class Calls(View):
    """Every running call in a row."""

    ACTIONS = ("hang_up",)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x,f5", "hang_up", "hang up"),
        Binding("w", "why", "why", key_display="enter"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._sound: dict[str, Any] = {}

    def body(self) -> Iterable[Widget]:
        """The table."""
        columns = (
            Column("DIR", lambda row, now: Cell(self.say(text(row, "direction")), "dim"), 5),
            Column("FROM", lambda row, now: Cell(text(row, "calling")), 12, flex=2),
            Column("TO", lambda row, now: Cell(text(row, "called")), 12, flex=1),
            Column("STATE", self._state, 10),
            Column("FOR", self._for, 8, align="right", rank=began, is_timer=True),
            Column("Q", lambda row, now: Cell(text(row, "queue")), 8, flex=1),
            Column("AGENT", lambda row, now: Cell(text(row, "who")), 8, flex=2),
            Column("LOSS", self._loss, 8, align="right", rank=loss),
            Column("JIT", self._jitter, 6, align="right", rank=jitter_ms),
            Column("MOS", self._mos, 6, align="right", rank=mos),
            Column("REC", self._recording, 5),
        )
        yield LiveTable(columns, key="call", say=self.say, empty="no calls", id="calls")

    def on_mount(self) -> None:
        """Ask for the sound now and then."""
        self.set_interval(SOUND_S, self._listen)
        self._listen()

    def show(self, data: Row, now: float) -> None:
        """Draw a snapshot, with the last figures of the sound."""
        names = {text(row, "agent"): text(row, "name") for row in rows(data, "agents")}
        found = []
        for row in rows(data, "calls"):
            agent = text(row, "agent")
            more: Row = {"who": f"{agent} {names.get(agent, '')}".strip()}
            if "media" not in row:
                more["media"] = self._sound.get(text(row, "call"), [])
            found.append(row | more)
        self.query_one(LiveTable).show(found, now)

    def heading(self) -> str:
        """How many there are."""
        return str(len(rows(self.console.feed.picture.data, "calls")))

    def on_live_table_chosen(self, event: LiveTable.Chosen) -> None:
        """A call leads to what was decided about it."""
        self.console.go("log", text(event.row, "call"))

    def action_why(self) -> None:
        """As enter."""
        self.query_one(LiveTable).action_choose()

    def action_hang_up(self) -> None:
        """Ask, then end the call."""
        row = self.query_one(LiveTable).chosen
        if row is None or not self.may_act():
            return
        call, caller = text(row, "call"), text(row, "calling")

        def done(is_sure: bool | None) -> None:
            if is_sure:
                self.act(f"{caller}: {self.say('hang up')}", "call.hangup", call=call)

        question = self.say("Hang up the call of {caller}?", caller=caller or call)
        self.app.push_screen(Confirm(question, self.say("y yes   n no")), done)

    # ---- the sound ---------------------------------------------------------------------------

    def _listen(self) -> None:
        if self.is_current and not self.console.is_frozen:
            self.run_worker(self._ask_sound(), exclusive=True)

    async def _ask_sound(self) -> None:
        """Loss, jitter and MOS of each call; the last ones stand if none come."""
        try:
            found = await self.console.feed.ask("call.list", limit=CALLS_ASKED)
        except (CallError, NoConnection, OSError):
            return
        calls = rows({"calls": found}, "calls")
        self._sound = {text(row, "call"): row.get("media") for row in calls}
        self.draw()

    def _loss(self, row: Row, now: float) -> Cell:
        share = loss(row)
        return Cell("" if share is None else f"{share * 100:.1f}%", above(share, LOSS))

    def _jitter(self, row: Row, now: float) -> Cell:
        found = jitter_ms(row)
        return Cell("" if found is None else f"{found:.0f}ms", "dim")

    def _mos(self, row: Row, now: float) -> Cell:
        found = mos(row)
        return Cell("" if found is None else f"{found:.1f}", below(found, MOS))

    def _recording(self, row: Row, now: float) -> Cell:
        state = text(row, "recording")
        return Cell("REC", "note") if state == "on" else Cell(state.upper(), "dim")

    def _state(self, row: Row, now: float) -> Cell:
        state = text(row, "state")
        return Cell(self.say(state), STATE_MARKS.get(state, ""))

    def _for(self, row: Row, now: float) -> Cell:
        since = began(row)
        is_slow = self.console.is_slow
        return Cell("" if since is None else duration(now - since, is_slow=is_slow))
