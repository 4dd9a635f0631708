"""`agents`, `pauses` and `teams` by hand."""

from __future__ import annotations

import pytest

from tests.pbx.reports.by_hand import MIDNIGHT, Record, cells, total

NINE = MIDNIGHT + 9 * 3600
HOUR_MS = 3_600_000


@pytest.fixture
def record(record: Record) -> Record:
    """2001 worked for two hours, 2002 for one and is at lunch since; 2003 is in no team."""
    for state, reason, ms, begun in (
        ("ready", "", HOUR_MS, 2),
        ("talking", "", HOUR_MS // 2, 2),
        ("wrap_up", "", HOUR_MS // 4, 2),
        ("paused", "lunch", HOUR_MS // 4, 1),
    ):
        record.put("agent_quarters", start=NINE, agent="2001", state=state, reason=reason,
                   begun=begun, ms=ms)  # fmt: skip
    record.put("agent_quarters", start=NINE, agent="2002", state="ready", begun=1, ms=HOUR_MS)
    record.put("agent_states", started=NINE + 3600, agent="2002", state="paused", reason="lunch")
    record.put("queue_quarters", start=NINE, queue="sales", agent="2001", handled=2,
               talk_ms=HOUR_MS // 2, wrap_up_ms=HOUR_MS // 4, missed=1)  # fmt: skip
    record.put("queue_quarters", start=NINE, queue="sales", agent="2003", handled=1)
    return record


def test_utilisation_counts_readiness_and_occupancy_does_not_count_pauses(record: Record) -> None:
    report = record.ask("agents", heard=NINE + 7200)
    assert cells(report, "agent") == ["2001", "2002", "2003"]
    assert cells(report, "name") == ["王小明", "Li Na", ""]
    assert cells(report, "logged_in_s") == [7200.0, 7200.0, 0.0]
    assert cells(report, "utilisation") == [0.875, 0.5, None]  # 1.75 h of 2
    assert cells(report, "occupancy") == [0.428571, 0.0, None]  # 0.75 h of 1.75
    assert cells(report, "work_utilisation") == [0.375, 0.0, None]
    assert cells(report, "talk_utilisation") == [0.25, 0.0, None]
    assert cells(report, "mean_handle_s") == [1350.0, None, 0.0]
    assert cells(report, "handled_per_day") == [2.0, 0.0, None]
    assert total(report, "logged_in_s") == 14_400.0


@pytest.mark.parametrize(
    ("heard", "paused_s"),
    [(NINE + 3600, 0.0), (NINE + 7200, 3600.0), (MIDNIGHT + 999_999, 14 * 3600.0)],
)
def test_a_state_that_goes_on_counts_until_now_or_the_end_of_the_days(
    record: Record, heard: float, paused_s: float
) -> None:
    report = record.ask("agents", heard=heard, agent="2002")
    assert cells(report, "paused_s") == [paused_s]


def test_pauses_are_told_by_reason(record: Record) -> None:
    report = record.ask("pauses", heard=NINE + 7200)
    assert [row[:4] for row in report.rows] == [
        ("2001", "lunch", 1, 900.0), ("2002", "lunch", 0, 3600.0),
    ]  # fmt: skip
    assert cells(report, "mean_s") == [900.0, None]
    assert cells(report, "share") == [0.125, 0.5]


def test_a_team_is_its_agents_together_and_the_others_come_last(record: Record) -> None:
    report = record.ask("teams", heard=NINE + 7200)
    assert cells(report, "team") == ["inbound", "-"]
    assert cells(report, "leader") == ["Li Na", ""]
    assert cells(report, "agents") == [2, 1]
    assert cells(report, "logged_in_s") == [14_400.0, 0.0]
    assert cells(report, "handled") == [2, 1]
    assert cells(record.ask("teams", team="inbound"), "team") == ["inbound"]


def test_a_team_can_be_asked_for_alone(record: Record) -> None:
    assert cells(record.ask("agents", team="inbound"), "agent") == ["2001", "2002"]
