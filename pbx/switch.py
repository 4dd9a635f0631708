"""The switch: what becomes of each leg, from its arrival to the call's record.

    CallArrived -> routing -> queue (acd) | extension | trunk -> Bridge -> talk -> close

What ends a leg or a call is next door, in `pbx.clearing`.
"""

from __future__ import annotations

from config.settings import Settings
from pbx import cdr, routing
from pbx.acd import Acd
from pbx.agents import Agents
from pbx.call import Call, Leg, LegState, Trigger
from pbx.clearing import Clearing
from pbx.commands import Alert, Answer, Bridge, Play, Ring
from pbx.events import (
    Alerting,
    Answered,
    Bridged,
    CallArrived,
    HangupAsked,
    Held,
    MediaLost,
    Refused,
    Released,
    Retrieved,
)
from pbx.notes import CallOpened
from pbx.routing import Destination
from pbx.state import State, Turn

# Q.850 causes the switch itself gives.
UNALLOCATED, NORMAL, BUSY, NO_ANSWER, UNREACHABLE, NO_CIRCUIT = 1, 16, 17, 19, 20, 34
TEMPORARY, CONGESTION, NOT_IMPLEMENTED, TIMER_EXPIRED = 41, 42, 79, 102
VISITS_MAX = 10  # a call that overflows in circles ends
TRUNK_FAULTS = (18, 27, 34, 38, 41, 42)  # another trunk may do better


