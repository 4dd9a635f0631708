"""The media thread as the exchange sees it: commands in, facts out, like any driver.

    Bridge Play Say Silence SendDigits  ->  kernel.media  ->  Bridged Played Digit MediaLost …
    keys of INFO ->  those that the sound brought too are left out  ->  Digit
    CheckPin     ->  the leg's keys are kept here, out of the journal  ->  PinChecked
    Record …     ->  recordings

A command for a leg that has gone in this very turn is nothing: its `Released` is on the way.
"""

from __future__ import annotations

import contextlib
import errno
import hmac
from collections.abc import Callable
from typing import Any, Protocol

from kernel.media import control as kernel_media
from kernel.media.control import SAID_MAX, Figures, Media
from pbx.commands import (
    Bridge,
    CheckPin,
    Command,
    PauseRecording,
    Play,
    Record,
    Say,
    SendDigits,
    Silence,
    StopRecording,
)
from pbx.events import (
    Bridged,
    Digit,
    Fact,
    HeardElsewhere,
    MediaLost,
    PinChecked,
    Played,
    SoundMissing,
)
from pbx.service.keys import Keys, Press
from pbx.service.record.rows import Sound
from pbx.service.sound.prompts import PLAYOUT, Catalog

PIN_END = "#"
PIN_MAX = 16
CODECS = {0: "PCMU", 8: "PCMA"}


class Recorder(Protocol):
    """What obeys `Record` and its kin."""

    def obey(self, command: Command) -> None:
        """Begin, change, pause or end a recording."""

    def report(self, kind: int, recording: int, *, value: int) -> None:
        """What the media thread says of a recording."""


