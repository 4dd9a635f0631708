"""The greeting at the answer: caller and agent hear the agent's number, then talk (工号播报)."""

from __future__ import annotations

from pbx.call import Call, LegState
from pbx.commands import Bridge, Say
from pbx.stay import phrases
from pbx.stay.stay import Stay, begin, leave


class Greeting(Stay):
    """`name` is the agent's."""

    def enter(self, call: Call, name: str, now: int) -> None:
        """Say the number to both."""
        assert call.talk is not None
        begin(call, "greet")
        sounds = phrases.agent(name, call.language)
        self.turn.commands.append(Say(call.talk.leg, 0, sounds))
        self.voice.say(call, sounds, what="agent", now=now)

    def heard(self, call: Call, whole: bool, now: int) -> None:
        """Now they talk."""
        leave(call)
        caller, agent = self.state.legs.get(call.caller), self.state.legs.get(call.partner)
        if caller and agent and caller.state is agent.state is LegState.CONNECTED:
            self.turn.commands.append(Bridge(call.caller, call.partner))
