"""Erlang B, extended B and Engset: calls that find every line busy are lost.

`n` lines (fractional too, except Engset's), `a` erlangs, both 0 to 1e9; else ValueError.
"""

from __future__ import annotations

from typing import Any

from kernel.erlang.figures import Congested, Retried

def blocking(n: float, a: float) -> float:
    """B: the share of calls that find all lines busy; 0 where it is below 1e-300."""

def carried(n: float, a: float) -> float:
    """The erlangs that are carried: a (1 - B)."""

def blocking_into(n: Any, a: Any, out: Any) -> None:
    """`blocking` of each cell; three buffers of double of one length. Releases the GIL."""

def lines(a: float, blocking: float) -> int:
    """The fewest lines on which no more than the share `blocking` is lost (0 < blocking < 1)."""

def offered(n: float, blocking: float) -> float:
    """The load at which just the share `blocking` is lost (n > 0, 0 < blocking < 1)."""

def extended(n: float, a: float, retry: float) -> Retried:
    """The share `retry` (0 to 1) of the blocked calls comes again, at once and as often.

    Raises Unstable where all come again and there are no more than `a` lines.
    """

def extended_offered(n: float, blocking: float, retry: float) -> float:
    """The fresh load at which, with its retries, the share `blocking` of attempts is lost."""

def extended_lines(a: float, blocking: float, retry: float) -> int:
    """The fewest lines for the fresh load `a` on which no more than `blocking` is lost."""

def engset(n: int, sources: int, alpha: float) -> Congested:
    """`sources` callers who each offer `alpha` erlangs while idle; takes O(n)."""
