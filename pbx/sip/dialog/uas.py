"""An incoming leg, until it is a session: it rings, is answered, refused, or given up.

caller                 we                     exchange
  |--- INVITE --------->|  CallArrived -------->|
  |<-- 180 -------------|<------- Alert --------|   100rel: until PRACK (RFC 3262)
  |<-- 183 with sound --|<-- Alert(partner) ----|   what the called side sends before it answers
  |--- UPDATE --------->|                       |   before the 200 too (RFC 3311)
  |<-- 200 -------------|<------- Answer -------|   repeated until the ACK
  |--- ACK ------------>|                       |
  |--- CANCEL --------->|  487, Released ------>|   before the 200 only
"""

from __future__ import annotations

from collections.abc import Callable

from pbx.events import CallArrived, Held
from pbx.sip.dialog.dialog import of_invite
from pbx.sip.dialog.leg import (
    ALLOW,
    NOT_NOW,
    RELEASE_MS,
    SDP_TYPE,
    LegOwner,
    Line,
    State,
    Trigger,
    refusal,
)
from pbx.sip.dialog.negotiation import accept_offer
from pbx.sip.dialog.session import Session
from pbx.sip.dialog.session_timer import too_brief
from pbx.sip.message import cause as causes
from pbx.sip.message.outgoing import Reply
from pbx.sip.message.received import Message
from pbx.sip.message.sdp import Description, agree
from pbx.sip.message.uri import number_of
from pbx.sip.transaction.transactions import ClientTransaction, ServerTransaction

EARLY = (State.ARRIVED, State.RINGING)
RELIABLE_MS = 500


