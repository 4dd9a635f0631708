"""An outgoing leg, until it is a session: one INVITE to each device, the first 200 wins.

    exchange               we                     devices
      |-- Ring ------------>|--- INVITE ------------>| | |
      |<-- Alerting --------|<-- 180 ----------------|
      |<-- Answered --------|<-- 200 ----------------|      ACK; the others: CANCEL, Reason 200
      |-- Release --------->|--- CANCEL ------------>|      when a 1xx has come, not before
      |<-- Answered --------|<-- 200 (too late) -----|      ACK
      |-- Release --------->|--- BYE --------------->|
      |<-- Released --------|                               once, last, within 32 s

A device may be a proxy that rings several: each has its early dialog (`pbx.sip.dialog.early`).
Every device has its own Call-ID, derived from the leg's number: a 200 that comes when nobody knows
the leg any more, also after a restart, is recognised and gets ACK and BYE.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pbx.commands import Ring
from pbx.events import Answered, Held
from pbx.sip.dialog.dialog import first_contact, named, of_answer
from pbx.sip.dialog.early import CALLING, EARLY_MAX, Early, Listening
from pbx.sip.dialog.leg import (
    ALLOW,
    ELSEWHERE,
    RELEASE_MS,
    SDP_TYPE,
    LegOwner,
    Line,
    State,
    Trigger,
)
from pbx.sip.dialog.negotiation import accept_answer
from pbx.sip.dialog.redirect import targets_of
from pbx.sip.dialog.session_timer import RAISED_MAX, SESSION_MAX_S, SESSION_MIN_S, min_se
from pbx.sip.message import cause as causes
from pbx.sip.message.outgoing import Request
from pbx.sip.message.received import Flow, Message
from pbx.sip.message.sdp import Local
from pbx.sip.transaction.shared import State as Progress
from pbx.sip.transaction.transactions import ClientTransaction

WAITING = (State.CALLING, State.PROCEEDING, State.CANCELLING)
DEAD = (408, 503)
NO_ANSWER = "no answer to a call"
SUPPORTED = ("Supported", "timer, 100rel, 199")


class Target(msgspec.Struct, frozen=True):
    """A device to ring: what to ask for, where to send it, and by which proxies (`Path`)."""

    uri: str
    flow: Flow
    routes: tuple[str, ...] = ()


class Branch:
    """The INVITE to one device. `code` is its final status, 0 while it may still answer."""

    __slots__ = (
        "call_id", "code", "cseq", "earlies", "index", "leg", "local", "reasons", "session_s",
        "tag", "target", "targets", "txn",
    )  # fmt: skip

    def __init__(self, leg: Outgoing, index: int, *, target: Target) -> None:
        identity = leg.identity
        self.leg = leg
        self.index = index
        self.target = target
        self.call_id = identity.own_call_id(leg.number, index)
        self.tag = identity.token(f"from\0{leg.number}\0{index}")
        self.code = 0
        self.cseq = 0
        self.reasons: list[str] = []
        self.targets: tuple[str, ...] = ()  # what a 3xx names
        self.session_s = leg.line.session_s
        self.txn: ClientTransaction | None = None
        self.local: Local | None = None
        self.earlies: dict[str, Early] = {}  # by their To-tags

    def invite(self, now: int, login: Sequence[tuple[str, str]] = ()) -> None:
        """Send the INVITE, or send it anew with what the last refusal asked for."""
        self.cseq += 1
        target, leg = self.target, self.leg
        headers = leg.invite_headers(self)
        headers += login
        assert self.local is not None
        body = self.local.offer(leg.codecs())
        asked = Request("INVITE", target.uri, headers, body)
        self.txn = leg.owner.transactions.request(asked, target.flow, now)
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
            self.leg.owner.transactions.cancel(self.txn, now, reason)

    def on_response(self, txn: ClientTransaction, message: Message, now: int) -> None:
        """What the device says."""
        code = message.code
        if code < 200:
            if txn is self.txn and code > 100:
                self._provisional(message, now)
        elif code < 300:
            self.code = code
            self.leg.accept(self, txn, message=message, now=now)
        elif txn is self.txn:
            self._forget_dialogs()
            if self._again(message, now):
                return
            self.code = code
            self.reasons = message.headers("reason")
            self.targets = targets_of(message)
            if code >= 600:  # the user, not the device, has spoken (RFC 3261 16.7 step 5)
                self.leg.cancel_others(self, now, f"SIP;cause={code}")
            self.leg.branch_over(now, heard=True)

    def on_failure(self, txn: ClientTransaction, code: int, now: int) -> None:
        """No answer at all (408), or no way to the device (503)."""
        if txn is self.txn:
            self._forget_dialogs()
            self.code = code
            self.leg.owner.unheard(self.leg.party, self.target.uri)
            self.leg.branch_over(now, heard=False)

    def _forget_dialogs(self) -> None:
        """A refusal ends all early dialogs of its INVITE (RFC 3261 section 12.3)."""
        earlies, self.earlies = self.earlies, {}
        for early in earlies.values():
            self.leg.early_over(early)

    def _again(self, message: Message, now: int) -> bool:
        """Whether the refusal is one that asks for another INVITE, which is sent."""
        if self.leg.state not in CALLING:
            return False
        if message.code in (401, 407):
            login = self.leg.login(message, "INVITE", uri=self.target.uri)
            if login is None:
                return False
            self.invite(now, [login])
            return True
        seconds = min_se(message)
        if message.code != 422 or not self.session_s < seconds <= SESSION_MAX_S:
            return False
        if self.cseq > RAISED_MAX:
            return False
        self.session_s = seconds
        self.invite(now)
        return True

    def _provisional(self, message: Message, now: int) -> None:
        early = self._early(message)
        is_reliable = message.lists("require", "100rel")
        if is_reliable and (early is None or not early.acknowledge(message, now)):
            return
        if message.code == 199 and early is not None:
            self.leg.early_over(early)
        else:
            self.leg.progress(early, message)

    def _early(self, message: Message) -> Early | None:
        """The early dialog of a response; None where there would be too many."""
        early = self.earlies.get(message.to_tag)
        if early is not None:
            return early
        if len(self.earlies) >= EARLY_MAX:
            over = [tag for tag, other in self.earlies.items() if other.is_over]
            if not over:
                return None
            del self.earlies[over[0]]
        early = self._dialog(message)
        self.earlies[message.to_tag] = early
        return early

    def _dialog(self, message: Message) -> Early:
        assert self.local is not None
        dialog = of_answer(message, self.target.flow, local_tag=self.tag)
        return Early(self.leg, dialog, ours=self.local.copy())

    def confirm(self, message: Message) -> Early:
        """The dialog of a 2xx: an early one goes on in it (RFC 3261 section 13.2.2.4)."""
        early = self.earlies.get(message.to_tag)
        if early is None:
            return self._dialog(message)
        early.dialog = of_answer(message, self.target.flow, local_tag=self.tag, early=early.dialog)
        return early


class Outgoing(Listening):
    """A leg that we open. All its devices share one port for sound."""

    __slots__ = ("branches", "ring")

    def __init__(self, owner: LegOwner, ring: Ring, *, line: Line) -> None:
        super().__init__(owner, ring.leg, party=ring.target, line=line)
        self.state = State.CALLING
        self.ring = ring
        self.partner = ring.partner
        self.branches: list[Branch] = []

    def start(self, targets: Sequence[Target], now: int) -> None:
        """Ring all devices; without one, or without a port, the leg is gone at once."""
        if not targets:
            self.finish(20, 480, far=True)
            return
        if not self.open_sound(targets[0].flow, now):
            self.finish(causes.NO_CIRCUIT, 503, far=False)
            return
        assert self.local is not None
        other = self.owner.legs.get(self.ring.partner)
        if other is not None:
            self.max_forwards = max(other.max_forwards - 1, 1)
        self.branches = [Branch(self, index, target=target) for index, target in enumerate(targets)]
        for branch in self.branches:
            host = self.identity.sound_host(branch.target.flow)
            branch.local = Local(self.local.id, host, port=self.local.port)
            self.owner.dialogs[branch.call_id, branch.tag] = self
            branch.invite(now)

    def invite_headers(self, branch: Branch) -> list[tuple[str, str]]:
        """The headers of an INVITE, all but the credentials."""
        flow, ring = branch.target.flow, self.ring
        place = self.line.domain or self.identity.place(flow)
        headers = [
            ("Max-Forwards", str(self.max_forwards)),
            (
                "From",
                f"{named(ring.name, ring.calling or 'anonymous', place=place)};tag={branch.tag}",
            ),
            ("To", f"<{branch.target.uri}>"),
            ("Call-ID", branch.call_id),
            ("CSeq", f"{branch.cseq} INVITE"),
            self.identity.contact(flow),
            ALLOW,
            SUPPORTED,
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

    def early_dialogs(self) -> list[Early]:
        """Those of all devices."""
        return [early for branch in self.branches for early in branch.earlies.values()]

    def accept(self, branch: Branch, txn: ClientTransaction, *, message: Message, now: int) -> None:
        """A 200: the first one makes the leg, the first one after a CANCEL is late, every other
        gets ACK and BYE."""
        if self.state not in WAITING:
            self.owner.refuse_answer(message, now)
            if self.state is State.GONE:
                self.heard_at_last(now)
            return
        is_late = self.state is State.CANCELLING
        early = branch.confirm(message)
        self.dialog, self.local = early.dialog, early.ours
        self.acknowledge(txn, message)
        fits = is_late or self._take_description(early, message)
        self.heard = None
        if branch.session_s != self.line.session_s:
            self.timer.min_s = branch.session_s
        self.move(Trigger.ANSWER)
        self.cancel_others(branch, now, ELSEWHERE)
        if not fits:
            self.break_off(now, causes.INCOMPATIBLE, 488)
            return
        self._up(message, now)

    def _up(self, message: Message, now: int) -> None:
        assert self.dialog is not None
        self.tries = 0
        self.owner.found(self.party)
        if self.state is State.UP:
            self.timer.taken(message, now)
        fact = Answered(self.number, self.dialog.pack(), first_contact(message))
        self.owner.facts.append(fact)
        if self.state is State.UP and self.agreed is not None and self.agreed.held:
            self.owner.facts.append(Held(self.number))

    def _take_description(self, early: Early, message: Message) -> bool:
        """Whether there is an answer that fits: the first one in this dialog, which may have come
        in a provisional; the other dialogs' do not count."""
        if early.agreed is None and not accept_answer(message, early, codecs=self.codecs()):
            return False
        assert early.agreed is not None
        return early is self.heard or self.hear(early.agreed)

    def cancel_others(self, branch: Branch, now: int, reason: str) -> None:
        """One device has decided for all."""
        for other in self.branches:
            if other is not branch:
                other.cancel(now, reason)

    def branch_over(self, now: int, *, heard: bool) -> None:
        """A device has refused, or is silent. When all have, the leg is over."""
        if self.state not in WAITING or not all(branch.code for branch in self.branches):
            return
        if all(branch.code in DEAD for branch in self.branches):
            self.owner.lost(self.party, "" if heard else NO_ANSWER)
        best = min(self.branches, key=lambda branch: causes.rank(branch.code))
        if self.state is State.CANCELLING:
            self._gone(best.code, now, heard=heard)
        else:
            cause = causes.cause_of(best.code, best.reasons)
            self.finish(cause, best.code, far=True, targets=best.targets)

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
