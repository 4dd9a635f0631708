"""Calls of Asterisk's logs and of files whose columns are told: a call is one, not its rows."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbx.service.planning.asterisk_calls import OPEN_MAX
from pbx.service.planning.call_logs import CallLog, CallLogError
from pbx.service.planning.call_rows import LoggedCall
from tests.pbx.service.planning.logs_of_calls import MONDAY, cdr_row, text_log

UTC = ZoneInfo("UTC")
TEN = 1_785_751_200  # 2026-08-03 10:00:00 UTC


def calls_of(path: Path, columns: str = "") -> list[LoggedCall]:
    return list(CallLog(path, zone=UTC, columns=columns))


# ---- Master.csv ----------------------------------------------------------------------------------


@pytest.mark.parametrize("ids", [("call-1",), ("call-1", "linked-1")])
def test_a_row_for_each_phone_that_rang_is_one_call(tmp_path: Path, ids: tuple[str, ...]):
    path = text_log(
        tmp_path,
        cdr_row("2026-08-03 10:00:00", agent="PJSIP/201-07", disposition="NO ANSWER", ids=ids),
        cdr_row("2026-08-03 10:00:15", agent="PJSIP/202-08", ids=ids),
        cdr_row("2026-08-03 10:00:15", agent="PJSIP/203-09", disposition="NO ANSWER", ids=ids),
    )
    assert calls_of(path) == [LoggedCall(MONDAY, 36_000, "sales", "answered", -1, -1, "PJSIP/202")]


def test_phones_that_rang_in_vain_answered_nobody(tmp_path: Path):
    rows = (
        cdr_row(f"2026-08-03 10:00:{n}0", agent=f"SIP/20{n}-1", disposition=how, ids=("one",))
        for n, how in enumerate(("NO ANSWER", "BUSY", "FAILED"))
    )
    assert [call.outcome for call in calls_of(text_log(tmp_path, *rows))] == ["abandoned"]


def test_a_transfer_to_another_queue_is_two_visits_of_one_linked_call(tmp_path: Path):
    row = cdr_row("2026-08-03 10:00:00", ids=("one", "linked"))
    other = cdr_row("2026-08-03 10:02:00", ids=("two", "linked")).replace("sales", "support")
    assert [call.queue for call in calls_of(text_log(tmp_path, row, other, row))] == [
        "sales",
        "support",
    ]


def test_rows_without_an_id_are_calls_of_their_own(tmp_path: Path):
    row = cdr_row("2026-08-03 10:00:00", ids=("",))
    assert len(calls_of(text_log(tmp_path, row, row))) == 2


def test_columns_in_another_order_are_refused_with_a_reason(tmp_path: Path):
    cells = cdr_row("2026-08-03 10:00:00").split(",")
    path = text_log(tmp_path, *[",".join(cells[1:] + cells[:1])] * 3)
    with pytest.raises(CallLogError, match="3 of 3 rows are no calls"):
        calls_of(path)


def test_calls_that_stay_open_do_not_fill_the_memory(tmp_path: Path):
    rows = [cdr_row("2026-08-03 10:00:00", ids=(f"c{n}",)) for n in range(OPEN_MAX + 5)]
    assert len(calls_of(text_log(tmp_path, *rows))) == OPEN_MAX + 5


# ---- queue_log -----------------------------------------------------------------------------------


def queue_log(folder: Path, *events: str) -> Path:
    """Events, each at its second after ten: `5 call queue agent EVENT data`."""
    lines = []
    for event in events:
        second, *fields = event.split()
        lines.append("|".join([str(TEN + int(second)), *fields]))
    return text_log(folder, *lines, name="queue_log")


def test_queue_log_tells_waits_talks_and_agents(tmp_path: Path):
    path = queue_log(
        tmp_path,
        "0 a sales NONE ENTERQUEUE  5551 1",
        "1 b sales NONE ENTERQUEUE  5552 2",
        "9 a sales Agent/2001 RINGNOANSWER 5000",
        "12 a sales Agent/2002 CONNECT 12 x 3",
        "31 b sales NONE ABANDON 1 2 30",
        "72 a sales Agent/2002 COMPLETECALLER 12 60 1",
    )
    assert calls_of(path) == [
        LoggedCall(MONDAY, 36_001, "sales", "abandoned", 30, -1, ""),
        LoggedCall(MONDAY, 36_000, "sales", "answered", 12, 60, "2002"),
    ]


@pytest.mark.parametrize(
    ("event", "wait", "outcome"),
    [
        ("45 a sales NONE EXITWITHTIMEOUT 1 1 45", 45, "other"),
        ("45 a sales NONE EXITEMPTY 1 1 45", 45, "other"),
        ("45 a sales NONE EXITWITHKEY 1 1 1 45", 45, "other"),
        ("45 a sales NONE ABANDON 1 1 45", 45, "abandoned"),
    ],
)
def test_each_end_of_a_visit_has_its_wait(tmp_path: Path, event: str, wait: int, outcome: str):
    path = queue_log(tmp_path, "0 a sales NONE ENTERQUEUE  5551 1", event)
    assert calls_of(path) == [LoggedCall(MONDAY, 36_000, "sales", outcome, wait, -1, "")]


def test_a_visit_whose_beginning_or_end_is_not_in_the_log_is_still_one(tmp_path: Path):
    path = queue_log(
        tmp_path,
        "70 a sales Agent/2001 COMPLETEAGENT 10 60 1",
        "80 b sales NONE ENTERQUEUE  5552 1",
        "84 b sales Agent/2001 CONNECT 4 x 1",
    )
    assert calls_of(path) == [
        LoggedCall(MONDAY, 36_000, "sales", "answered", 10, 60, "2001"),
        LoggedCall(MONDAY, 36_080, "sales", "answered", 4, -1, "2001"),
    ]


# ---- columns told --------------------------------------------------------------------------------

OTHER = (
    "When,Skill,Result,Waited,Talked,Who",
    "2026-08-03 10:00:00,sales,Handled,7,80,Ann",
    "2026-08-03T10:01:00,sales,ABANDONED,33,,",
    "2026-08-03 10:02:00,sales,voicemail,9,,",
)


@pytest.mark.parametrize(
    "columns",
    ["start=When,queue=skill,outcome=Result,wait=Waited,talk=Talked,agent=Who",
     "start=1,queue=2,outcome=3,wait=4,talk=5,agent=6"],
)  # fmt: skip
def test_any_file_is_read_by_its_columns(tmp_path: Path, columns: str):
    assert calls_of(text_log(tmp_path, *OTHER), columns) == [
        LoggedCall(MONDAY, 36_000, "sales", "answered", 7, 80, "Ann"),
        LoggedCall(MONDAY, 36_060, "sales", "abandoned", 33, -1, ""),
        LoggedCall(MONDAY, 36_120, "sales", "other", 9, -1, ""),
    ]


def test_without_an_outcome_who_reached_an_agent_was_answered(tmp_path: Path):
    path = text_log(tmp_path, "at,who", f"{TEN},Ann", f"{TEN + 1}.5,")
    assert [(call.second, call.outcome) for call in calls_of(path, "start=at,agent=who")] == [
        (36_000, "answered"),
        (36_001.5, "abandoned"),
    ]


@pytest.mark.parametrize(
    ("columns", "why"),
    [("start=Then", "no column 'Then'"), ("begin=When", "no field 'begin'"),
     ("queue=Skill", "start=COLUMN is needed"), ("start=7", "no column '7'")],
)  # fmt: skip
def test_columns_that_are_not_there_are_told(tmp_path: Path, columns: str, why: str):
    with pytest.raises(CallLogError, match=why):
        calls_of(text_log(tmp_path, *OTHER), columns)
