"""A confirmed dialog: what the far end asks in it, and its end.

    far end                         we
      |--- re-INVITE sendonly ------>|   held: 200 with recvonly, fact Held
      |--- INVITE x INVITE ----------|   glare: 491, and ours again later (`pbx.sip.dialog.asking`)
      |--- REFER ------------------->|   a transfer: see `pbx.sip.dialog.refer`
      |--- INFO -------------------->|   a key, from phones that cannot send it as sound
      |<-- BYE ----------------------|   Release, or no refresh came in time

Offer and answer always end here: nothing of one leg is passed to the other.
"""

from __future__ import annotations

from pbx.events import Digit, TransferAsked
from pbx.sip.dialog.asking import Asking
from pbx.sip.dialog.leg import (
    ALLOW,
    ANSWERS_TO_OPTIONS,
    NOT_NOW,
    RELEASE_MS,
    SDP_TYPE,
    LegOwner,
    Line,
    State,
    Trigger,
)
from pbx.sip.dialog.negotiation import accept_answer, accept_offer
from pbx.sip.dialog.refer import Referral, wish_of
from pbx.sip.dialog.session_timer import too_brief
from pbx.sip.message import cause as causes
from pbx.sip.message.body import FLASH, KEY_TYPES, key_of, lasted_ms
from pbx.sip.message.outgoing import Reply
from pbx.sip.message.received import Message
from pbx.sip.transaction.transactions import ClientTransaction, ServerTransaction

TOLD = (State.UP, State.ANSWERED)  # states in which the far end may change the session


