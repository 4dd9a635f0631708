"""Logs with a row a call: the bank's, and files whose columns are told."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from pbx.service.imports.past_call import UNKNOWN, PastCall
from pbx.service.imports.row_logs import NAMED, Bank, Named
from pbx.service.planning.call_rows import Broken, named_columns

UTC = ZoneInfo("UTC")
TEN = 1_785_751_200_000  # 2026-08-03 10:00:00 UTC


def bank(row: str) -> list[PastCall]:
    return list(Bank(UTC).take(row.split(","), row))


def named(row: str, heading: str = "start,queue,outcome,wait,talk,agent") -> PastCall:
    told = ",".join(f"{name}={name}" for name in heading.split(","))
    places = named_columns(told, heading.split(","), fields=NAMED)
    (call,) = Named(places, UTC).take(row.split(","), row)
    return call


def test_a_caller_of_the_bank_asks_for_an_agent_behind_the_menu() -> None:
    (call,) = bank("2026-08-03,36000,PS,2,12,1,30,AGENT,180,A001")
    (visit,) = call.visits
    assert (call.started_ms, visit.entered_ms, visit.priority) == (TEN, TEN + 12_000, 2)
    assert (visit.outcome, visit.agent, visit.position) == ("answered", "A001", 1)
    assert (visit.wait_ms, visit.talk_ms) == (30_000, 180_000)


def test_a_caller_who_did_not_wait_in_line_was_at_position_0() -> None:
    (call,) = bank("2026-08-03,36000,PS,0,12,0,0,AGENT,180,")
    assert (call.visits[0].position, call.visits[0].agent) == (0, UNKNOWN)


def test_who_hangs_up_in_line_has_abandoned_and_in_the_menu_has_asked_for_nobody() -> None:
    (in_line,) = bank("2026-08-03,36000,PS,0,12,1,30,HANG,0,")
    assert [visit.outcome for visit in in_line.visits] == ["abandoned"]
    (in_menu,) = bank("2026-08-03,36000,PS,0,12,0,0,HANG,0,")
    assert (in_menu.visits, in_menu.outcome, in_menu.menu_ms) == ([], "exited", 12_000)


def test_a_phantom_is_no_call() -> None:
    assert bank("2026-08-03,36000,PS,0,0,1,0,PHANTOM,0,") == []


@pytest.mark.parametrize(
    "row",
    ["2026-08-03,36000", "2026-08-03,36000,PS,0,0,1,0,LOST,0,", "2026-08-03,x,PS,0,0,1,0,HANG,0,",
     "2026-08-03,36000,PS,9,0,1,0,HANG,0,", "2026-13-03,36000,PS,0,0,1,0,HANG,0,"],
)  # fmt: skip
def test_a_row_that_is_none_of_the_bank_is_broken(row: str) -> None:
    with pytest.raises((Broken, ValueError)):
        bank(row)


def test_a_row_of_told_columns_is_a_visit() -> None:
    call = named("2026-08-03 10:00:00,sales,answered,20,60,Li Na")
    (visit,) = call.visits
    assert (call.started_ms, visit.queue, visit.agent) == (TEN, "sales", "Li Na")
    assert (visit.wait_ms, visit.talk_ms) == (20_000, 60_000)


@pytest.mark.parametrize(
    ("said", "outcome", "why"),
    [("ANSWERED", "answered", "answered"), ("no", "abandoned", "caller"),
     ("voicemail", "exited", "voicemail")],
)  # fmt: skip
def test_an_outcome_is_read_as_people_write_it(said: str, outcome: str, why: str) -> None:
    visit = named(f"2026-08-03 10:00:00,sales,{said},20,60,Li Na").visits[0]
    assert (visit.outcome, visit.why) == (outcome, why)


def test_without_an_outcome_who_has_an_agent_or_a_talk_was_answered() -> None:
    rows = ("2026-08-03 10:00:00,Li Na,", "2026-08-03 10:00:00,,5", "2026-08-03 10:00:00,,")
    calls = [named(row, "start,agent,talk") for row in rows]
    assert [call.visits[0].outcome for call in calls] == ["answered", "answered", "abandoned"]
    assert [call.untold for call in calls] == [(1, 1), (1, 0), (1, 0)]


def test_numbers_are_read_where_they_are_told() -> None:
    call = named("2026-08-03 10:00:00,5551000,4001", "start,calling,called")
    assert (call.calling, call.called) == ("5551000", "4001")


def test_names_of_rows_sort_by_age_and_differ_by_content() -> None:
    early, late = named("2026-08-03 10:00:00,a" + ",,,,"), named("2026-08-03 10:00:01,a" + ",,,,")
    other = named("2026-08-03 10:00:00,b" + ",,,,")
    assert early.name < late.name and early.name != other.name
