"""Linear problems with whole numbers, solved by HiGHS on one thread: the same answer each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray

from pbx.planning.history import Array

Report = Callable[[float, float], object]  # seconds, and the gap: infinite without a solution


class Problem(NamedTuple):
    """Minimise cost . x; lower <= x <= upper; row_lower <= matrix x <= row_upper. `matrix` is
    dense (rows, columns); `whole` says which x are whole numbers. No limit is numpy.inf."""

    cost: Array
    lower: Array
    upper: Array
    whole: NDArray[np.bool_]
    matrix: Array
    row_lower: Array
    row_upper: Array


class Solution(NamedTuple):
    """`bound`: no solution costs less. `gap`: how far the cost is above it, 0.01 = 1 %."""

    values: Array
    cost: float
    bound: float
    gap: float
    seconds: float


class Unsolved(Exception):
    """No solution: there is none, or none was found in time. The text says which."""


def solve(
    problem: Problem,
    *,
    gap: float = 0.01,
    seconds_max: float = 60.0,
    report: Report = lambda seconds, gap: None,
) -> Solution:
    """The best solution within `gap` of the optimum, or the best so far after `seconds_max`.

    A problem without whole numbers is solved to the end. `report` is told now and then how it
    goes. Raises Unsolved.
    """
    highs = highspy.Highs()
    options = (
        ("output_flag", False), ("threads", 1), ("mip_rel_gap", gap), ("time_limit", seconds_max),
    )  # fmt: skip
    for name, value in options:
        highs.setOptionValue(name, value)
    highs.passModel(_model(problem))

    def on_interrupt(event: Any) -> None:
        report(event.data_out.running_time, event.data_out.mip_gap)

    highs.cbMipInterrupt += on_interrupt
    highs.run()
    info = highs.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        status = highs.modelStatusToString(highs.getModelStatus()).lower()
        raise Unsolved(f"no solution: {status} after {highs.getRunTime():.1f} s")
    values = np.array(highs.getSolution().col_value)
    values[problem.whole] = np.round(values[problem.whole])
    cost = float(problem.cost @ values)
    bound = float(info.mip_dual_bound) if problem.whole.any() else cost
    above = max(0.0, cost - bound) / max(abs(cost), 1e-9)
    return Solution(values, cost, bound, above, float(highs.getRunTime()))


def _model(problem: Problem) -> highspy.HighsLp:
    """The problem column by column, as HiGHS takes it."""
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = problem.matrix.shape
    model.col_cost_, model.col_lower_, model.col_upper_ = problem[:3]
    model.row_lower_, model.row_upper_ = problem.row_lower, problem.row_upper
    columns = problem.matrix.T
    is_set = columns != 0
    starts = np.concatenate([[0], np.cumsum(is_set.sum(1))])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = starts.astype(np.int32)
    model.a_matrix_.index_ = np.nonzero(is_set)[1].astype(np.int32)
    model.a_matrix_.value_ = columns[is_set]
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    model.integrality_ = [kinds[whole] for whole in problem.whole.astype(int).tolist()]
    return model
