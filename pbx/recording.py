"""The recording of a call: its file, the notice before it, and the moves it may make.

    (none) --START--> ON <--PAUSE/RESUME--> PAUSED      ON, PAUSED --STOP--> OVER
      any of them --FAIL--> OVER
"""

from __future__ import annotations

import enum

import msgspec


class RecordingState(enum.StrEnum):
    """As a client is told."""

    NONE = ""
    ON = "on"
    PAUSED = "paused"
    OVER = "over"


class RecordingTrigger(enum.StrEnum):
    """What moves a recording; a client may ask for all but the last."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    FAIL = "fail"


TRANSITIONS: dict[tuple[RecordingState, RecordingTrigger], RecordingState] = {
    (RecordingState.NONE, RecordingTrigger.START): RecordingState.ON,
    (RecordingState.ON, RecordingTrigger.PAUSE): RecordingState.PAUSED,
    (RecordingState.PAUSED, RecordingTrigger.RESUME): RecordingState.ON,
    (RecordingState.ON, RecordingTrigger.STOP): RecordingState.OVER,
    (RecordingState.PAUSED, RecordingTrigger.STOP): RecordingState.OVER,
    **{(state, RecordingTrigger.FAIL): RecordingState.OVER for state in RecordingState},
}


class Recording(msgspec.Struct):
    """What is known of a call's recording, also of one that has not begun."""

    file: str = ""  # below the folder of recordings; one for the whole call
    state: RecordingState = RecordingState.NONE
    is_told: bool = False  # the caller has heard that the call is recorded
    is_past_notice: bool = False  # or that notice could not be played, and nothing is recorded

    def may(self, trigger: RecordingTrigger) -> bool:
        """Whether the table has that move."""
        return (self.state, trigger) in TRANSITIONS

    def move(self, trigger: RecordingTrigger) -> None:
        """Change the state by the table; KeyError for a move that is not in it."""
        self.state = TRANSITIONS[self.state, trigger]
