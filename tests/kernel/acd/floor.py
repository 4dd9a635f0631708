"""A queue, its agents and the engine between them, in words: what tests of the engine speak."""

from __future__ import annotations

from typing import Any

from kernel.acd import engine as acd

ANN, BOB, CARL = 0, 1, 2
SETTINGS: dict[str, Any] = {
    "strategy": acd.LONGEST_IDLE,
    "offer_ms": 15_000,
    "wrap_up_ms": 10_000,
    "retry_ms": 10_000,
    "confirm_ms": 5_000,
    "release_ms": 4_000,
    "max_wait_ms": 0,
    "misses_max": 0,
    "levels": [],
}


class Floor:
    """An engine with queue 0 and some agents, all logged in at 0 with a phone each."""

    def __init__(self, agents: int = 2, **settings: Any) -> None:
        self.engine = acd.Engine()
        self.offers: dict[int, int] = {}  # agent -> the last offer
        self.set_queue(0, **settings)
        for agent in range(agents):
            self.add_agent(agent)
        self.did()

    def set_queue(self, queue: int, **settings: Any) -> None:
        self.engine.set_queue(queue, **{**SETTINGS, **settings})

    def add_agent(self, agent: int, **settings: Any) -> None:
        self.engine.set_agent(agent, **{"order": 0, "levels": [], "queues": [0], **settings})
        self.engine.device(0, agent, True)
        self.engine.login(0, agent)

    def call(self, now: int = 0, queue: int = 0, priority: int = 0) -> int:
        return self.engine.enter(now, queue, priority)

    def answered(self, now: int, agent: int) -> None:
        self.engine.answered(now, self.offers[agent])

    def bridged(self, now: int, agent: int) -> None:
        self.engine.bridged(now, self.offers[agent])

    def released(self, now: int, agent: int, *, refused: bool = False, lost: bool = False) -> None:
        self.engine.released(now, self.offers[agent], refused=refused, lost=lost)

    def talk(self, now: int, agent: int) -> None:
        """The agent's offer becomes a talk at once."""
        self.answered(now, agent)
        self.bridged(now, agent)

    def hang_up(self, now: int, agent: int, wrap_up_ms: int = 0) -> None:
        self.engine.talk_ended(now, agent, wrap_up_ms)
        self.engine.leg_removed(now, agent)

    def standing(self, agent: int) -> str:
        return acd.STANDINGS[self.engine.standing(agent)]

    def state(self, entry: int) -> str:
        return acd.ENTRY_STATES[self.engine.entry_state(entry)]

    def did(self, *, standings: bool = False) -> list[tuple[Any, ...]]:
        """The actions in words, those of standings only if asked for; the tables are sound."""
        assert self.engine.check() == []
        words = [self._words(action) for action in self.engine.actions()]
        return [said for said in words if standings or said[0] != "standing"]

    def _words(self, action: tuple[int, int, int, int, int]) -> tuple[Any, ...]:
        kind, _, agent, offer, value = action
        name = acd.ACTIONS[kind]
        if kind == acd.RING:
            self.offers[agent] = offer
        if kind == acd.DIAL:
            return name, agent, value
        if kind == acd.LEFT:
            return name, acd.OUTCOMES[value & 0xFF], acd.WHYS[value >> 8]
        if kind == acd.STANDING:
            return name, agent, acd.STANDINGS[value]
        if kind == acd.ENDED:
            missed = ("missed",) if value & acd.MISSED else ()
            return name, agent, acd.ended_reason(value), *missed
        if kind in (acd.RELEASE, acd.PAUSED):
            return name, agent, value
        return name, agent
