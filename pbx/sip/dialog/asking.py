"""What we ask in a dialog of our own accord: to change the sound, and that the session goes on.

    we                              far end
     |--- INVITE, our side anew ----->|   hold, take back; 200 with the answer, ACK
     |<-- 491 ------------------------|   glare: again later (RFC 3261 section 14.1)
     |--- UPDATE (half the time) ---->|   a refresh, without UPDATE by INVITE (RFC 4028)
     |<-- 422, Min-SE ----------------|   again, for longer sessions
     |<-- 500 ------------------------|   again, while there is time

A refusal leaves the session as it was (RFC 3261 section 14.1); 408 and 481 end it.
"""

from __future__ import annotations

from collections.abc import Sequence

from pbx.sip.dialog.leg import ALLOW, SDP_TYPE, LegOwner, Line, SipLeg, State
from pbx.sip.dialog.negotiation import accept_answer
from pbx.sip.message import cause as causes
from pbx.sip.message.digest import answer
from pbx.sip.message.outgoing import Headers
from pbx.sip.message.received import Flow, Message
from pbx.sip.message.sdp import SENDRECV, Local
from pbx.sip.transaction.transactions import ClientTransaction

UNKNOWN = (405, 501)  # who says so does not know the method


class Asking(SipLeg):
    """A leg with requests of ours in its dialog. `pending` is the change under way."""

    __slots__ = ("_direction_taken", "direction", "is_changing", "pending", "tries")

    def __init__(self, owner: LegOwner, number: int, *, party: str, line: Line) -> None:
        super().__init__(owner, number, party=party, line=line)
        self.pending: ClientTransaction | None = None
        self.direction = self._direction_taken = SENDRECV  # what we last offered; what was taken
        self.is_changing = False  # our last offer has not been taken yet
        self.tries = 0

    @property
    def ours(self) -> Local:
        """Our side of the session's descriptions."""
        assert self.local is not None
        return self.local

    def codecs(self) -> Sequence[str]:
        """This party's codecs: the one in use first, so that no later offer changes it, else the
        one its partner speaks."""
        codecs = super().codecs()
        if self.agreed is None:
            return codecs
        first = self.agreed.codec
        return [first, *(codec for codec in codecs if codec != first)]

    def change(self, now: int, direction: str = SENDRECV) -> None:
        """Offer our side anew: to hold (`sendonly`), to take back, or because we have moved."""
        self.direction, self.is_changing = direction, True
        if self.pending is None and self.state is State.UP:
            self._reinvite(now)

    def probe(self, now: int) -> None:
        """Ask by a refresh whether the far end is there: silence, or 481, is the leg's end."""
        if self.pending is None and self.state is State.UP:
            self._refresh(now)

    def _reinvite(self, now: int, login: Headers = ()) -> None:
        assert self.dialog is not None
        contact = self.identity.contact(self.dialog.flow)
        headers = [contact, ALLOW, *self.timer.asked(), *login, SDP_TYPE]
        body = self.ours.again()
        if self.is_changing:
            body = self.ours.offer(self.codecs(), self.direction)
        self._ask("INVITE", headers, now=now, body=body)

    def _refresh(self, now: int, login: Headers = ()) -> None:
        assert self.dialog is not None
        if not self.timer.knows_update:
            self._reinvite(now, login)
            return
        headers = [self.identity.contact(self.dialog.flow), *self.timer.asked(), *login]
        self._ask("UPDATE", headers, now)

    def _ask(self, method: str, headers: Headers, now: int, *, body: bytes = b"") -> None:
        assert self.dialog is not None
        asked = self.dialog.request(method, headers, body=body)
        self.pending = self.owner.transactions.request(asked, self.dialog.hop, now)
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
            self._taken(txn, message, now)
        elif code == 491:
            self.wake("again", now + self._glare_ms())
        elif code in (408, 481):
            self.break_off(now, causes.TIMER_EXPIRED, code)
        else:
            self._refused(txn, message, now)

    def _taken(self, txn: ClientTransaction, message: Message, now: int) -> None:
        assert self.dialog is not None
        self.tries = 0
        self.dialog.refresh(message)
        if txn.method == "INVITE":
            self.acknowledge(txn, message)
            if not self._is_settled(message) and self.state is State.UP:
                self.break_off(now, causes.INCOMPATIBLE, 488)
                return
        self.timer.taken(message, now)

    def _is_settled(self, message: Message) -> bool:
        """Whether the session can go on after a 2xx to our offer. One without any answer, which
        there must be, has changed nothing."""
        fits = accept_answer(message, self, codecs=self.codecs())
        if fits is None:
            self._leave_as_it_was()
        self.is_changing, self._direction_taken = False, self.direction
        return fits is not False

    def _refused(self, txn: ClientTransaction, message: Message, now: int) -> None:
        """A change refused is given up; a refresh is asked for again, another way or later."""
        if self.state is not State.UP:
            return
        if message.code == 422 and self.timer.raised(message):
            self._refresh(now) if txn.method == "UPDATE" else self._reinvite(now)
        elif txn.method == "UPDATE" and message.code in UNKNOWN:
            self.timer.knows_update = False
            self._refresh(now)
        else:
            if txn.method == "INVITE":
                self._leave_as_it_was()
            self.timer.refused(now)

    def _leave_as_it_was(self) -> None:
        if self.is_changing:
            self.ours.withdraw()
        self.is_changing, self.direction = False, self._direction_taken

    def acknowledge(self, txn: ClientTransaction, message: Message) -> None:
        """Send the ACK to a 2xx; copies of that are answered without the leg."""
        assert self.dialog is not None
        ack = self.owner.transactions.ack(self.dialog.ack(message.cseq), self.dialog.hop)
        txn.leg = Echo(self.owner, ack, hop=self.dialog.hop, tag=message.to_tag)

    def _log_in(self, txn: ClientTransaction, message: Message, now: int) -> bool:
        """Ask once more with credentials, if this party may have them."""
        assert self.dialog is not None
        login = self.login(message, txn.method, uri=self.dialog.target)
        if login is None:
            return False
        if txn.method == "BYE":
            asked = self.dialog.request("BYE", [login])
            self.owner.transactions.request(asked, self.dialog.hop, now).leg = self
        elif txn.method == "INVITE":
            self._reinvite(now, [login])
        else:
            self._refresh(now, [login])
        return True

    def login(self, message: Message, method: str, *, uri: str) -> tuple[str, str] | None:
        """The header that answers a 401 or 407; None where we may not or did so before."""
        ours = self.line.credentials
        self.tries += 1
        if ours is None or self.tries > 2:
            return None
        proxy = message.code == 407
        asked = message.headers("proxy-authenticate" if proxy else "www-authenticate")
        cnonce = self.identity.token(f"cnonce\0{self.number}\0{message.cseq}")
        value = answer(asked, ours, method=method, uri=uri, cnonce=cnonce)
        return ("Proxy-Authorization" if proxy else "Authorization", value) if value else None

    def _glare_ms(self) -> int:
        """2.1 to 4 s for the owner of the Call-ID, else up to 2 s, in steps of 10 ms."""
        assert self.dialog is not None
        chance = int(self.identity.token(f"glare\0{self.number}\0{self.dialog.local_cseq}")[:8], 16)
        return 2100 + chance % 191 * 10 if self.dialog.is_uac else chance % 201 * 10

    def break_off(self, now: int, cause: int, code: int) -> None:
        """End a session that cannot go on: BYE without waiting for its answer."""
        far = self.state not in (State.ENDING, State.LATE)
        self.send_bye(now, cause, None)
        self.finish(cause if far else self.cause, code, far=far)

    def on_time(self, name: str, now: int) -> None:
        """Refresh, give up, or ask again after glare."""
        if name == "end":
            self.owner.lost(self.party)
            self.finish(self.cause, 408, far=False)
        elif self.state is not State.UP:
            return
        elif name == "again":
            if self.pending is None:
                self._reinvite(now)
        elif name == "session" and self.timer.is_refresher and now < self.timer.ends:
            if self.pending is None:
                self._refresh(now)
        elif name == "session":
            self.owner.lost(self.party)
            self.break_off(now, causes.TIMER_EXPIRED, 408)


class Echo:
    """What remains of an answered INVITE of ours: its ACK, for 2xx that come again."""

    __slots__ = ("ack", "hop", "owner", "tag")

    def __init__(self, owner: LegOwner, ack: bytes, *, hop: Flow, tag: str) -> None:
        self.owner = owner
        self.ack = ack
        self.hop = hop
        self.tag = tag

    def on_response(self, txn: ClientTransaction, message: Message, now: int) -> None:
        """A 2xx once more: its ACK was lost. One of another fork is not wanted."""
        if not 200 <= message.code < 300:
            return
        if message.to_tag == self.tag:
            self.owner.transactions.send(self.hop, self.ack)
        else:
            self.owner.refuse_answer(message, now)
