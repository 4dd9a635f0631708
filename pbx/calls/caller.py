"""What callers do before they talk: they press keys, hear prompts to the end, let time pass.

Digit | Played | PinChecked | time is up  ->  what the call stays in goes on, or
                                          ->  (call, destination): the switch leads it there
"""

from __future__ import annotations

from kernel.acd import engine as kernel
from pbx import routing
from pbx.call import Call
from pbx.commands import SendDigits
from pbx.events import Digit, PinChecked, Played
from pbx.queue.acd import Acd
from pbx.routing import Destination
from pbx.state import State, Turn
from pbx.stay.stays import Stays
from pbx.stay.voice import Voice

UNSERVED = "callback"  # as the target of an exit key: there are no callbacks yet

Way = tuple[Call, Destination] | None


class Callers:
    """Carries callers from one prompt or key to the next."""

    def __init__(self, state: State, acd: Acd, *, stays: Stays):
        self.state = state
        self.turn: Turn = acd.turn
        self.acd = acd
        self.stays = stays
        self.voice: Voice = acd.voice

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
        stay = self.stays.of(call)
        if stay is not None and stay.takes_keys:
            return _way(call, stay.key(call, fact.digit, now))
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
        stay = self.stays.of(call)
        if stay is None:
            self.voice.heard(call)
            return None
        return _way(call, stay.heard(call, fact.heard, now))

    def over(self, key: str, now: int) -> Way:
        """A stay has lasted long enough: no key, no PIN, the tone was heard."""
        name, _, step = key.partition(":")
        call = self.state.calls.get(name)
        if call is None or call.is_over or str(call.step) != step:
            return None
        stay = self.stays.of(call)
        return _way(call, stay.over(call, now)) if stay is not None else None

    def pin_checked(self, fact: PinChecked, now: int) -> Way:
        """What was typed is the PIN, or not."""
        call = self.caller(fact.leg)
        stay = self.stays.of(call) if call is not None else None
        if call is None or stay is None:
            return None
        return _way(call, stay.checked(call, fact.correct, now))


def _way(call: Call, found: Destination | None) -> Way:
    return None if found is None else (call, found)
