"""The table of stays, and the one way to each of them."""

from __future__ import annotations

from pbx.call import Call
from pbx.routing import Destination
from pbx.stay.announcement import Announcement
from pbx.stay.greeting import Greeting
from pbx.stay.menu import Menus
from pbx.stay.notice import Notice
from pbx.stay.pin import Pin
from pbx.stay.stay import Inside, Stay
from pbx.stay.tone import Tone

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

    def __init__(self, inside: Inside) -> None:
        self.voice = inside.voice
        self.recorder = inside.recorder
        self._stays = {kind: stay(inside) for kind, stay in STAYS.items()}

    def enter(self, call: Call, kind: str, name: str, now: int) -> Destination | None:
        """Lead a call into a stay."""
        return self._stays[kind].enter(call, name, now)

    def of(self, call: Call) -> Stay | None:
        """The stay that a call is in."""
        return self._stays[call.stay.kind] if call.stay is not None else None
