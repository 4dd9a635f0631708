"""Codes: what an extension dials to act on its agent, its phone or the site.

    *11 -> answered, done, "you are logged in", hung up        *11AGENT elsewhere -> PIN first
    *8  -> the oldest call that rings at another phone is the picker's

One table, `CODES`, from the setting's name to what it does; which digits stand for it is
configuration. The PIN itself never comes here: the command `CheckPin` has it looked at outside.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from pbx.call import Call
from pbx.night import Night
from pbx.queue.agents import Agents
from pbx.state import State, Turn
from pbx.stay.stays import Stays


class Code(msgspec.Struct, frozen=True):
    """A code as dialled: which one, and the digits behind it."""

    name: str
    rest: str


class Codes:
    """Does what codes say."""

    def __init__(self, state: State, turn: Turn, *, agents: Agents, stays: Stays, night: Night):
        self.state = state
        self.turn = turn
        self.agents = agents
        self.stays = stays
        self.night = night

    def parse(self, number: str) -> Code | None:
        """The code that a dialled number begins with, the longest one; None if it is none."""
        best = Code("", "")
        length = 0
        for name in CODES:
            code: str = getattr(self.turn.settings.codes, name)
            if code and number.startswith(code) and len(code) > length:
                best, length = Code(name, number[len(code) :]), len(code)
        return best if length else None

    def dial(self, call: Call, code: Code, *, extension: str, now: int) -> None:
        """An extension dialled a code (any but pickup): do it, and say that it is done."""
        self.stays.voice.answer(call, now)
        call.outcome = "answered"
        call.begin("announce", now)
        said = CODES[code.name](self, call, code.rest, extension=extension)
        if said:
            self.stays.enter(call, "announce", name=said, now=now)

    # ---- agents --------------------------------------------------------------------------

    def _login(self, call: Call, rest: str, *, extension: str) -> str:
        """Log the phone's own agent in, or `rest` after its PIN."""
        now = self.state.now
        agents = self.turn.settings.agent
        own = [name for name, each in agents.items() if each.extension == extension]
        agent = rest or (own[0] if own else "")
        if agent not in self.state.agents:
            return "not_allowed"
        if agent in own:
            return self._logged_in(agent, extension, now)
        self.stays.enter(call, "pin", name=agent, now=now)
        return ""

    def login(self, call: Call, agent: str, now: int) -> None:
        """The agent's PIN was typed at a phone: log it in there, and say so."""
        said = self._logged_in(agent, call.source.partition(":")[2], now)
        self.stays.enter(call, "announce", name=said, now=now)

    def _logged_in(self, agent: str, extension: str, now: int) -> str:
        refused = self.agents.login(agent, extension, now)
        return "not_allowed" if refused and refused.code != "unreachable" else "logged_in"

    def _here(self, extension: str) -> list[str]:
        """The agents who sit at a phone, those logged in first."""
        there = sorted(self.agents.at(extension), key=lambda each: not each.logged_in)
        return [each.agent for each in there]

    def _logout(self, call: Call, rest: str, *, extension: str) -> str:
        here = self._here(extension)
        if not here:
            return "not_allowed"
        self.agents.logout(here[0], self.state.now)
        return "logged_out"

    def _pause(self, call: Call, rest: str, *, extension: str) -> str:
        here = self._here(extension)
        if not here:
            return "not_allowed"
        self.agents.pause(here[0], rest, by="code", now=self.state.now)
        return "paused"

    def _ready(self, call: Call, rest: str, *, extension: str) -> str:
        here = self._here(extension)
        if not here:
            return "not_allowed"
        self.agents.unpause(here[0], "code", self.state.now)
        return "ready"

    def _end_wrap_up(self, call: Call, rest: str, *, extension: str) -> str:
        here = self._here(extension)
        if not here:
            return "not_allowed"
        self.agents.end_wrap_up(here[0], self.state.now)
        return "wrap_up_ended"

    def _pickup(self, call: Call, rest: str, *, extension: str) -> str:
        """Pickup joins two calls, which is the switch's; it comes here when there is none."""
        return "unavailable"

    # ---- phones and the site -------------------------------------------------------------

    def _do_not_disturb(self, call: Call, rest: str, *, extension: str) -> str:
        self.agents.disturb(extension, False, self.state.now)
        return "dnd_on"

    def _disturb(self, call: Call, rest: str, *, extension: str) -> str:
        self.agents.disturb(extension, True, self.state.now)
        return "dnd_off"

    def _night(self, call: Call, rest: str, *, extension: str) -> str:
        """The night key: closed, or as the opening hours say."""
        mode = self.night.toggle(extension, self.state.now)
        return "night_on" if mode == "closed" else "night_off"


class Action(Protocol):
    """What a code does for the extension that dialled it; the prompt that says so."""

    def __call__(self, codes: Codes, call: Call, /, rest: str, *, extension: str) -> str: ...


CODES: dict[str, Action] = {
    "login": Codes._login,
    "logout": Codes._logout,
    "pause": Codes._pause,
    "ready": Codes._ready,
    "end_wrap_up": Codes._end_wrap_up,
    "pickup": Codes._pickup,
    "do_not_disturb": Codes._do_not_disturb,
    "disturb": Codes._disturb,
    "night": Codes._night,
}
