"""Transfer: one end of a call is led elsewhere, by the other end (REFER) or by a client.

    agent --REFER--> TransferAsked -> the dial plan, as if the agent's phone had dialled
        machine (queue, menu …)     done at once: 200, the agent's leg is released
        phone, group, trunk         rings; 200 when it answers, else the reason, and the two
                                    talk on as before

Until the new end answers, the transferor may stay or hang up; the caller hears ringing. An attended
transfer names a call of its own: what remains of both calls is joined at once. The talk with an
agent ends, and its wrap-up begins, when the transfer is done or the agent's leg has gone.
"""

from __future__ import annotations

from config.settings import Settings
from kernel import acd as kernel
from pbx import routing
from pbx.acd import Acd
from pbx.call import Call, Leg, LegState, Transfer
from pbx.clearing import Clearing
from pbx.commands import Bridge, Play, TransferResult
from pbx.events import Refused, TransferAsked, TransferWished
from pbx.night import Night
from pbx.notes import Transferred
from pbx.routing import Destination
from pbx.sip.cause import ELSEWHERE, NORMAL, code_of
from pbx.state import State, Turn

NOT_FOUND, BUSY_HERE = 404, 486
RINGING, DONE = 180, 200


class Transfers:
    """Leads calls elsewhere. Where a call shall go on is returned; the switch sends it there."""

    def __init__(
        self, state: State, turn: Turn, acd: Acd, clearing: Clearing, *, night: Night
    ) -> None:
        self.state = state
        self.night = night
        self.turn = turn
        self.acd = acd
        self.clearing = clearing
        self.settings = Settings()

    # ---- begun by a phone ----------------------------------------------------------------

    def asked(self, fact: TransferAsked, now: int) -> tuple[Call, Destination] | None:
        """A phone asks for a transfer; where the other end goes, None if nowhere (or, attended,
        if the two are joined already)."""
        if fact.other:
            self._attended(fact, now)
            return None
        leg = self.state.legs.get(fact.leg)
        call = self.state.calls.get(leg.call) if leg else None
        if leg is None or call is None or not self._may(call, leg):
            self._tell(fact.leg, BUSY_HERE)
            return None
        found = routing.route(self.settings, leg.party, fact.to, self.night.is_open)
        if found.kind == "none":
            self._tell(leg.number, NOT_FOUND)
            return None
        self._turn_round(call, leg)
        self.clearing.unhold(call, now)
        self._begin(call, leg.number, fact.to, leg.party)
        call.partner = 0
        return call, found

    def _attended(self, fact: TransferAsked, now: int) -> None:
        """Join what remains of two calls of one phone; the first keeps its record going."""
        asking, beside = self.state.legs.get(fact.leg), self.state.legs.get(fact.other)
        call = self.state.calls.get(asking.call) if asking else None
        other = self.state.calls.get(beside.call) if beside else None
        if (
            asking is None or beside is None or call is None or other is None or call is other
            or not (self._may(call, asking) and self._may(other, beside))
        ):  # fmt: skip
            self._tell(fact.leg, BUSY_HERE)
            return
        self._turn_round(call, asking)
        self.clearing.unhold(call, now)
        new = self.state.legs[other.partner if beside.number == other.caller else other.caller]
        self._begin(call, asking.number, fact.to or new.party, asking.party)
        self.clearing.lend(other, new, call, now)
        call.partner = new.number
        self.done(call, now)
        self.turn.commands.append(Bridge(call.caller, new.number))

    def _may(self, call: Call, leg: Leg) -> bool:
        """Two that talk, and one of them asks; not a second time while the first goes on."""
        talks = call.connected_ms >= 0 and call.ended_ms < 0 and call.partner in self.state.legs
        return (
            talks
            and leg.is_up
            and leg.number in (call.caller, call.partner)
            and call.transfer is None
            and call.visit is None
            and call.flow is None
        )

    def _turn_round(self, call: Call, leg: Leg) -> None:
        """Where the caller's own phone asks, the other end is what remains of the call."""
        if leg.number == call.caller:
            call.caller, call.partner = call.partner, call.caller

    def _begin(self, call: Call, leg: int, to: str, by: str) -> None:
        queue, agent = (call.talk.queue, call.talk.agent) if call.talk else ("", "")
        call.transfer = Transfer(leg, to, by, queue, agent)

    def _tell(self, leg: int, code: int) -> None:
        if leg in self.state.legs:
            self.turn.commands.append(TransferResult(leg, code))

    # ---- begun by a client ---------------------------------------------------------------

    def wished(self, fact: TransferWished, now: int) -> tuple[Call, Destination] | Refused:
        """A client leads a call elsewhere, whoever its caller talks to or waits for."""
        call = self.state.calls.get(fact.call)
        if call is None or call.ended_ms >= 0:
            return Refused("not_found", f'there is no call "{fact.call}" now')
        if call.answered_ms < 0 or call.transfer is not None:
            return Refused("refused", "this call cannot be led elsewhere now")
        found = routing.route(self.settings, "extension:", fact.to, self.night.is_open)
        if found.kind == "none":
            return Refused("not_found", f'"{fact.to}" is no number that an extension can dial')
        self.clearing.unhold(call, now)
        left = call.partner if not call.ringing and call.visit is None else 0
        self._begin(call, left, fact.to, fact.by or "client")
        self.acd.leave(call, kernel.EXITED, now)
        self._leave_all(call, now)
        return call, found

    def _leave_all(self, call: Call, now: int) -> None:
        """End what a call is in: its menu, and what rings for it."""
        for kind in ("menu", "announce"):
            call.finish(kind, now)
        for number in call.ringing:
            self.clearing.release(self.state.legs[number], ELSEWHERE)
        if call.ringing:
            call.finish("ring", now, detail="withdrawn")
        call.ringing, call.targets, call.members, call.group = [], [], [], ""
        call.partner, call.flow, call.play = 0, None, 0
        call.step += 1

    # ---- how it ends ---------------------------------------------------------------------

    def rings(self, call: Call) -> None:
        """The new end rings."""
        if call.transfer is not None:
            self._tell(call.transfer.leg, RINGING)

    def done(self, call: Call, now: int) -> None:
        """The new end has the call: the transferor leaves it."""
        transfer = call.transfer
        if transfer is None:
            return
        call.transfer = None
        self._tell(transfer.leg, DONE)
        self._note(call, transfer, "done", now)
        self._leaves(call, transfer, now)

    def _leaves(self, call: Call, transfer: Transfer, now: int) -> None:
        self.acd.talk_ended(call, "transfer", now, to=transfer.to)
        call.finish("talk", now, detail="transfer")
        leg = self.state.legs.get(transfer.leg)
        if leg is not None and leg.state is not LegState.RELEASING:
            self.clearing.release(leg, NORMAL)

    def transferor_gone(self, call: Call, leg: Leg, now: int) -> None:
        """The transferor has hung up before the new end answered: the transfer goes on."""
        transfer = call.transfer
        if transfer is not None and transfer.leg == leg.number:
            transfer.leg = 0
            self._leaves(call, transfer, now)

    def failed(self, call: Call, cause: int, now: int) -> bool:
        """The new end cannot be had. True if the two of before talk on."""
        transfer, call.transfer = call.transfer, None
        if transfer is None:
            return False
        self._note(call, transfer, "failed", now)
        leg = self.state.legs.get(transfer.leg)
        if leg is None or not leg.is_up:
            return False
        self._tell(leg.number, code_of(cause))
        call.partner, call.play, call.flow = leg.number, 0, None
        if leg.state is LegState.HELD:
            self.turn.commands.append(Play(call.caller, "music"))
            call.held_ms = now
            call.begin("hold", now)
        else:
            self.turn.commands.append(Bridge(call.caller, leg.number))
        return True

    def _note(self, call: Call, transfer: Transfer, outcome: str, now: int) -> None:
        self.turn.notes.append(
            Transferred(
                call.id,
                transfer.queue,
                transfer.agent,
                transfer.by,
                transfer.to,
                outcome,
                self.state.wall(now),
            )
        )
