"""A request we sent: repeated until answered (RFC 3261 17.1, RFC 6026).

INVITE  TRYING --1xx--> PROCEEDING --2xx--> ACCEPTED --M--> gone     (each 2xx to the user)
           | A: again after T1, 2*T1, 4*T1 … (UDP)
           | B: user.timeout      |--3xx-6xx--> ACK, COMPLETED --D--> gone (ACK again)
other   TRYING --1xx--> PROCEEDING --final--> COMPLETED --K--> gone
           | E: again after T1, 2*T1 … T2 (UDP); F: user.timeout
"""

from __future__ import annotations

from typing import Any

from kernel.deadlines import Timed
from pbx.sip.message.outgoing import Request, request, within
from pbx.sip.message.received import Flow, Message
from pbx.sip.transaction.shared import (
    OTHER_MOVES,
    PATIENCE,
    T1,
    T2,
    T4,
    Layer,
    State,
    Trigger,
    tidy_time,
    trigger_of,
)

INVITE_MOVES = {
    (State.TRYING, Trigger.PROVISIONAL): State.PROCEEDING,
    (State.TRYING, Trigger.SUCCESS): State.ACCEPTED,
    (State.TRYING, Trigger.FAILURE): State.COMPLETED,
    (State.TRYING, Trigger.OVER): State.TERMINATED,
    (State.PROCEEDING, Trigger.PROVISIONAL): State.PROCEEDING,
    (State.PROCEEDING, Trigger.SUCCESS): State.ACCEPTED,
    (State.PROCEEDING, Trigger.FAILURE): State.COMPLETED,
    (State.PROCEEDING, Trigger.OVER): State.TERMINATED,
    (State.ACCEPTED, Trigger.SUCCESS): State.ACCEPTED,
    (State.ACCEPTED, Trigger.OVER): State.TERMINATED,
    (State.COMPLETED, Trigger.FAILURE): State.COMPLETED,
    (State.COMPLETED, Trigger.OVER): State.TERMINATED,
}


