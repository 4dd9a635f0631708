"""What it came to: notes the exchange leaves behind, for the record, the socket and the figures.

Notes are frozen values like the facts they follow from (`pbx.events`), numbered without a gap.
Units: `*_ms` are milliseconds, `*wall_ms` milliseconds since the epoch.
"""

from __future__ import annotations

import msgspec

from pbx.events import Value


class Note(Value, frozen=True):
    """The base of all notes, for the readers' type signatures."""


class CallOpened(Note, frozen=True):
    """A call exists: its id and how it came."""

    call: str
    direction: str
    source: str
    calling: str
    called: str
    trunk: str
    wall_ms: int


class QueueEntered(Note, frozen=True):
    """A call came into a queue at `position` (1 = next)."""

    call: str
    queue: str
    calling: str
    position: int
    priority: int
    wall_ms: int


class Offered(Note, frozen=True):
    """An agent's phone rings for a call of a queue; `why` is the reason of the choice."""

    call: str
    queue: str
    agent: str
    leg: int
    why: str
    wall_ms: int


class OfferEnded(Note, frozen=True):
    """An offer came to nothing; `reason`: no_answer refused withdrawn lost. `missed`: counts.
    Here and below, `entered_as`: the call that entered the queue, where that was a consultation
    whose place this one has taken; `entered_wall_ms`: when it did (-1: an old event)."""

    call: str
    queue: str
    agent: str
    reason: str
    missed: bool
    ring_ms: int
    wall_ms: int
    entered_as: str = ""
    entered_wall_ms: int = -1


class TalkStarted(Note, frozen=True):
    """Caller and agent hear each other: the queue's call is answered."""

    call: str
    queue: str
    agent: str
    wait_ms: int
    ring_ms: int
    leg: int
    wall_ms: int
    entered_as: str = ""
    entered_wall_ms: int = -1


class TalkEnded(Note, frozen=True):
    """The talk with an agent is over; `by`: caller agent transfer system; a transfer's `to`, of an
    attended one `method`: bridge (with `other`, the call of the consultation) or app (a queue)."""

    call: str
    queue: str
    agent: str
    by: str
    wait_ms: int
    talk_ms: int
    hold_ms: int
    position: int
    wall_ms: int
    to: str = ""
    method: str = ""
    other: str = ""
    entered_as: str = ""
    entered_wall_ms: int = -1


class QueueLeft(Note, frozen=True):
    """A call left a queue: `outcome` answered abandoned overflowed exited; `why`: max_wait,
    empty, key, caller …; `position` at the end, `entered_position` at the start. `within_ms`,
    `short_ms`: the queue's `service_level` as it is then."""

    call: str
    queue: str
    outcome: str
    why: str
    position: int
    entered_position: int
    wait_ms: int
    wall_ms: int
    entered_as: str = ""
    entered_wall_ms: int = -1
    within_ms: int = 20_000
    short_ms: int = 5_000


class MenuPassed(Note, frozen=True):
    """A caller pressed `key` in a menu ("" after silence) and is led to `to`."""

    call: str
    menu: str
    key: str
    to: str
    wall_ms: int


class Announced(Note, frozen=True):
    """A caller is told something: a prompt by its name, or `position` or `agent`, which are put
    together of several."""

    call: str
    prompt: str
    wall_ms: int


class Transferred(Note, frozen=True):
    """A leg's partner was led elsewhere: by the extension or client `by`, to a number; `outcome`
    is done, or failed."""

    call: str
    queue: str
    agent: str
    by: str
    to: str
    outcome: str
    wall_ms: int


class RecordingChanged(Note, frozen=True):
    """A call's recording is started, paused, resumed, stopped or failed (`action`)."""

    call: str
    action: str
    path: str
    by: str
    wall_ms: int


class SoundMissed(Note, frozen=True):
    """One end of a call sends no sound while the other does: `party` is silent."""

    call: str
    party: str
    wall_ms: int


class SoundElsewhere(Note, frozen=True):
    """The sound of `party` comes from `place` and not from where it said; taken if `learnt`."""

    call: str
    party: str
    place: str
    packets: int
    learnt: bool
    wall_ms: int


class TrunkChanged(Note, frozen=True):
    """A trunk carries calls out (`up`), or does not; `why`."""

    trunk: str
    up: bool
    why: str
    wall_ms: int


class TrunkFilled(Note, frozen=True):
    """All channels of a trunk are taken (`full`), or one is free again."""

    trunk: str
    full: bool
    channels: int
    wall_ms: int


class NightChanged(Note, frozen=True):
    """Opening hours were overridden: `mode` open, closed or auto, `hours` "" for all."""

    hours: str
    mode: str
    by: str
    wall_ms: int


class AgentChanged(Note, frozen=True):
    """An agent's standing changed; `reason` is that of a pause."""

    agent: str
    state: str
    reason: str
    call: str
    wall_ms: int


class AgentPaused(Note, frozen=True):
    """An agent is paused (`paused`) or takes calls again; `by`: who asked, or `misses`."""

    agent: str
    paused: bool
    reason: str
    by: str
    queues: tuple[str, ...]
    wall_ms: int


class AgentLogged(Note, frozen=True):
    """An agent logged in (`inside`) or out of its queues."""

    agent: str
    inside: bool
    extension: str
    queues: tuple[str, ...]
    wall_ms: int


class WrapUpEnded(Note, frozen=True):
    """An agent finished the work after a call: one more stretch of that call's record."""

    call: str
    queue: str
    agent: str
    started_wall_ms: int
    ended_wall_ms: int
    entered_wall_ms: int = -1


class DeviceChanged(Note, frozen=True):
    """A phone became reachable or was lost."""

    extension: str
    reachable: bool
    wall_ms: int


class Segment(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of a call: kind is menu wait ring talk hold wrap_up announce …; times in ms."""

    kind: str
    queue: str
    agent: str
    started_wall_ms: int
    ended_wall_ms: int
    detail: str = ""


class CallClosed(Note, frozen=True):
    """The whole record of a call that has ended: the row of `calls`, its segments."""

    call: str
    direction: str
    source: str
    calling: str
    called: str
    name: str
    trunk: str
    queue: str
    agent: str
    extension: str
    started_wall_ms: int
    answered_wall_ms: int
    connected_wall_ms: int
    ended_wall_ms: int
    outcome: str
    cause: int
    ended_by: str
    wait_ms: int
    talk_ms: int
    hold_ms: int
    legs: tuple[int, ...]
    segments: tuple[Segment, ...]
    sip_call_id: str = ""
    recording: str = ""


class SiteConfigured(Note, frozen=True):
    """A configuration is in force: its version (a hash) and the names it holds; at the
    start or, `reloaded`, later. `heard_wall_ms`: when the process before this start was last heard
    of, and with it all that it had going (-1: an old event)."""

    version: str
    queues: tuple[str, ...]
    agents: tuple[str, ...]
    wall_ms: int
    reloaded: bool = False
    heard_wall_ms: int = -1


class AlarmRaised(Note, frozen=True):
    """Something needs a person: what, where and what to do."""

    name: str
    text: str
    wall_ms: int
