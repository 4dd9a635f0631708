"""The formulas of many cells: what users of numpy pass, in whatever shape, gives arrays."""

from __future__ import annotations

import numpy as np
import pytest

from kernel import erlang

WAIT = {"aht_s": 180, "patience_s": 120, "within_s": 20}


@pytest.mark.parametrize("kind", [list, tuple, np.array, np.int64, np.float32])
def test_any_kind_of_numbers_is_taken(kind):
    n, a = kind([12, 14, 16]), kind([10, 10, 10])
    assert erlang.blocking_into(n, a).tolist() == [erlang.blocking(x, 10) for x in (12, 14, 16)]
    assert erlang.p_wait_into(n, a).tolist() == [erlang.p_wait(x, 10) for x in (12, 14, 16)]


def test_numbers_and_arrays_are_broadcast():
    n, a = np.arange(11, 14)[:, None], np.array([8, 9.5])
    found = erlang.blocking_into(n, a)
    assert found.shape == (3, 2) and found[2, 1] == erlang.blocking(13, 9.5)
    one = erlang.p_wait_into(14, 10)
    assert one.shape == () and float(one) == erlang.p_wait(14, 10)
    agents = erlang.agents_c_into([[5, 10], [20, 40]], 180, within_s=20, service_level=0.8)
    assert agents.tolist() == [
        [erlang.agents_c(a, aht_s=180, within_s=20, service_level=0.8) for a in row]
        for row in ((5, 10), (20, 40))
    ]


def test_erlang_a_has_its_fields_in_a_last_axis():
    found = erlang.wait_a_into([9, 10, 11], 10, **WAIT)
    assert found.shape == (3, len(erlang.Abandoned._fields))
    assert tuple(found[1]) == erlang.wait_a(10, 10, **WAIT)


def test_what_is_written_into_is_given_back():
    loads = np.linspace(5, 10, 6)
    for out in (np.empty(6), np.empty(12)[::2], np.empty(6, dtype=np.float32)):
        assert erlang.blocking_into(12, loads, out=out) is out
        assert out == pytest.approx([erlang.blocking(12, a) for a in loads], rel=1e-6)
    square = np.asfortranarray(np.empty((2, 3)))
    erlang.blocking_into(12, loads.reshape(2, 3), out=square)
    assert square[1, 2] == erlang.blocking(12, 10)


@pytest.mark.parametrize(
    ("n", "a", "out"),
    [("ten", 1, None), ([1, 2], [1, 2, 3], None), (None, 1, None), ({}, 1, None),
     ([1, 2], 1, np.empty(3)), (-1, 1, None), (1, [1, np.nan], None), (1j, 1, None)],
)  # fmt: skip
def test_what_cannot_be_is_refused(n, a, out):
    with pytest.raises(ValueError, match=r"\w"):
        erlang.blocking_into(n, a, out=out)


def test_nothing_gives_nothing():
    assert erlang.blocking_into([], []).tolist() == []
    assert erlang.wait_a_into([], 1, **WAIT).shape == (0, len(erlang.Abandoned._fields))
