"""Erlang A: calls that find every agent busy wait until their patience, exponential, ends.

`n` agents (fractional too) and `a` erlangs, 0 to 1e9, times in seconds; else ValueError. It takes
about 10 sqrt(a patience / aht) steps at most, and that product at most 1e12.
"""

from __future__ import annotations

from kernel.erlang.figures import Abandoned, Limited

def wait(n: float, a: float, *, aht_s: float, patience_s: float, within_s: float) -> Abandoned:
    """Every figure; `patience_s` is the mean, `within_s` the T of the service levels.

    Shares of nobody (of the answered, with no agents) are 0.
    """

def agents(
    a: float,
    *,
    aht_s: float,
    patience_s: float,
    within_s: float = 0.0,
    service_level: float = 0.0,
    p_abandon: float = 1.0,
    mean_wait_s: float | None = None,
) -> int:
    """The fewest agents that meet all targets: `service_level` of the offered calls at least,
    `p_abandon` and `mean_wait_s` over all calls at most."""

def patience(n: float, a: float, *, aht_s: float, p_abandon: float) -> float:
    """The mean patience, in seconds, with which the share `p_abandon` hangs up.

    Raises ValueError, with the range, for a share that no patience leads to.
    """

def limited(
    n: float, a: float, *, places: int, aht_s: float, patience_s: float | None = None
) -> Limited:
    """A queue where `places` (agents included, whole) are all there is; patience None: endless."""
