"""What the queue engine is told of a queue: its settings in numbers, and its steps over the wait.

A step is where more agents may take a call: the skills are relaxed, or agents who are kept for
other queues (`after_s`) come in. The engine knows one list of both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from config.settings import Agent, Queue
from kernel.acd import engine as kernel

Levels = Callable[[dict[str, int]], list[int]]  # skills by name -> levels by number


def delays(queue: str, agents: Iterable[Agent]) -> set[int]:
    """The waits, in ms, from which agents come in who are kept for other queues."""
    return {agent.after_ms[queue] for agent in agents if queue in agent.after_ms} - {0}


def steps(queue: Queue, delays_ms: set[int], *, levels: Levels) -> list[tuple[int, list[int]]]:
    """The engine's `relax`: the levels asked for from each step on."""
    relaxed = {step.after_ms: step.skills for step in queue.relax}
    reached = dict(queue.skills)
    found = []
    for after_ms in sorted(relaxed.keys() | delays_ms):
        reached = reached | relaxed.get(after_ms, {})
        found.append((after_ms, levels(reached)))
    return found


def engine_settings(queue: Queue, delays_ms: set[int], *, levels: Levels) -> dict[str, Any]:
    """A queue as `Engine.set_queue` takes it."""
    return {
        "strategy": kernel.STRATEGIES.index(queue.strategy),
        "offer_ms": queue.offer_ms,
        "wrap_up_ms": queue.wrap_up_ms,
        "retry_ms": queue.retry_ms,
        "confirm_ms": queue.confirm_ms,
        "release_ms": queue.release_ms,
        "max_wait_ms": queue.max_wait_ms,
        "misses_max": queue.pause_after_misses,
        "levels": levels(queue.skills),
        "relax": steps(queue, delays_ms, levels=levels),
        "leave_when_empty": bool(queue.overflow),
        "ageing_ms": queue.ageing_ms,
        "weight": queue.weight,
    }
