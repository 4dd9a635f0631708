"""A transfer that a phone asks for, and how the phone is told what comes of it.

    phone                  we                     exchange
      |--- REFER ---------->|--- TransferAsked --->|  400, 403, 416, 491 where it cannot be
      |<-- 202 -------------|                      |
      |<-- NOTIFY 100 ------|                      |  none with Refer-Sub: false (RFC 4488)
      |<-- NOTIFY 180 ------|<-- TransferResult ---|
      |<-- NOTIFY 200 ------|<-- TransferResult ---|  the last one ends the subscription
      |<-- BYE -------------|<-- Release ----------|  or the phone hangs up, even before the 202

RFC 3515, 5589; the REFER is carried out here and never sent on. The NOTIFYs are requests in the
leg's dialog, but a phone that is silent about them, or knows of none, has not lost its call.
"""

from __future__ import annotations

import msgspec

from pbx.sip.dialog.leg import LegOwner, SipLeg, State
from pbx.sip.message.check import SCHEMES
from pbx.sip.message.outgoing import REASONS, Reply
from pbx.sip.message.received import Malformed, Message
from pbx.sip.message.uri import Uri, headers_in, number_of, value_of
from pbx.sip.transaction.transactions import ClientTransaction, ServerTransaction

EXPIRES_S = 180  # longer than anybody rings; each NOTIFY starts it anew
SIPFRAG = ("Content-Type", "message/sipfrag;version=2.0")
FORGOTTEN = (404, 405, 410, 416, 481, 489, 501, 604)  # answers that end a subscription
OVER = (State.ENDING, State.GONE)


class Wish(msgspec.Struct, frozen=True):
    """What a REFER asks for: a number, or a dialog to be taken over by its Call-ID and tags
    (attended), in which case the number may be ""."""

    to: str
    call_id: str = ""
    tags: tuple[str, ...] = ()

    def other(self, owner: LegOwner, asking: SipLeg) -> int | None:
        """The leg to be taken over, 0 where none is asked for; None where the dialog is no other
        one of the same phone."""
        if not self.call_id:
            return 0
        for tag in self.tags:
            leg = owner.dialogs.get((self.call_id, tag))
            if leg is None or leg is asking or leg.party != asking.party:
                continue
            if leg.dialog is None or leg.dialog.remote_tag in self.tags:
                return leg.number
        return None


def wish_of(message: Message) -> Wish | Reply:
    """Read `Refer-To`; the refusal where it is not one address that can be called."""
    try:
        values = message.values("refer-to")
        if len(values) != 1:
            return Reply(400, reason="No Single Refer-To")
        uri = message.address(values[0], "Refer-To").uri
    except Malformed as bad:
        return Reply(400, reason=bad.reason)
    if uri.scheme not in SCHEMES:
        return Reply(416)
    if uri.params.get("method", "INVITE").upper() != "INVITE":
        return Reply(403, reason="Only INVITE")
    try:
        wish = _wish(uri)
    except ValueError:
        return Reply(400, reason="Bad Replaces")
    return wish if wish.to or wish.call_id else Reply(404)


def _wish(uri: Uri) -> Wish:
    """The `Replaces` among the URI's headers is `CALL-ID;to-tag=T;from-tag=F` (RFC 3891)."""
    to = number_of(uri)
    for name, value in headers_in(uri):
        if name == "replaces":
            call_id, params = value_of(value)
            tags = [params[side] for side in ("to-tag", "from-tag") if side in params]
            return Wish(to, call_id, tuple(tags))
    return Wish(to)


def _says_no(refer_sub: str) -> bool:
    """Whether a `Refer-Sub: false;…` wants no NOTIFY (RFC 4488)."""
    try:
        return value_of(refer_sub)[0].lower() == "false"
    except ValueError:
        return False


class Referral:
    """The phone's subscription to one transfer. It lives in the leg's dialog, as long as that."""

    __slots__ = ("_event", "_last", "_leg", "_next", "_pending", "is_over", "is_quiet")

    def __init__(self, leg: SipLeg, message: Message, *, is_first: bool) -> None:
        self._leg = leg
        self._event = "refer" if is_first else f"refer;id={message.cseq}"
        self._last = self._next = 0
        self._pending: ClientTransaction | None = None
        self.is_over = False
        self.is_quiet = _says_no(message.header("refer-sub") or "")

    def tell(self, code: int, now: int) -> None:
        """Say how it goes. A provisional status waits while another is on its way, lest they
        overtake each other; the final one, which counts, does not."""
        if self.is_over or code == self._last:
            return
        self._last = code
        self.is_over = code >= 200
        if self.is_quiet:
            return
        if self._pending is not None and not self.is_over:
            self._next = code
            return
        self._send(code, now)

    def _send(self, code: int, now: int) -> None:
        leg, dialog = self._leg, self._leg.dialog
        assert dialog is not None
        self._next = 0
        standing = f"active;expires={EXPIRES_S}"
        if code >= 200:
            standing = "terminated;reason=noresource"
        headers = [
            leg.owner.identity.contact(dialog.flow), ("Event", self._event),
            ("Subscription-State", standing), SIPFRAG,
        ]  # fmt: skip
        reason = REASONS.get(code) or REASONS.get(code // 100 * 100, "Unknown")
        asked = dialog.request("NOTIFY", headers, body=f"SIP/2.0 {code} {reason}\r\n".encode())
        self._pending = leg.owner.transactions.request(asked, dialog.hop, now)
        self._pending.leg = self

    def on_response(self, txn: ClientTransaction, message: Message, now: int) -> None:
        """The phone has taken a NOTIFY, or knows nothing of any."""
        if message.code < 200 or txn is not self._pending:
            return
        self._pending = None
        self.is_quiet = self.is_quiet or message.code in FORGOTTEN
        if self._next and not self.is_quiet and self._leg.state not in OVER:
            self._send(self._next, now)

    def on_failure(self, txn: ClientTransaction | ServerTransaction, code: int, now: int) -> None:
        """No answer, or no way there: nobody listens. If the phone is lost, others notice."""
        self.is_quiet = True
