"""What the engine says of agents, by name: their standing, the end of a wrap-up, a forced pause.

    engine's actions STANDING and PAUSED  ->  AgentChanged, WrapUpEnded, AgentPaused

Queues and offers, the engine's other words, are in `pbx.queue.acd`.
"""

from __future__ import annotations

from collections.abc import Sequence

from kernel.acd import engine as kernel
from pbx.figures import queue_day
from pbx.notes import AgentChanged, AgentPaused, WrapUpEnded
from pbx.state import AgentRecord, State, Turn


class Standing:
    """Notes how agents stand."""

    def __init__(self, state: State, turn: Turn) -> None:
        self.state = state
        self.turn = turn

    def changed(self, agent: AgentRecord, standing: int, now: int) -> bool:
        """An agent stands otherwise now. True if its phone is lost by the engine's word alone: it
        did not even obey a release in time."""
        if agent.state == "wrap_up":
            self._wrapped_up(agent, now)
        agent.state, agent.since_ms = kernel.STANDINGS[standing], now
        if agent.state not in ("busy", "offered"):
            agent.call = ""
        self.shown(agent, now)
        return agent.state == "unreachable" and agent.device_up

    def shown(self, agent: AgentRecord, now: int) -> None:
        """Say how an agent stands, and with which call."""
        wall = self.state.wall(now)
        self.turn.notes.append(
            AgentChanged(agent.agent, agent.shown_state, agent.reason, agent.call, wall)
        )

    def _wrapped_up(self, agent: AgentRecord, now: int) -> None:
        began, ended = self.state.wall(agent.since_ms), self.state.wall(now)
        entered = agent.talked_entered_wall_ms
        note = WrapUpEnded(agent.talked, agent.talked_queue, agent.agent, began, ended, entered)
        queue_day.count(self.state.days, note)
        self.turn.notes.append(note)

    def paused_by_misses(self, agent: AgentRecord, queues: Sequence[str], now: int) -> None:
        """Too many calls in a row rang at an agent for nothing."""
        agent.paused, agent.reason = True, "misses"
        wall = self.state.wall(now)
        self.turn.notes.append(
            AgentPaused(agent.agent, True, "misses", "misses", tuple(queues), wall)
        )