class ClientTransaction(Timed):
    """A sent request. After its final response only the bytes to repeat are kept. Of a CANCEL,
    whose `via` is that of its INVITE, the user hears nothing."""

    __slots__ = (
        "_gap", "_layer", "_mark", "_over", "_sent", "asked", "branch", "cancel_reason", "flow",
        "is_cancelled", "is_invite", "is_reliable", "key", "leg", "method", "state", "via",
    )  # fmt: skip

    def __init__(
        self, layer: Layer[ClientTransaction, Any], asked: Request, *, flow: Flow, via: str
    ) -> None:
        super().__init__()
        self.branch = via.rpartition(";branch=")[2]
        self.key = f"{self.branch}\n{asked.method}"
        self.method = asked.method
        self.is_invite = asked.method == "INVITE"
        self.flow = flow
        self.is_reliable = flow.transport != "udp"
        self.leg: object = None  # the user's own, for finding its way back
        self.state = State.TRYING
        self._layer = layer
        self.asked: Request | None = asked  # until the final response
        self.via = via
        self._sent = request(asked, via)
        self._mark = mark_of(asked)
        self.cancel_reason: str | None = None  # of a CANCEL that waits for a provisional
        self.is_cancelled = False
        self._gap = 0
        self._over = 0

    @property
    def is_final(self) -> bool:
        """Whether a final response has come (or never will)."""
        return self.state not in (State.TRYING, State.PROCEEDING)

    def start(self, now: int, patience: int = PATIENCE) -> None:
        """Send the request."""
        self._layer.send(self.flow, self._sent)
        self._over = now + patience  # timers B and F
        self._gap = 0 if self.is_reliable else T1  # timers A and E
        first = now + self._gap if self._gap else self._over
        self._layer.timers.set(self, min(first, self._over))

    def hush(self) -> None:
        """Send no more copies, and wait as long as before."""
        if not self.is_final:
            self._layer.timers.set(self, self._over)

    def give_up_at(self, when: int) -> None:
        """Cancelled: without a final response it is over by then (RFC 3261 9.1)."""
        self.is_cancelled = True
        self._gap = 0
        self._over = when
        self._layer.timers.set(self, when)

    def receive(self, message: Message, now: int) -> None:
        """A response came; copies and what comes too late move nothing, nor does one with the
        Call-ID, CSeq or From-tag of another request, or that is somebody else's too: what is built
        on it, from the ACK on, would be of no dialog (RFC 3261 8.1.3.3, 8.2.6.2)."""
        mark = message.call_id, message.cseq, message.from_tag
        if mark != self._mark or is_for_others(message):
            return
        trigger = trigger_of(message.code)
        moves = INVITE_MOVES if self.is_invite else OTHER_MOVES
        if (self.state, trigger) not in moves:
            if self.is_invite and trigger == Trigger.SUCCESS:
                self._layer.user.stray(message, now)  # of another fork, after a refusal
            return
        was_final = self.is_final
        self.state = moves[self.state, trigger]
        if self.state == State.PROCEEDING:
            self._hold_copies()
        elif not was_final:
            self._finish(message, now)
        elif self.state == State.COMPLETED:
            self._layer.send(self.flow, self._sent)  # a copy of the refusal: the ACK again
            return
        if self.method != "CANCEL":
            self._layer.user.response(self, message, now)
        if self.state in (State.COMPLETED, State.TERMINATED):
            self.leg = None

    def fail(self, now: int) -> None:
        """The flow is gone, and with it any hope of a response."""
        if self.is_final:
            return
        self._end()
        if self.method != "CANCEL":
            self._layer.user.transport_failed(self, now)
        self.leg = None

    def fire(self, now: int) -> None:
        """A timer: another copy, or the end."""
        if now < self._over:
            self._layer.send(self.flow, self._sent)
            self._gap = self._longer()
            self._layer.timers.set(self, min(now + self._gap, self._over))
            return
        unanswered = not self.is_final
        self._end()
        if unanswered and self.method != "CANCEL":
            self._layer.user.timeout(self, now)
        self.leg = None

    def _longer(self) -> int:
        """The next pause: doubled, for all but INVITE at most T2 (17.1.2.2)."""
        if self.is_invite:
            return 2 * self._gap
        return T2 if self.state == State.PROCEEDING else min(2 * self._gap, T2)

    def _hold_copies(self) -> None:
        """A provisional came: an INVITE is not repeated now, and may ring as long as it likes."""
        if self.is_invite and not self.is_cancelled:
            self._layer.timers.clear(self)

    def _finish(self, message: Message, now: int) -> None:
        """The final response: acknowledge a refusal, then stay for copies of it."""
        asked, self.asked, self.cancel_reason = self.asked, None, None
        self._sent = b""
        patience = PATIENCE
        if self.is_invite and self.state == State.COMPLETED and asked is not None:
            self._sent = request(within(asked, "ACK", to=message.to), self.via)
            self._layer.send(self.flow, self._sent)
            patience = 0 if self.is_reliable else PATIENCE  # timer D
        elif not self.is_invite:
            patience = 0 if self.is_reliable else T4  # timer K
        self._over = tidy_time(now + patience)
        if patience:
            self._layer.timers.set(self, self._over)
        else:
            self._end()

    def _end(self) -> None:
        moves = INVITE_MOVES if self.is_invite else OTHER_MOVES
        self.state = moves[self.state, Trigger.OVER]
        self._layer.timers.clear(self)
        self._layer.forget(self)
        self.asked = None
        self._sent = b""


def mark_of(asked: Request) -> tuple[str, int, str]:
    """What each response repeats of its request: Call-ID, number, and the tag in From."""
    found = {name: value for name, value in asked.headers if name in ("Call-ID", "CSeq", "From")}
    number = found["CSeq"].partition(" ")[0]
    return found["Call-ID"], int(number), found["From"].rpartition(";tag=")[2]


def is_for_others(message: Message) -> bool:
    """Whether a response has a Via below ours, which is of another element."""
    return message.plain is None and len(message.values("via")) > 1
