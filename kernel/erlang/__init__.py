"""Erlang's mathematics, all of it: loads in erlangs, times in seconds, shares from 0 to 1.

Without it nobody knows how many agents or lines are enough.

    B   blocking, carried, lines, offered      no queue; `extended`: a share comes again
    C   p_wait, service_level, agents_c        everybody waits; `Unstable` unless n > a
    A   wait_a, agents_a, patience             callers hang up: exponential patience
    G   deterministic, general                 any other patience
        limited, engset                        few places, few sources

`…_into` are of many cells at once: they take and return arrays (`kernel.erlang.vectors`).
Servers may be fractional (the incomplete gamma continues the sums) where the signature says float.
No answer is NaN or a share outside 0 to 1; bad input is a ValueError that says what is wrong.
"""

from __future__ import annotations

import math

from kernel.erlang.a import agents as agents_a
from kernel.erlang.a import limited, patience
from kernel.erlang.a import wait as wait_a
from kernel.erlang.b import (
    blocking,
    carried,
    engset,
    extended,
    extended_lines,
    extended_offered,
    lines,
    offered,
)
from kernel.erlang.c import agents as agents_c
from kernel.erlang.c import p_wait, service_level
from kernel.erlang.c import wait as wait_c
from kernel.erlang.figures import MOST, Abandoned, Congested, Limited, Queued, Retried, Unstable
from kernel.erlang.patience_laws import Patience, deterministic, general
from kernel.erlang.vectors import agents_c_into, blocking_into, p_wait_into, wait_a_into

__all__ = [
    "MOST",
    "Abandoned",
    "Congested",
    "Limited",
    "Patience",
    "Queued",
    "Retried",
    "Unstable",
    "agents_a",
    "agents_c",
    "agents_c_into",
    "blocking",
    "blocking_into",
    "carried",
    "deterministic",
    "engset",
    "extended",
    "extended_lines",
    "extended_offered",
    "general",
    "limited",
    "lines",
    "offered",
    "p_wait",
    "p_wait_into",
    "patience",
    "scheduled",
    "service_level",
    "wait_a",
    "wait_a_into",
    "wait_c",
]


def scheduled(agents: float, shrinkage: float) -> int:
    """How many to roster so that `agents` are there, when the share `shrinkage` is away."""
    if not (0 <= agents <= MOST and 0 <= shrinkage < 1):
        raise ValueError(f"{agents:g} agents, {shrinkage:g} of them away: that cannot be")
    exact = agents / (1 - shrinkage)
    return math.ceil(exact - 1e-9 * exact)  # 7 / 0.7 is ten, whatever a double says
