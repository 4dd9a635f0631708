"""The tone that tells a caller who was answered already why the call goes no further."""

from __future__ import annotations

from pbx.call import Call
from pbx.commands import Play
from pbx.routing import Destination
from pbx.stay.stay import Stay, begin

TONE_MS = 6_000  # how long a caller hears it before we hang up
BUSY_CAUSES = (17, 19, 20, 21)


class Tone(Stay):
    """`name` is the cause (Q.850) in digits."""

    def enter(self, call: Call, name: str, now: int) -> None:
        """Play busy or congestion."""
        call.play = 0
        begin(call, "tone", name=name)
        sound = "busy" if int(name) in BUSY_CAUSES else "congestion"
        self.turn.commands.append(Play(call.caller, sound))
        self.voice.wait(call, TONE_MS, now)

    def over(self, call: Call, now: int) -> Destination:
        """Hang up, for this cause."""
        assert call.stay is not None
        return Destination("hangup", call.stay.name)
