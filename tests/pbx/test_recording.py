"""The moves of a recording: those of the table, and no other."""

from __future__ import annotations

import pytest

from pbx.recording import Recording, RecordingState, RecordingTrigger

NONE, ON, PAUSED, OVER = RecordingState
START, PAUSE, RESUME, STOP, FAIL = RecordingTrigger
MOVES = {
    NONE: {START: ON, FAIL: OVER},
    ON: {PAUSE: PAUSED, STOP: OVER, FAIL: OVER},
    PAUSED: {RESUME: ON, STOP: OVER, FAIL: OVER},
    OVER: {FAIL: OVER},
}


@pytest.mark.parametrize("state", RecordingState)
@pytest.mark.parametrize("trigger", RecordingTrigger)
def test_a_recording_moves_by_its_table_only(
    state: RecordingState, trigger: RecordingTrigger
) -> None:
    recording = Recording(state=state)
    after = MOVES[state].get(trigger)
    assert recording.may(trigger) is (after is not None)
    if after is None:
        with pytest.raises(KeyError):
            recording.move(trigger)
        after = state
    else:
        recording.move(trigger)
    assert recording.state is after
