"""The exchange's voice: prompts, and announcements to those who wait.

    say(call, prompts) -> Say … Played -> what the call was in goes on: menu, notice, queue, talk

A `Played` with another number than the call's last `Say` is old and means nothing.
"""

from __future__ import annotations

from config.settings import Announce
from kernel.acd import engine as kernel
from pbx.call import Call, LegState, Trigger
from pbx.commands import Answer, Play, Say
from pbx.figures import queue_day
from pbx.notes import Announced
from pbx.state import State, Turn
from pbx.stay import phrases


class Voice:
    """Speaks to callers."""

    def __init__(self, state: State, turn: Turn, *, engine: kernel.Engine) -> None:
        self.state = state
        self.turn = turn
        self.engine = engine

    def answer(self, call: Call, now: int, partner: int = 0) -> None:
        """Take the caller's call (200), unless that is done."""
        leg = self.state.legs[call.caller]
        if leg.state in (LegState.SETUP, LegState.ALERTING):
            leg.move(Trigger.ANSWER)
            call.answered_ms = now
            self.turn.commands.append(Answer(leg.number, partner))

    def say(self, call: Call, sounds: tuple[str, ...], *, what: str, now: int) -> None:
        """Let the caller hear prompts; `Played` follows."""
        self.state.plays_made += 1
        call.play = self.state.plays_made
        self.turn.commands.append(Say(call.caller, call.play, sounds))
        self.turn.notes.append(Announced(call.id, what, self.state.wall(now)))

    def prompt(self, call: Call, name: str, now: int) -> None:
        """Let the caller hear one prompt in its language."""
        self.say(call, (phrases.prompt(name, call.language),), what=name, now=now)

    def wait(self, call: Call, after_ms: int, now: int) -> None:
        """Have the call's stay looked at again by then; what was set before is forgotten."""
        call.step += 1
        self.state.at(now + after_ms, "flow", key=f"{call.id}:{call.step}")

    # ---- while waiting in a queue --------------------------------------------------------

    def waits(self, call: Call, now: int) -> None:
        """A call has entered a queue: have it told what the queue says, when it is time."""
        assert call.visit is not None
        queue = self.turn.settings.queue[call.visit.queue]
        key = str(call.visit.entry)
        if queue.busy_after_ms:
            self.state.at(now + queue.busy_after_ms, "busy", key=key)
        if queue.announce.position or queue.announce.wait:
            self.state.at(now + queue.announce.every_ms, "place", key=key)

    def waiting(self, entry: int) -> Call | None:
        """The call of an entry, if it still waits and nobody has picked it up."""
        call = self.state.calls.get(self.state.entries.get(entry, ""))
        if call is None or call.visit is None or call.visit.entry != entry or call.partner:
            return None
        return call

    def busy(self, entry: int, now: int) -> None:
        """Tell one who has waited for long that all agents are busy."""
        call = self.waiting(entry)
        if call is not None and not call.play:
            self.prompt(call, "busy", now)

    def place(self, entry: int, now: int) -> None:
        """Tell one who waits its place in the queue, and how long that may take."""
        call = self.waiting(entry)
        queue = self.turn.settings.queue.get(call.visit.queue) if call and call.visit else None
        if call is None or queue is None:
            return
        self.state.at(now + queue.announce.every_ms, "place", key=str(entry))
        sounds = self._place(call, entry, announce=queue.announce)
        if sounds and not call.play:
            self.say(call, sounds, what="position", now=now)

    def _place(self, call: Call, entry: int, *, announce: Announce) -> tuple[str, ...]:
        assert call.visit is not None
        name = call.visit.queue
        position = self.engine.position(entry)
        sounds: tuple[str, ...] = ()
        if announce.position and position:
            sounds += phrases.position(position, call.language)
        staffed = self.engine.staffed(self.state.number_of("queue:" + name))
        wait_ms = queue_day.expected_wait_ms(self.state.days[name], position, staffed=staffed)
        if announce.wait and wait_ms:
            sounds += phrases.wait(wait_ms // 1000, call.language)
        return sounds

    def heard(self, call: Call) -> None:
        """One who waits has heard an announcement: the music goes on."""
        if call.visit is not None and not call.partner:
            self.turn.commands.append(Play(call.caller, "music"))
