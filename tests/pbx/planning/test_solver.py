"""The solver: whole numbers, proofs, and problems without a solution."""

from __future__ import annotations

import numpy as np
import pytest

from pbx.planning.solver import Problem, Unsolved, solve


def problem(*, least: float = 5.0, most: float = 10.0, is_whole: bool = True) -> Problem:
    """Cover `least` with twos and threes that cost 3 and 4."""
    return Problem(
        cost=np.array([3.0, 4.0]),
        lower=np.zeros(2),
        upper=np.full(2, most),
        whole=np.array([is_whole, is_whole]),
        matrix=np.array([[2.0, 3.0]]),
        row_lower=np.array([least]),
        row_upper=np.array([np.inf]),
    )


def test_whole_numbers_come_out_whole_and_proved():
    found = solve(problem(), gap=0)
    assert found.values.tolist() == [1, 1]
    assert (found.cost, found.bound, found.gap) == (7, pytest.approx(7), pytest.approx(0))


def test_parts_are_cheaper():
    found = solve(problem(is_whole=False))
    assert found.cost == pytest.approx(20 / 3) and found.bound == found.cost


def test_progress_is_told_with_its_gap():
    dice = np.random.default_rng(5)
    size = 60
    hard = Problem(
        cost=dice.integers(20, 60, size).astype(float),
        lower=np.zeros(size),
        upper=np.full(size, 9.0),
        whole=np.ones(size, dtype=bool),
        matrix=dice.integers(0, 9, (40, size)).astype(float),
        row_lower=dice.integers(50, 200, 40).astype(float),
        row_upper=np.full(40, np.inf),
    )
    told: list[tuple[float, float]] = []
    found = solve(hard, gap=0.02, report=lambda seconds, gap: told.append((seconds, gap)))
    assert found.gap <= 0.02 and told[0][0] <= told[-1][0]
    assert told[-1][1] <= told[0][1]


def test_no_solution_is_said():
    with pytest.raises(Unsolved, match="infeasible"):
        solve(problem(least=1000))


def test_the_same_problem_has_the_same_answer():
    assert {tuple(solve(problem(least=29)).values) for _ in range(3)} == {(1, 9)}
