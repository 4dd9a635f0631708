"""Ports for tests side by side: nobody is given what another was."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.ports import HIGHEST, LOWEST, Ports, own_part, part_of


@pytest.mark.parametrize("workers", [1, 2, 3, 7, 16])
def test_each_worker_has_a_part_of_the_range_for_itself(workers: int) -> None:
    parts = [part_of(worker, workers) for worker in range(workers)]
    assert all(end == first for (_, end), (first, _) in pairwise(parts))
    assert parts[0][0] == LOWEST and parts[-1][1] <= HIGHEST


@pytest.mark.parametrize("seed", [0, 1, 32_767])
def test_ports_come_from_the_workers_own_part_wherever_they_begin(seed: int) -> None:
    lowest, highest = own_part()
    ports = Ports(seed)
    for _ in range((highest - lowest) // 400 + 1):  # once round
        first, last = ports.block(400)
        assert lowest <= first < last < highest


def test_a_block_larger_than_the_part_is_refused() -> None:
    lowest, highest = own_part()
    with pytest.raises(OSError, match="free ports in a row"):
        Ports(1).block(highest - lowest + 2)
