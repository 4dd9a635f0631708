"""A log's last days by interval: who was at work, who was answered soon, who hung up."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from pbx.planning.history import History
from pbx.planning.lookback import Past
from pbx.service.planning.call_days import DAYS_MAX, CallDays
from pbx.service.planning.call_rows import LoggedCall

MONDAY = date(2026, 8, 3)
NINE, TEN = 9 * 3600.0, 10 * 3600.0


def answered(second: float, agent: str, *, wait: float = 0.0, handle: float = 600.0) -> LoggedCall:
    return LoggedCall(MONDAY, second, "sales", "answered", wait, handle, agent)


def gone(second: float, *, outcome: str = "abandoned", wait: float = 30.0) -> LoggedCall:
    return LoggedCall(MONDAY, second, "sales", outcome, wait, -1.0, "")


def past(calls: list[LoggedCall], *, queue: str = "", days: int = 1) -> Past:
    kept = CallDays(queue)
    for call in calls:
        kept.add(call)
    return kept.past(History(MONDAY, np.ones((days, 24))), 20.0)


def at(each: object, hour: int) -> float:
    """A figure of Monday, which the log must tell."""
    assert isinstance(each, np.ndarray)
    return float(each[0, hour])


def test_calls_count_in_the_interval_in_which_they_came():
    found = past([
        answered(NINE + 1, "a"), answered(TEN - 1, "b", wait=20.0), answered(TEN, "b", wait=20.5),
        gone(NINE), gone(TEN), gone(TEN + 1),
    ])  # fmt: skip
    assert (at(found.within, 9), at(found.within, 10)) == (2, 0)  # T itself is within
    assert (at(found.abandoned, 9), at(found.abandoned, 10)) == (1, 2)


def test_those_who_left_by_another_way_are_neither():
    found = past([answered(NINE, "a"), answered(NINE, "b"), gone(NINE, outcome="other", wait=5)])
    assert (at(found.within, 9), at(found.abandoned, 9)) == (2, 0)


def test_agents_are_at_work_from_their_first_call_to_the_end_of_their_last():
    found = past([
        answered(NINE, "a", handle=600), answered(NINE + 1800, "a", handle=1800),
        answered(NINE + 2700, "b", wait=30, handle=900),
    ])  # fmt: skip
    assert at(found.agents, 9) == pytest.approx(1 + 870 / 3600)  # b began when answered
    assert at(found.agents, 8) == 0 and at(found.agents, 10) == pytest.approx(30 / 3600)


def test_an_agent_is_away_while_others_wait():
    calls = [answered(NINE, "a", handle=600), answered(NINE + 3000, "a", handle=600)]
    other = answered(NINE, "b", handle=60)
    assert at(past([*calls, other]).agents, 9) == pytest.approx(1 + 1 / 60)
    waited = gone(NINE + 1200, wait=600)
    assert at(past([*calls, other, waited]).agents, 9) == pytest.approx((1200 + 60) / 3600)


def test_a_log_that_names_nobody_tells_only_its_calls():
    nobody = past([answered(NINE, ""), answered(TEN, "")])
    assert nobody.agents is None and nobody.within is None and nobody.abandoned is None
    assert past([]).history.days == 1
    assert past([answered(NINE, "a", wait=-1.0), answered(NINE, "b", wait=-1.0)]).agents is None


def test_only_the_queue_asked_for_is_kept():
    other = answered(NINE, "c")._replace(queue="support")
    calls = [answered(NINE, "a"), answered(NINE, "b"), other]
    assert at(past(calls, queue="sales").within, 9) == 2
    assert at(past(calls).within, 9) == 3


def test_days_outside_the_history_are_left_out():
    calls = [answered(NINE, "a"), answered(NINE, "b")]
    other = [each._replace(day=MONDAY + timedelta(n)) for n in (-1, 1) for each in calls]
    found = past([*calls, *other])
    assert found.within is not None and found.within.sum() == 2
    both = past([*calls, *other], days=2)
    assert both.within is not None and both.within.sum(1).tolist() == [2, 2]


def test_only_the_last_days_are_kept():
    calls = [
        answered(NINE, agent)._replace(day=MONDAY + timedelta(n))
        for n in range(DAYS_MAX + 3)
        for agent in ("a", "b")
    ]
    found = past(calls, days=DAYS_MAX + 3)
    assert found.within is not None
    assert found.within.sum(1).tolist() == [0] * 3 + [2] * DAYS_MAX
