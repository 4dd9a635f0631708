"""Handing over: a call takes what another has, by an attended transfer of one of its ends.

    its place in a queue      one visit goes on, with what rings for it
    its talk with an agent    one talk goes on: wrap-up and record go by the agent's leg
    the phones it rings       they ring on for the other

What was counted stays counted once; notes name the call that entered (`entered_as`).
"""

from __future__ import annotations

from pbx.call import Call, Hunt, LegState, Talk
from pbx.commands import Bridge, Play
from pbx.queue.acd import Acd
from pbx.state import State, Turn


class Handover:
    """Moves places, talks and ringing legs from one call to another."""

    def __init__(self, state: State, turn: Turn, *, acd: Acd) -> None:
        self.state = state
        self.turn = turn
        self.acd = acd

    def place(self, other: Call, call: Call, now: int) -> None:
        """`call` stands from now on in the queue where `other` stood."""
        visit = other.visit
        assert visit is not None
        self.state.entries[visit.entry] = call.id
        other.entries.remove(visit.entry)
        call.entries.append(visit.entry)
        visit.entered_as = visit.entered_as or other.id
        call.visit, other.visit = visit, None
        call.visits += 1
        call.queue = call.queue or visit.queue
        partner, call.play, other.play = other.partner, 0, 0
        other.hand_over(call, now)
        self._legs(
            [each for each in other.legs if self.state.legs[each].offer >= 0], other, call=call
        )
        other.face(0)
        call.face(partner)
        hears = Bridge(call.caller, call.partner) if call.partner else Play(call.caller, "music")
        self.turn.commands.append(hears)

    def talk(self, talk: Talk, other: Call, *, call: Call, now: int) -> None:
        """The agent who talks in `other` goes on in `call`."""
        other.finish("talk", now, agent=talk.agent, detail="transfer")
        talk.entered_as = talk.entered_as or other.id
        other.talk, call.talk = None, talk
        call.queue, call.agent = call.queue or talk.queue, call.agent or talk.agent
        agent = self.acd.agent(self.state.number_of("agent:" + talk.agent))
        agent.call = call.id
        self.acd.standing.shown(agent, now)

    def ringing(self, other: Call, call: Call, now: int) -> bool:
        """What rings for `other` rings on for `call`, whose caller hears it; whether a far end
        has said that it rings."""
        self._legs(other.hunt.legs, other, call=call)
        call.hunt, other.hunt = other.hunt, Hunt()
        other.face(0)
        call.face_hunt()
        other.finish("ring", now, detail="transfer")
        call.begin("ring", now)
        self.turn.commands.append(Play(call.caller, "ringback"))
        return any(self.state.legs[each].state is LegState.ALERTING for each in call.hunt.legs)

    def _legs(self, legs: list[int], other: Call, *, call: Call) -> None:
        for number in legs:
            other.legs.remove(number)
            self.state.legs[number].call = call.id
            call.add(self.state.legs[number])
