"""What every stay is: a call is in it from `begin` to `leave`, and meanwhile keys and times come.

A stay is what a caller is in that is neither a queue nor a talk. Only here `Call.stay` is set.
"""

from __future__ import annotations

from pbx.call import Call, Stayed
from pbx.routing import Destination
from pbx.state import State, Turn
from pbx.stay.recorder import Recorder
from pbx.stay.voice import Voice

HANGUP = Destination("hangup")


class Stay:
    """One kind of stay; each overrides what can happen in it. Returned is where the call goes on:
    None while it stays, and when it has been taken up by something else."""

    takes_keys = False  # else keys are for the other end of the call

    def __init__(self, state: State, turn: Turn, *, voice: Voice, recorder: Recorder) -> None:
        self.state = state
        self.turn = turn
        self.voice = voice
        self.recorder = recorder

    def enter(self, call: Call, name: str, now: int) -> Destination | None:
        """A call comes in; `name` is the menu's, the prompt's, the queue's or the agent's."""
        return None

    def key(self, call: Call, key: str, now: int) -> Destination | None:
        """The caller presses a key."""
        return None

    def checked(self, call: Call, correct: bool, now: int) -> Destination | None:
        """What the caller has typed is the PIN that was asked for, or not."""
        return None

    def heard(self, call: Call, whole: bool, now: int) -> Destination | None:
        """What was said is over; `whole`: the caller could hear all of it."""
        return None

    def over(self, call: Call, now: int) -> Destination | None:
        """The time is up that `Voice.wait` was told."""
        return None

    def last_words(self, call: Call, said: str, now: int) -> None:
        """Say one thing more, then hang up."""
        begin(call, "announce", name=said)
        self.voice.prompt(call, said, now)


def begin(call: Call, kind: str, *, name: str = "", tries: int = 0) -> None:
    """From here on the call is in this stay."""
    call.stay = Stayed(kind, name, tries)


def leave(call: Call) -> None:
    """The call is in no stay any more, and what is still said to it means nothing."""
    call.stay, call.play = None, 0
    call.step += 1
