"""A call and its legs: what is known of them, and the moves a leg may make.

    SETUP --ALERT--> ALERTING --ANSWER--> CONNECTED <--HOLD/RETRIEVE--> HELD
      any of them --RELEASE--> RELEASING --GONE--> GONE

Legs and calls are plain values, so that a snapshot holds them whole. Times are the exchange's
milliseconds; a call fixes the wall clock's offset at its start, so that a stepped clock never
bends a duration.
"""

from __future__ import annotations

import enum

import msgspec

from pbx.notes import Segment
from pbx.recording import Recording


class LegState(enum.StrEnum):
    """A leg as an operator would say it."""

    SETUP = "setup"
    ALERTING = "alerting"
    CONNECTED = "connected"
    HELD = "held"
    RELEASING = "releasing"
    GONE = "gone"


class Trigger(enum.StrEnum):
    """What moves a leg."""

    ALERT = "alert"
    ANSWER = "answer"
    HOLD = "hold"
    RETRIEVE = "retrieve"
    RELEASE = "release"
    GONE = "gone"


_BEFORE = (LegState.SETUP, LegState.ALERTING)
_UP = (LegState.CONNECTED, LegState.HELD)

TRANSITIONS: dict[tuple[LegState, Trigger], LegState] = {
    (LegState.SETUP, Trigger.ALERT): LegState.ALERTING,
    (LegState.ALERTING, Trigger.ALERT): LegState.ALERTING,
    (LegState.SETUP, Trigger.ANSWER): LegState.CONNECTED,
    (LegState.ALERTING, Trigger.ANSWER): LegState.CONNECTED,
    (LegState.CONNECTED, Trigger.HOLD): LegState.HELD,
    (LegState.HELD, Trigger.HOLD): LegState.HELD,
    (LegState.HELD, Trigger.RETRIEVE): LegState.CONNECTED,
    (LegState.CONNECTED, Trigger.RETRIEVE): LegState.CONNECTED,
    # What the far end does while it is being released changes nothing (late answers too).
    (LegState.RELEASING, Trigger.ALERT): LegState.RELEASING,
    (LegState.RELEASING, Trigger.ANSWER): LegState.RELEASING,
    (LegState.RELEASING, Trigger.HOLD): LegState.RELEASING,
    (LegState.RELEASING, Trigger.RETRIEVE): LegState.RELEASING,
    **{(state, Trigger.RELEASE): LegState.RELEASING for state in (*_BEFORE, *_UP)},
    (LegState.RELEASING, Trigger.RELEASE): LegState.RELEASING,
    **{(state, Trigger.GONE): LegState.GONE for state in (*_BEFORE, *_UP, LegState.RELEASING)},
}


class IllegalMove(AssertionError):
    """A leg was asked for a move that its table does not have: a fault of ours."""


class Leg(msgspec.Struct):
    """One end of a call on the wire. `party` is `extension:NUMBER` or `trunk:NAME`."""

    number: int
    call: str
    party: str
    state: LegState = LegState.SETUP
    started_ms: int = 0
    offer: int = -1  # the engine's number while the leg rings for a queue
    agent: str = ""
    busy: list[str] = []  # the agents that this leg keeps busy
    dialog: bytes = b""
    cause: int = 0  # why we released it

    def would_change(self, trigger: Trigger) -> bool:
        """Whether the table has a move by `trigger` that leads to another state."""
        return TRANSITIONS.get((self.state, trigger), self.state) is not self.state

    def move(self, trigger: Trigger) -> None:
        """Change the state by the table. Raises IllegalMove for a move that is not in it."""
        after = TRANSITIONS.get((self.state, trigger))
        if after is None:
            raise IllegalMove(f"leg {self.number}: {trigger} while {self.state}")
        self.state = after

    @property
    def is_up(self) -> bool:
        """Answered and not being released."""
        return self.state in _UP


class OpenSegment(msgspec.Struct):
    """A stretch of a call that has not ended."""

    kind: str
    queue: str
    agent: str
    started_ms: int


class Stayed(msgspec.Struct):
    """What a caller is in that is neither a queue nor a talk: kind is of `pbx.stay.stays.STAYS`;
    `name` of the menu, prompt, queue or agent."""

    kind: str
    name: str = ""
    tries: int = 0


class Transfer(msgspec.Struct):
    """A transfer under way: the leg that asked (0: gone, or a client), where to, and by whom;
    queue and agent of the talk it ends. An attended one has the call it is attended by."""

    leg: int
    to: str
    by: str
    queue: str = ""
    agent: str = ""
    may_transit: bool = False  # whoever asked may lead a trunk's caller to a trunk
    method: str = ""  # of an attended one: bridge, or app where the other end waits in a queue
    other: str = ""  # the call of the consultation ...
    beside: int = 0  # ... and its leg, while what it rang rings on


class Hunt(msgspec.Struct):
    """Whom a call rings outside of queues: what rings, and what is to be tried when it fails."""

    legs: list[int] = []  # that ring
    trunks: list[str] = []  # still to try
    number: str = ""  # what they shall dial
    group: str = ""  # the ring group that rings ...
    members: list[str] = []  # ... and who of it is still to be rung
    diverted: list[str] = []  # the extensions that have diverted the call
    diverts: list[tuple[str, str]] = []  # where to, as yet untried: by which extension, number
    refused_code: int = 0  # what the called party's side said, the best of it, while it rings ...
    refused_cause: int = 0  # ... and the cause with it

    def end(self) -> None:
        """Nothing rings any more, and nothing is left to be tried."""
        self.legs, self.trunks, self.members, self.group, self.diverts = [], [], [], "", []


