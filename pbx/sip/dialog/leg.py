"""A leg on the wire: its states, its sound, its end; and what legs ask of their user agent.

    incoming   ARRIVED -> RINGING -> ANSWERED --ACK--> UP
    outgoing   CALLING -> PROCEEDING ----------------> UP --release--> ENDING -> GONE
                    \\-------- release -> CANCELLING --answer--> LATE --release--/

Whatever the wire does, the last fact of a leg is one `Released`, at most 32 s after `Release`.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Protocol

import msgspec

from kernel.media.peer import Peer
from kernel.named_timers import NamedTimers
from pbx.events import Fact, Held, Released, Retrieved
from pbx.sip.dialog.dialog import Dialog
from pbx.sip.dialog.identity import Identity
from pbx.sip.dialog.session_timer import SessionTimer
from pbx.sip.message import cause as causes
from pbx.sip.message.digest import Credentials
from pbx.sip.message.outgoing import Reply
from pbx.sip.message.received import Flow, Message
from pbx.sip.message.sdp import INACTIVE, RECVONLY, SENDONLY, SENDRECV, Agreed, Local
from pbx.sip.transaction.transactions import ClientTransaction, ServerTransaction, Transactions
from pbx.sip.troubles import Troubles

SLOW_MS = 1_000  # a phone that takes longer to let go may have been taken for lost
RELEASE_MS = 32_000  # 64*T1: nobody waits longer for an end
SYMMETRIC = {"never": 0, "auto": 1, "always": 2}  # as in kernel.media.control
DIRECTIONS = {INACTIVE: 0, SENDONLY: 1, RECVONLY: 2, SENDRECV: 3}  # as in kernel.media.control
ALLOW = ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, INFO, REFER")
SDP_TYPE = ("Content-Type", "application/sdp")
SUPPORTED = ("Supported", "timer, 100rel")
ANSWERS_TO_OPTIONS = (ALLOW, ("Accept", "application/sdp"), SUPPORTED)
NOT_NOW = Reply(500, headers=[("Retry-After", "1")])  # RFC 3311 section 5.2, RFC 3261 14.2
ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'


class State(enum.StrEnum):
    """Where a leg stands; see the ladder above."""

    ARRIVED = "arrived"
    RINGING = "ringing"
    ANSWERED = "answered"
    CALLING = "calling"
    PROCEEDING = "proceeding"
    CANCELLING = "cancelling"
    LATE = "late"
    UP = "up"
    ENDING = "ending"
    GONE = "gone"


class Trigger(enum.StrEnum):
    """What moves a leg."""

    ALERT = "alert"
    ANSWER = "answer"
    ACK = "ack"
    PROGRESS = "progress"
    RELEASE = "release"
    GONE = "gone"


TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.ARRIVED, Trigger.ALERT): State.RINGING,
    (State.RINGING, Trigger.ALERT): State.RINGING,
    (State.ARRIVED, Trigger.ANSWER): State.ANSWERED,
    (State.RINGING, Trigger.ANSWER): State.ANSWERED,
    (State.ANSWERED, Trigger.ACK): State.UP,
    (State.CALLING, Trigger.PROGRESS): State.PROCEEDING,
    (State.PROCEEDING, Trigger.PROGRESS): State.PROCEEDING,
    (State.CALLING, Trigger.ANSWER): State.UP,
    (State.PROCEEDING, Trigger.ANSWER): State.UP,
    (State.CALLING, Trigger.RELEASE): State.CANCELLING,
    (State.PROCEEDING, Trigger.RELEASE): State.CANCELLING,
    (State.CANCELLING, Trigger.ANSWER): State.LATE,
    (State.ANSWERED, Trigger.RELEASE): State.ENDING,
    (State.LATE, Trigger.RELEASE): State.ENDING,
    (State.UP, Trigger.RELEASE): State.ENDING,
    **{(state, Trigger.GONE): State.GONE for state in State if state is not State.GONE},
}


class Line(msgspec.Struct, frozen=True):
    """How a party is spoken to: its codecs (best first), its name, how we log in to it, and after
    how many seconds of silence a session is taken for dead (0: never)."""

    codecs: tuple[str, ...]
    name: str = ""
    credentials: Credentials | None = None
    session_s: int = 1800
    legs_max: int = 0  # calls at a time, 0: as many as come
    domain: str = ""  # stands in our From instead of our address, where a provider wants its own
    symmetric: str = "auto"  # whose sound is taken where none comes from where it is promised


class Sound(Protocol):
    """The part of `kernel.media.control.Media` that signalling needs."""

    def open(self, leg: int) -> int:
        """Take a port for a leg; OSError when there is none."""

    def connect(self, leg: int, peer: Peer) -> None:
        """Say where the far end is; ValueError or OSError where no sound can go there."""

    def close(self, leg: int) -> None:
        """Give the port back."""


class LegOwner(Protocol):
    """What a leg needs of the user agent that it belongs to."""

    identity: Identity
    transactions: Transactions
    troubles: Troubles
    timers: NamedTimers
    facts: list[Fact]
    sound: Sound
    legs: dict[int, SipLeg]
    dialogs: dict[tuple[str, str], SipLeg]

    def refuse_answer(self, message: Message, now: int) -> None:
        """ACK and BYE for a 2xx that no leg wants."""

    def forget(self, leg: SipLeg) -> None:
        """The leg is gone."""

    def unheard(self, party: str, uri: str) -> None:
        """One device of a party has not answered anything."""

    def lost(self, party: str, why: str = "") -> None:
        """A phone does not answer any more; a trunk does not, and why."""

    def found(self, party: str, *, surely: bool = False) -> None:
        """A phone has answered: worth a fact if it was lost, or `surely`."""


class SipLeg:
    """What incoming and outgoing legs share. `agreed` is what both ends send."""

    __slots__ = (
        "agreed",
        "cause",
        "dialog",
        "identity",
        "is_open",
        "line",
        "local",
        "max_forwards",
        "number",
        "owner",
        "partner",
        "party",
        "refused_with",
        "released_at",
        "state",
        "timer",
    )  # fmt: skip

    def __init__(self, owner: LegOwner, number: int, *, party: str, line: Line) -> None:
        self.owner, self.identity = owner, owner.identity
        self.number = number
        self.party = party
        self.line = line
        self.state = State.ARRIVED
        self.dialog: Dialog | None = None
        self.local: Local | None = None
        self.agreed: Agreed | None = None
        self.is_open = False
        self.cause = 0
        self.refused_with = 0  # the status that an unanswered caller is refused with, 0: by cause
        self.max_forwards = 70
        self.partner = 0  # the leg this one is meant for, which decides the codec
        self.timer = SessionTimer(owner.timers, number, wanted_s=line.session_s)
        self.released_at = 0

    def dialog_of(self, message: Message) -> Dialog | None:
        """The dialog of this leg that a request of the far end is in (our tag has been found)."""
        found = self.dialog
        return found if found is not None and found.belongs(message) else None

    def move(self, trigger: Trigger) -> None:
        """Change the state by the table; a move that is not in it is a bug of ours."""
        after = TRANSITIONS.get((self.state, trigger))
        assert after is not None, f"leg {self.number}: {trigger} while {self.state}"
        self.state = after

    def codecs(self) -> Sequence[str]:
        """This party's codecs, the one its partner speaks first."""
        other = self.owner.legs.get(self.partner)
        codecs = self.line.codecs
        if other is None or other.agreed is None or other.agreed.codec not in codecs:
            return codecs
        first = other.agreed.codec
        return [first, *(codec for codec in codecs if codec != first)]

    def open_sound(self, flow: Flow, now: int) -> bool:
        """Take a port; False when there is none left."""
        try:
            port = self.owner.sound.open(self.number)
        except OSError as error:
            text = f"no port for the sound of a call, which is refused ({error}): [media] ports"
            self.owner.troubles.tell("ports", "", text=text, now=now)
            return False
        self.is_open = True
        self.local = Local(self.number & 0x7FFFFFFF, self.identity.sound_host(flow), port=port)
        return True

    def hear(self, agreed: Agreed) -> bool:
        """Let sound flow as agreed; a change of hold becomes a fact once the leg is up. False
        when the address is none that sound can go to."""
        if self.is_open:
            try:
                self.owner.sound.connect(self.number, self._peer(agreed))
            except (ValueError, OSError):
                return False
        before, self.agreed = self.agreed, agreed
        if self.state is State.UP and before is not None and before.held != agreed.held:
            self.owner.facts.append(Held(self.number) if agreed.held else Retrieved(self.number))
        return True

    def _signaller(self, agreed: Agreed) -> str:
        """The address that signals for the far end; its sound may come from there as well."""
        host = self.dialog.flow.host if self.dialog is not None else ""
        return host if (":" in host) == (":" in agreed.host) else ""

    def _peer(self, agreed: Agreed) -> Peer:
        return Peer(
            agreed.host,
            agreed.port,
            agreed.payload,
            event_payload=agreed.event,
            ptime=agreed.ptime,
            direction=DIRECTIONS[agreed.direction],
            symmetric=SYMMETRIC[self.line.symmetric],
            signaller=self._signaller(agreed),
            is_natted=self._is_natted(agreed),
        )

    def _is_natted(self, agreed: Agreed) -> bool:
        """Whether signalling shows that the far end is not where its description says."""
        dialog = self.dialog
        return dialog is not None and dialog.natted and agreed.host != dialog.flow.host

    def wake(self, name: str, at: int) -> None:
        """Call `on_time(name)` at `at`."""
        self.owner.timers.set((self.number, name), at)

    def finish(
        self, cause: int, code: int = 0, *, far: bool, targets: tuple[str, ...] = ()
    ) -> None:
        """The leg is gone: say so, once and last."""
        if self.state is State.GONE:
            return
        self.move(Trigger.GONE)
        if self.is_open:
            self.is_open = False
            self.owner.sound.close(self.number)
        self.owner.forget(self)
        self.owner.facts.append(Released(self.number, cause, code, far, targets))

    def heard_at_last(self, now: int) -> None:
        """The far end took long to let go, and may have been given up: it is there after all."""
        if self.released_at and now - self.released_at >= SLOW_MS:
            self.owner.found(self.party, surely=True)

    def send_bye(self, now: int, cause: int, leg: SipLeg | None) -> None:
        """Send BYE; the answer goes to `leg`, or to nobody."""
        assert self.dialog is not None
        asked = self.dialog.request("BYE", [("Reason", f"Q.850;cause={cause}")])
        self.owner.transactions.request(asked, self.dialog.hop, now).leg = leg

    # ---- what happens to a leg; each kind of leg says what it means there

    def release(self, cause: int, now: int, *, elsewhere: bool) -> None:
        """End the leg as its state asks; `Released` follows."""

    def probe(self, now: int) -> None:
        """Ask the far end whether it is still there; a leg that is not up has its own timers."""

    def on_request(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """A request in the leg's dialog."""

    def on_response(self, txn: ClientTransaction, message: Message, now: int) -> None:
        """A response to a request in the leg's dialog."""

    def on_failure(self, txn: ClientTransaction | ServerTransaction, code: int, now: int) -> None:
        """No response: 408 for silence, 503 for a connection that is gone."""

    def on_cancel(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """The caller gives up."""

    def on_ack(self, txn: ServerTransaction, message: Message, now: int) -> None:
        """The ACK to a 2xx of ours."""

    def on_no_ack(self, txn: ServerTransaction, now: int) -> None:
        """The ACK to a 2xx of ours never came."""

    def on_time(self, name: str, now: int) -> None:
        """A timer of the leg."""


def refusal(cause: int, code: int = 0) -> Reply:
    """The final response that refuses a call for a Q.850 cause, or with a certain status."""
    code = code or causes.code_of(cause)
    headers = [("Reason", f"Q.850;cause={cause}")]
    if code == 503:
        headers.append(("Retry-After", "5"))
    return Reply(code, headers=headers)
