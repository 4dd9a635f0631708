"""Recording: which call is recorded, when, and never before its caller was told.

    queue with record  ->  notice heard to its end  ->  Answered  ->  Record … StopRecording

`always` starts with the first talk, `on_demand` when a client asks. Hold, menus and waiting are
silence: only what two bridged legs say is written.
"""

from __future__ import annotations

import datetime

from pbx.call import Call
from pbx.commands import PauseRecording, Record, StopRecording
from pbx.events import RecordAsked, Refused
from pbx.notes import AlarmRaised, RecordingChanged
from pbx.recording import RecordingState, RecordingTrigger
from pbx.state import State, Turn

ACTIONS = ("start", "pause", "resume", "stop")
START, PAUSE, RESUME, STOP, FAIL = RecordingTrigger
HOW_IT_IS = {
    RecordingState.NONE: "has not been started",
    RecordingState.ON: "runs",
    RecordingState.PAUSED: "is paused",
    RecordingState.OVER: "has ended",
}


class Recorder:
    """Decides what is recorded."""

    def __init__(self, state: State, turn: Turn) -> None:
        self.state = state
        self.turn = turn

    def owes_notice(self, call: Call, queue: str) -> bool:
        """Whether the caller must be told before it enters a queue."""
        found = self.turn.settings.queue.get(queue)
        if found is None or found.record == "never" or call.recording.is_past_notice:
            return False
        return bool(self.turn.settings.recording.notice)

    def no_notice(self, call: Call, now: int) -> None:
        """The notice could not be played: the call goes on, and is not recorded."""
        name = self.turn.settings.recording.notice
        text = (
            f'call {call.id} is not recorded: there is no prompt "{name}" '
            "for the notice; put its WAV file into the prompts folder, or change [recording] notice"
        )
        self.turn.notes.append(AlarmRaised("recording", text, self.state.wall(now)))

    def talks(self, call: Call, now: int) -> None:
        """A caller is joined with somebody: record it if its queue says so, or go on with it."""
        if call.recording.state is RecordingState.ON:
            self._record(call)
            return
        queue = self.turn.settings.queue.get(call.talk.queue) if call.talk else None
        if queue is not None and queue.record == "always" and call.recording.is_told:
            self._start(call, "queue", now)

    def _start(self, call: Call, by: str, now: int) -> None:
        recording = call.recording
        if not recording.may(START):
            return
        day = datetime.datetime.fromtimestamp(self.state.wall(now) / 1000, self.turn.zone)
        recording.file = recording.file or f"{day:%Y/%m/%d}/{call.id}.wav"
        recording.move(START)
        self._record(call)
        self._note(call, "started", by=by, now=now)

    def _record(self, call: Call) -> None:
        recording = Record(call.id, call.recording.file, call.caller, call.partner)
        self.turn.commands.append(recording)

    def _note(self, call: Call, action: str, *, by: str, now: int) -> None:
        wall = self.state.wall(now)
        self.turn.notes.append(RecordingChanged(call.id, action, call.recording.file, by, wall))

    def stop(self, call: Call, by: str, now: int) -> None:
        """End a call's recording, if there is one."""
        if call.recording.may(STOP):
            call.recording.move(STOP)
            self.turn.commands.append(StopRecording(call.id))
            self._note(call, "stopped", by=by, now=now)

    def failed(self, call: Call, why: str, now: int) -> None:
        """A recording could not be written: the call goes on, and somebody is told."""
        call.recording.move(FAIL)
        self._note(call, "failed", by=why, now=now)
        text = f"call {call.id} is not recorded: {why}"
        self.turn.notes.append(AlarmRaised("recording", text, self.state.wall(now)))

    def asked(self, call: Call, fact: RecordAsked, now: int) -> Refused | None:
        """A client wishes to change a call's recording."""
        by = fact.by or "client"
        if fact.action not in ACTIONS:
            return Refused("bad_params", f"action is one of {' '.join(ACTIONS)}")
        trigger = RecordingTrigger(fact.action)
        if trigger is START:
            return self._start_wished(call, by, now)
        if not call.recording.may(trigger):
            return Refused("refused", f"the recording {HOW_IT_IS[call.recording.state]}")
        if trigger is STOP:
            self.stop(call, by, now)
        elif trigger is PAUSE:
            call.recording.move(PAUSE)
            self.turn.commands.append(PauseRecording(call.id))
            self._note(call, "paused", by=by, now=now)
        else:
            call.recording.move(RESUME)
            self._record(call)
            self._note(call, "resumed", by=by, now=now)
        return None

    def _start_wished(self, call: Call, by: str, now: int) -> Refused | None:
        if not call.recording.may(START):
            return Refused("refused", "this call has its recording already")
        if not call.recording.is_told:
            return Refused(
                "refused",
                "the caller has not been told of a recording: the call came by no queue with "
                'record = "on_demand"',
            )
        if not call.was_connected or not call.partner:
            return Refused("refused", "nobody talks yet")
        self._start(call, by, now)
        return None
