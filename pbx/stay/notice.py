"""The notice that calls are recorded, before a queue that records: only who has heard it is."""

from __future__ import annotations

from pbx.call import Call
from pbx.routing import Destination
from pbx.stay.stay import Stay, begin, leave


class Notice(Stay):
    """`name` is the queue's."""

    def enter(self, call: Call, name: str, now: int) -> None:
        """Answer, and say it."""
        self.voice.answer(call, now)
        call.begin("announce", now, queue=name)
        begin(call, "notice", name=name)
        self.voice.prompt(call, self.turn.settings.recording.notice, now)

    def heard(self, call: Call, whole: bool, now: int) -> Destination:
        """On into the queue."""
        assert call.stay is not None
        queue = call.stay.name
        call.recording.is_told = whole  # only now may it be recorded
        leave(call)
        if not whole:
            self.recorder.no_notice(call, now)
        call.finish("announce", now)
        call.recording.is_past_notice = True
        return Destination("queue", queue)