class Switch:
    """Calls and legs: routed, rung, joined, released."""

    def __init__(self, state: State, turn: Turn, acd: Acd, agents: Agents) -> None:
        self.state = state
        self.turn = turn
        self.acd = acd
        self.agents = agents
        self.clearing = Clearing(state, turn, acd, agents)
        self.settings = Settings()

    def configure(self, settings: Settings) -> None:
        """Calls from here on follow these settings; running ones finish as they are."""
        self.settings = settings

    # ---- a call comes in -----------------------------------------------------------------

    def arrived(self, fact: CallArrived, now: int) -> None:
        """Open a call for a leg that wants in, and send it where the dial plan says."""
        call = self._open(fact, now)
        refusal = self._no_room(fact)
        if refusal:
            self._refuse(call, refusal, now)
            return
        self.go(call, routing.route(self.settings, fact.source, fact.called), now)

    def _open(self, fact: CallArrived, now: int) -> Call:
        kind, _, name = fact.source.partition(":")
        call = Call(
            self.state.next_call(),
            "in" if kind == "trunk" else "internal",
            fact.source,
            fact.calling,
            routing.dialled(fact.called),
            fact.name,
            fact.leg,
            now,
            self.state.wall_offset_ms,
            trunk=name if kind == "trunk" else "",
            sip_call_id=fact.sip_call_id,
        )
        leg = Leg(fact.leg, call.id, fact.source, incoming=True, started_ms=now, dialog=fact.dialog)
        call.legs.append(leg.number)
        call.all_legs.append(leg.number)
        self.state.calls[call.id] = call
        self.state.legs[leg.number] = leg
        self.turn.notes.append(
            CallOpened(
                call.id,
                call.direction,
                call.source,
                call.calling,
                call.called,
                call.trunk,
                call.wall(now),
            )
        )
        self.agents.leg_added(leg, now)
        return call

    def _no_room(self, fact: CallArrived) -> int:
        """The cause to refuse a new call with, 0 to take it."""
        kind, _, name = fact.source.partition(":")
        limits = self.settings.limits
        if self.state.is_draining:
            return TEMPORARY
        if len(self.state.calls) > limits.calls_per_site:
            return CONGESTION
        if kind == "extension":
            return CONGESTION if self._is_full(name, 1) else 0
        return CONGESTION if self._used(name) > self._channels(name) else 0

    def _channels(self, trunk: str) -> int:
        found = self.settings.trunk.get(trunk)
        return self.settings.channels_of(found) if found else 0

    def _used(self, trunk: str) -> int:
        return self.state.channels.get(trunk, 0)

    def _refuse(self, call: Call, cause: int, now: int) -> None:
        call.outcome = "failed"
        self.clearing.end(call, "system", cause, now)

    def go(self, call: Call, destination: Destination, now: int) -> None:
        """Send a call to a destination of the dial plan."""
        kind = destination.kind
        if kind == "queue":
            self._to_queue(call, destination.name, now)
        elif kind == "extension":
            self._to_extension(call, destination.name, now)
        elif kind == "trunk":
            self._to_trunk(call, destination, now)
        elif kind == "hangup":
            self.clearing.end(call, "system", NORMAL, now)
        elif kind == "none":
            self._refuse(call, UNALLOCATED, now)
        else:
            self._refuse(call, NOT_IMPLEMENTED, now)

    # ---- into a queue --------------------------------------------------------------------

    def _to_queue(self, call: Call, name: str, now: int) -> None:
        if not self.acd.has_room(name):
            self.acd.turned_away(call, name, now)
        else:
            self._answer_caller(call, now)
            self.acd.enter(call, name, now)
        self.overflow(now)

    def overflow(self, now: int) -> None:
        """Send on what queues gave up: to their `overflow`, or to the end of the call."""
        while self.acd.overflowed:
            call, name = self.acd.overflowed.pop(0)
            queue = self.settings.queue.get(name)
            if call.ended_ms >= 0:
                continue
            if queue is None or not queue.overflow or call.visits >= VISITS_MAX:
                call.outcome = call.outcome or "overflowed"
                self.clearing.end(call, "system", NORMAL if call.answered_ms >= 0 else BUSY, now)
            else:
                self.go(call, routing.parse(queue.overflow, call.called), now)

    def _answer_caller(self, call: Call, now: int, partner: int = 0) -> None:
        leg = self.state.legs[call.caller]
        if leg.state in (LegState.SETUP, LegState.ALERTING):
            leg.move(Trigger.ANSWER)
            call.answered_ms = now
            self.turn.commands.append(Answer(leg.number, partner))

    # ---- to a phone or a trunk -----------------------------------------------------------

    def _to_extension(self, call: Call, number: str, now: int) -> None:
        device = self.state.device(number)
        if self.agents.is_offered(number) or self._is_full(number):
            self._failed(call, BUSY, now)
        elif not device.is_reachable:
            self._failed(call, UNREACHABLE, now)
        else:
            call.extension = call.extension or number
            self._ring(call, "extension:" + number, number=number, calling=call.calling, now=now)

    def _is_full(self, number: str, already: int = 0) -> bool:
        """Whether a phone has all the calls it may; a fixed contact may be a whole gateway."""
        device = self.state.device(number)
        limit = self.settings.limits.calls_per_extension
        return not device.fixed and len(device.legs) - already >= limit

    def _to_trunk(self, call: Call, destination: Destination, now: int) -> None:
        call.targets = [name.strip() for name in destination.name.split(",")]
        call.number = destination.number or call.called
        if call.direction == "internal":
            call.direction = "out"
        self._next_trunk(call, UNREACHABLE, now)

    def _next_trunk(self, call: Call, cause: int, now: int) -> None:
        if not call.targets:
            self._failed(call, cause, now)
            return
        name = call.targets.pop(0)
        trunk = self.settings.trunk[name]
        if self._used(name) >= self._channels(name):
            self._next_trunk(call, NO_CIRCUIT, now)
            return
        call.trunk = call.trunk or name
        calling = trunk.caller_id or call.calling
        self._ring(call, "trunk:" + name, number=call.number, calling=calling, now=now)

    def _ring(self, call: Call, party: str, *, number: str, calling: str, now: int) -> None:
        leg = Leg(self.state.next_leg(), call.id, party, incoming=False, started_ms=now)
        self.state.legs[leg.number] = leg
        call.legs.append(leg.number)
        call.all_legs.append(leg.number)
        call.partner = leg.number
        call.begin("ring", now)
        ring_ms = self.settings.limits.ring_ms
        self.state.at(now + ring_ms, "ring", str(leg.number))
        self.turn.commands.append(
            Ring(leg.number, party, number, calling, call.name, ring_ms + 5_000, call.caller)
        )
        if call.answered_ms >= 0:
            self.turn.commands.append(Play(call.caller, "ringback"))
        self.agents.leg_added(leg, now)

    def _failed(self, call: Call, cause: int, now: int) -> None:
        """The party called cannot be had: the caller hears why."""
        call.outcome = call.outcome or cdr.failure(cause)
        self.clearing.end(call, "system", cause, now)

    # ---- the wire's facts ----------------------------------------------------------------

    def alerting(self, fact: Alerting, now: int) -> None:
        """The far end rings; so the caller hears it ring."""
        leg = self.state.legs.get(fact.leg)
        if leg is None:
            return
        leg.move(Trigger.ALERT)
        self.agents.answers(leg.party, now)
        call = self.state.calls.get(leg.call)
        caller = self.state.legs.get(call.caller) if call else None
        if caller is not None and leg.offer < 0 and caller.state is LegState.SETUP:
            caller.move(Trigger.ALERT)
            self.turn.commands.append(Alert(caller.number))

    def answered(self, fact: Answered, now: int) -> None:
        """The far end picked up: in time, or too late."""
        leg = self.state.legs.get(fact.leg)
        if leg is None:
            return
        late = leg.state is LegState.RELEASING
        leg.dialog = fact.dialog
        leg.move(Trigger.ANSWER)
        self.agents.answers(leg.party, now)
        if leg.offer >= 0:
            self.acd.answered(leg, now)
        elif late:
            self.clearing.release(leg, leg.cause or NORMAL)
        else:
            call = self.state.calls[leg.call]
            self._answer_caller(call, now, partner=leg.number)
            self.turn.commands.append(Bridge(call.caller, leg.number))

    def bridged(self, fact: Bridged, now: int) -> None:
        """The media thread has joined two legs."""
        leg = self.state.legs.get(fact.other) or self.state.legs.get(fact.leg)
        caller = self.state.legs.get(fact.leg)
        call = self.state.calls.get(leg.call) if leg else None
        if leg is None or caller is None or call is None or not (leg.is_up and caller.is_up):
            return
        if leg.offer >= 0:
            self.acd.bridged(leg, now)
        elif call.talk is None and call.connected_ms < 0:
            call.connected_ms = now
            call.finish("ring", now, detail="answered")
            call.begin("talk", now)

    def held(self, fact: Held, now: int) -> None:
        """One end put the other on hold: that one hears music."""
        self._hold(fact.leg, Trigger.HOLD, now)

    def retrieved(self, fact: Retrieved, now: int) -> None:
        """One end took the other back."""
        self._hold(fact.leg, Trigger.RETRIEVE, now)

    def _hold(self, number: int, trigger: Trigger, now: int) -> None:
        leg = self.state.legs.get(number)
        call = self.state.calls.get(leg.call) if leg else None
        if leg is None or call is None or (leg.state, trigger) not in _HOLDS:
            return
        leg.move(trigger)
        other = call.partner if number == call.caller else call.caller
        peer = self.state.legs.get(other)
        if number not in (call.caller, call.partner) or peer is None or not peer.is_up:
            return
        if trigger is Trigger.HOLD:
            self.turn.commands.append(Play(other, "music"))
            if call.held_ms < 0:
                call.held_ms = now
                call.begin("hold", now)
        elif peer.state is not LegState.HELD:
            self.clearing.unhold(call, now)
            self.turn.commands.append(Bridge(call.caller, call.partner))

    # ---- the end -------------------------------------------------------------------------

    def media_lost(self, fact: MediaLost, now: int) -> None:
        """A leg in talk has fallen silent for good: its phone is taken for dead."""
        leg = self.state.legs.get(fact.leg)
        call = self.state.calls.get(leg.call) if leg else None
        if leg is not None and call is not None and leg.state is LegState.CONNECTED:
            self.clearing.end(call, "system", UNREACHABLE, now)

    def hangup(self, fact: HangupAsked, now: int) -> Refused | None:
        """A client wishes a call away."""
        call = self.state.calls.get(fact.call)
        if call is None:
            return Refused("not_found", f'there is no call "{fact.call}" now')
        self.clearing.end(call, fact.by or "client", NORMAL, now)
        return None

    def released(self, fact: Released, now: int) -> None:
        """A leg is gone. A trunk that failed a call leaves it to the next of its group."""
        call = self.clearing.released(fact, now)
        if call is not None:
            if fact.cause in TRUNK_FAULTS and call.targets:
                self._next_trunk(call, fact.cause, now)
            else:
                self._failed(call, fact.cause, now)

    def ring_over(self, leg_number: int, now: int) -> None:
        """A phone or trunk has rung long enough."""
        leg = self.state.legs.get(leg_number)
        if leg is None or leg.state not in (LegState.SETUP, LegState.ALERTING):
            return
        call = self.state.calls[leg.call]
        call.finish("ring", now, detail="no_answer")
        self.clearing.release(leg, NO_ANSWER)
        if call.targets:
            self._next_trunk(call, NO_ANSWER, now)
        else:
            self._failed(call, NO_ANSWER, now)

    def calls_over(self, now: int) -> None:
        """End the calls that last longer than any call may."""
        limit = self.settings.limits.max_call_ms
        for call in [call for call in self.state.calls.values() if call.ended_ms < 0]:
            if now - call.started_ms >= limit:
                self.clearing.end(call, "system", TIMER_EXPIRED, now)


_HOLDS = frozenset(
    {
        (LegState.CONNECTED, Trigger.HOLD),
        (LegState.HELD, Trigger.RETRIEVE),
    }
)
