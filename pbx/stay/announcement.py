"""An announcement: one prompt, then hung up."""

from __future__ import annotations

from pbx.call import Call
from pbx.routing import Destination
from pbx.stay.stay import HANGUP, Stay


class Announcement(Stay):
    """`name` is the prompt's."""

    def enter(self, call: Call, name: str, now: int) -> None:
        """Say it."""
        self.last_words(call, name, now)

    def heard(self, call: Call, whole: bool, now: int) -> Destination:
        """All is said."""
        return HANGUP
