"""Queues whose callers have any patience at all: M/M/n+G after Baccelli, Hebuterne, Zeltyn.

`n` agents (fractional too, 1e-9 to 1e9), `a` erlangs (0 to 1e9), times in seconds; else ValueError.
"""

from __future__ import annotations

from collections.abc import Iterable

from kernel.erlang.figures import Abandoned

PARTS_MAX: int  # of a mixture
SAMPLES_MAX: int  # of a table

class Patience:
    """How long callers wait; made by one of the two, frozen."""

    @staticmethod
    def mixture(weights: Iterable[float], means_s: Iterable[float]) -> Patience:
        """Exponential parts, the weights adding up to 1."""

    @staticmethod
    def table(times_s: Iterable[float], shares: Iterable[float]) -> Patience:
        """The share still patient at each time: rising times from 0 on, falling shares.

        Straight between the samples; after the last who is left never hangs up. A share below 1
        at 0 s hangs up as soon as it would have to wait.
        """

def general(
    n: float, a: float, *, aht_s: float, within_s: float, patience: Patience
) -> Abandoned:
    """Every figure, to about 1e-12. Raises Unstable where too many never hang up."""

def deterministic(
    n: float, a: float, *, aht_s: float, patience_s: float, within_s: float
) -> Abandoned:
    """Every figure where everybody hangs up after just `patience_s`. Who is to be answered at
    that very moment hangs up."""
