"""A confirmed dialog: BYE, changes of sound from either side, and the timer that finds the dead.

    far end                         we
      |--- re-INVITE sendonly ------>|   held: 200 with recvonly, fact Held
      |<-- UPDATE (half the time) ---|   when the refresher is we (RFC 4028)
      |--- INVITE x INVITE ----------|   glare: 491, and again later (RFC 3261 section 14.1)
      |--- REFER ------------------->|   a transfer: see `pbx.sip.refer`
      |--- INFO -------------------->|   a key, from phones that cannot send it as sound
      |<-- BYE ----------------------|   Release, or no refresh came in time

Offer and answer always end here: nothing of one leg is passed to the other.
"""

from __future__ import annotations

from pbx.events import Digit, TransferAsked
from pbx.sip import cause as causes
from pbx.sip.body import FLASH, KEY_TYPES, description_of, key_of, lasted_ms
from pbx.sip.digest import answer
from pbx.sip.leg import ALLOW, RELEASE_MS, SDP_TYPE, Desk, Line, State, Trigger
from pbx.sip.message import Flow, Message
from pbx.sip.outgoing import Headers, Reply
from pbx.sip.refer import Referral, wish_of
from pbx.sip.sdp import SENDRECV, agree
from pbx.sip.session_timer import Timed, too_brief
from pbx.sip.transaction import ClientTransaction, ServerTransaction

TOLD = (State.UP, State.ANSWERED)  # states in which the far end may change the session