class SoundDriver:
    """Obeys what concerns sound. `pin_of` gives an agent's PIN, `owner_of` the call and the party
    of a leg; `measured` takes what went over a leg that played or was bridged, when its sockets
    are closed."""

    def __init__(
        self,
        media: Media,
        catalog: Catalog,
        *,
        pin_of: Callable[[str], str],
        owner_of: Callable[[int], tuple[str, str]],
        measured: Callable[[Sound], object],
    ) -> None:
        self.media = media
        self.catalog = catalog
        self.facts: list[Fact] = []
        self.recorder: Recorder | None = None
        self._pin_of = pin_of
        self._owner_of = owner_of
        self._measured = measured
        self._owners: dict[int, tuple[str, str]] = {}  # of the legs that play or are bridged
        self._keys = Keys()
        self._typed: dict[int, tuple[str, str]] = {}  # leg -> the agent whose PIN, the keys so far
        self.commands: dict[type, Callable[[Any], None]] = {  # those about sound
            Bridge: self._bridge,
            Play: self._play,
            Say: self._say,
            Silence: lambda command: self.media.silence(command.leg),
            SendDigits: self._send_digits,
            CheckPin: self._check_pin,
            Record: self._record,
            PauseRecording: self._record,
            StopRecording: self._record,
        }

    def obey(self, command: Command) -> None:
        """Carry out one of `commands`; what comes of it follows as facts, perhaps at once."""
        with contextlib.suppress(KeyError):  # the leg has gone in this very turn
            self.commands[type(command)](command)

    def _bridge(self, command: Bridge) -> None:
        self.media.bridge(command.leg, command.other)
        self._know(command.leg)
        self._know(command.other)
        self.facts.append(Bridged(command.leg, command.other))

    def _know(self, leg: int) -> None:
        """Keep whose a leg is, for the day when nobody knows it any more."""
        if leg not in self._owners:
            self._owners[leg] = self._owner_of(leg)

    def _play(self, command: Play) -> None:
        self.media.play(command.leg, self.catalog.number_of(command.sound))
        self._know(command.leg)

    def _say(self, command: Say) -> None:
        found = [self.catalog.number_of(name) for name in command.sounds]
        sounds = [number for number in found if number][: SAID_MAX - 1]
        self._know(command.leg)
        if sounds:
            self.media.say(command.leg, command.play, [*sounds, PLAYOUT])
        else:
            self.media.silence(command.leg)
            self.facts.append(Played(command.leg, command.play, heard=False))

    def _send_digits(self, command: SendDigits) -> None:
        try:
            self.media.send_digits(command.leg, command.digits)
        except OSError as error:
            if error.errno != errno.EOPNOTSUPP:  # else the far end takes no keys: nothing to do
                raise

    def _record(self, command: Record | PauseRecording | StopRecording) -> None:
        if self.recorder is not None:
            self.recorder.obey(command)

    # ---- a PIN ---------------------------------------------------------------------------

    def _check_pin(self, command: CheckPin) -> None:
        self._typed[command.leg] = (command.agent, "")

    def _digit(self, leg: int, key: str) -> None:
        waiting = self._typed.get(leg)
        if waiting is None:
            self.facts.append(Digit(leg, key))
            return
        agent, typed = waiting
        pin = self._pin_of(agent)
        if key != PIN_END:
            typed += key
        if key == PIN_END or len(typed) >= (len(pin) or PIN_MAX):
            del self._typed[leg]
            correct = bool(pin) and hmac.compare_digest(typed.encode(), pin.encode())
            self.facts.append(PinChecked(leg, correct))
        else:
            self._typed[leg] = (agent, typed)

    # ---- what the media thread says ------------------------------------------------------

    def told(self, digit: Digit, now: int) -> None:
        """Take a key that came as a message, unless the sound brought it."""
        self.reports(now)
        press = Press(digit.digit, "message", now)
        if self._keys.is_new(digit.leg, press, lasted_ms=digit.lasted_ms):
            self._digit(digit.leg, digit.digit)

    def _heard(self, kind: int, leg: int, *, key: str, now: int) -> None:
        """A key in the sound; one that passed through a bridge is only remembered."""
        is_new = self._keys.is_new(leg, Press(key, "sound", now))
        if is_new and kind == kernel_media.DIGIT:
            self._digit(leg, key)

    def reports(self, now: int) -> None:
        """Take the media thread's reports; what matters becomes facts."""
        for kind, number, value in self.media.reports():
            if kind in (kernel_media.DIGIT, kernel_media.KEY_PASSED):
                self._heard(kind, number, key=chr(value), now=now)
            elif kind == kernel_media.PLAYED:
                self.facts.append(Played(number, value))
            elif kind == kernel_media.SILENT:
                self.facts.append(MediaLost(number))
            elif kind == kernel_media.UNANSWERED:
                self.facts.append(MediaLost(number, is_alone=True))
            elif kind in (kernel_media.LEARNT, kernel_media.ELSEWHERE):
                self._elsewhere(number, learnt=kind == kernel_media.LEARNT)
            elif kind == kernel_media.ONE_WAY:
                self.facts.append(SoundMissing(number))
            elif kind == kernel_media.CLOSED:
                self._closed(number)
            elif self.recorder is not None:
                self.recorder.report(kind, number, value=value)

    def _elsewhere(self, leg: int, *, learnt: bool) -> None:
        figures = self.media.figures(leg)
        if figures is not None and figures.elsewhere:
            place, packets = figures.elsewhere, figures.elsewhere_packets
            self.facts.append(HeardElsewhere(leg, place, packets, learnt))

    def _closed(self, leg: int) -> None:
        self._typed.pop(leg, None)
        self._keys.forget(leg)
        figures, owner = self.media.figures(leg), self._owners.pop(leg, None)
        if figures is not None and owner is not None:
            self._measured(measured(leg, owner, figures=figures))


def measured(leg: int, owner: tuple[str, str], *, figures: Figures) -> Sound:
    """What the media thread counted for a leg, as a row of the record."""
    call, party = owner
    return Sound(
        leg, call, party, CODECS.get(figures.codec, ""),
        figures.packets_in, figures.packets_out, figures.lost,
        figures.loss_permille / 1000, figures.far_loss_permille / 1000,
        figures.jitter_us / 1000, figures.rtt_us / 1000 if figures.rtt_us >= 0 else None,
        figures.mos_x100 / 100 if figures.packets_in else None,
    )  # fmt: skip
