"""Ringing somebody directly: a phone, a group of phones, a trunk of a trunk group.

    extension | group | trunk  ->  Ring …  ->  0, or the Q.850 cause why nobody can be rung
    a leg has failed           ->  more    ->  the next trunk or member rings: 0, or the cause

Another trunk is tried where a trunk has failed (5xx, 408, silence), never where the number called
is busy or does not exist.
"""

from __future__ import annotations

from pbx.call import Call, Leg, LegState
from pbx.commands import WIRE_GRACE_MS, Play, Ring
from pbx.events import Released
from pbx.queue.agents import Agents
from pbx.routing import Destination
from pbx.sip.message.cause import (
    BUSY,
    ELSEWHERE,
    NO_ANSWER,
    NO_CIRCUIT,
    OUT_OF_ORDER,
    UNREACHABLE,
    is_handed_on,
    rank,
)
from pbx.state import State, Turn


class Parties:
    """Rings phones, groups and trunks for calls."""

    def __init__(self, state: State, turn: Turn, *, agents: Agents) -> None:
        self.state = state
        self.turn = turn
        self.agents = agents

    # ---- phones --------------------------------------------------------------------------

    def extension(self, call: Call, number: str, now: int) -> int:
        """Ring one phone."""
        cause = self._hindrance(number)
        if cause:
            return cause
        call.extension = call.extension or number
        self._ring_phone(call, number, ring_ms=self.turn.settings.limits.ring_ms, now=now)
        self._rings(call, now)
        return 0

    def _hindrance(self, number: str) -> int:
        """Why a phone cannot be rung for a direct call, or 0."""
        device = self.state.device(number)
        if device.dnd or self.agents.is_offered(number) or self.is_full(number):
            return BUSY
        return 0 if device.is_reachable else UNREACHABLE

    def is_full(self, number: str, already: int = 0) -> bool:
        """Whether a phone has all the calls it may; a fixed contact may be a whole gateway."""
        device = self.state.device(number)
        legs = len(device.legs) - already
        extension = self.turn.settings.extension.get(number)
        if extension is not None and not extension.call_waiting and not already:
            return legs >= 1
        return not device.fixed and legs >= self.turn.settings.limits.calls_per_extension

    # ---- groups of phones ----------------------------------------------------------------

    def group(self, call: Call, name: str, now: int) -> int:
        """Ring a group: all its phones at once, or one after the other."""
        group = self.turn.settings.group.get(name)
        if group is None:
            return UNREACHABLE
        call.hunt.group = name
        if group.strategy == "linear":
            call.hunt.members = list(group.members)
            return self._next_member(call, UNREACHABLE, now)
        free = [number for number in group.members if not self._hindrance(number)]
        for number in free:
            self._ring_phone(call, number, ring_ms=group.ring_ms, now=now)
        if free:
            self._rings(call, now)
            return 0
        is_there = any(self.state.device(number).is_reachable for number in group.members)
        return BUSY if is_there else UNREACHABLE

    def _next_member(self, call: Call, cause: int, now: int) -> int:
        ring_ms = self.turn.settings.group[call.hunt.group].ring_ms
        while call.hunt.members:
            number = call.hunt.members.pop(0)
            cause = self._hindrance(number)
            if not cause:
                self._ring_phone(call, number, ring_ms=ring_ms, now=now)
                self._rings(call, now)
                return 0
        return cause

    # ---- trunks --------------------------------------------------------------------------

    def trunk(self, call: Call, destination: Destination, now: int) -> int:
        """Dial out by the first trunk of a list that can."""
        call.hunt.trunks = [name.strip() for name in destination.name.split(",")]
        call.hunt.number = destination.number or call.called
        if call.direction == "internal":
            call.direction = "out"
        return self._next_trunk(call, UNREACHABLE, now)

    def _next_trunk(self, call: Call, cause: int, now: int) -> int:
        while call.hunt.trunks:
            name = call.hunt.trunks.pop(0)
            if name in self.state.trunks_down:
                cause = OUT_OF_ORDER
            elif self.used(name) >= self.channels(name):
                cause = NO_CIRCUIT
            else:
                self._dial(call, name, now)
                return 0
        return cause

    def _dial(self, call: Call, name: str, now: int) -> None:
        trunk = self.turn.settings.trunk[name]
        call.trunk = call.trunk or name
        ring_ms = self.turn.settings.limits.ring_ms
        leg = self._leg(call, "trunk:" + name, ring_ms=ring_ms, now=now)
        calling = trunk.caller_id or call.calling
        self.turn.commands.append(
            Ring(
                leg.number,
                leg.party,
                call.hunt.number,
                calling,
                call.name,
                ring_ms + WIRE_GRACE_MS,
                call.caller,
                trunk.timeout_ms,
            )
        )
        self._rings(call, now)

    def channels(self, trunk: str) -> int:
        """How many calls a trunk carries at most."""
        found = self.turn.settings.trunk.get(trunk)
        return self.turn.settings.channels_of(found) if found else 0

    def used(self, trunk: str) -> int:
        """How many it carries."""
        return self.state.channels.get(trunk, 0)

    # ---- legs ----------------------------------------------------------------------------

    def _leg(self, call: Call, party: str, *, ring_ms: int, now: int) -> Leg:
        leg = Leg(self.state.next_leg(), call.id, party, started_ms=now)
        self.state.legs[leg.number] = leg
        call.add(leg)
        call.hunt.legs.append(leg.number)
        self.state.at(now + ring_ms, "ring", key=str(leg.number))
        self.agents.leg_added(leg, now)
        return leg

    def _ring_phone(self, call: Call, number: str, *, ring_ms: int, now: int) -> None:
        leg = self._leg(call, "extension:" + number, ring_ms=ring_ms, now=now)
        wire_ms = ring_ms + WIRE_GRACE_MS
        self.turn.commands.append(
            Ring(leg.number, leg.party, number, call.calling, call.name, wire_ms, call.caller)
        )

    def _rings(self, call: Call, now: int) -> None:
        """Something rings for a call; a caller who was answered before hears it."""
        call.face_hunt()
        if not any(segment.kind == "ring" for segment in call.open):  # beside others: one ringing
            call.hunt.refused_code = 0
            call.begin("ring", now)
        if call.was_answered:
            self.turn.commands.append(Play(call.caller, "ringback"))

    def won(self, call: Call, leg: Leg) -> None:
        """A leg has answered: it is the call's other end, and nothing else rings any more."""
        for number in call.hunt.legs:
            if number != leg.number:
                self.turn.release(self.state.legs[number], ELSEWHERE)
        call.hunt.end()
        call.face(leg.number)

    def refused(self, call: Call, leg: Leg, *, fact: Released) -> None:
        """Keep what a called party says, the best of all that ring at once, for the caller."""
        if leg.number not in call.hunt.legs or leg.state is LegState.RELEASING:
            return
        was = call.hunt.refused_code
        if is_handed_on(fact.code) and (not was or rank(fact.code) < rank(was)):
            call.hunt.refused_code, call.hunt.refused_cause = fact.code, fact.cause

    def over(self, leg: Leg, call: Call, now: int) -> int | None:
        """A leg has rung long enough. The cause, None while others still ring, 0 when one does
        again."""
        was = leg.state
        self.turn.release(leg, NO_ANSWER)
        call.hunt.refused_code = 0  # somebody could have come: that says more than who was busy
        if leg.number in call.hunt.legs:
            call.hunt.legs.remove(leg.number)
        call.face_hunt()
        if call.hunt.legs:
            return None
        call.finish("ring", now, detail="no_answer")
        if was is LegState.ALERTING:
            call.hunt.trunks = []  # the number called rings: another trunk would do no better
        return self.more(call, NO_ANSWER, now, is_fault=True)

    def more(self, call: Call, cause: int, now: int, *, is_fault: bool) -> int:
        """Nothing rings any more: try what is left, another trunk only where the last was at
        fault. 0 if something rings, else the cause."""
        if call.hunt.trunks and is_fault:
            return self._next_trunk(call, cause, now)
        if call.hunt.members:
            return self._next_member(call, cause, now)
        return cause
