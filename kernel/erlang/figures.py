"""What the formulas of Erlang's answer with, and the error of a queue that has no limit.

Times are in seconds, loads in erlangs, shares of calls between 0 and 1.
"""

from __future__ import annotations

from typing import NamedTuple

MOST = 1e9  # servers, erlangs; beyond it a double has too few digits for the difference


class Unstable(ValueError):
    """More work comes in than the agents can do: without abandons the wait has no limit."""

    def __init__(self, n: float, a: float) -> None:
        super().__init__(
            f"{a:.12g} erlangs on {n:.12g} agents: the queue grows without limit; "
            f"it takes more than {a:.12g} agents"
        )


class Retried(NamedTuple):
    """Extended Erlang B: blocked calls of which a share comes again."""

    total_offered: float
    blocking: float
    carried: float
    lost_finally: float  # share of the fresh calls


class Queued(NamedTuple):
    """Erlang C: everybody waits as long as it takes."""

    p_wait: float
    asa_s: float
    service_level: float
    occupancy: float
    mean_queue: float


class Abandoned(NamedTuple):
    """Erlang A and its kin: callers hang up when their patience ends."""

    p_wait: float
    p_abandon: float
    mean_wait_s: float  # over all calls
    asa_answered_s: float  # of the answered calls
    p_wait_gt_t: float
    sl_offered: float  # answered within T / offered
    sl_answered: float  # answered within T / answered
    sl_excl_short_abandons: float  # answered within T / (offered - abandoned within T)
    occupancy: float
    mean_queue: float


class Limited(NamedTuple):
    """A queue with places: who finds them all taken is blocked. Waits are of accepted calls."""

    p_block: float
    p_wait_accepted: float
    p_abandon_accepted: float
    mean_wait_accepted_s: float
    mean_queue: float


class Congested(NamedTuple):
    """Engset: few sources. Share of the time all lines are busy, share of the calls blocked."""

    time_congestion: float
    call_congestion: float


def wrong(n: float, a: float) -> ValueError:
    """The error that says which of the two cannot be."""
    if not 0 <= n <= MOST:
        return ValueError(f"{n:g} servers: it takes a number from 0 to {MOST:g}")
    return ValueError(f"{a:g} erlangs: it takes a number from 0 to {MOST:g}")
