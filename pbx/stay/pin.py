"""An agent's PIN, typed at a phone that is not the agent's own; the PIN itself never comes here.

enter -> CheckPin, prompt -> checked: right -> `login`
                   |-> wrong or no key in time: again, three times in all -> hung up
"""

from __future__ import annotations

from pbx.call import Call
from pbx.commands import CheckPin
from pbx.notes import AlarmRaised
from pbx.routing import Destination
from pbx.state import AgentRecord
from pbx.stay.stay import Stay, begin

PIN_MS = 15_000  # to type it in
TRIES_MAX = 3  # in one call
FAULTS_MAX = 5  # in a row for one agent, then the door is shut ...
SHUT_MS = 15 * 60_000  # ... for so long


class Pin(Stay):
    """`name` is the agent's."""

    def enter(self, call: Call, name: str, now: int) -> None:
        """Ask for it."""
        self._ask(call, name, now)

    def _ask(self, call: Call, agent: str, now: int, *, first: str = "enter_pin") -> None:
        if self.state.agents[agent].shut_until_ms > now:
            self.last_words(call, "not_allowed", now)
            return
        begin(call, "pin", name=agent, tries=call.stay.tries + 1 if call.stay else 1)
        self.turn.commands.append(CheckPin(call.caller, agent))
        self.voice.prompt(call, first, now)
        self.voice.wait(call, PIN_MS, now)

    def checked(self, call: Call, correct: bool, now: int) -> Destination | None:
        """Log in, or ask again."""
        assert call.stay is not None
        record = self.state.agents.get(call.stay.name)
        call.step += 1
        if record is None:
            self.last_words(call, "not_allowed", now)
        elif not correct:
            self._wrong(call, record, now)
        else:
            record.pin_faults = 0
            return Destination("login", record.agent)
        return None

    def over(self, call: Call, now: int) -> Destination | None:
        """Nothing typed is wrong, too."""
        return self.checked(call, False, now)

    def _wrong(self, call: Call, record: AgentRecord, now: int) -> None:
        assert call.stay is not None
        record.pin_faults += 1
        if record.pin_faults >= FAULTS_MAX:
            record.pin_faults, record.shut_until_ms = 0, now + SHUT_MS
            text = (
                f"agent {record.agent}: {FAULTS_MAX} wrong PINs in a row, the last from "
                f"{call.calling}; no login by PIN for {SHUT_MS // 60_000} minutes"
            )
            self.turn.notes.append(AlarmRaised("pin", text, self.state.wall(now)))
        if call.stay.tries >= TRIES_MAX:
            self.last_words(call, "wrong_pin", now)
        else:
            self._ask(call, record.agent, now=now, first="wrong_pin")
