"""Transfer: one end of a call is led elsewhere, by the other end (REFER) or by a client.

    agent --REFER--> TransferAsked -> the dial plan, as if the agent's phone had dialled
        machine (queue, menu …)     done at once: 200, the agent's leg is released
        phone, group, trunk         rings; 200 when it answers, else the reason, and the two
                                    talk on as before

Until the new end answers, the transferor may stay or hang up; the caller hears ringing. The talk
with an agent ends, and its wrap-up begins, when the agent's leg leaves: at the latest when the
transfer that it asked for is done. What a trunk brought leaves by a trunk only where the
transferor's `transfer_out` allows it (403). Attended transfers are next door, in `attended`.
"""

from __future__ import annotations

from kernel.acd import engine as kernel
from pbx import routing
from pbx.call import Call, Leg, LegState, Transfer
from pbx.calls.clearing import Clearing
from pbx.commands import Bridge, Play, TransferResult
from pbx.events import Refused, TransferAsked, TransferWished
from pbx.night import Night
from pbx.notes import Transferred
from pbx.queue.acd import Acd
from pbx.routing import Destination
from pbx.sip.message.cause import ELSEWHERE, NORMAL, code_of
from pbx.state import State, Turn
from pbx.stay.stay import leave

FORBIDDEN, NOT_FOUND, BUSY_HERE = 403, 404, 486
RINGING, DONE = 180, 200


