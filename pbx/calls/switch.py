"""The switch: what becomes of each leg, from its arrival to the call's record.

    CallArrived -> code | routing -> menu | queue (acd) | phone, group, trunk (parties) -> Bridge

Where a call goes next is decided next door (`menu`, `transfer`, `parties`) and done here, by `go`.
What ends a leg or a call is in `clearing`, what happens within one in `during_talk`.
"""

from __future__ import annotations

from collections.abc import Callable

from pbx import routing
from pbx.call import Call, Leg, LegState, Trigger
from pbx.calls import cdr
from pbx.calls.attended import Attended
from pbx.calls.caller import Callers, Way
from pbx.calls.clearing import Clearing
from pbx.calls.codes import Code, Codes
from pbx.calls.diversion import Diversions
from pbx.calls.parties import Parties
from pbx.calls.transfer import Transfers
from pbx.commands import Alert, Bridge
from pbx.events import (
    Alerting,
    Answered,
    CallArrived,
    Refused,
    Released,
    TransferAsked,
    TransferWished,
)
from pbx.night import Night
from pbx.notes import CallOpened
from pbx.queue.acd import Acd
from pbx.queue.agents import Agents
from pbx.routing import Destination
from pbx.sip.message.cause import (
    BUSY,
    CONGESTION,
    FAILURE,
    NORMAL,
    NOT_ALLOWED,
    UNALLOCATED,
    is_trunk_fault,
)
from pbx.state import State, Turn
from pbx.stay.recorder import Recorder
from pbx.stay.stays import Stays
from pbx.stay.voice import Voice

VISITS_MAX = 10  # a call that overflows in circles ends


