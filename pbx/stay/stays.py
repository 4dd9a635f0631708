"""The table of stays, and the one way to each of them."""

from __future__ import annotations

from pbx.call import Call
from pbx.routing import Destination
from pbx.state import State, Turn
from pbx.stay.announcement import Announcement
from pbx.stay.greeting import Greeting
from pbx.stay.menu import Menus
from pbx.stay.notice import Notice
from pbx.stay.pin import Pin
from pbx.stay.recorder import Recorder
from pbx.stay.stay import Stay
from pbx.stay.tone import Tone
from pbx.stay.voice import Voice

STAYS: dict[str, type[Stay]] = {
    "announce": Announcement,
    "greet": Greeting,
    "menu": Menus,
    "notice": Notice,
    "pin": Pin,
    "tone": Tone,
}


class Stays:
    """All stays of an exchange. What the methods return is `Stay`'s."""

    def __init__(self, state: State, turn: Turn, *, voice: Voice, recorder: Recorder) -> None:
        self.voice = voice
        self.recorder = recorder
        self._stays = {
            kind: stay(state, turn, voice=voice, recorder=recorder) for kind, stay in STAYS.items()
        }

    def enter(self, call: Call, kind: str, *, name: str, now: int) -> Destination | None:
        """Lead a call into a stay."""
        return self._stays[kind].enter(call, name, now)

    def of(self, call: Call) -> Stay | None:
        """The stay that a call is in."""
        return self._stays[call.stay.kind] if call.stay is not None else None
