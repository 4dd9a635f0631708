"""Within a call: joined, on hold, taken back, silent, recorded, ended by a client or by time."""

from __future__ import annotations

from pbx.call import Call, Leg, LegState, Trigger
from pbx.calls.clearing import Clearing
from pbx.commands import Bridge, Play, Probe, SendDigits
from pbx.events import (
    Bridged,
    DigitsAsked,
    HangupAsked,
    HeardElsewhere,
    Held,
    MediaLost,
    RecordAsked,
    RecordingFailed,
    Refused,
    Retrieved,
    SoundMissing,
)
from pbx.notes import AlarmRaised, SoundElsewhere, SoundMissed
from pbx.queue.acd import Acd
from pbx.sip.message.cause import NORMAL, TIMER_EXPIRED, UNREACHABLE
from pbx.state import State, Turn
from pbx.stay.recorder import Recorder

TOLD_AGAIN_MS = 3_600_000
NOT_TAKEN = "it is not heard: if that is no stranger, correct its network or see `symmetric`"


class DuringTalk:
    """What happens between two legs that are, or were, joined."""

    def __init__(self, state: State, turn: Turn, *, acd: Acd, clearing: Clearing) -> None:
        self.state = state
        self.turn = turn
        self.acd = acd
        self.clearing = clearing
        self.recorder: Recorder = acd.recorder

    def _of(self, leg_number: int) -> tuple[Leg | None, Call | None]:
        leg = self.state.legs.get(leg_number)
        return leg, self.state.calls.get(leg.call) if leg else None

    def bridged(self, fact: Bridged, now: int) -> None:
        """The media thread has joined two legs."""
        leg, call = self._of(fact.other)
        if leg is None:
            leg, call = self._of(fact.leg)
        caller = self.state.legs.get(fact.leg)
        if leg is None or caller is None or call is None or not (leg.is_up and caller.is_up):
            return
        if leg.offer >= 0:
            self.acd.bridged(leg, now)
        elif leg.number == call.partner and not call.is_talking:
            call.finish("ring", now, detail="answered")
            talk = call.talk
            call.begin(
                "talk", now, queue=talk.queue if talk else "", agent=talk.agent if talk else ""
            )
            if not call.was_connected:
                call.connected_ms = now
            self.recorder.talks(call, now)

    def held(self, fact: Held, now: int) -> None:
        """One end put the other on hold: that one hears music."""
        self._hold(fact.leg, Trigger.HOLD, now)

    def retrieved(self, fact: Retrieved, now: int) -> None:
        """One end took the other back."""
        self._hold(fact.leg, Trigger.RETRIEVE, now)

    def _hold(self, number: int, trigger: Trigger, now: int) -> None:
        leg, call = self._of(number)
        if leg is None or call is None or not leg.would_change(trigger):
            return
        leg.move(trigger)
        other = call.partner if number == call.caller else call.caller
        peer = self.state.legs.get(other)
        if number not in (call.caller, call.partner) or peer is None or not peer.is_up:
            return
        if trigger is Trigger.HOLD:
            self.turn.commands.append(Play(other, "music"))
            if not call.is_held:
                call.held_ms = now
                call.begin("hold", now)
        elif peer.state is not LegState.HELD:
            self.clearing.unhold(call, now)
            self.turn.commands.append(Bridge(call.caller, call.partner))

    def media_lost(self, fact: MediaLost, now: int) -> None:
        """Both ends of a talk have fallen silent for good: that is its end. One alone may be muted:
        it is asked whether it is there."""
        leg, call = self._of(fact.leg)
        if leg is None or call is None or leg.state is not LegState.CONNECTED:
            return
        if fact.is_alone:
            self.turn.commands.append(Probe(leg.number))
        else:
            self.clearing.end(call, "system", cause=UNREACHABLE, now=now)

    def heard_elsewhere(self, fact: HeardElsewhere, now: int) -> None:
        """Sound comes from another address than was promised: each time an event, and an alarm once
        an hour for each party, for behind NAT it is so in every call."""
        leg, call = self._of(fact.leg)
        if leg is None or call is None:
            return
        wall = self.state.wall(now)
        self.turn.notes.append(
            SoundElsewhere(call.id, leg.party, fact.place, fact.packets, fact.learnt, wall)
        )
        told = self.state.elsewhere
        if fact.learnt and leg.party in told and now - told[leg.party] < TOLD_AGAIN_MS:
            return
        told[leg.party] = now
        what = "its sound is taken from there" if fact.learnt else NOT_TAKEN
        text = (
            f"call {call.id}: no sound comes from where {leg.party} said, but from elsewhere: "
            f"{fact.packets} packets from {fact.place}; {what}"
        )
        self.turn.notes.append(AlarmRaised("sound_elsewhere", text, wall))

    def sound_missing(self, fact: SoundMissing, now: int) -> None:
        """One end sends no sound: one-way audio, which somebody must look into."""
        leg, call = self._of(fact.leg)
        if leg is None or call is None:
            return
        wall = self.state.wall(now)
        text = (
            f"call {call.id}: no sound comes from {leg.party} while the other end sends; its sound "
            "goes to a wrong address or is blocked: look at NAT, firewall and [sip] external"
        )
        self.turn.notes.append(SoundMissed(call.id, leg.party, wall))
        self.turn.notes.append(AlarmRaised("one_way_audio", text, wall))

    # ---- wishes --------------------------------------------------------------------------

    def hangup(self, fact: HangupAsked, now: int) -> Refused | None:
        """A client wishes a call away."""
        call = self.state.calls.get(fact.call)
        if call is None:
            return _no_call(fact.call)
        self.clearing.end(call, fact.by or "client", cause=NORMAL, now=now)
        return None

    def record(self, fact: RecordAsked, now: int) -> Refused | None:
        """A client wishes to start, pause, resume or stop a recording."""
        call = self.state.calls.get(fact.call)
        if call is None or call.is_over:
            return _no_call(fact.call)
        return self.recorder.asked(call, fact, now)

    def press(self, fact: DigitsAsked, now: int) -> Refused | None:
        """A client wishes keys pressed towards the far end of a talk."""
        call = self.state.calls.get(fact.call)
        if call is None or call.is_over:
            return _no_call(fact.call)
        if not call.is_talking or call.partner not in self.state.legs:
            return Refused("refused", "nobody talks in this call now")
        self.turn.commands.append(SendDigits(call.partner, fact.digits))
        return None

    def recording_failed(self, fact: RecordingFailed, now: int) -> None:
        """A recording could not be written."""
        call = self.state.calls.get(fact.call)
        if call is not None:
            self.recorder.failed(call, fact.why, now)

    def calls_over(self, now: int) -> None:
        """End the calls that last longer than any call may."""
        limit = self.turn.settings.limits.max_call_ms
        for call in [call for call in self.state.calls.values() if not call.is_over]:
            if now - call.started_ms >= limit:
                self.clearing.end(call, "system", cause=TIMER_EXPIRED, now=now)


def _no_call(call: str) -> Refused:
    return Refused("not_found", f'there is no call "{call}" now')
