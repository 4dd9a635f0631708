"""What callers hear and type before they talk: keys, the ends of prompts, and time-outs.

Digit | Played | PinChecked | time is up  ->  what the call is in goes on, or
                                          ->  (call, destination): the switch leads it there
"""

from __future__ import annotations

from kernel.acd import engine as kernel
from pbx import routing
from pbx.call import Call
from pbx.calls.clearing import Clearing
from pbx.calls.codes import Codes
from pbx.commands import SendDigits
from pbx.events import Digit, PinChecked, Played
from pbx.queue.acd import Acd
from pbx.routing import Destination
from pbx.sip.message.cause import NORMAL
from pbx.state import State, Turn
from pbx.stay.menu import Menus
from pbx.stay.recorder import Recorder
from pbx.stay.voice import Voice

UNSERVED = "callback"  # as the target of an exit key: there are no callbacks yet

Way = tuple[Call, Destination] | None


class Flows:
    """Carries callers from one prompt or key to the next."""

    def __init__(self, state: State, acd: Acd, clearing: Clearing, *, codes: Codes, menus: Menus):
        self.state = state
        self.turn: Turn = acd.turn
        self.acd = acd
        self.clearing = clearing
        self.codes = codes
        self.menus = menus
        self.voice: Voice = acd.voice
        self.recorder: Recorder = acd.recorder

    def caller(self, leg_number: int) -> Call | None:
        """The running call whose caller's leg this is."""
        leg = self.state.legs.get(leg_number)
        call = self.state.calls.get(leg.call) if leg else None
        if call is None or call.caller != leg_number or call.is_over:
            return None
        return call

    def digit(self, fact: Digit, now: int) -> Way:
        """A key was pressed: in a menu, to leave a queue, or (told by SIP INFO, for other keys
        pass with the sound) for the other end of a talk."""
        call = self.caller(fact.leg)
        if call is None:
            self._pass_on(fact)
            return None
        if call.flow is not None and call.flow.kind == "menu":
            return _way(call, self.menus.key(call, fact.digit, now))
        if call.visit is not None and not call.partner:
            return self._exit(call, fact.digit, now)
        self._pass_on(fact)
        return None

    def _pass_on(self, fact: Digit) -> None:
        leg = self.state.legs.get(fact.leg)
        call = self.state.calls.get(leg.call) if leg else None
        if call is None or not call.is_talking or call.transfer is not None:
            return
        other = {call.caller: call.partner, call.partner: call.caller}.get(fact.leg)
        if other in self.state.legs:
            self.turn.commands.append(SendDigits(other, fact.digit))

    def _exit(self, call: Call, key: str, now: int) -> Way:
        """An exit key of the queue leads elsewhere; any other means nothing."""
        assert call.visit is not None
        queue = self.turn.settings.queue.get(call.visit.queue)
        target = queue.exit_keys.get(key, UNSERVED) if queue else UNSERVED
        if target == UNSERVED:
            return None
        call.visit.key, call.play = key, 0
        self.acd.leave(call, kernel.EXITED, now)
        call.outcome = "exited"
        return call, routing.parse(target, call.called)

    def played(self, fact: Played, now: int) -> Way:
        """A prompt is over; one that is not the call's last means nothing."""
        call = self.caller(fact.leg)
        if call is None or not call.play or call.play != fact.play:
            return None
        call.play = 0
        flow = call.flow
        if flow is None:
            self.voice.heard(call)
        elif flow.kind == "menu":
            self.menus.heard(call, now)
        elif flow.kind == "greet":
            self.voice.greeted(call)
        elif flow.kind == "announce":
            self.clearing.end(call, "system", NORMAL, now)
        elif flow.kind == "notice":
            call.is_told, call.flow = fact.heard, None  # only now may it be recorded
            if not fact.heard:
                self.recorder.no_notice(call, now)
            call.finish("announce", now)
            call.is_past_notice = True
            return call, Destination("queue", flow.name)
        return None

    def over(self, key: str, now: int) -> Way:
        """A flow has lasted long enough: no key, no PIN, the tone was heard."""
        name, _, step = key.partition(":")
        call = self.state.calls.get(name)
        if call is None or call.is_over or call.flow is None or str(call.step) != step:
            return None
        if call.flow.kind == "menu":
            return _way(call, self.menus.silent(call, now))
        if call.flow.kind == "pin":
            self.codes.pin(call, False, now)
        elif call.flow.kind == "tone":
            self.clearing.end(call, "system", int(call.flow.name), now)
        return None

    def pin_checked(self, fact: PinChecked, now: int) -> None:
        """What was typed is the PIN, or not."""
        call = self.caller(fact.leg)
        if call is not None and call.flow is not None and call.flow.kind == "pin":
            self.codes.pin(call, fact.correct, now)


def _way(call: Call, found: Destination | None) -> Way:
    return None if found is None else (call, found)