class Transfers:
    """Leads calls elsewhere. Where a call shall go on is returned; the switch sends it there."""

    def __init__(
        self, state: State, turn: Turn, *, acd: Acd, clearing: Clearing, night: Night
    ) -> None:
        self.state = state
        self.night = night
        self.turn = turn
        self.acd = acd
        self.clearing = clearing

    # ---- begun by a phone ----------------------------------------------------------------

    def asked(self, fact: TransferAsked, now: int) -> tuple[Call, Destination] | None:
        """A phone asks for a blind transfer; where the other end goes, None if nowhere."""
        leg = self.state.legs.get(fact.leg)
        call = self.state.calls.get(leg.call) if leg else None
        if leg is None or call is None or not self.may(call, leg):
            self.tell(fact.leg, BUSY_HERE)
            return None
        found = routing.route(
            self.turn.settings, leg.party, called=fact.to, is_open=self.night.is_open
        )
        if found.kind == "none":
            self.tell(leg.number, NOT_FOUND)
            return None
        self.turn_round(call, leg)
        self.begin(call, leg, to=fact.to)
        if found.kind == "trunk" and self.is_transit(call):
            call.transfer = None
            self.tell(leg.number, FORBIDDEN)
            return None
        self.clearing.unhold(call, now)
        call.face(0)
        return call, found

    def may(self, call: Call, leg: Leg) -> bool:
        """Two that talk, and one of them asks; not a second time while the first goes on."""
        talks = call.was_connected and not call.is_over and call.partner in self.state.legs
        return (
            talks
            and leg.is_up
            and leg.number in (call.caller, call.partner)
            and call.transfer is None
            and call.visit is None
            and call.stay is None
        )

    def turn_round(self, call: Call, leg: Leg) -> None:
        """Where the caller's own phone asks, the other end is what remains of the call."""
        if leg.number == call.caller:
            call.turn_round()

    def begin(self, call: Call, leg: Leg | None, *, to: str, by: str = "") -> Transfer:
        """A transfer is under way, asked for by the party of `leg` or the client `by`."""
        queue, agent = (call.talk.queue, call.talk.agent) if call.talk else ("", "")
        number, party = (leg.number, leg.party) if leg else (0, "")
        may_transit = self._may_let_out(party)
        call.transfer = Transfer(number, to, by or party, queue, agent, may_transit)
        return call.transfer

    def tell(self, leg: int, code: int) -> None:
        """Tell a leg that asked for a transfer how it goes."""
        if leg in self.state.legs:
            self.turn.commands.append(TransferResult(leg, code))

    # ---- from trunk to trunk -------------------------------------------------------------

    def _may_let_out(self, party: str) -> bool:
        kind, _, number = party.partition(":")
        extension = self.turn.settings.extension.get(number) if kind == "extension" else None
        return extension is not None and extension.transfer_out

    def is_transit(self, call: Call) -> bool:
        """Whether a trunk that the call goes to now would carry what a trunk has brought, and
        neither its route nor who transfers it allows that."""
        if call.may_transit or (call.transfer is not None and call.transfer.may_transit):
            return False
        return self._is_trunk(call.caller)

    def may_join(self, asking: Leg, stays: int, *, comes: list[int]) -> bool:
        """Whether the party of a leg may join the two others, which may both be trunks."""
        if not self._is_trunk(stays) or not any(self._is_trunk(each) for each in comes):
            return True
        return self._may_let_out(asking.party)

    def _is_trunk(self, leg: int) -> bool:
        found = self.state.legs.get(leg)
        return found is not None and found.party.startswith("trunk:")

    # ---- begun by a client ---------------------------------------------------------------

    def wished(self, fact: TransferWished, now: int) -> tuple[Call, Destination] | Refused:
        """A client leads a call elsewhere, whoever its caller talks to or waits for."""
        call = self.state.calls.get(fact.call)
        if call is None or call.is_over:
            return Refused("not_found", f'there is no call "{fact.call}" now')
        if not call.was_answered or call.transfer is not None:
            return Refused("refused", "this call cannot be led elsewhere now")
        found = routing.route(
            self.turn.settings, "extension:", called=fact.to, is_open=self.night.is_open
        )
        if found.kind == "none":
            return Refused("not_found", f'"{fact.to}" is no number that an extension can dial')
        left = call.partner if not call.hunt.legs and call.visit is None else 0
        leaves = self.state.legs.get(left)
        self.begin(call, leaves, to=fact.to, by=fact.by or "client")
        if found.kind == "trunk" and self.is_transit(call):
            call.transfer = None
            return Refused("refused", _no_transit(leaves))
        self.clearing.unhold(call, now)
        self.acd.leave(call, kernel.EXITED, now)
        self._leave_all(call, now)
        return call, found

    def _leave_all(self, call: Call, now: int) -> None:
        """End what a call is in: its menu, and what rings for it."""
        for kind in ("menu", "announce"):
            call.finish(kind, now)
        for number in call.hunt.legs:
            self.turn.release(self.state.legs[number], ELSEWHERE)
        if call.hunt.legs:
            call.finish("ring", now, detail="withdrawn")
        call.hunt.end()
        call.face(0)
        leave(call)

    # ---- how it ends ---------------------------------------------------------------------

    def rings(self, call: Call) -> None:
        """The new end rings."""
        if call.transfer is not None:
            self.tell(call.transfer.leg, RINGING)

    def done(self, call: Call, now: int) -> None:
        """The new end has the call: the transferor leaves it."""
        transfer = call.transfer
        if transfer is None:
            return
        call.transfer = None
        call.may_transit = call.may_transit or transfer.may_transit
        self.tell(transfer.leg, DONE)
        self._note(call, transfer, outcome="done", now=now)
        self._leaves(call, transfer, number=transfer.leg, now=now)

    def _leaves(self, call: Call, transfer: Transfer, *, number: int, now: int) -> None:
        """The transferor's leg leaves. An agent's talk ends with the agent's own leg: one whose
        caller has led it elsewhere goes on."""
        if call.talk is not None and call.talk.leg == number:
            self.acd.talk_ended(call, "transfer", now, away=transfer)
        call.finish("talk", now, detail="transfer")
        leg = self.state.legs.get(transfer.leg)
        if leg is not None and leg.state is not LegState.RELEASING:
            self.turn.release(leg, NORMAL)
        self.clearing.consultation_over(transfer, NORMAL, now)

    def transferor_gone(self, call: Call, leg: Leg, now: int) -> None:
        """The transferor has hung up before the new end answered: the transfer goes on."""
        transfer = call.transfer
        if transfer is not None and transfer.leg == leg.number:
            transfer.leg = 0
            self._leaves(call, transfer, number=leg.number, now=now)

    def failed(self, call: Call, cause: int, now: int) -> bool:
        """The new end cannot be had. True if the two of before talk on."""
        transfer, call.transfer = call.transfer, None
        if transfer is None:
            return False
        self._note(call, transfer, outcome="failed", now=now)
        self.clearing.consultation_over(transfer, cause, now)
        leg = self.state.legs.get(transfer.leg)
        if leg is None or not leg.is_up:
            return False
        self.tell(leg.number, call.hunt.refused_code or code_of(cause))
        call.face(leg.number)
        leave(call)
        if leg.state is LegState.HELD:
            self.turn.commands.append(Play(call.caller, "music"))
            call.held_ms = now
            call.begin("hold", now)
        else:
            self.turn.commands.append(Bridge(call.caller, leg.number))
        return True

    def _note(self, call: Call, transfer: Transfer, *, outcome: str, now: int) -> None:
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


def _no_transit(leaves: Leg | None) -> str:
    kind, _, number = (leaves.party if leaves else "").partition(":")
    where = f"[extension.{number}]" if kind == "extension" else "the extension that it talks to has"
    return (
        "one end of this call came by a trunk, and a transfer leads it to a trunk only where "
        f"{where} transfer_out = true"
    )
