"""A request we received: its responses, repeated as RFC 3261 17.2 and 13.3.1.4 ask.

INVITE  PROCEEDING --2xx--> ACCEPTED --L--> gone       2xx every T1, 2*T1 … T2 until the ACK
             |---3xx-6xx--> COMPLETED --ACK--> CONFIRMED --I--> gone
                                | G: again every T1, 2*T1 … T2 (UDP); H: gives up
other   TRYING --1xx--> PROCEEDING --final--> COMPLETED --J--> gone
"""

from __future__ import annotations

from typing import Any

from kernel.deadlines import Timed
from pbx.sip.message.outgoing import Reply, response
from pbx.sip.message.received import Message
from pbx.sip.transaction.shared import (
    OTHER_MOVES,
    PATIENCE,
    T1,
    T2,
    T4,
    TRYING_MS,
    Layer,
    State,
    Trigger,
    tidy_time,
    trigger_of,
)

INVITE_MOVES = {
    (State.PROCEEDING, Trigger.PROVISIONAL): State.PROCEEDING,
    (State.PROCEEDING, Trigger.SUCCESS): State.ACCEPTED,
    (State.PROCEEDING, Trigger.FAILURE): State.COMPLETED,
    (State.PROCEEDING, Trigger.OVER): State.TERMINATED,
    (State.COMPLETED, Trigger.ACK): State.CONFIRMED,
    (State.COMPLETED, Trigger.OVER): State.TERMINATED,
    (State.CONFIRMED, Trigger.OVER): State.TERMINATED,
    (State.ACCEPTED, Trigger.ACK): State.ACCEPTED,
    (State.ACCEPTED, Trigger.OVER): State.TERMINATED,
}


class ServerTransaction(Timed):
    """A received request. After its final response only the bytes to repeat are kept."""

    __slots__ = (
        "_ack_key", "_gap", "_layer", "_message", "_over", "_sent",
        "flow", "is_invite", "is_reliable", "key", "leg", "method", "state",
    )  # fmt: skip

    def __init__(
        self, layer: Layer[Any, ServerTransaction], key: str, *, message: Message, now: int
    ) -> None:
        super().__init__()
        assert message.flow is not None
        self.key = key
        self.method = message.method
        self.is_invite = message.method == "INVITE"
        self.flow = message.reply_flow
        self.is_reliable = message.flow.transport != "udp"
        self.leg: object = None  # the user's own, for finding its way back
        self.state = State.PROCEEDING if self.is_invite else State.TRYING
        self._layer = layer
        self._message: Message | None = message
        self._ack_key: tuple[str, str, int] | None = None  # of the ACK to our 2xx, until it comes
        self._sent = b""
        self._gap = 0  # the pause before the next copy; 0: no more copies
        self._over = 0
        layer.timers.set(self, now + TRYING_MS if self.is_invite else tidy_time(now + PATIENCE))

    @property
    def is_final(self) -> bool:
        """Whether the final response is sent."""
        return self._message is None

    def respond(self, reply: Reply, now: int) -> None:
        """Send a provisional or the final response; after the final one, nothing.

        A 2xx to INVITE is repeated until its ACK comes, at most 64*T1, then `user.no_ack`."""
        if self._message is None:
            return
        self._layer.timers.clear(self)
        message = self._message
        self._sent = response(message, reply)
        self._layer.send(self.flow, self._sent)
        self._move(trigger_of(reply.code))
        if reply.code >= 200:
            self._finish(message, reply, now)

    def repeat(self) -> None:
        """A copy of the request came: say again what was said last."""
        if self._sent and (self.state != State.ACCEPTED):
            self._layer.send(self.flow, self._sent)

    def acknowledge(self, message: Message, now: int) -> None:
        """An ACK came: to a refusal it ends the copies, to a 2xx the user hears of the first."""
        if self.state == State.COMPLETED and self.is_invite:
            self._move(Trigger.ACK)
            self._sent = b""
            self._wait(now, 0 if self.is_reliable else T4, gap=0)  # timer I
        elif self.state == State.ACCEPTED and self._sent:
            self._move(Trigger.ACK)
            self._expect_no_ack()
            self._over = tidy_time(self._over)
            self._layer.timers.set(self, self._over)
            self._layer.user.ack(self, message, now)
            self.leg = None

    def fail(self, now: int) -> None:
        """The flow is gone: without a final response there is nobody to answer any more."""
        if self.is_final:
            return
        self._end()
        self._layer.user.transport_failed(self, now)
        self.leg = None

    def fire(self, now: int) -> None:
        """A timer: 100, another copy, or the end (also of what nobody waits for any more)."""
        if self._message is not None and self.is_invite:
            self.respond(Reply(100), now)
        elif self._message is not None:
            self._end()
        elif now >= self._over:
            unheard = self.state == State.ACCEPTED and self._sent
            self._end()
            if unheard:
                self._layer.user.no_ack(self, now)
            self.leg = None
        else:
            self._layer.send(self.flow, self._sent)
            self._gap = min(2 * self._gap, T2)
            self._layer.timers.set(self, min(now + self._gap, self._over))

    def _finish(self, message: Message, reply: Reply, now: int) -> None:
        """After the final response: what to repeat and for how long."""
        self._message = None
        if self.state == State.ACCEPTED:
            self._ack_key = (message.call_id, message.to_tag or reply.tag, message.cseq)
            self._layer.unacknowledged[self._ack_key] = self
            self._wait(now, PATIENCE, gap=T1)  # RFC 6026 timer L; 13.3.1.4 on any transport
        elif self.is_invite:
            self._wait(now, PATIENCE, gap=0 if self.is_reliable else T1)  # timers H, G
        else:
            self._wait(now, 0 if self.is_reliable else PATIENCE, gap=0)  # timer J
        if not self.is_invite:
            self.leg = None

    def _wait(self, now: int, patience: int, *, gap: int) -> None:
        """Stay for `patience` ms, with copies `gap` ms and more apart; none with 0."""
        if not patience:
            self._end()
            return
        self._over = now + patience if gap else tidy_time(now + patience)
        self._gap = gap
        self._layer.timers.set(self, now + gap if gap else self._over)

    def _end(self) -> None:
        self._layer.timers.clear(self)
        self._move(Trigger.OVER)
        self._message = None
        self._layer.forget(self)
        self._expect_no_ack()

    def _expect_no_ack(self) -> None:
        """There is nothing to repeat any more."""
        self._sent = b""
        if self._ack_key is not None:
            self._layer.unacknowledged.pop(self._ack_key, None)
            self._ack_key = None

    def _move(self, trigger: Trigger) -> None:
        moves = INVITE_MOVES if self.is_invite else OTHER_MOVES
        self.state = moves[self.state, trigger]
