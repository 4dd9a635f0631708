"""Erlang C: calls that find every agent busy wait, as long as it takes.

`n` agents (fractional too), `a` erlangs, 0 to 1e9. Raises Unstable where n <= a, and ValueError.
"""

from __future__ import annotations

from typing import Any

from kernel.erlang.figures import Queued

def p_wait(n: float, a: float) -> float:
    """C: the share of calls that wait."""

def p_wait_into(n: Any, a: Any, out: Any) -> None:
    """`p_wait` of each cell; three buffers of double of one length. Releases the GIL."""

def service_level(n: float, a: float, *, aht_s: float, within_s: float) -> float:
    """The share of calls answered within that time."""

def wait(n: float, a: float, *, aht_s: float, within_s: float) -> Queued:
    """Every figure; `service_level` is of calls answered within `within_s`."""

def agents(
    a: float,
    *,
    aht_s: float,
    within_s: float = 0.0,
    service_level: float = 0.0,
    asa_s: float | None = None,
    occupancy: float | None = None,
) -> int:
    """The fewest agents with that service level, no longer mean wait, no higher occupancy.

    With no calls it takes nobody: 0.
    """

def agents_into(
    a: Any,
    aht_s: Any,
    *,
    within_s: float,
    service_level: float,
    asa_s: float | None = None,
    occupancy: float | None = None,
    out: Any,
) -> None:
    """`agents` of each cell: loads, handling times, and the answers, as buffers of double."""
