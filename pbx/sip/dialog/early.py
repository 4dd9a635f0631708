"""The early dialogs of an INVITE of ours: one for each To-tag that a proxy behind it has rung.

    we                       fork a          fork b
     |--- INVITE ------------->|--------------->|
     |<-- 183 tag=a, RSeq 1 ---|                |   heard: the first with sound
     |--- PRACK tag=a -------->|                |   RFC 3262, counted in each dialog by itself
     |<-- 183 tag=b, RSeq 7 ---|----------------|   has its own answer to our offer
     |<-- UPDATE tag=b --------|----------------|   its sound moves (RFC 3311), that of a does not
     |<-- 199 tag=a -----------|                |   RFC 6228: a is over, b is heard
     |<-- 200 tag=b -----------|----------------|   b's answer counts, whatever a has said

In each dialog the first description is the answer; later ones in responses to the same INVITE are
passed over (RFC 3261 section 13.2.1).
"""

from __future__ import annotations

from pbx.events import Alerting
from pbx.sip.dialog.dialog import Dialog
from pbx.sip.dialog.leg import (
    ALLOW,
    ANSWERS_TO_OPTIONS,
    NOT_NOW,
    SDP_TYPE,
    LegOwner,
    Line,
    State,
    Trigger,
)
from pbx.sip.dialog.negotiation import accept_answer, accept_offer
from pbx.sip.dialog.session import Session
from pbx.sip.dialog.session_timer import too_brief
from pbx.sip.message.outgoing import Reply
from pbx.sip.message.received import Message
from pbx.sip.message.sdp import SENDRECV, Agreed, Local
from pbx.sip.transaction.transactions import ServerTransaction

CALLING = (State.CALLING, State.PROCEEDING)
EARLY_MAX = 8  # of one device
RSEQ_END = 2**31
REFUSALS = {
    "INVITE": Reply(491),  # ours is not answered yet, RFC 3261 section 14.2
    "REFER": NOT_NOW, "INFO": NOT_NOW,
    "PRACK": Reply(481), "NOTIFY": Reply(481),
}  # fmt: skip


class Early:
    """One early dialog: where it is, what was agreed on in it, and how far its PRACKs are."""

    __slots__ = ("_rseq", "agreed", "dialog", "direction", "is_over", "leg", "ours")

    def __init__(self, leg: Listening, dialog: Dialog, *, ours: Local) -> None:
        self.leg = leg
        self.dialog = dialog
        self.ours = ours
        self.direction = SENDRECV
        self.agreed: Agreed | None = None
        self.is_over = False
        self._rseq = 0  # of the last reliable response, 0 before the first

    def hear(self, agreed: Agreed) -> bool:
        """Take what was agreed on; sound flows by it while this dialog is the one heard."""
        if self.leg.heard is self and not self.leg.hear(agreed):
            return False
        self.agreed = agreed
        return True

    def take_answer(self, message: Message) -> None:
        """Take the description of a response for the answer, unless there has been one."""
        if message.body and self.agreed is None:
            accept_answer(message, self, codecs=self.leg.codecs())

    def acknowledge(self, message: Message, now: int) -> bool:
        """Send the PRACK to a reliable response; False for a copy or one out of order."""
        text = message.header("rseq") or ""
        if not (text.isascii() and text.isdigit() and len(text) < 11) or not message.to_tag:
            return False
        number = int(text)
        if not 0 < number < RSEQ_END or (self._rseq and number != self._rseq + 1):
            return False
        self._rseq = number
        asked = self.dialog.request("PRACK", [("RAck", f"{number} {message.cseq} INVITE")])
        self.leg.owner.transactions.request(asked, self.dialog.hop, now)
        return True

    def on_request(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """A request of the far end in this dialog, before it has answered."""
        if message.cseq <= self.dialog.remote_cseq:
            txn.respond(Reply(500, reason="Out Of Order"), now)
            return
        self.dialog.remote_cseq = message.cseq
        method = message.method
        if method == "UPDATE":
            self._update(txn, message, now)
        elif method == "OPTIONS":
            txn.respond(Reply(200, headers=ANSWERS_TO_OPTIONS), now)
        elif method == "BYE":
            txn.respond(Reply(200), now)
            self.leg.early_over(self)
        else:
            txn.respond(REFUSALS.get(method) or Reply(405, headers=[ALLOW]), now)

    def _update(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """RFC 3311: another place for requests, or for sound. The session timer begins with the
        2xx to the INVITE, so that nothing is said of it here (RFC 4028)."""
        answer: bytes | Reply = too_brief(message) or b""
        if message.body and not isinstance(answer, Reply):
            answer = Reply(491)  # while our offer in the INVITE is open, section 5.2
            if self.agreed is not None:
                answer = accept_offer(message, self, codecs=self.leg.codecs())
        if isinstance(answer, Reply):
            txn.respond(answer, now)
            return
        self.dialog.refresh(message)
        headers = [self.leg.owner.identity.contact(self.dialog.flow), ALLOW]
        if answer:
            headers.append(SDP_TYPE)
        txn.respond(Reply(200, headers=headers, body=answer), now)


class Listening(Session):
    """A leg that rings. One of its early dialogs is heard; a request may be in any of them."""

    __slots__ = ("heard", "rings")

    def __init__(self, owner: LegOwner, number: int, *, party: str, line: Line) -> None:
        super().__init__(owner, number, party=party, line=line)
        self.heard: Early | None = None  # whose sound is heard before the answer
        self.rings = 0  # 1: told that it alerts; 2: with sound

    def early_dialogs(self) -> list[Early]:
        """All early dialogs of the leg, the oldest first."""
        return []

    def progress(self, early: Early | None, message: Message) -> None:
        """A device rings, or sends sound before it answers: the first to do so is heard."""
        if self.state not in CALLING:
            return
        self.move(Trigger.PROGRESS)
        if early is not None and not early.is_over:
            early.take_answer(message)
            if self.heard is None and self._listen(early):
                return
        if message.code == 180 and not self.rings:
            self.rings = 1
            self.owner.facts.append(Alerting(self.number))

    def _listen(self, early: Early) -> bool:
        """Hear an early dialog, if there is sound in it."""
        if early.agreed is None or not self.hear(early.agreed):
            return False
        self.heard, self.local = early, early.ours
        if self.rings < 2:
            self.rings = 2
            self.owner.facts.append(Alerting(self.number, True))
        return True

    def early_over(self, early: Early) -> None:
        """An early dialog has ended (RFC 6228): another one with sound is heard instead."""
        early.is_over = True
        if self.heard is not early or self.state not in CALLING:
            return
        self.heard = None
        for other in self.early_dialogs():
            if not other.is_over and self._listen(other):
                return

    def early_of(self, message: Message) -> Early | None:
        """The early dialog that a request is in; none once there is an answer."""
        if self.dialog is None:
            for early in self.early_dialogs():
                if not early.is_over and early.dialog.belongs(message):
                    return early
        return None

    def dialog_of(self, message: Message) -> Dialog | None:
        """The dialog that a request is in, an early one before the answer."""
        early = self.early_of(message)
        return super().dialog_of(message) if early is None else early.dialog

    def on_request(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """A request in one of the leg's dialogs."""
        early = self.early_of(message)
        if early is None:
            super().on_request(txn, message, now)
        else:
            early.on_request(txn, message, now)
