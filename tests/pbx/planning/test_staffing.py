"""Agents by interval, the pairs of service level and occupancy, and what the targets cost."""

from __future__ import annotations

import math

import pytest

from kernel.erlang import c as erlang_c
from pbx.planning.staffing import NEARLY_ALL, Target, pairs, seats, staff, together

HALF_HOUR = 1800.0
LOAD = {"aht_s": 300.0, "interval_s": HALF_HOUR}  # 60 calls are 10 erlangs


@pytest.mark.parametrize(
    ("target", "agents"),
    [  # what the conflicting targets of call centres cost at 10 erlangs of 300 s
        (Target(0.8, 20), 14),
        (Target(0.85, 12), 14),
        (Target(0.95, 20), 16),
        (Target(0.98, 20), 17),
        (Target(0.8, 20, patience_s=90), 12),
    ],
)
def test_a_target_costs_so_many_agents(target: Target, agents: int):
    (cell,) = staff([60], target=target, **LOAD)
    assert cell.agents == agents
    assert cell.service_level >= target.service_level
    fewer = seats(agents - 1, 10.0, aht_s=300.0, target=target)
    assert fewer.service_level < target.service_level


def test_shrinkage_counts_those_who_are_not_there():
    (cell,) = staff([60], target=Target(shrinkage=0.3), **LOAD)
    assert (cell.agents, cell.scheduled) == (14, 20)
    (exact,) = staff([60], target=Target(shrinkage=0.0), **LOAD)
    assert exact.scheduled == exact.agents
    (round_number,) = staff([20], target=Target(shrinkage=0.3, agents_min=7), **LOAD)
    assert (round_number.agents, round_number.scheduled) == (7, 10)


def test_an_interval_without_calls_needs_nobody_and_one_with_few_the_least():
    cells = staff([0, 0.5], target=Target(agents_min=3), **LOAD)
    assert [cell.agents for cell in cells] == [0, 3]
    assert cells[0].service_level == 1 and cells[0].occupancy == 0


def test_an_occupancy_at_most_takes_more_agents():
    (cell,) = staff([60], target=Target(occupancy_max=0.6), **LOAD)
    assert cell.agents == 17 and cell.occupancy <= 0.6
    (patient,) = staff([60], target=Target(patience_s=90, occupancy_max=0.6), **LOAD)
    assert patient.occupancy <= 0.6


def test_a_week_of_intervals_comes_in_order():
    cells = staff([60, 30, 0] * 112, target=Target(), **LOAD)
    assert [cell.agents for cell in cells[:3]] == [14, 8, 0]
    assert len(cells) == 336


@pytest.mark.parametrize(
    ("calls", "aht_s", "target", "said"),
    [
        (60, 0, Target(), "handle time"),
        (60, math.inf, Target(), "handle time"),
        (-1, 300, Target(), "calls in an interval"),
        (math.inf, 300, Target(), "calls in an interval"),
        (60, 300, Target(service_level=1), "service level"),
        (60, 300, Target(service_level=0), "service level"),
        (60, 300, Target(within_s=-1), "within"),
        (60, 300, Target(shrinkage=0.95), "shrinkage"),
        (60, 300, Target(agents_min=-1), "at least"),
        (60, 300, Target(occupancy_max=0), "occupancy"),
        (60, 300, Target(patience_s=0), "patience"),
    ],
)
def test_what_cannot_be_is_refused(calls: float, aht_s: float, target: Target, said: str):
    with pytest.raises(ValueError, match=said):
        staff([calls], aht_s=aht_s, interval_s=HALF_HOUR, target=target)


def test_an_interval_must_last():
    with pytest.raises(ValueError, match="interval"):
        staff([1], aht_s=300, interval_s=0, target=Target())


def test_pairs_run_from_the_fewest_to_where_nearly_nobody_waits():
    rows = pairs(10, aht_s=300, target=Target())
    assert [row.agents for row in rows] == list(range(11, 11 + len(rows)))
    levels = [row.service_level for row in rows]
    assert levels == sorted(levels) and levels[-1] > NEARLY_ALL >= levels[-2]
    assert [row.occupancy for row in rows] == pytest.approx([10 / row.agents for row in rows])
    patient = pairs(10, aht_s=300, target=Target(patience_s=90))
    assert patient[0].agents == 1 and patient[0].p_abandon > 0.85


@pytest.mark.parametrize("erlangs", [0, -1, math.nan, 1e9])
def test_pairs_of_no_load_are_refused(erlangs: float):
    with pytest.raises(ValueError, match="erlangs"):
        pairs(erlangs, aht_s=300, target=Target())


def test_a_site_of_seven_that_keeps_80_in_20_is_busy_57_percent():
    (cell,) = staff([24], target=Target(), **LOAD)  # 4 erlangs
    assert cell.agents == 7
    assert cell.occupancy == pytest.approx(0.571, abs=0.001)


@pytest.mark.parametrize("occupancy", [0.57, 0.7, 0.75, 0.85])
def test_targets_go_together_from_a_size_on(occupancy: float):
    found = together(occupancy, aht_s=300, target=Target())
    reached = erlang_c.wait(found.agents, found.erlangs, aht_s=300, within_s=20)
    assert reached.service_level == pytest.approx(0.8, abs=1e-6)
    assert found.occupancy >= occupancy
    for step in range(1, 200):  # from there on at every load
        (cell,) = staff(
            [found.always_erlangs + step / 20], aht_s=300, interval_s=300, target=Target()
        )
        assert cell.occupancy >= occupancy


def test_the_printed_sizes_of_the_feasible_pair_are_near():
    assert together(0.7, aht_s=300, target=Target()).always_erlangs == pytest.approx(9.5, abs=0.5)
    assert together(0.75, aht_s=300, target=Target()).always_erlangs == pytest.approx(13, abs=1.5)


def test_targets_that_never_go_together_are_refused():
    with pytest.raises(ValueError, match="do not go together"):
        together(0.999, aht_s=300, target=Target(service_level=0.99, within_s=1))
    with pytest.raises(ValueError, match="occupancy"):
        together(1.0, aht_s=300, target=Target())
