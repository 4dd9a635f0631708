"""Clearing: how a call ends, whoever ends it, and its one record.

    end(call, by, cause)   says when, by whom and why; releases every leg there is
    released(fact)         a leg is gone for good; the caller's leg takes the record with it

A call's end is the moment it was decided; the wire may need seconds more to agree.
"""

from __future__ import annotations

from kernel.acd import engine as kernel
from pbx.call import Call, Leg, LegState, Transfer, Trigger
from pbx.calls import cdr
from pbx.events import Released
from pbx.queue.acd import Acd
from pbx.queue.agents import Agents
from pbx.sip.message.cause import NORMAL
from pbx.state import State, Turn
from pbx.stay.recorder import Recorder

REFUSALS = (480, 486, 600, 603, 607)
SILENT = (408, 503)


class Clearing:
    """Ends calls and legs."""

    def __init__(self, state: State, turn: Turn, *, acd: Acd, agents: Agents) -> None:
        self.state = state
        self.turn = turn
        self.acd = acd
        self.agents = agents
        self.recorder: Recorder = acd.recorder

    def end(self, call: Call, by: str, *, cause: int, now: int) -> None:
        """End a call now, `by` caller, agent, callee, system or a client's name."""
        if not call.is_over:
            call.ended_ms, call.ended_by, call.cause = now, by, cause
            self.recorder.stop(call, "end", now)
        self.unhold(call, now)
        self.acd.talk_ended(call, "caller" if by == "callee" else by, now)
        if call.transfer is not None:
            self.consultation_over(call.transfer, cause, now)
        self.acd.leave(call, kernel.ABANDONED, now)
        for number in call.legs:
            leg = self.state.legs[number]
            if leg.state is not LegState.RELEASING and leg.offer < 0:
                code = call.hunt.refused_code if number == call.caller and not leg.is_up else 0
                self.turn.release(leg, cause, code=code)

    def consultation_over(self, transfer: Transfer, cause: int, now: int) -> None:
        """A transfer is decided: the consultation whose phones rang on for it ends too."""
        leg = self.state.legs.get(transfer.beside)
        call = self.state.calls.get(leg.call) if leg else None
        transfer.beside = 0
        if call is not None and not call.is_over:
            call.outcome = call.outcome or "exited"
            self.end(call, "transfer", cause=cause, now=now)

    def unhold(self, call: Call, now: int) -> None:
        """Close the hold that is going on, if one is."""
        if not call.is_held:
            return
        held = call.finish("hold", now)
        call.hold_ms += held
        if call.talk is not None:
            call.talk.hold_ms += held
        call.held_ms = -1

    def released(self, fact: Released, now: int) -> Call | None:
        """A leg is gone. Returns the call whose outgoing leg failed and that may try another."""
        leg = self.state.legs.pop(fact.leg, None)
        if leg is None:
            return None
        was = leg.state
        leg.move(Trigger.GONE)
        lost = fact.code in SILENT
        call = self.state.calls.get(leg.call)
        if call is not None:
            call.legs.remove(leg.number)
            if leg.number == call.caller:
                self._caller_gone(call, fact, now)
        if leg.offer >= 0:
            self.acd.released(leg, now, refused=_is_refusal(fact.code), lost=lost)
        failed = (
            call is not None and leg.offer < 0 and self._partner_gone(call, leg, was=was, fact=fact)
        )
        self.agents.leg_removed(leg, now)
        if not lost and fact.code:
            self.agents.answers(leg.party, now)
        return call if failed else None

    def _caller_gone(self, call: Call, fact: Released, now: int) -> None:
        by = "agent" if call.talk is not None and call.talk.leg == fact.leg else "caller"
        self.end(call, by if fact.far else "system", cause=fact.cause, now=now)
        self._close(call, now)

    def _partner_gone(self, call: Call, leg: Leg, *, was: LegState, fact: Released) -> bool:
        """The other end of a call is gone; True if the last that rang has failed."""
        now = self.state.now
        if leg.number in call.hunt.legs:
            call.hunt.legs.remove(leg.number)
            call.face_hunt()
            if call.hunt.legs or call.is_over or was is LegState.RELEASING:
                return False
            call.finish("ring", now, detail="diverted" if fact.targets else "failed")
            return True
        if leg.number == call.partner and not call.is_over and was is not LegState.RELEASING:
            is_agent = call.talk is not None and call.talk.leg == leg.number
            self.end(call, "agent" if is_agent else "callee", cause=NORMAL, now=now)
        return False

    def lend(self, call: Call, leg: Leg, *, to: Call, now: int) -> None:
        """Give a leg to another call (pickup, attended transfer); its own is over, with a record
        of its own, and what else it had is released."""
        self.unhold(call, now)
        call.legs.remove(leg.number)
        leg.call = to.id
        to.add(leg)
        self.end(call, "transfer", cause=NORMAL, now=now)
        if leg.number == call.caller:
            self._close(call, now)

    def _close(self, call: Call, now: int) -> None:
        """Write the call's record: the only place, when the caller's leg is gone."""
        call.finish_all(call.ended_ms)
        del self.state.calls[call.id]
        for entry in call.entries:
            self.state.entries.pop(entry, None)
        self.turn.notes.append(cdr.record(call))

    def clear_all(self, now: int, cause: int) -> None:
        """A stop or restart: every call ends and every leg is gone, whatever the wire says.

        All calls end before the first leg goes, or a freed agent would be rung once more."""
        for call in list(self.state.calls.values()):
            self.end(call, "system", cause=cause, now=now)
        for number in sorted(self.state.legs):
            leg = self.state.legs[number]
            if leg.state is not LegState.RELEASING:
                self.turn.release(leg, cause)
        for number in sorted(self.state.legs):
            self.released(Released(number, cause, far=False), now)


def _is_refusal(code: int) -> bool:
    """Whether an agent's phone has refused an offer, which is no miss: also by being forwarded."""
    return code in REFUSALS or code // 100 == 3