class Switch:
    """Calls and legs: routed, led through menus, queued, rung, joined."""

    def __init__(
        self, state: State, turn: Turn, *, acd: Acd, agents: Agents, clearing: Clearing
    ) -> None:
        self.state = state
        self.turn = turn
        self.acd = acd
        self.agents = agents
        self.clearing = clearing
        self.voice: Voice = acd.voice
        self.recorder: Recorder = acd.recorder
        self.night = Night(state, turn)
        self.parties = Parties(state, turn, agents=agents)
        self.stays: Stays = acd.stays
        self.codes = Codes(state, turn, agents=agents, stays=self.stays, night=self.night)
        self.transfers = Transfers(state, turn, acd=acd, clearing=clearing, night=self.night)
        self.attended = Attended(self.transfers)
        self.diversions = Diversions(state, turn, night=self.night)
        self.callers = Callers(state, acd, stays=self.stays)
        self._ways: dict[str, Callable[[Call, Destination, int], None]] = {
            "queue": self._to_queue,
            "menu": self._to_menu,
            "announce": lambda call, to, now: self._announce(call, to.name, now),
            "extension": lambda call, to, now: self._rung(
                call, self.parties.extension(call, to.name, now), now
            ),
            "group": lambda call, to, now: self._rung(
                call, self.parties.group(call, to.name, now), now
            ),
            "trunk": self._to_trunk,
            "login": lambda call, to, now: self.codes.login(call, to.name, now),
            "hangup": lambda call, to, now: self.clearing.end(
                call, "system", cause=int(to.name or NORMAL), now=now
            ),
            "none": lambda call, to, now: self._refuse(call, UNALLOCATED, now),
        }

    # ---- a call comes in -----------------------------------------------------------------

    def arrived(self, fact: CallArrived, now: int) -> None:
        """Open a call for a leg that wants in, and send it where the dial plan says."""
        call = self._open(fact, now)
        refusal = self._no_room(fact)
        kind, _, name = fact.source.partition(":")
        code = self.codes.parse(call.called) if kind == "extension" else None
        if refusal:
            self._refuse(call, refusal, now)
        elif code is None:
            found = routing.route(
                self.turn.settings, fact.source, called=fact.called, is_open=self.night.is_open
            )
            call.language = found.language or self.turn.settings.site.language
            call.credit_ms = found.credit_ms
            call.may_transit = found.route >= 0 and self.turn.settings.route[found.route].transit
            self.go(call, found, now)
        elif not self._picked_up(call, code, extension=name, now=now):
            self.codes.dial(call, code, extension=name, now=now)

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
            language=self.turn.settings.site.language,
        )
        leg = Leg(fact.leg, call.id, fact.source, started_ms=now, dialog=fact.dialog)
        call.add(leg)
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
        if self.state.is_draining:
            return FAILURE
        if len(self.state.calls) > self.turn.settings.limits.calls_per_site:
            return CONGESTION
        if kind == "extension":
            return CONGESTION if self.parties.is_full(name, 1) else 0
        return CONGESTION if self.parties.used(name) > self.parties.channels(name) else 0

    def _refuse(self, call: Call, cause: int, now: int) -> None:
        call.outcome = call.outcome or "failed"
        self._end_or_tone(call, cause, now)

    # ---- where it goes -------------------------------------------------------------------

    def go(self, call: Call, destination: Destination, now: int) -> None:
        """Send a call to a destination of the dial plan."""
        kind = destination.kind
        if kind in ("queue", "menu", "announce", "hangup"):  # there is nobody to wait for
            self.transfers.done(call, now)
        way = self._ways.get(kind)
        if way is not None:
            way(call, destination, now)
        else:
            self._announce(call, "unavailable", now)

    def _to_trunk(self, call: Call, to: Destination, now: int) -> None:
        if self.transfers.is_transit(call):
            self._rung(call, NOT_ALLOWED, now)
        else:
            self._rung(call, self.parties.trunk(call, to, now), now)

    def _to_menu(self, call: Call, to: Destination, now: int) -> None:
        self._stay(call, "menu", name=to.name, now=now)

    def _stay(self, call: Call, kind: str, *, name: str, now: int) -> None:
        found = self.stays.enter(call, kind, name=name, now=now)
        if found is not None:
            self.go(call, found, now)

    def _announce(self, call: Call, name: str, now: int) -> None:
        """Say something, then hang up."""
        self.voice.answer(call, now)
        call.outcome = call.outcome or "answered"
        call.begin("announce", now, queue=name)
        self._stay(call, "announce", name=name, now=now)

    def _to_queue(self, call: Call, to: Destination, now: int) -> None:
        name = to.name
        if not self.acd.has_room(name):
            self.acd.turned_away(call, name, now)
        elif self.recorder.owes_notice(call, name):
            self._stay(call, "notice", name=name, now=now)
        else:
            self.voice.answer(call, now)
            self.acd.enter(call, name, now)
        self.overflow(now)

    def overflow(self, now: int) -> None:
        """Send on what queues gave up: to their `overflow`, or to the end of the call."""
        while self.acd.overflowed:
            call, name = self.acd.overflowed.pop(0)
            queue = self.turn.settings.queue.get(name)
            if call.is_over:
                continue
            call.play = 0
            if queue is None or not queue.overflow or call.visits >= VISITS_MAX:
                call.outcome = call.outcome or "overflowed"
                self.clearing.end(
                    call, "system", cause=NORMAL if call.was_answered else BUSY, now=now
                )
            else:
                call.outcome = "overflowed"
                self.go(call, routing.parse(queue.overflow, call.called), now)

    # ---- ringing somebody ----------------------------------------------------------------

    def _rung(self, call: Call, cause: int, now: int) -> None:
        if cause:
            self._failed(call, cause, now)

    def _failed(self, call: Call, cause: int, now: int) -> None:
        """The party called cannot be had: another way, back to who transferred, or the end."""
        if call.hunt.diverts and not call.hunt.legs and self._diverted(call, now):
            return
        group = self.turn.settings.group.get(call.hunt.group)
        call.hunt.group = ""
        if group is not None and group.otherwise:
            self.go(call, routing.parse(group.otherwise, call.called), now)
        elif not self.transfers.failed(call, cause, now):
            call.outcome = call.outcome or cdr.failure(cause)
            self._end_or_tone(call, cause, now)

    def _end_or_tone(self, call: Call, cause: int, now: int) -> None:
        """A caller who was answered hears why; one who was not is told by the refusal."""
        caller = self.state.legs.get(call.caller)
        if caller is not None and caller.is_up and not call.is_over:
            self._stay(call, "tone", name=str(cause), now=now)
        else:
            self.clearing.end(call, "system", cause=cause, now=now)

    def alerting(self, fact: Alerting, now: int) -> None:
        """The far end rings; so the caller hears it ring."""
        leg = self.state.legs.get(fact.leg)
        if leg is None:
            return
        leg.move(Trigger.ALERT)
        self.agents.answers(leg.party, now)
        call = self.state.calls.get(leg.call)
        if call is None or leg.number not in call.hunt.legs:
            return
        early = leg.number if fact.early_media and len(call.hunt.legs) == 1 else 0
        self._tell_caller(call, early)
        self.transfers.rings(call)

    def _tell_caller(self, call: Call, early: int) -> None:
        """The caller hears ringing, or what the far end sends before it answers (`early`)."""
        caller = self.state.legs.get(call.caller)
        if caller is None:
            return
        if caller.state is LegState.SETUP or (early and caller.state is LegState.ALERTING):
            caller.move(Trigger.ALERT)
            self.turn.commands.append(Alert(caller.number, early))
        if early and caller.state in (LegState.ALERTING, LegState.CONNECTED):
            self.turn.commands.append(Bridge(caller.number, early))

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
            self.turn.release(leg, leg.cause or NORMAL)
        else:
            self._won(self.state.calls[leg.call], leg, now)

    def _won(self, call: Call, leg: Leg, now: int) -> None:
        self.parties.won(call, leg)
        self.transfers.done(call, now)
        self.voice.answer(call, now, partner=leg.number)
        self.turn.commands.append(Bridge(call.caller, leg.number))

    def released(self, fact: Released, now: int) -> None:
        """A leg is gone. If nothing rings for its call any more, something else may."""
        leg = self.state.legs.get(fact.leg)
        call = self.state.calls.get(leg.call) if leg else None
        is_diverted = False
        if leg is not None and call is not None and not call.is_over:
            self.transfers.transferor_gone(call, leg, now)
            self.parties.refused(call, leg, fact=fact)
            is_diverted = self.diversions.taken(call, leg, fact=fact)
        failed = self.clearing.released(fact, now)
        if is_diverted and call is not None and self._diverted(call, now):
            return
        if failed is not None:
            self._more(failed, fact, now)

    def _more(self, call: Call, fact: Released, now: int) -> None:
        """What rang has failed: what is left is tried, or the caller is told the best of it."""
        is_fault = is_trunk_fault(fact.cause, fact.code)
        cause = self.parties.more(call, fact.cause, now, is_fault=is_fault)
        if cause != fact.cause:
            call.hunt.refused_code = 0
        elif call.hunt.refused_code:
            cause = call.hunt.refused_cause
        self._rung(call, cause, now)

    def _diverted(self, call: Call, now: int) -> bool:
        """Send a call where a phone of ours has diverted it; False where there is no such place."""
        found = self.diversions.next(call)
        if found is None:
            return False
        if found.kind == "trunk":  # by the phone's own permission, whatever brought the call
            self._rung(call, self.parties.trunk(call, found, now), now)
        else:
            self.go(call, found, now)
        return True

    def ring_over(self, leg_number: int, now: int) -> None:
        """A phone or trunk has rung long enough."""
        leg = self.state.legs.get(leg_number)
        if leg is None or leg.state not in (LegState.SETUP, LegState.ALERTING):
            return
        call = self.state.calls[leg.call]
        cause = self.parties.over(leg, call, now)
        if cause:
            self._failed(call, cause, now)

    # ---- led elsewhere -------------------------------------------------------------------

    def transfer(self, fact: TransferAsked, now: int) -> None:
        """A phone transfers a call."""
        if fact.other:
            self.attended.asked(fact, now)
        else:
            self.lead(self.transfers.asked(fact, now), now)

    def lead(self, way: Way, now: int) -> None:
        """Send a call where its stay or transfer leads it."""
        if way is not None:
            self.go(*way, now)

    def redirect(self, fact: TransferWished, now: int) -> Refused | None:
        """A client transfers a call."""
        found = self.transfers.wished(fact, now)
        if isinstance(found, Refused):
            return found
        self.go(*found, now)
        return None

    def _picked_up(self, call: Call, code: Code, *, extension: str, now: int) -> bool:
        """Give the oldest call that rings at `code.rest` (or anywhere) to the picker's phone."""
        if code.name != "pickup":
            return False
        found = self._ringing(code.rest, extension)
        if found is None:
            return False
        leg = self.state.legs[call.caller]
        self.voice.answer(call, now, partner=found.caller)
        found.extension = extension
        call.outcome = "answered"
        self.clearing.lend(call, leg, to=found, now=now)
        self._won(found, leg, now)
        return True

    def _ringing(self, at: str, by: str) -> Call | None:
        for call in self.state.calls.values():
            phones = [self.state.legs[number].party for number in call.hunt.legs]
            at_phones = [party for party in phones if party.startswith("extension:")]
            is_there = at_phones and (not at or f"extension:{at}" in at_phones)
            if is_there and not call.is_over and call.source != f"extension:{by}":
                return call
        return None
