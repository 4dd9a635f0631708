"""Erlang's formulas of many cells at once, for what users of numpy pass.

Numbers, lists and arrays of any number type and shape are taken, and broadcast against each other
as numpy does; the answer is an array of their common shape (`wait_a_into`: with one more axis, the
fields of `Abandoned`). With `out`, a buffer of double or an array, it is written there and given
back. Arrays of float64 are read where they lie.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kernel.erlang import a_many as erlang_a_many
from kernel.erlang import b as erlang_b
from kernel.erlang import c as erlang_c
from kernel.erlang.figures import Abandoned

Array = NDArray[np.float64]
Fill = Callable[[list[Any], Any], None]


def blocking_into(n: ArrayLike, a: ArrayLike, out: Any = None) -> Any:
    """Erlang B of each cell: the share of calls that find all `n` lines busy at `a` erlangs."""

    def fill(cells: list[Any], into: Any) -> None:
        erlang_b.blocking_into(cells[0], cells[1], into)

    return _filled([n, a], out, fill=fill)


def p_wait_into(n: ArrayLike, a: ArrayLike, out: Any = None) -> Any:
    """Erlang C of each cell: the share of calls that wait. Raises Unstable where n <= a."""

    def fill(cells: list[Any], into: Any) -> None:
        erlang_c.p_wait_into(cells[0], cells[1], into)

    return _filled([n, a], out, fill=fill)


def agents_c_into(
    a: ArrayLike,
    aht_s: ArrayLike,
    *,
    within_s: float,
    service_level: float,
    out: Any = None,
    **targets: float | None,
) -> Any:
    """The fewest agents of each cell by Erlang C; `targets`: `asa_s`, `occupancy`."""

    def fill(cells: list[Any], into: Any) -> None:
        erlang_c.agents_into(
            *cells, within_s=within_s, service_level=service_level, out=into, **targets
        )

    return _filled([a, aht_s], out, fill=fill)


def wait_a_into(
    n: ArrayLike,
    a: ArrayLike,
    *,
    within_s: float,
    out: Any = None,
    **times: ArrayLike,
) -> Any:
    """Erlang A of each cell: the fields of `Abandoned`; `times`: `aht_s`, `patience_s`."""
    if set(times) != {"aht_s", "patience_s"}:
        raise TypeError(f"wait_a_into takes aht_s and patience_s, not {' '.join(times)}")

    def fill(cells: list[Any], into: Any) -> None:
        servers, load, handled, patient = cells
        erlang_a_many.wait_into(
            servers, load, aht_s=handled, patience_s=patient, within_s=within_s, out=into
        )

    return _filled(
        [n, a, times["aht_s"], times["patience_s"]], out, fill=fill, width=(len(Abandoned._fields),)
    )


def _filled(given: list[Any], out: Any, *, fill: Fill, width: tuple[int, ...] = ()) -> Any:
    """What the kernel fills of the cells: `out` itself if there is one. Raises ValueError for what
    are no numbers, or do not fit each other or `out`."""
    if out is not None and not isinstance(out, np.ndarray):
        fill([_read(each) for each in given], out)
        return out
    try:
        cells = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in given))
    except TypeError as error:
        raise ValueError(f"no numbers: {error}") from error
    shape = cells[0].shape
    if out is not None and out.shape != (*shape, *width):
        raise ValueError(f"cells of {shape} do not fill an array of {out.shape}")
    is_ready = out is not None and out.flags.carray and out.dtype == np.float64
    flat: Any = out if is_ready else np.empty((*shape, *width))
    fill([np.ascontiguousarray(each).ravel() for each in cells], flat.reshape(-1, *width))
    if out is None:
        return flat
    if not is_ready:
        out[...] = flat
    return out


def _read(given: Any) -> Any:
    """A buffer as it is, anything else as an array."""
    return np.asarray(given, dtype=np.float64) if isinstance(given, list | tuple | int) else given
