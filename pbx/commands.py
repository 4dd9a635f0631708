"""The commands that leave the exchange: imperative, each for a driver or for the media thread.

    Alert Answer Ring Release TransferResult      -> the driver that has the leg
    Bridge Play Say Silence SendDigits Record …   -> the media thread

A command is a frozen value like the facts of `pbx.events`, and doing it twice is doing it once.
"""

from __future__ import annotations

from pbx.events import Value

WIRE_GRACE_MS = 5_000  # how much longer the wire lets something ring than the exchange does


class Alert(Value, frozen=True):
    """Tell the caller on an incoming leg that it rings (180); with a `partner` that it hears that
    leg's sound before the answer (183), where it can."""

    leg: int
    partner: int = 0


class Answer(Value, frozen=True):
    """Answer an incoming leg (200). `partner` is a leg it will be bridged with, for its codec."""

    leg: int
    partner: int = 0


class Ring(Value, frozen=True):
    """Call `target` (`extension:NUMBER` or `trunk:NAME`) on a new outgoing leg.

    `number` is the number for a trunk to dial; `calling` and `name` are shown to the far end.
    `expires_ms` bounds the ringing on the wire (0: none). `partner` is the leg it is meant for:
    its codec is offered first. `silence_ms`: without any response at all for so long the leg is
    given up (`Released`, code 408), and its late answers are hung up (0: 32 s).
    """

    leg: int
    target: str
    number: str
    calling: str
    name: str
    expires_ms: int = 0
    partner: int = 0
    silence_ms: int = 0


class Release(Value, frozen=True):
    """End a leg: final response, CANCEL or BYE, as its state asks; `Released` follows."""

    leg: int
    cause: int
    elsewhere: bool = False  # add Reason: SIP;cause=200, so that no missed call shows
    code: int = 0  # refuse an unanswered caller with this status; 0: the one for the cause


class Bridge(Value, frozen=True):
    """Join the sound of two legs; `Bridged` follows."""

    leg: int
    other: int


class Play(Value, frozen=True):
    """Play a sound (`music`, `ringback`, `busy`, `congestion`) to a leg until told otherwise;
    undoes a bridge."""

    leg: int
    sound: str


class Silence(Value, frozen=True):
    """Play nothing to a leg; undoes a bridge."""

    leg: int


class Say(Value, frozen=True):
    """Play prompts one after the other, each as `LANGUAGE/NAME`; undoes a bridge. `Played` with
    the same `play` follows, unless the leg is told something else before the end."""

    leg: int
    play: int
    sounds: tuple[str, ...]


class SendDigits(Value, frozen=True):
    """Press keys towards the far end of a leg (RFC 4733)."""

    leg: int
    digits: str


class CheckPin(Value, frozen=True):
    """Take the keys of a leg as a PIN until `#`, or until as many as the agent's PIN has, and
    say `PinChecked`; none of them becomes a `Digit`."""

    leg: int
    agent: str


class Record(Value, frozen=True):
    """Record a call into `path` (below the recordings): `left` is the caller's leg, `right` the
    agent's. Said again it changes the right leg and goes on, also after a pause."""

    call: str
    path: str
    left: int
    right: int


class PauseRecording(Value, frozen=True):
    """Write silence until the next `Record` of this call."""

    call: str


class StopRecording(Value, frozen=True):
    """End a call's recording and close its file."""

    call: str


class Probe(Value, frozen=True):
    """Ask the far end of a leg, from which no sound comes, whether it is still there: `Released`
    follows where it is not."""

    leg: int


class TransferResult(Value, frozen=True):
    """Tell the leg that asked for a transfer how it goes: 100, 180, 200, or why not (NOTIFY)."""

    leg: int
    code: int


Command = (
    Alert
    | Answer
    | Ring
    | Release
    | Bridge
    | Play
    | Silence
    | Say
    | SendDigits
    | CheckPin
    | Record
    | PauseRecording
    | StopRecording
    | TransferResult
    | Probe
)
