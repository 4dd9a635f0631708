"""An outgoing leg, until it is a session: one INVITE to each device, the first 200 wins.

    exchange               we                     devices
      |-- Ring ------------>|--- INVITE ------------>| | |
      |<-- Alerting --------|<-- 180 ----------------|
      |<-- Answered --------|<-- 200 ----------------|      ACK; the others: CANCEL, Reason 200
      |-- Release --------->|--- CANCEL ------------>|      when a 1xx has come, not before
      |<-- Answered --------|<-- 200 (too late) -----|      ACK
      |-- Release --------->|--- BYE --------------->|
      |<-- Released --------|                               once, last, within 32 s

Every device has its own Call-ID, derived from the leg's number: a 200 that comes when nobody knows
the leg any more, also after a restart, is recognised and gets ACK and BYE.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pbx.commands import Ring
from pbx.events import Alerting, Answered, Held
from pbx.sip import cause as causes
from pbx.sip.dialog import Dialog, first_contact, named, of_answer
from pbx.sip.layer import State as Progress
from pbx.sip.leg import (
    ALLOW,
    ELSEWHERE,
    RELEASE_MS,
    SDP_TYPE,
    Desk,
    Line,
    State,
    Trigger,
)
from pbx.sip.message import Flow, Message
from pbx.sip.outgoing import Request
from pbx.sip.sdp import Local
from pbx.sip.session import Session
from pbx.sip.session_timer import SESSION_MIN_S
from pbx.sip.transaction import ClientTransaction

CALLING = (State.CALLING, State.PROCEEDING)
WAITING = (State.CALLING, State.PROCEEDING, State.CANCELLING)
DEAD = (408, 503)
NO_ANSWER = "no answer to a call"


class Target(msgspec.Struct, frozen=True):
    """A device to ring: what to ask for, where to send it, and by which proxies (`Path`)."""

    uri: str
    flow: Flow
    routes: tuple[str, ...] = ()


class Branch:
    """The INVITE to one device. `code` is its final status, 0 while it may still answer."""

    __slots__ = (
        "call_id", "code", "cseq", "dialogs", "index", "leg", "local", "reasons", "session_s",
        "tag", "target", "txn",
    )  # fmt: skip

    def __init__(self, leg: Outgoing, index: int, target: Target) -> None:
        token = leg.desk.token
        self.leg = leg
        self.index = index
        self.target = target
        self.call_id = leg.desk.own_call_id(leg.number, index)
        self.tag = token(f"from\0{leg.number}\0{index}")
        self.code = 0
        self.cseq = 0
        self.reasons: list[str] = []
        self.session_s = leg.line.session_s
        self.txn: ClientTransaction | None = None
        self.local: Local | None = None
        self.dialogs: dict[str, tuple[Dialog, int]] = {}  # early ones with their last RSeq

    def invite(self, now: int, login: Sequence[tuple[str, str]] = ()) -> None:
        """Send the INVITE, or send it anew with what the last refusal asked for."""
        self.cseq += 1
        target, leg = self.target, self.leg
        headers = leg.invite_headers(self)
        headers += login
        assert self.local is not None
        body = self.local.offer(leg.codecs())
        asked = Request("INVITE", target.uri, headers, body)
        self.txn = leg.desk.transactions.request(asked, target.flow, now)
        self.txn.leg = self
        if leg.ring.silence_ms:
            leg.wake("silence", now + leg.ring.silence_ms)

    @property
    def is_heard(self) -> bool:
        """Whether there has been any response to the last INVITE."""
        return self.txn is not None and self.txn.state is not Progress.TRYING

    def give_up(self, now: int) -> None:
        """Take the silence for the end: the INVITE is not repeated, but kept in mind, so that a
        late 1xx gets CANCEL, a late 200 ACK and BYE."""
        if self.txn is not None:
            self.txn.hush()
        self.cancel(now, f"Q.850;cause={causes.NO_RESPONSE}")
        self.code = 408

    def cancel(self, now: int, reason: str) -> None:
        """Give the device up, if it can still answer."""
        if not self.code and self.txn is not None:
            self.leg.desk.transactions.cancel(self.txn, now, reason)

    def on_response(self, txn: ClientTransaction, message: Message, now: int) -> None:
        """What the device says."""
        code = message.code
        if code < 200:
            if txn is self.txn and code > 100:
                self._provisional(message, now)
        elif code < 300:
            self.code = code
            self.leg.accept(self, txn, message, now)
        elif txn is self.txn and not self._again(message, now):
            self.code = code
            self.reasons = message.headers("reason")
            self.leg.branch_over(now, heard=True)

    def on_failure(self, txn: ClientTransaction, code: int, now: int) -> None:
        """No answer at all (408), or no way to the device (503)."""
        if txn is self.txn:
            self.code = code
            self.leg.branch_over(now, heard=False)

    def _again(self, message: Message, now: int) -> bool:
        """Whether the refusal is one that asks for another INVITE, which is sent."""
        if self.leg.state not in CALLING:
            return False
        if message.code in (401, 407):
            login = self.leg.login(message, "INVITE", self.target.uri)
            if login is None:
                return False
            self.invite(now, [login])
            return True
        seconds = message.header("min-se") or ""
        if message.code != 422 or not (seconds.isascii() and seconds.isdigit()):
            return False
        if not self.session_s < int(seconds[:8]) <= 24 * 3600:
            return False
        self.session_s = int(seconds)
        self.invite(now)
        return True

    def _provisional(self, message: Message, now: int) -> None:
        is_reliable = message.lists("require", "100rel")
        if not is_reliable or self._is_next(message, now):
            self.leg.progress(self, message)

    def _is_next(self, message: Message, now: int) -> bool:
        """Acknowledge a reliable provisional with PRACK; False for a copy or one out of order."""
        text = message.header("rseq") or ""
        if not (text.isascii() and text.isdigit() and len(text) < 11) or not message.to_tag:
            return False
        number = int(text)
        early = self.dialogs.get(message.to_tag)
        if early is None:
            if len(self.dialogs) >= 8:
                return False
            dialog = of_answer(message, self.target.flow, self.tag)
        else:
            dialog, last = early
            if number != last + 1:
                return False
        self.dialogs[message.to_tag] = dialog, number
        asked = dialog.request("PRACK", [("RAck", f"{number} {message.cseq} INVITE")])
        self.leg.desk.transactions.request(asked, dialog.hop, now)
        return True


class Outgoing(Session):
    """A leg that we open. All its devices share one port for sound."""

    __slots__ = ("branches", "ring", "rings")

    def __init__(self, desk: Desk, ring: Ring, line: Line) -> None:
        super().__init__(desk, ring.leg, ring.target, line)
        self.state = State.CALLING
        self.ring = ring
        self.partner = ring.partner
        self.branches: list[Branch] = []
        self.rings = 0  # 1: told that it alerts; 2: with sound

    def start(self, targets: Sequence[Target], now: int) -> None:
        """Ring all devices; without one, or without a port, the leg is gone at once."""
        if not targets:
            self.finish(20, 480, far=True)
            return
        if not self.open_sound(targets[0].flow):
            self.finish(causes.NO_CIRCUIT, 503, far=False)
            return
        assert self.local is not None
        other = self.desk.legs.get(self.ring.partner)
        if other is not None:
            self.max_forwards = max(other.max_forwards - 1, 1)
        self.branches = [Branch(self, index, target) for index, target in enumerate(targets)]
        for branch in self.branches:
            host = self.desk.sound_host(branch.target.flow)
            branch.local = Local(self.local.id, host, self.local.port)
            self.desk.dialogs[branch.call_id, branch.tag] = self
            branch.invite(now)

    def invite_headers(self, branch: Branch) -> list[tuple[str, str]]:
        """The headers of an INVITE, all but the credentials."""
        flow, ring = branch.target.flow, self.ring
        place = self.line.domain or self.desk.place(flow)
        headers = [
            ("Max-Forwards", str(self.max_forwards)),
            ("From", f"{named(ring.name, ring.calling or 'anonymous', place)};tag={branch.tag}"),
            ("To", f"<{branch.target.uri}>"),
            ("Call-ID", branch.call_id),
            ("CSeq", f"{branch.cseq} INVITE"),
            self.desk.contact(flow),
            ALLOW,
            ("Supported", "timer, 100rel"),
        ]
        if branch.session_s:
            headers.append(("Session-Expires", str(branch.session_s)))
            if branch.session_s != self.line.session_s:
                headers.append(("Min-SE", str(max(branch.session_s, SESSION_MIN_S))))
        if ring.expires_ms:
            headers.append(("Expires", str(max(1, ring.expires_ms // 1000))))
        if branch.target.routes:
            headers.append(("Route", ", ".join(branch.target.routes)))
        headers.append(SDP_TYPE)
        return headers

    def progress(self, branch: Branch, message: Message) -> None:
        """A device rings, or sends sound before it answers: the first to do so is heard."""
        if self.state not in CALLING:
            return
        self.move(Trigger.PROGRESS)
        if message.body and self.rings < 2:
            self.local = branch.local
            if self.take_answer(message):
                self.rings = 2
                self.desk.facts.append(Alerting(self.number, True))
                return
        if message.code == 180 and not self.rings:
            self.rings = 1
            self.desk.facts.append(Alerting(self.number))

    def accept(self, branch: Branch, txn: ClientTransaction, message: Message, now: int) -> None:
        """A 200: the first one makes the leg, the first one after a CANCEL is late, every other
        gets ACK and BYE."""
        if self.state not in WAITING:
            self.desk.refuse_answer(message, now)
            if self.state is State.GONE:
                self.heard_at_last(now)
            return
        is_late = self.state is State.CANCELLING
        self.dialog = of_answer(message, branch.target.flow, branch.tag)
        self.local = branch.local
        self.acknowledge(txn, message)
        fits = is_late or self._take_description(message)
        self.move(Trigger.ANSWER)
        for other in self.branches:
            if other is not branch:
                other.cancel(now, ELSEWHERE)
        if not fits:
            self.break_off(now, causes.INCOMPATIBLE, 488)
            return
        self._up(message, now)

    def _up(self, message: Message, now: int) -> None:
        assert self.dialog is not None
        self.tries = 0
        self.desk.found(self.party)
        if self.state is State.UP:
            self.timer_taken(message, now)
        fact = Answered(self.number, self.dialog.pack(), first_contact(message))
        self.desk.facts.append(fact)
        if self.state is State.UP and self.agreed is not None and self.agreed.held:
            self.desk.facts.append(Held(self.number))

    def _take_description(self, message: Message) -> bool:
        """Whether the 200's answer fits; it may have come before in a provisional."""
        if not message.body and self.agreed is not None:
            return True
        return self.take_answer(message)

    def branch_over(self, now: int, *, heard: bool) -> None:
        """A device has refused, or is silent. When all have, the leg is over."""
        if self.state not in WAITING or not all(branch.code for branch in self.branches):
            return
        if all(branch.code in DEAD for branch in self.branches):
            self.desk.lost(self.party, "" if heard else NO_ANSWER)
        best = min(self.branches, key=lambda branch: rank(branch.code))
        if self.state is State.CANCELLING:
            self._gone(best.code, now, heard=heard)
        else:
            self.finish(causes.cause_of(best.code, best.reasons), best.code, far=True)

    def _gone(self, code: int, now: int, *, heard: bool) -> None:
        """The end we asked for."""
        self.finish(self.cause, code, far=False)
        if heard:
            self.heard_at_last(now)

    def release(self, cause: int, now: int, *, elsewhere: bool) -> None:
        """CANCEL before the answer, BYE after it."""
        if self.state is State.CANCELLING:
            return
        if self.state not in CALLING:
            super().release(cause, now, elsewhere=elsewhere)
            return
        self.move(Trigger.RELEASE)
        self.cause = cause
        self.released_at = now
        self.wake("end", now + RELEASE_MS)
        reason = ELSEWHERE if elsewhere else f"Q.850;cause={cause}"
        for branch in self.branches:
            branch.cancel(now, reason)

    def on_time(self, name: str, now: int) -> None:
        """Patience is over: a leg answered too late is hung up, whatever else is left alone."""
        if name == "silence":
            self._silent(now)
        elif name == "end" and self.state is State.LATE:
            self.break_off(now, self.cause, 0)
        else:
            super().on_time(name, now)

    def _silent(self, now: int) -> None:
        """No device has said a word for as long as the exchange would wait."""
        if self.state not in WAITING or any(b.code or b.is_heard for b in self.branches):
            return
        for branch in self.branches:
            branch.give_up(now)
        self.branch_over(now, heard=False)


def rank(code: int) -> int:
    """How telling a refusal is among those of several devices; the lowest is reported."""
    if code >= 600:
        return 0
    return {486: 1, 480: 2, 503: 8, 408: 9}.get(code, 5)
