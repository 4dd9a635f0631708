"""Attended transfer: a phone with two calls asks that what remains of both be one.

    the consultation    talks           both remaining ends are joined at once
                        waits in queue  the other end takes its place there, at once
                        rings           it rings on for the other end (semi-attended), as after a
                                        blind transfer; the consultation ends when that is decided

The older call keeps its record going, whichever the REFER came in. What cannot be done is refused
(RFC 5589 section 7), and both calls are left as they are.
"""

from __future__ import annotations

from pbx.call import Call, Leg
from pbx.calls.handover import Handover
from pbx.calls.transfer import BUSY_HERE, DONE, FORBIDDEN, Transfers
from pbx.commands import Bridge
from pbx.events import TransferAsked
from pbx.sip.message.cause import NORMAL

Pair = tuple[Call, Leg, Call, Leg]


class Attended:
    """Makes one call of two."""

    def __init__(self, transfers: Transfers) -> None:
        self.transfers = transfers
        self.state = transfers.state
        self.turn = transfers.turn
        self.clearing = transfers.clearing
        self.handover = Handover(transfers.state, transfers.turn, acd=transfers.acd)

    def asked(self, fact: TransferAsked, now: int) -> None:
        """A phone asks that the partner of `fact.leg` be joined to that of `fact.other`."""
        pair = self._pair(fact)
        if pair is None:
            self.transfers.tell(fact.leg, BUSY_HERE)
            return
        call, leg, other, beside = pair
        stays, comes = _other_end(call, leg), self._new_ends(other, beside)
        if not self.transfers.may_join(leg, stays, comes=comes):
            self.transfers.tell(fact.leg, FORBIDDEN)
            return
        self.transfers.turn_round(call, leg)
        self.clearing.unhold(call, now)
        party = self.state.legs[comes[0]].party if comes else f"queue:{other.queue}"
        transfer = self.transfers.begin(call, leg, to=fact.to or party)
        transfer.method, transfer.other = "bridge", other.id
        if other.visit is not None:
            transfer.method = "app"
            self._takes_place(call, other, now)
        elif other.hunt.legs:
            transfer.beside = beside.number
            self._rings_on(call, other, now)
        else:
            self._joined(call, other, beside=beside, now=now)
        if fact.leg != leg.number and call.transfer is None:
            self.transfers.tell(fact.leg, DONE)

    def _pair(self, fact: TransferAsked) -> Pair | None:
        """The call that goes on with the transferor's leg in it, and the consultation with its
        own: the older one talks, or else the younger."""
        asking, beside = self.state.legs.get(fact.leg), self.state.legs.get(fact.other)
        if asking is None or beside is None or asking.call == beside.call:
            return None
        for leg, second in sorted([(asking, beside), (beside, asking)], key=lambda ab: ab[0].call):
            call, other = self.state.calls.get(leg.call), self.state.calls.get(second.call)
            if call is None or other is None or not self.transfers.may(call, leg):
                continue
            if self.transfers.may(other, second) or _waits(other, second):
                return call, leg, other, second
        return None

    def _new_ends(self, other: Call, beside: Leg) -> list[int]:
        """The legs that the other end may get to hear: one that talks, or all that ring."""
        if other.visit is not None:
            return []
        return other.hunt.legs or [_other_end(other, beside)]

    def _takes_place(self, call: Call, other: Call, now: int) -> None:
        self.transfers.done(call, now)
        self.handover.place(other, call, now)
        self._over(other, now)

    def _rings_on(self, call: Call, other: Call, now: int) -> None:
        if self.handover.ringing(other, call, now):
            self.transfers.rings(call)

    def _joined(self, call: Call, other: Call, *, beside: Leg, now: int) -> None:
        new = self.state.legs[_other_end(other, beside)]
        leaves = call.transfer
        assert leaves is not None
        kept = other.talk if other.talk and other.talk.leg == new.number else None
        self.transfers.done(call, now)
        if kept is not None and call.talk is None:
            self.handover.talk(kept, other, call=call, now=now)
        self.transfers.acd.talk_ended(other, "transfer", now, away=leaves)
        self.clearing.lend(other, new, to=call, now=now)
        call.face(new.number)
        self.turn.commands.append(Bridge(call.caller, new.number))

    def _over(self, other: Call, now: int) -> None:
        """The consultation is over: what it waited for is another call's."""
        other.outcome = other.outcome or "exited"
        self.clearing.end(other, "transfer", cause=NORMAL, now=now)


def _other_end(call: Call, leg: Leg) -> int:
    return call.partner if leg.number == call.caller else call.caller


def _waits(other: Call, leg: Leg) -> bool:
    """Whether a consultation still waits: in a queue, or while phones or a trunk ring."""
    if leg.number != other.caller or other.is_over or other.transfer is not None:
        return False
    return bool(other.hunt.legs) or (other.visit is not None and other.stay is None)
