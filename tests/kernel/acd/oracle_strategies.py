"""Queue strategies in the plainest Python: of the agents who are able, which one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.kernel.acd.oracle_protocol import Agent, Protocol, Queue

WORD = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def splitmix64(state: int) -> int:
    """What the generator gives for this state (Steele, Lea and Flood, 2014)."""
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & WORD
    state = (state ^ state >> 27) * 0x94D049BB133111EB & WORD
    return state ^ state >> 31


def in_order(agent: Agent) -> tuple[int, int]:
    return agent.order, agent.number


def idleness(agent: Agent) -> tuple[int, int]:
    return agent.idle_since, agent.number


def longest_idle(able: list[Agent], queue: Queue, floor: Protocol) -> Agent:
    return min(able, key=idleness)


def round_robin(able: list[Agent], queue: Queue, floor: Protocol) -> Agent:
    after = [agent for agent in able if queue.last and in_order(agent) > queue.last]
    return min(after or able, key=in_order)


def linear(able: list[Agent], queue: Queue, floor: Protocol) -> Agent:
    return min(able, key=in_order)


def fewest_calls(able: list[Agent], queue: Queue, floor: Protocol) -> Agent:
    return min(able, key=lambda agent: (agent.calls, *idleness(agent)))


def least_talk(able: list[Agent], queue: Queue, floor: Protocol) -> Agent:
    return min(able, key=lambda agent: (agent.talk_ms, *idleness(agent)))


def least_occupied(able: list[Agent], queue: Queue, floor: Protocol) -> Agent:
    def occupancy(agent: Agent) -> Fraction:
        at_work = agent.occupied_ms + agent.ready_ms + floor.so_far(agent)
        return Fraction(agent.occupied_ms, max(at_work, 1))

    return min(able, key=lambda agent: (occupancy(agent), *idleness(agent)))


def by_lot(able: list[Agent], lots: Callable[[Agent], int], floor: Protocol) -> Agent:
    drum = [agent for agent in sorted(able, key=idleness) for _ in range(lots(agent))]
    drawn = splitmix64(floor.dice + GOLDEN & WORD) >> 32
    return drum[drawn * len(drum) >> 32]


def at_random(able: list[Agent], queue: Queue, floor: Protocol) -> Agent:
    return by_lot(able, lambda agent: 1, floor)


def weighted(able: list[Agent], queue: Queue, floor: Protocol) -> Agent:
    return by_lot(able, lambda agent: agent.weight, floor)


STRATEGIES = (
    longest_idle, round_robin, linear, linear, fewest_calls, least_talk, least_occupied, at_random,
    weighted,
)  # fmt: skip
BY_LOT = (at_random, weighted)