class Incoming(Session):
    """A leg that a caller opened. `offer` is None when the INVITE brought none: then we offer."""

    __slots__ = (
        "_early", "_gap", "_invite", "_is_firm", "_next", "_rack", "_ring", "_rseq", "_since",
        "_tag", "_txn", "merge", "offer",
    )  # fmt: skip
    _gap: int  # of the copies of `_ring`, with which it begins
    _since: int

    def __init__(
        self, owner: LegOwner, number: int, *, party: str, line: Line, txn: ServerTransaction
    ) -> None:
        super().__init__(owner, number, party=party, line=line)
        self.offer: Description | None = None
        self.merge = ("", "", 0)
        self._txn = txn
        self._tag = ""
        self._invite: Message | None = None
        self._ring: Reply | None = None  # a reliable 180 that waits for its PRACK
        self._rseq = 0
        self._rack = ""  # what a PRACK that is still awaited says, also after the 200
        self._early = b""  # our description, where it went out before the answer
        self._is_firm = False  # it went out reliably, and is the answer to the offer
        self._next: tuple[Callable[[int, int], None], int] | None = None  # after the PRACK

    def arrive(self, message: Message, tag: str, *, called: str) -> CallArrived:
        """Take the INVITE; the fact that says who is calling whom."""
        self._invite = message
        self._tag = tag
        self._txn.leg = self
        self.dialog = of_invite(message, tag)
        self.max_forwards = int(message.header("max-forwards") or 70)
        who, _, number = self.party.partition(":")
        caller = message.from_address
        calling = number if who == "extension" else number_of(caller.uri) or "anonymous"
        name = self.line.name if who == "extension" else caller.display
        if not name.isprintable():
            name = "".join(letter for letter in name if letter.isprintable())
        return CallArrived(
            self.number, self.party, calling, called, name[:80], message.call_id, self.dialog.pack()
        )

    def alert(self, now: int, partner: int = 0) -> None:
        """180, or 183 with the sound of `partner`; a caller that requires it gets it reliably,
        one after the other."""
        if self.state not in EARLY:
            return
        if self._ring is not None:
            if partner and self._next is None:
                self._next = self._alert_next, partner
            return
        assert self._invite is not None and self.dialog is not None
        self.move(Trigger.ALERT)
        headers = [self.identity.contact(self.dialog.flow), ALLOW]
        if self._invite.lists("require", "100rel"):
            self._rseq += 1
            headers += [("Require", "100rel"), ("RSeq", str(self._rseq))]
        reply = Reply(180, self._tag, headers)
        if partner and self._sound_early(partner, now):
            reply = Reply(183, self._tag, [*headers, SDP_TYPE], self._early)
        self._txn.respond(reply, now)
        if self._rseq:
            self._is_firm = self._is_firm or bool(reply.body)
            self._rack = f"{self._rseq} {self._invite.cseq} INVITE"
            self._ring, self._gap, self._since = reply, RELIABLE_MS, now
            self.wake("rel", now + RELIABLE_MS)

    def _alert_next(self, partner: int, now: int) -> None:
        self.alert(now, partner)

    def _sound_early(self, partner: int, now: int) -> bool:
        """Connect the sound before the answer, which will then say the same of it."""
        assert self.dialog is not None
        if self._early or self.offer is None:
            return bool(self._early)
        self.partner = partner
        if self.open_sound(self.dialog.flow, now):
            self._early = self._description() or b""
        return bool(self._early)

    def answer(self, partner: int, now: int) -> None:
        """200 with our description; the sound is connected before it leaves. It waits for the
        PRACK of a description that went out before (RFC 3262 section 3)."""
        if self.state not in EARLY:
            return
        if self._ring is not None and self._ring.body:
            self._next = self.answer, partner
            return
        assert self._invite is not None and self.dialog is not None
        self.partner = partner
        if not self.is_open and not self.open_sound(self.dialog.flow, now):
            self._refuse(causes.NO_CIRCUIT, now, far=True)
            return
        body = self._early or self._description()
        if self._early and self.ours.again() != self._early:
            body = b""  # changed since by an offer of its own: there is no more to answer
        if body is None:
            self._refuse(causes.INCOMPATIBLE, now, far=True)
            return
        headers = [self.identity.contact(self.dialog.flow), ALLOW]
        headers += self.timer.reply(self._invite, now)
        if body:
            headers.append(SDP_TYPE)
        self.move(Trigger.ANSWER)
        self._settle()
        self._txn.respond(Reply(200, self._tag, headers, body), now)

    def _description(self) -> bytes | None:
        assert self.local is not None
        if self.offer is None:
            self.is_asked = True
            return self.local.offer(self.codecs())
        agreed = agree(self.offer, self.codecs())
        if agreed is None or not self.hear(agreed):
            return None
        body = self.local.answer(self.offer, agreed)
        self.offer = None
        return body

    def _settle(self) -> None:
        """The INVITE has its final response: what only served it is let go."""
        assert self.dialog is not None
        self._invite = self._ring = None
        self.dialog.vias = []
        self.owner.timers.cancel((self.number, "rel"))

    def _refuse(self, cause: int, now: int, *, far: bool) -> None:
        reply = refusal(cause, self.refused_with)
        self._final(Reply(reply.code, self._tag, reply.headers), now)
        self.finish(cause, reply.code, far=far)

    def _final(self, reply: Reply, now: int) -> None:
        self._txn.respond(reply, now)
        self._txn.leg = None
        self._settle()

    def release(self, cause: int, now: int, *, elsewhere: bool) -> None:
        """A refusal before the 200; a BYE after it, but not before its ACK (RFC 3261 15)."""
        if self.state in EARLY:
            self._refuse(cause, now, far=False)
        elif self.state is State.ANSWERED:
            self.move(Trigger.RELEASE)
            self.cause = cause
            self.released_at = now
            self.wake("end", now + RELEASE_MS)
        else:
            super().release(cause, now, elsewhere=elsewhere)

    def on_ack(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """The caller has our 200: the leg is up, or may now be ended."""
        if txn is self._txn and self.state is State.ANSWERED:
            self.move(Trigger.ACK)
        elif txn is self._txn and self.state is State.ENDING:
            self.is_asked = False
            self.send_bye(now, self.cause, self)
            return
        is_first = txn is self._txn
        super().on_ack(txn, message, now)
        if is_first and self.state is State.UP and self.agreed is not None and self.agreed.held:
            self.owner.facts.append(Held(self.number))

    def on_cancel(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """The caller gives up before the 200."""
        if self.state in EARLY:
            self._final(Reply(487, self._tag), now)
            self.finish(causes.cause_of(487, message.headers("reason")), 487, far=True)

    def on_bye(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """A BYE; before the 200 it works as a CANCEL."""
        if self.state in EARLY:
            self._final(Reply(487, self._tag), now)
            txn.respond(Reply(200), now)
            self.finish(causes.cause_of(487, message.headers("reason")), 487, far=True)
        else:
            super().on_bye(txn, message, now)

    def on_request(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """A request in the dialog; the PRACK of our 180 belongs here."""
        if message.method == "PRACK" and self._is_for_ring(message):
            self._on_prack(txn, message, now)
        else:
            super().on_request(txn, message, now)

    def _is_for_ring(self, message: Message) -> bool:
        """Whether a PRACK is new and names the reliable response that waits for one, which may
        have been overtaken by the 200 (RFC 3262 section 3)."""
        words = (message.header("rack") or "").split()
        if not words or words != self._rack.split() or self.dialog is None:
            return False
        return message.cseq > self.dialog.remote_cseq

    def _on_prack(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """Taken, with the answer to an offer that it may bring (RFC 3262 section 5); then goes
        what had to wait for it."""
        assert self.dialog is not None
        self.dialog.remote_cseq = message.cseq
        self._ring, self._rack = None, ""
        self.owner.timers.cancel((self.number, "rel"))
        answer: bytes | Reply = b""
        if message.body:
            answer = accept_offer(message, self, codecs=self.codecs()) if self._is_firm else NOT_NOW
        if not isinstance(answer, Reply):
            answer = Reply(200, headers=[SDP_TYPE] if answer else (), body=answer)
        txn.respond(answer, now)
        following, self._next = self._next, None
        if following is not None:
            act, partner = following
            act(partner, now)

    def _objection(self, message: Message) -> Reply | None:
        """Before the 200 an UPDATE may move where requests go; sound only if the caller's offer
        has been answered for good (RFC 3311 section 5.2)."""
        if self.state not in EARLY or message.method != "UPDATE":
            return super()._objection(message)
        if message.body and not self._is_firm:
            return NOT_NOW
        return too_brief(message)

    def on_failure(self, txn: ClientTransaction | ServerTransaction, code: int, now: int) -> None:
        """The caller's connection is gone before it was answered, or a request of ours failed."""
        if self.state in EARLY:
            self._settle()
            self.finish(causes.FAILURE, code, far=True)
        elif isinstance(txn, ClientTransaction):
            super().on_failure(txn, code, now)

    def on_time(self, name: str, now: int) -> None:
        """The reliable 180 once more, or the end of patience."""
        if name != "rel":
            super().on_time(name, now)
        elif self._ring is not None and self.state in EARLY:
            if now - self._since >= RELEASE_MS:
                self._final(Reply(504, self._tag), now)
                self.finish(causes.TIMER_EXPIRED, 504, far=True)
                return
            self._txn.respond(self._ring, now)
            self._gap *= 2
            self.wake("rel", now + self._gap)
