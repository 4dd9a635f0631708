"""Sound: one thread that relays, transcodes and plays RTP, and this door to it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

from kernel.media.figures import Figures as Figures
from kernel.media.peer import Peer as Peer
from kernel.media.ports import raise_descriptor_limit as raise_descriptor_limit

# Direction of a leg, as we see it (RFC 3264 section 5.1): SENDONLY means that only we send.
INACTIVE: Final = 0
SENDONLY: Final = 1
RECVONLY: Final = 2
SENDRECV: Final = 3

# Kinds of report.
BRIDGED: Final = 1
SILENT: Final = 2
CLOSED: Final = 3
RECEIVING: Final = 4
PLAYED: Final = 5
DIGIT: Final = 6
ONE_WAY: Final = 7
KEY_PASSED: Final = 8
UNANSWERED: Final = 9
LEARNT: Final = 10
ELSEWHERE: Final = 11

# Whose sound teaches a leg where its far end is, while that has sent nothing from where it said.
NEVER: Final = 0
AUTO: Final = 1
ALWAYS: Final = 2

SOUNDS_MAX: Final = 1024
SAID_MAX: Final = 64  # sounds of one `say`
DIGITS_MAX: Final = 32  # digits that wait to be sent to one leg

class Media:
    """Legs with an own RTP and RTCP socket each, and the thread that moves their packets.

    All methods belong to one Python thread. None waits for the media thread, except `stop`.
    A leg that is not open raises KeyError, unless a method says otherwise; OSError(ENOBUFS)
    means that the media thread does not keep up with its commands.
    """

    def __init__(
        self,
        *,
        host: str = "0.0.0.0",
        ports: tuple[int, int] = (10000, 19999),
        legs_max: int = 4096,
        dscp: int = 46,
        gather: bool = False,
        recordings_max: int = 512,
        spare: int = 0,
    ) -> None:
        """`host` is an IP literal, IPv4 or IPv6 ("::" takes both). Raises ValueError.

        With `gather` commands wait for `flush`, which wakes the thread once for all of them, and
        only the reports SILENT, PLAYED and those of keys wake anybody: the others come with the
        next of these.

        The sockets of up to `spare` closed legs are kept for later ones, connected to nowhere;
        half as many rest before the first is used again."""
    def start(self) -> None:
        """Start the thread, and the one that writes recordings; commands given before are carried
        out now. Idempotent."""
    def stock(self) -> None:
        """Bind now the sockets that are kept for legs to come, so that what is open stays the
        same as calls come and go; half the ports at most. Call it after `start`."""

    def stop(self) -> None:
        """End both threads, close every leg without a report, forget them; recordings are ended,
        and RECORDED can still be read. Waits for the disk. Idempotent."""
    def fileno(self) -> int:
        """A descriptor, readable while reports wait; for `loop.add_reader`."""
    def load(self, sound: int, samples: Any, loop: bool = True) -> None:
        """Take `samples` (buffer of int16, 8 kHz mono) as sound number `sound`, below SOUNDS_MAX.

        Encoded once, for all legs; replaces a sound of that number, also where it is heard now.
        With `loop` it repeats for ever, else the end is reported as PLAYED. Raises ValueError.
        """
    def open(self, leg: int) -> int:
        """Bind the next free even port and the one above it (RTCP); return the even one.

        The range is gone through in turn, so that a port rests before its next use. Raises
        ValueError when `leg` is open, OSError: EADDRNOTAVAIL when no pair is free, EMFILE when
        no descriptor or no leg (`legs_max`) is.
        """
    def connect(self, leg: int, peer: Peer) -> None:
        """Say where the far end is and what it wants; again on each re-INVITE.

        `payload`: 0 PCMU or 8 PCMA is what we send; both are understood. `ptime` is taken down to a
        multiple of 10 in 10..60; relayed packets keep their length. A `host` of 0.0.0.0 is hold in
        the old manner: the address stays, nothing is sent.

        Sound is taken from `host` and `port`; once they have sent, from nowhere else. Until then
        5 consistent packets of `payload` within 0.5 s from another place teach that place, once
        for each `connect`: with AUTO another port of `host`, or any port of `signaller` (an IP
        literal); with ALWAYS any place; with NEVER none. A learnt place is also where sound goes,
        until `host` and `port` send.
        Raises ValueError: a host that is no unicast IP literal, a number out of range.
        """
    def bridge(self, leg: int, other: int) -> None:
        """Join two legs, sound both ways; undoes what either did before. Reports BRIDGED with
        the other leg as value. Raises ValueError for a leg with itself."""
    def play(self, leg: int, sound: int) -> None:
        """Play a loaded sound from its start; undoes a bridge (the other leg falls silent).
        Raises ValueError when nothing is loaded under that number."""
    def say(self, leg: int, play: int, sounds: Sequence[int]) -> None:
        """Play loaded sounds once each, the next one beginning with the sample behind the last of
        the one before; undoes a bridge. `play`, from 0 below 2**63, is told as PLAYED at the end,
        and never where bridge, play, silence, say or close came first. What is not loaded when its
        turn comes is passed over; where nothing is, PLAYED comes at once, also on hold. On hold
        it waits, as `play` does. Raises ValueError: over SAID_MAX sounds, a number out of range.
        """
    def send_digits(self, leg: int, digits: str) -> None:
        """Press keys 0-9, *, #, A-D towards the far end (RFC 4733): 100 ms each, every 200 ms.

        The leg's stream carries sound or a digit, never both: played sound waits while a digit
        sounds and goes on behind it, relayed sound of that time is left out. Digits stay when the
        leg is bridged or played to; on hold they wait. Behind DIGITS_MAX that wait, and once the
        far end takes no events any more, digits are left out. Raises ValueError: another
        character, too many; OSError(EOPNOTSUPP) where `connect` gave no event_payload.
        """
    def silence(self, leg: int) -> None:
        """Undo `bridge`, `play` and `say`."""
    def close(self, leg: int) -> None:
        """Close the leg's sockets; a leg bridged with it falls silent. Reports CLOSED. Closing a
        leg that is not open does nothing. Where commands are gathered and other legs are open it
        waits for the next command that is in a hurry, or 250 ms where a leg is connected."""
    def record(
        self, recording: int, path: str | bytes | os.PathLike[str], left: int, right: int
    ) -> None:
        """Record what `left` (the caller) and `right` (the agent) say while each is bridged and
        not on hold; all else is silence. A leg that is not open is silence too.

        Said again for a recording that goes on, it changes the legs, ends a pause and does not
        look at `path`. The file and the folders above it are made by the writer's thread; a file
        that is there is gone on with. `recorder` says what the file is like. A leg is in
        one recording, the last one that named it. Raises ValueError: a leg on both sides, no
        path; OSError(EMFILE) beyond `recordings_max`; KeyError between `stop_recording` and
        RECORDED."""
    def pause_recording(self, recording: int) -> None:
        """Record silence until the next `record`. KeyError: it does not go on."""
    def stop_recording(self, recording: int) -> None:
        """End a recording; RECORDED follows, within 0.1 s where the disk is not busy. KeyError: it
        does not go on."""
    def flush(self) -> None:
        """Let the thread carry out what was gathered; does nothing where nothing was."""
    def figures(self, leg: int) -> Figures | None:
        """The leg's figures so far; None when unknown. The last ones can still be read when
        CLOSED has come, until the next call of `reports`."""
    def reports(self) -> list[tuple[int, int, int]]:
        """Take what the thread has to say since the last call: (kind, leg, value).

        BRIDGED: the other leg. RECEIVING: the first good packet came; its payload type. SILENT: for
        how many ms a bridged leg that is not held, and had sent before, sent nothing, RTP or RTCP,
        and the other leg neither; once, until it sends again. UNANSWERED: the same of a leg whose
        other leg does send, or is on hold; again after each such time. LEARNT: the place of the far
        end was learnt; packets that came from it. ELSEWHERE: so many packets, 50 or more, came from
        a place that is not the far end's, and none from there; once for each `connect`. `figures`
        tells the place of both. PLAYED: the sound that came to its end, after `say` its `play`.
        DIGIT: a key was pressed (RFC 4733) on a leg that is not bridged; the character's code
        point. Once for a key press, whatever of it is lost, doubled or late, at the first packet
        that came; a flash is none, and no key that went down while the leg was bridged: that is
        KEY_PASSED. At most 48 a second of both. ONE_WAY: for how many ms a leg has brought no
        packet of sound since it was bridged, or connected again, while the leg it is bridged with
        brought 50 or more and neither is held; once for a bridge. CLOSED: packets received.
        Recordings, by their number in place of the leg: RECORDED, RECORD_FAILED, RECORD_LOST as of
        `kernel.media.recorder`.
        """
    def silence_after(self, ms: int) -> None:
        """After how long a leg is reported SILENT; 0 is never. Default 60_000."""
    def one_way_after(self, ms: int) -> None:
        """After how long a leg is reported ONE_WAY; 0 is never. Default 5_000."""
