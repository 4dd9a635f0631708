"""The one user agent, which gateway and phones share: bytes and time in, bytes and facts out.

    bytes --receive--> door --> transactions --> leg --> facts
    commands: alert answer ring release … -----> leg --> outbox --> bytes

It reads no clock and opens no socket. What it says lies in `outbox` until the daemon has written
the journal; what it has to tell lies in `facts`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kernel.named_timers import NamedTimers
from pbx.commands import Ring
from pbx.events import leg_number
from pbx.sip.access.presence import Presence
from pbx.sip.dialog.dialog import CSEQ_LEAP, farewell, of_answer, unpack
from pbx.sip.dialog.leg import Line, SipLeg, Sound, refusal
from pbx.sip.dialog.session import Session
from pbx.sip.dialog.uac import Outgoing, Target
from pbx.sip.dialog.uas import Incoming
from pbx.sip.door import knock, objection, offer_in
from pbx.sip.message import cause as causes
from pbx.sip.message.check import check
from pbx.sip.message.outgoing import Reply
from pbx.sip.message.outgoing import refusal as answer_to
from pbx.sip.message.received import Flow, Malformed, Message, parse
from pbx.sip.message.sdp import Description
from pbx.sip.message.uri import number_of, parse_uri
from pbx.sip.transaction.transactions import (
    TRANSACTIONS_MAX,
    ClientTransaction,
    ServerTransaction,
    Transactions,
)

TIMERS = ("end", "session", "again", "rel", "silence")
REFUSED_MAX = 1_000
NO_LINE = Line(("PCMA", "PCMU"))


class UserAgent(Presence):
    """All legs on SIP. `lines` says how parties are spoken to."""

    def __init__(
        self,
        *,
        secret: bytes,
        epoch: int,
        sound: Sound,
        realm: str = "agner",
        transactions_max: int = TRANSACTIONS_MAX,
    ) -> None:
        super().__init__(secret, epoch, realm=realm)
        self.outbox: list[tuple[Flow, bytes]] = []
        self.legs: dict[int, SipLeg] = {}
        self.dialogs: dict[tuple[str, str], SipLeg] = {}
        self.lines: dict[str, Line] = {}
        self.timers = NamedTimers()
        self.sound = sound
        self.tag, self.branch = self.identity.tag, self.identity.branch
        self.sent_by = self.identity.place
        self.transactions = Transactions(self, self._send, transactions_max=transactions_max)
        self._clocks = (  # asked each turn
            self.transactions.next_deadline, self.timers.next_deadline,
            self.registrar.next_deadline,
        )  # fmt: skip
        self._arrived = 0
        self._merges: dict[tuple[str, str, int], int] = {}
        self._busy: dict[str, int] = {}
        self._refused: dict[tuple[str, str], None] = {}
        self._party = ""

    # ---- the wire

    def receive(self, data: bytes, flow: Flow, now: int) -> None:
        """Take one message as it came on `flow`."""
        if not self.access.may_read(flow, now):
            return
        try:
            message = parse(data)
            message.flow = flow
            check(message)
        except Malformed as bad:
            self.refuse(bad, flow)
            return
        if self.missing:
            self.sign_of_life(flow)
        outside = message.is_request and not message.to_tag
        if outside and message.method not in ("ACK", "CANCEL"):
            known = knock(message, self.access, now)
            if not isinstance(known, str):
                self._turn_away(message, known)
                return
            self._party = known
        self.transactions.receive(message, now)

    def refuse(self, bad: Malformed, flow: Flow) -> None:
        """Answer what cannot be read, if it can be answered."""
        bad.message.flow = flow
        if bad.code:
            tag = self.identity.token(f"bad\0{flow.host}\0{flow.port}")
            self._send(bad.message.reply_flow, answer_to(bad, tag))

    def _turn_away(self, message: Message, reply: Reply | None) -> None:
        """Say no and forget it; or say nothing."""
        if reply is not None:
            tagged = msgspec.structs.replace(reply, tag=self.tag(message))
            self.transactions.respond_statelessly(message, tagged)

    def connection_lost(self, flow: Flow, now: int) -> None:
        """A stream has been closed, or could not be opened; with it go devices and requests."""
        self.transactions.transport_failed(flow, now)
        self.registrar.connection_lost(flow)
        for leg in self.legs.values():
            if leg.dialog is not None and leg.dialog.hop == flow:
                leg.dialog.hop = leg.dialog.elsewhere()

    def uses(self, flow: Flow) -> bool:
        """Whether a phone or a call depends on a connection."""
        return self.registrar.has_flow(flow) or any(
            leg.dialog is not None and flow in (leg.dialog.hop, leg.dialog.flow)
            for leg in self.legs.values()
        )

    def next_deadline(self) -> int | None:
        """When `tick` is due (ms)."""
        first = None
        for next_deadline in self._clocks:
            when = next_deadline()
            if when is not None and (first is None or when < first):
                first = when
        return first

    def tick(self, now: int) -> None:
        """Do what is due."""
        self.transactions.tick(now)
        self.registrar.tick(now)
        for number, name in self.timers.due(now):
            leg = self.legs.get(int(number))
            if leg is not None:
                leg.on_time(name, now)

    def _send(self, flow: Flow, data: bytes) -> None:
        self.outbox.append((flow, data))

    # ---- commands

    def ring(self, ring: Ring, targets: Sequence[Target], now: int) -> None:
        """Open a leg to a party's devices; a command done before is not done twice."""
        if ring.leg in self.legs:
            return
        leg = Outgoing(self, ring, line=self.lines.get(ring.target, NO_LINE))
        self.add(leg)
        leg.start(targets, now)

    def alert(self, leg: int, now: int, partner: int = 0) -> None:
        """Let the caller hear that it rings, or what `partner` sends before it answers."""
        found = self.legs.get(leg)
        if isinstance(found, Incoming):
            found.alert(now, partner)

    def answer(self, leg: int, partner: int, now: int) -> None:
        """Answer the caller."""
        found = self.legs.get(leg)
        if isinstance(found, Incoming):
            found.answer(partner, now)

    def release(
        self, leg: int, cause: int, now: int, *, elsewhere: bool = False, code: int = 0
    ) -> None:
        """End a leg; one that is gone stays gone."""
        found = self.legs.get(leg)
        if found is not None:
            found.refused_with = code
            found.release(cause, now, elsewhere=elsewhere)

    def probe(self, leg: int, now: int) -> None:
        """Ask the far end of a leg whether it is still there."""
        if leg in self.legs:
            self.legs[leg].probe(now)

    def transfer_result(self, leg: int, code: int, now: int) -> None:
        """Tell the phone that asked for a transfer how it goes: 1xx, or how it ended."""
        found = self.legs.get(leg)
        if isinstance(found, Session):
            found.transfer_result(code, now)

    def release_dialog(self, packed: bytes, cause: int, now: int) -> None:
        """End a leg of an earlier process, known by the dialog in its facts."""
        dialog = unpack(packed)
        bye, final = farewell(dialog, causes.code_of(cause))
        if final is not None:
            self._send(dialog.flow, final)
        if dialog.target:
            self.transactions.request(bye, dialog.hop, now)

    # ---- what transactions say

    def request(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """A new request that came through the door."""
        if message.to_tag:
            self._in_dialog(txn, message, now)
        elif message.method == "INVITE":
            self._invite(txn, message, now)
        else:
            self._register(txn, message, now)

    def _in_dialog(self, txn: ServerTransaction, message: Message, now: int) -> None:
        leg = self.dialogs.get((message.call_id, message.to_tag))
        dialog = leg.dialog_of(message) if leg is not None else None
        refused = objection(message)
        if refused is not None or leg is None or dialog is None:
            txn.respond(refused or Reply(481), now)
            return
        known = self.admit(message, dialog, party=leg.party, now=now)
        if isinstance(known, Reply):
            txn.respond(known, now)
        elif known is not None:
            if known.startswith("extension:"):
                dialog.follow(message)
            leg.on_request(txn, message, now)

    def _register(self, txn: ServerTransaction, message: Message, now: int) -> None:
        number = self._party.partition(":")[2]
        if number_of(message.to_address.uri) != number:
            reply = Reply(403)
        else:
            reply = self.registrar.register(number, message, now)
            self.missing.pop(self._party, None)
            self._follow(number)
        txn.respond(msgspec.structs.replace(reply, tag=self.tag(message)), now)

    def _follow(self, number: str) -> None:
        """The calls of a device that has registered anew go where it is now."""
        party = f"extension:{number}"
        if not self.legs_of(party):
            return
        places = {binding.contact: binding for binding in self.registrar.bindings(number)}
        for leg in self.legs.values():
            dialog = leg.dialog if leg.party == party else None
            found = places.get(dialog.target) if dialog is not None else None
            if dialog is not None and found is not None and not dialog.routes:
                dialog.flow, dialog.hop = found.flow, found.hop

    def _invite(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """An INVITE of somebody known: a leg, unless something is wrong with it."""
        party, tag = self._party, self.tag(message)
        merge = (message.call_id, message.from_tag, message.cseq)
        line = self.lines.get(party, NO_LINE)
        if merge in self._merges or self._is_loop(message):
            offer: Description | Reply | None = Reply(482)
        elif 0 < line.legs_max <= self.legs_of(party):
            text = f"{party} has {line.legs_max} calls, all that it may have: another is refused"
            self.troubles.tell("calls", party, text=text, now=now)
            offer = refusal(causes.NO_CIRCUIT)
        else:
            offer = offer_in(message, line.codecs)
        if isinstance(offer, Reply):
            txn.respond(msgspec.structs.replace(offer, tag=tag), now)
            return
        self._arrived += 1
        number = leg_number(self.identity.epoch, self._arrived, incoming=True)
        leg = Incoming(self, number, party=party, line=line, txn=txn)
        self.found(party)
        leg.offer, leg.merge = offer, merge
        self._merges[merge] = number
        self.add(leg)
        self.dialogs[message.call_id, tag] = leg
        self.facts.append(leg.arrive(message, tag, called=number_of(message.request_uri)))

    def _is_loop(self, message: Message) -> bool:
        """Whether an INVITE of ours has come back for the very number it was sent to; one that
        was sent on to another number is no loop (RFC 3261 section 16.3)."""
        if not self.identity.is_own_call_id(message.call_id):
            return False
        leg = self.legs.get(int(message.call_id.partition("-")[0], 16))
        if not isinstance(leg, Outgoing):
            return True
        number = number_of(message.request_uri)
        return any(number_of(parse_uri(b.target.uri)) == number for b in leg.branches)

    def cancelled(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """A CANCEL before the answer."""
        if isinstance(txn.leg, SipLeg):
            txn.leg.on_cancel(txn, message, now)

    def ack(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """The ACK to a 2xx."""
        if isinstance(txn.leg, SipLeg):
            txn.leg.on_ack(txn, message, now)

    def no_ack(self, txn: ServerTransaction, now: int) -> None:
        """A 2xx that nobody acknowledged."""
        if isinstance(txn.leg, SipLeg):
            txn.leg.on_no_ack(txn, now)

    def response(self, txn: ClientTransaction, message: Message, now: int) -> None:
        """A response to a request of ours."""
        if txn.leg is not None:
            txn.leg.on_response(txn, message, now)  # type: ignore[attr-defined]

    def stray(self, message: Message, now: int) -> None:
        """A 2xx to an INVITE of ours that nobody remembers; all other strays are dropped."""
        is_answer = message.cseq_method == "INVITE" and 200 <= message.code < 300
        if is_answer and self.identity.is_own_call_id(message.call_id):
            self.refuse_answer(message, now)

    def refuse_answer(self, message: Message, now: int) -> None:
        """ACK and BYE for a 2xx that no leg wants; for its copies only the ACK."""
        assert message.flow is not None
        dialog = of_answer(message, message.flow, local_tag=message.from_tag)
        self.transactions.ack(dialog.ack(message.cseq), dialog.hop)
        key = (message.call_id, message.to_tag)
        dialog.local_cseq += CSEQ_LEAP  # there may have been PRACKs in it
        if key not in self._refused:
            if len(self._refused) >= REFUSED_MAX:
                del self._refused[next(iter(self._refused))]
            self._refused[key] = None
            self.transactions.request(dialog.request("BYE"), dialog.hop, now)

    def overloaded(self, now: int) -> None:
        """A request was refused: there are too many transactions, or we do not keep up."""
        limit = f"{self.transactions.most} transactions at a time ([limits] transactions)"
        text = f"{limit}, or more messages than can be read: new SIP requests are answered 503"
        self.troubles.tell("transactions", "", text=text, now=now)

    def timeout(self, txn: ClientTransaction, now: int) -> None:
        """Nobody answered."""
        if txn.leg is not None:
            txn.leg.on_failure(txn, 408, now)  # type: ignore[attr-defined]

    def transport_failed(self, txn: ClientTransaction | ServerTransaction, now: int) -> None:
        """The connection under a transaction is gone."""
        if txn.leg is not None:
            txn.leg.on_failure(txn, 503, now)  # type: ignore[attr-defined]

    def add(self, leg: SipLeg) -> None:
        """A leg begins."""
        self.legs[leg.number] = leg
        self._busy[leg.party] = self._busy.get(leg.party, 0) + 1

    def forget(self, leg: SipLeg) -> None:
        """A leg is gone: nothing here leads to it any more."""
        del self.legs[leg.number]
        left = self._busy[leg.party] - 1
        if left:
            self._busy[leg.party] = left
        else:
            del self._busy[leg.party]
        for name in TIMERS:
            self.timers.cancel((leg.number, name))
        if isinstance(leg, Incoming):
            self._merges.pop(leg.merge, None)
            if leg.dialog is not None:
                self.dialogs.pop((leg.dialog.call_id, leg.dialog.local_tag), None)
        elif isinstance(leg, Outgoing):
            for branch in leg.branches:
                self.dialogs.pop((branch.call_id, branch.tag), None)

    def legs_of(self, party: str) -> int:
        """How many legs a party has now."""
        return self._busy.get(party, 0)
