"""The vocabulary: facts that enter the exchange.

A fact is past tense and has happened. (What shall happen is in `pbx.commands`, what the exchange
made of it in `pbx.notes`.) Facts, commands and notes are frozen values with one codec: an array
whose first item is the tag. Fields are only ever added, at the end and with a default, so that an
old journal decodes for ever.

Units: `*_ms` are milliseconds, `wall_ms` milliseconds since the epoch. A leg is an integer,
never used twice (`leg_number`); a call is a text id that sorts by age (`call_id`).
"""

from __future__ import annotations

import msgspec

EPOCH_BITS = 32
NOT_REGISTERED_YET = "not registered yet"  # as every trunk that registers is, at each start


def leg_number(epoch: int, counter: int, *, incoming: bool) -> int:
    """A leg's number: drivers count incoming legs (odd), the exchange outgoing ones (even)."""
    return (epoch << EPOCH_BITS) | (counter << 1) | incoming


def call_id(group: str, epoch: int, *, counter: int) -> str:
    """A call's id: the installation's group, the epoch of the start, a counter; sorts by age."""
    return f"{group}{epoch:05x}-{counter:08x}"


class Value(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """A frozen value on the wire: an array that starts with its class name."""


# ---- facts: what has happened ----------------------------------------------------------------


class Configured(Value, frozen=True):
    """The whole configuration, as JSON of `config.settings.Settings`; at start and each reload."""

    settings: bytes
    version: str


class Started(Value, frozen=True):
    """The process (re)starts as `epoch`: legs of the epochs before are gone (cause 41)."""

    epoch: int
    wall_ms: int


class ClockRead(Value, frozen=True):
    """The wall clock at this `now`; every 5 s, and at once when the two drift by over 1 s."""

    wall_ms: int


class Drained(Value, frozen=True):
    """No new calls from here on: the process is about to stop."""


class Bound(Value, frozen=True):
    """A phone registered a contact (or refreshed it); `flow` names the socket and far address."""

    extension: str
    contact: str
    flow: str
    expires_wall_ms: int
    call_id: str
    cseq: int
    user_agent: str = ""
    path: str = ""
    instance: str = ""  # of the device, where it says one (RFC 5626)


class Unbound(Value, frozen=True):
    """A contact has gone: unregistered, expired, or its connection was lost."""

    extension: str
    contact: str
    reason: str = ""


class DeviceLost(Value, frozen=True):
    """The phone behind an extension does not answer any more (408, 503, release time-out)."""

    extension: str


class DeviceFound(Value, frozen=True):
    """A phone taken for lost answers again."""

    extension: str


class CallArrived(Value, frozen=True):
    """A new leg wants in. `source` is `trunk:NAME` or `extension:NUMBER`; `dialog` lets a later
    process release the leg (see `pbx.sip.dialog.dialog`)."""

    leg: int
    source: str
    calling: str
    called: str
    name: str = ""
    sip_call_id: str = ""
    dialog: bytes = b""


class Alerting(Value, frozen=True):
    """The far end of an outgoing leg rings (180), or sends sound before it answers (183)."""

    leg: int
    early_media: bool = False


class Answered(Value, frozen=True):
    """The far end of an outgoing leg answered; also late, after a `Release` (offer protocol)."""

    leg: int
    dialog: bytes = b""
    contact: str = ""


class Released(Value, frozen=True):
    """A leg is gone; the last word about it. `code` is the SIP status that ended it, 0 for BYE.
    `far` is true when the far end ended it, false when it follows our own `Release`. `targets`
    are the numbers that a 3xx names instead, best first."""

    leg: int
    cause: int
    code: int = 0
    far: bool = True
    targets: tuple[str, ...] = ()


class Bridged(Value, frozen=True):
    """The media thread has joined two legs: sound passes both ways."""

    leg: int
    other: int


class Held(Value, frozen=True):
    """The far end of a leg put us on hold (re-INVITE with sendonly or inactive)."""

    leg: int


class Retrieved(Value, frozen=True):
    """The far end of a leg took us back from hold."""

    leg: int


class MediaLost(Value, frozen=True):
    """A leg in talk that sent sound before has been silent for the media time-out, RTCP too, and
    so has the other end, unless that one lives (`is_alone`)."""

    leg: int
    is_alone: bool = False


class Digit(Value, frozen=True):
    """A key was pressed on a leg that is in no bridge, or told by a message (SIP INFO): one of 0
    to 9, *, # and A to D. `lasted_ms` is what the message says of the press, until it is known
    whether the sound brought the same key (`pbx.service.keys`)."""

    leg: int
    digit: str
    lasted_ms: int = 0


class Played(Value, frozen=True):
    """A `Say` was played to its end; not `heard` where there was no sound of that name."""

    leg: int
    play: int
    heard: bool = True


class PinChecked(Value, frozen=True):
    """What was typed after `CheckPin`: the agent's PIN, or not. The digits themselves are in no
    journal."""

    leg: int
    correct: bool


class TransferAsked(Value, frozen=True):
    """The far end of a leg asks that its partner be led elsewhere (REFER): to a number (blind), or
    to whoever `other`, another leg of the same phone, talks with (attended)."""

    leg: int
    to: str
    other: int = 0


class SoundMissing(Value, frozen=True):
    """A bridged leg has sent no sound at all for some seconds while its partner does."""

    leg: int


class HeardElsewhere(Value, frozen=True):
    """A leg's far end sent nothing from where it said, but so many packets came from `place`;
    `learnt` where that is taken for the far end now."""

    leg: int
    place: str
    packets: int
    learnt: bool


class TrunkLost(Value, frozen=True):
    """A trunk carries no calls out: no answer to OPTIONS, or its registration has failed."""

    trunk: str
    why: str = ""


class TrunkFound(Value, frozen=True):
    """A trunk taken for lost answers or is registered again."""

    trunk: str


class RecordingFailed(Value, frozen=True):
    """A recording could not be begun or went no further; what was written is there."""

    call: str
    why: str


class RecordAsked(Value, frozen=True):
    """A client wishes to `start`, `stop`, `pause` or `resume` the recording of a call."""

    call: str
    action: str
    by: str = ""


class TransferWished(Value, frozen=True):
    """A client wishes to lead a call elsewhere: `to` is a number as an extension dials it."""

    call: str
    to: str
    by: str = ""


class DigitsAsked(Value, frozen=True):
    """A client wishes keys pressed towards the far end of a talk."""

    call: str
    digits: str
    by: str = ""


class NightKeyTurned(Value, frozen=True):
    """A client overrides opening hours: `mode` is open, closed or auto; `hours` "" is all."""

    mode: str
    hours: str = ""
    by: str = ""


class LoginAsked(Value, frozen=True):
    """A client asks that an agent log in; `extension` empty means the agent's own."""

    agent: str
    extension: str = ""
    by: str = ""


class LogoutAsked(Value, frozen=True):
    """A client asks that an agent log out."""

    agent: str
    by: str = ""


class PauseAsked(Value, frozen=True):
    """A client asks that an agent pause; during a call the pause starts after wrap-up."""

    agent: str
    reason: str = ""
    by: str = ""


class UnpauseAsked(Value, frozen=True):
    """A client asks that an agent take calls again; also ends wrap-up."""

    agent: str
    by: str = ""


class WrapUpAsked(Value, frozen=True):
    """A client asks that an agent have `more_ms` from now on for the work after its call; 0 ends
    it."""

    agent: str
    more_ms: int
    by: str = ""


class HangupAsked(Value, frozen=True):
    """A client asks that a call end."""

    call: str
    by: str = ""


class TroubleSeen(Value, frozen=True):
    """Something outside the exchange needs a person: the disk, the journal, an error of ours."""

    name: str
    text: str


class Stopped(Value, frozen=True):
    """The process stops in order: what is still open is closed."""


class CallCleared(Value, frozen=True):
    """The daemon clears a call after an error in our own code: itself a fact, for the replay."""

    call: str
    why: str


Fact = (
    Configured
    | Started
    | ClockRead
    | Drained
    | Bound
    | Unbound
    | DeviceLost
    | DeviceFound
    | CallArrived
    | Alerting
    | Answered
    | Released
    | Bridged
    | Held
    | Retrieved
    | MediaLost
    | Digit
    | Played
    | PinChecked
    | TransferAsked
    | SoundMissing
    | HeardElsewhere
    | TrunkLost
    | TrunkFound
    | RecordingFailed
    | RecordAsked
    | TransferWished
    | DigitsAsked
    | NightKeyTurned
    | LoginAsked
    | LogoutAsked
    | PauseAsked
    | UnpauseAsked
    | WrapUpAsked
    | HangupAsked
    | CallCleared
    | TroubleSeen
    | Stopped
)


class Refused(msgspec.Struct, frozen=True):
    """A client's impossible wish: a code name and a reason a person can act on."""

    code: str
    reason: str