class Visit(msgspec.Struct):
    """One visit of a call to a queue, while it lasts."""

    queue: str
    entry: int
    entered_ms: int
    entered_position: int
    key: str = ""  # the exit key that ended it
    kept_ms: int = 0  # the wait it brought along from queues that overflowed
    entered_as: str = ""  # the call that entered, where a consultation gave its place over
    entered_wall_ms: int = -1  # by which all that becomes of it counts; -1 in old snapshots


class Talk(msgspec.Struct):
    """The talk with an agent of a queue."""

    queue: str
    agent: str
    leg: int
    started_ms: int
    wait_ms: int
    position: int
    hold_ms: int = 0
    entered_as: str = ""  # the call that the agent answered, where that was a consultation
    entered_wall_ms: int = -1  # its visit


class Call(msgspec.Struct):
    """One call from its first leg to its record."""

    id: str
    direction: str  # in out internal
    source: str
    calling: str
    called: str
    name: str
    caller: int  # the first leg
    started_ms: int
    wall_offset_ms: int
    trunk: str = ""
    sip_call_id: str = ""
    legs: list[int] = []  # every leg that is not gone
    all_legs: list[int] = []
    entries: list[int] = []  # the engine's handles of its visits
    visits: int = 0
    last_entered_wall_ms: int = -1  # the visit that ended last
    credit_ms: int = 0  # it stands in queues as if it had waited so much longer, by its route ...
    kept_ms: int = 0  # ... and for having waited in a queue that overflowed
    partner: int = 0  # the leg the caller hears, or will: see `face`
    hunt: Hunt = msgspec.field(default_factory=Hunt)
    language: str = "en"
    stay: Stayed | None = msgspec.field(default=None, name="flow")  # so snapshots call it
    play: int = 0  # the `Say` the caller hears
    step: int = 0  # of the stay: timers of earlier ones mean nothing
    menus: int = 0  # menus it has been through
    transfer: Transfer | None = None
    recording: Recording = msgspec.field(default_factory=Recording)
    visit: Visit | None = None
    talk: Talk | None = None
    queue: str = ""
    agent: str = ""
    extension: str = ""
    answered_ms: int = -1
    connected_ms: int = -1
    ended_ms: int = -1
    held_ms: int = -1  # since when somebody holds
    outcome: str = ""
    cause: int = 0
    ended_by: str = ""
    wait_ms: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    open: list[OpenSegment] = []
    segments: list[Segment] = []
    may_transit: bool = False  # it may leave by a trunk though one of its ends came by one

    def wall(self, at_ms: int) -> int:
        """The exchange's time as wall time, ms since the epoch; -1 stays -1."""
        return at_ms + self.wall_offset_ms if at_ms >= 0 else -1

    @property
    def was_answered(self) -> bool:
        """Its caller has been answered, by a menu, a queue or a person."""
        return self.answered_ms >= 0

    @property
    def was_connected(self) -> bool:
        """Its caller has talked with somebody."""
        return self.connected_ms >= 0

    @property
    def is_held(self) -> bool:
        """One of its ends holds the other."""
        return self.held_ms >= 0

    @property
    def is_over(self) -> bool:
        """It has ended; what is left of its legs is being released."""
        return self.ended_ms >= 0

    @property
    def is_talking(self) -> bool:
        """Two of its legs have been joined and not been parted."""
        return any(segment.kind == "talk" for segment in self.open)

    def face(self, leg: int) -> None:
        """`leg`, one of the call's own, is the caller's other end from now on; 0: nobody is."""
        assert not leg or leg in self.legs, f"leg {leg} is not of call {self.id}"
        self.partner = leg

    def face_hunt(self) -> None:
        """The other end is what rings last, if anything does."""
        self.face(self.hunt.legs[-1] if self.hunt.legs else 0)

    def turn_round(self) -> None:
        """The caller leaves: who was the other end is what remains of the call."""
        self.caller, self.partner = self.partner, self.caller

    def add(self, leg: Leg) -> None:
        """A leg belongs to the call from now on."""
        self.legs.append(leg.number)
        self.all_legs.append(leg.number)

    def begin(self, kind: str, now: int, *, queue: str = "", agent: str = "") -> None:
        """Open a segment."""
        self.open.append(OpenSegment(kind, queue, agent, now))

    def finish(self, kind: str, now: int, *, agent: str | None = None, detail: str = "") -> int:
        """Close the open segment of that kind (and agent); its length in ms, 0 if none is open."""
        for index, segment in enumerate(self.open):
            if segment.kind == kind and (agent is None or segment.agent == agent):
                del self.open[index]
                self.segments.append(self._closed(segment, now, detail))
                return now - segment.started_ms
        return 0

    def hand_over(self, to: Call, now: int) -> None:
        """Give what it waits for, and what rings for that, to another call; the wait so far stays
        in this one's record too, marked, so that the visit is counted once."""
        for segment in self.open:
            if segment.kind == "wait":
                self.segments.append(self._closed(segment, now, "transfer"))
        to.open += [segment for segment in self.open if segment.kind in ("wait", "ring")]
        self.open = [segment for segment in self.open if segment.kind not in ("wait", "ring")]

    def finish_all(self, now: int) -> None:
        """Close what is open, at the end of the call."""
        self.segments += [self._closed(segment, now, "") for segment in self.open]
        self.open = []

    def _closed(self, segment: OpenSegment, now: int, detail: str) -> Segment:
        return Segment(
            segment.kind,
            segment.queue,
            segment.agent,
            self.wall(segment.started_ms),
            self.wall(now),
            detail,
        )