class Session(Asking):
    """A leg that can be in a confirmed dialog; what we ask in it ourselves is `Asking`."""

    __slots__ = ("is_asked", "referral")

    def __init__(self, owner: LegOwner, number: int, *, party: str, line: Line) -> None:
        super().__init__(owner, number, party=party, line=line)
        self.is_asked = False  # we made an offer in a 2xx, its answer comes in the ACK
        self.referral: Referral | None = None  # the last transfer the far end asked for

    # ---- the end

    def release(self, cause: int, now: int, *, elsewhere: bool) -> None:
        """BYE, once."""
        if self.state in (State.ENDING, State.GONE):
            return
        self.transfer_result(487, now)  # a transfer still under way comes to nothing
        self.move(Trigger.RELEASE)
        self.cause = cause
        self.released_at = self.released_at or now
        self.wake("end", now + RELEASE_MS)
        self.send_bye(now, cause, self)

    # ---- the far end asks

    def on_request(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """Answer a request in the dialog."""
        assert self.dialog is not None
        if message.cseq <= self.dialog.remote_cseq:
            txn.respond(Reply(500, reason="Out Of Order"), now)
            return
        self.dialog.remote_cseq = message.cseq
        method = message.method
        if method == "BYE":
            self.on_bye(txn, message, now)
        elif method in ("INVITE", "UPDATE"):
            self._change(txn, message, now)
        elif method == "OPTIONS":
            txn.respond(Reply(200, headers=ANSWERS_TO_OPTIONS), now)
        elif method == "REFER":
            self._refer(txn, message, now)
        elif method == "INFO":
            self._key_pressed(txn, message, now)
        elif method in ("PRACK", "NOTIFY"):
            txn.respond(Reply(481), now)
        else:
            txn.respond(Reply(405, headers=[ALLOW]), now)

    def _key_pressed(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """A key in an INFO: taken, or refused with why. Whether the sound brings the same one is
        seen where both are heard (`pbx.service.keys`)."""
        try:
            key = key_of(message)
        except ValueError:
            txn.respond(Reply(400, reason="Bad Signal"), now)
            return
        if key is None:
            txn.respond(Reply(415, headers=[("Accept", ", ".join(KEY_TYPES))]), now)
            return
        if key == FLASH:
            txn.respond(Reply(501, reason="No Hook Flash"), now)
            return
        if key and self.state not in TOLD:
            txn.respond(self._not_up(), now)
            return
        txn.respond(Reply(200), now)
        if key:
            self.owner.facts.append(Digit(self.number, key, lasted_ms(message)))

    def _refer(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """A transfer: taken and told of, or refused. Trunks do not command our calls."""
        wish = self._no_transfer() or wish_of(message)
        if isinstance(wish, Reply):
            txn.respond(wish, now)
            return
        assert self.dialog is not None
        self.referral = Referral(self, message, is_first=self.referral is None)
        headers = [self.identity.contact(self.dialog.flow)]
        if self.referral.is_quiet:
            headers.append(("Refer-Sub", "false"))
        txn.respond(Reply(202, headers=headers), now)
        self.transfer_result(100, now)
        other = wish.other(self.owner, self)
        if other is None:
            self.transfer_result(481, now)
        else:
            self.owner.facts.append(TransferAsked(self.number, wish.to, other))

    def _no_transfer(self) -> Reply | None:
        """Why no transfer can be asked for now, if it cannot."""
        if self.party.startswith("trunk:"):
            return Reply(403)
        if self.state not in TOLD:
            return Reply(500 if self.state in (State.ARRIVED, State.RINGING) else 481)
        if self.referral is not None and not self.referral.is_over:
            return Reply(491)
        return None

    def transfer_result(self, code: int, now: int) -> None:
        """Tell the far end how the transfer it asked for goes: 1xx, or how it ended."""
        if self.referral is not None:
            self.referral.tell(code, now)

    def on_bye(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """The far end hangs up, perhaps while we do."""
        txn.respond(Reply(200), now)
        if self.state is State.ENDING:
            self.finish(self.cause, far=False)
            self.heard_at_last(now)
        else:
            self.finish(causes.cause_of(0, message.headers("reason")), far=True)

    def _change(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """A re-INVITE or UPDATE: new address, codec, hold, or a mere refresh."""
        refusal = self._objection(message)
        if refusal is not None:
            txn.respond(refusal, now)
            return
        assert self.dialog is not None
        body: bytes | Reply = b""
        if message.body:
            body = accept_offer(message, self, codecs=self.codecs())
        elif message.method == "INVITE":
            self.is_asked = True
            body = self.ours.offer(self.codecs(), self.direction)
        if isinstance(body, Reply):
            txn.respond(body, now)
            return
        self.dialog.refresh(message)
        headers = [self.identity.contact(self.dialog.flow), ALLOW]
        if self.state in TOLD:  # before that the timer is the 200's to begin
            headers += self.timer.reply(message, now)
        if body:
            headers.append(SDP_TYPE)
        txn.leg = self
        txn.respond(Reply(200, headers=headers, body=body), now)

    def _objection(self, message: Message) -> Reply | None:
        """Why a change cannot be looked at now, if it cannot."""
        if self.state not in TOLD or self.local is None:
            return self._not_up()
        has_offered = self.pending is not None and self.pending.is_invite
        if has_offered and (message.body or message.method == "INVITE"):
            return Reply(491)
        if self.is_asked and message.body:
            return NOT_NOW
        return too_brief(message)

    def _not_up(self) -> Reply:
        """To one who is too early, or too late."""
        if self.state in (State.ARRIVED, State.RINGING):
            return NOT_NOW
        return Reply(481)

    def on_ack(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """An ACK; after an offer of ours in a 2xx it brings the answer."""
        if not self.is_asked:
            return
        self.is_asked = False
        if self.state is State.GONE:
            return
        if not accept_answer(message, self, codecs=self.codecs()):
            self.break_off(now, causes.INCOMPATIBLE, 488)

    def on_no_ack(self, txn: ServerTransaction, now: int) -> None:
        """The far end never took our 2xx: it is not there any more."""
        if self.state is not State.GONE:
            self.break_off(now, causes.TIMER_EXPIRED, 408)

    def on_failure(self, txn: ClientTransaction | ServerTransaction, code: int, now: int) -> None:
        """The far end is silent (408) or its connection gone (503)."""
        if self.state is State.GONE:
            return
        self.owner.lost(self.party)
        if txn.method == "BYE":
            self.finish(self.cause, code, far=False)
        else:
            self.break_off(now, causes.TIMER_EXPIRED, code)