class Session(Timed):
    """A leg that can be in a confirmed dialog. `pending` is our own change under way."""

    __slots__ = ("direction", "is_asked", "is_changing", "pending", "referral", "tries")

    def __init__(self, desk: Desk, number: int, party: str, line: Line) -> None:
        super().__init__(desk, number, party, line)
        self.pending: ClientTransaction | None = None
        self.direction = SENDRECV  # what we last offered
        self.is_changing = False  # our last offer has not been taken yet
        self.is_asked = False  # we made an offer in a 2xx, its answer comes in the ACK
        self.referral: Referral | None = None  # the last transfer the far end asked for
        self.tries = 0

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

    def break_off(self, now: int, cause: int, code: int) -> None:
        """End a session that cannot go on: BYE without waiting for its answer."""
        far = self.state not in (State.ENDING, State.LATE)
        self.send_bye(now, cause, None)
        self.finish(cause if far else self.cause, code, far=far)

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
            txn.respond(Reply(200, headers=[ALLOW]), now)
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
            self.desk.facts.append(Digit(self.number, key, lasted_ms(message)))

    def _refer(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """A transfer: taken and told of, or refused. Trunks do not command our calls."""
        wish = self._no_transfer() or wish_of(message)
        if isinstance(wish, Reply):
            txn.respond(wish, now)
            return
        assert self.dialog is not None
        self.referral = Referral(self, message, is_first=self.referral is None)
        headers = [self.desk.contact(self.dialog.flow)]
        if self.referral.is_quiet:
            headers.append(("Refer-Sub", "false"))
        txn.respond(Reply(202, headers=headers), now)
        self.transfer_result(100, now)
        other = wish.other(self.desk, self)
        if other is None:
            self.transfer_result(481, now)
        else:
            self.desk.facts.append(TransferAsked(self.number, wish.to, other))

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
        assert self.dialog is not None and self.local is not None
        headers = [self.desk.contact(self.dialog.flow), ALLOW, *self.timer_reply(message, now)]
        body = b""
        if message.body:
            try:
                theirs = description_of(message)
            except ValueError:
                txn.respond(Reply(400, reason="Bad Description"), now)
                return
            agreed = agree(theirs, self.codecs(), ours=self.direction) if theirs else None
            if theirs is None or agreed is None:
                txn.respond(Reply(488 if theirs else 415, headers=[("Accept", SDP_TYPE[1])]), now)
                return
            if not self.hear(agreed):
                txn.respond(Reply(488), now)
                return
            self.dialog.refresh(message)
            body = self.local.answer(theirs, agreed)
        else:
            self.dialog.refresh(message)
            if message.method == "INVITE":
                self.is_asked = True
                body = self.local.offer(self.codecs(), self.direction)
        if body:
            headers.append(SDP_TYPE)
        txn.leg = self
        txn.respond(Reply(200, headers=headers, body=body), now)

    def _objection(self, message: Message) -> Reply | None:
        """Why a change cannot be looked at now, if it cannot."""
        if self.state not in TOLD or self.local is None:
            return self._not_up()
        if self.pending is not None and (message.body or message.method == "INVITE"):
            return Reply(491)
        if self.is_asked and message.body:
            return Reply(500, headers=[("Retry-After", "1")])
        return too_brief(message)

    def _not_up(self) -> Reply:
        """To one who is too early, or too late."""
        if self.state in (State.ARRIVED, State.RINGING):
            return Reply(500, headers=[("Retry-After", "1")])
        return Reply(481)

    def on_ack(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """An ACK; after an offer of ours in a 2xx it brings the answer."""
        if not self.is_asked:
            return
        self.is_asked = False
        if self.state is State.GONE:
            return
        if not self.take_answer(message):
            self.break_off(now, causes.INCOMPATIBLE, 488)

    def on_no_ack(self, txn: ServerTransaction, now: int) -> None:
        """The far end never took our 2xx: it is not there any more."""
        if self.state is not State.GONE:
            self.break_off(now, causes.TIMER_EXPIRED, 408)

    def take_answer(self, message: Message) -> bool:
        """Use the answer to our offer; False when there is none that fits."""
        assert self.local is not None
        try:
            theirs = description_of(message)
        except ValueError:
            return False
        if theirs is None:
            return False
        place = self.local.place
        agreed = agree(theirs, self.codecs(), ours=self.direction, place=place)
        if agreed is None or not self.hear(agreed):
            return False
        self.local.learn(theirs, agreed)
        return True

    # ---- we ask

    def change(self, now: int, direction: str = SENDRECV) -> None:
        """Offer our side anew: to hold (`sendonly`), to take back, or because we have moved."""
        self.direction, self.is_changing = direction, True
        if self.pending is None and self.state is State.UP:
            self._reinvite(now)

    def _reinvite(self, now: int, login: Headers = ()) -> None:
        assert self.dialog is not None and self.local is not None
        headers = [self.desk.contact(self.dialog.flow), ALLOW, *self.timer_ask(), *login, SDP_TYPE]
        body = self.local.again()
        if self.is_changing:
            body = self.local.offer(self.codecs(), self.direction)
        self._ask("INVITE", headers, now, body)

    def _refresh(self, now: int, login: Headers = ()) -> None:
        assert self.dialog is not None
        if not self.knows_update:
            self._reinvite(now, login)
            return
        headers = [self.desk.contact(self.dialog.flow), *self.timer_ask(), *login]
        self._ask("UPDATE", headers, now)

    def _ask(self, method: str, headers: Headers, now: int, body: bytes = b"") -> None:
        assert self.dialog is not None
        asked = self.dialog.request(method, headers, body)
        self.pending = self.desk.transactions.request(asked, self.dialog.hop, now)
        self.pending.leg = self

    def on_response(self, txn: ClientTransaction, message: Message, now: int) -> None:
        """What became of our BYE, re-INVITE or UPDATE."""
        code = message.code
        if code < 200 or self.state is State.GONE:
            return
        if code in (401, 407) and self._log_in(txn, message, now):
            return
        if txn.method == "BYE":
            self.finish(self.cause, far=False)
            self.heard_at_last(now)
            return
        if txn is self.pending:
            self.pending = None
        if code < 300:
            self._changed(txn, message, now)
        elif code == 491:
            self.wake("again", now + self._glare_ms())
        elif code in (408, 481):
            self.break_off(now, causes.TIMER_EXPIRED, code)

    def _changed(self, txn: ClientTransaction, message: Message, now: int) -> None:
        assert self.dialog is not None
        self.tries = 0
        self.dialog.refresh(message)
        if txn.method == "INVITE":
            self.is_changing = False
            self.acknowledge(txn, message)
            if not self.take_answer(message) and self.state is State.UP:
                self.break_off(now, causes.INCOMPATIBLE, 488)
                return
        self.timer_taken(message, now)

    def acknowledge(self, txn: ClientTransaction, message: Message) -> None:
        """Send the ACK to a 2xx; copies of that are answered without the leg."""
        assert self.dialog is not None
        ack = self.desk.transactions.ack(self.dialog.ack(message.cseq), self.dialog.hop)
        txn.leg = Echo(self.desk, ack, self.dialog.hop, message.to_tag)

    def _log_in(self, txn: ClientTransaction, message: Message, now: int) -> bool:
        """Ask once more with credentials, if this party may have them."""
        assert self.dialog is not None
        login = self.login(message, txn.method, self.dialog.target)
        if login is None:
            return False
        if txn.method == "BYE":
            asked = self.dialog.request("BYE", [login])
            self.desk.transactions.request(asked, self.dialog.hop, now).leg = self
        elif txn.method == "INVITE":
            self._reinvite(now, [login])
        else:
            self._refresh(now, [login])
        return True

    def login(self, message: Message, method: str, uri: str) -> tuple[str, str] | None:
        """The header that answers a 401 or 407; None where we may not or did so before."""
        ours = self.line.credentials
        self.tries += 1
        if ours is None or self.tries > 2:
            return None
        proxy = message.code == 407
        asked = message.headers("proxy-authenticate" if proxy else "www-authenticate")
        cnonce = self.desk.token(f"cnonce\0{self.number}\0{message.cseq}")
        value = answer(asked, ours, method, uri, cnonce=cnonce)
        return ("Proxy-Authorization" if proxy else "Authorization", value) if value else None

    def _glare_ms(self) -> int:
        """2.1 to 4 s for the owner of the Call-ID, else up to 2 s, in steps of 10 ms."""
        assert self.dialog is not None
        chance = int(self.desk.token(f"glare\0{self.number}\0{self.dialog.local_cseq}")[:8], 16)
        return 2100 + chance % 191 * 10 if self.dialog.is_uac else chance % 201 * 10

    def on_failure(self, txn: ClientTransaction | ServerTransaction, code: int, now: int) -> None:
        """The far end is silent (408) or its connection gone (503)."""
        if self.state is State.GONE:
            return
        self.desk.lost(self.party)
        if txn.method == "BYE":
            self.finish(self.cause, code, far=False)
        else:
            self.break_off(now, causes.TIMER_EXPIRED, code)

    def on_time(self, name: str, now: int) -> None:
        """Refresh, give up, or ask again after glare."""
        if name == "end":
            self.desk.lost(self.party)
            self.finish(self.cause, 408, far=False)
        elif self.state is not State.UP:
            return
        elif name == "again":
            if self.pending is None:
                self._reinvite(now)
        elif name == "session" and self.is_refresher:
            if self.pending is None:
                self._refresh(now)
        elif name == "session":
            self.desk.lost(self.party)
            self.break_off(now, causes.TIMER_EXPIRED, 408)


class Echo:
    """What remains of an answered INVITE of ours: its ACK, for 2xx that come again."""

    __slots__ = ("ack", "desk", "hop", "tag")

    def __init__(self, desk: Desk, ack: bytes, hop: Flow, tag: str) -> None:
        self.desk = desk
        self.ack = ack
        self.hop = hop
        self.tag = tag

    def on_response(self, txn: ClientTransaction, message: Message, now: int) -> None:
        """A 2xx once more: its ACK was lost. One of another fork is not wanted."""
        if not 200 <= message.code < 300:
            return
        if message.to_tag == self.tag:
            self.desk.transactions.send(self.hop, self.ack)
        else:
            self.desk.refuse_answer(message, now)
