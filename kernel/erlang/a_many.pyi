"""Erlang A of many cells: see `kernel.erlang.a`."""

from __future__ import annotations

from typing import Any

def wait_into(
    n: Any, a: Any, *, aht_s: Any, patience_s: Any, within_s: float, out: Any
) -> None:
    """`wait` of each cell: buffers of double; `out` has a row a cell, the fields of `Abandoned`.

    Releases the GIL.
    """
