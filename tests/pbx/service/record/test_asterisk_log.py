"""Asterisk's formats, line by line as its tools expect them, whatever the names contain."""

from __future__ import annotations

import csv
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx import notes
from pbx.service.record.asterisk_log import master_line, queue_lines

CALL = "a00001-00000007"
AT = 1_790_000_000_999


def left(outcome: str, why: str) -> notes.QueueLeft:
    return notes.QueueLeft(CALL, "sales", outcome, why, 2, 4, 12_999, AT)


def offer_ended(reason: str) -> notes.OfferEnded:
    return notes.OfferEnded(CALL, "sales", "2001", reason, True, 15_001, AT)


def talk_ended(by: str) -> notes.TalkEnded:
    return notes.TalkEnded(CALL, "sales", "2001", by, 8_000, 61_999, 3_000, 4, AT)


LINES: list[tuple[notes.Note, str]] = [
    (
        notes.QueueEntered(CALL, "sales", "13800138000", 4, 5, AT),
        f"{CALL}|sales|NONE|ENTERQUEUE||13800138000|4",
    ),
    (
        notes.TalkStarted(CALL, "sales", "2001", 8_999, 3_500, 11, AT),
        f"{CALL}|sales|Agent/2001|CONNECT|8|{CALL}|3",
    ),
    (talk_ended("agent"), f"{CALL}|sales|Agent/2001|COMPLETEAGENT|8|61|4"),
    (talk_ended("caller"), f"{CALL}|sales|Agent/2001|COMPLETECALLER|8|61|4"),
    (talk_ended("system"), f"{CALL}|sales|Agent/2001|COMPLETEAGENT|8|61|4"),
    (left("abandoned", "caller"), f"{CALL}|sales|NONE|ABANDON|2|4|12"),
    (left("overflowed", "max_wait"), f"{CALL}|sales|NONE|EXITWITHTIMEOUT|2|4|12"),
    (left("overflowed", "empty"), f"{CALL}|sales|NONE|EXITEMPTY|2|4|12"),
    (left("overflowed", "full"), f"{CALL}|sales|NONE|EXITWITHTIMEOUT|2|4|12"),
    (left("exited", "key 2"), f"{CALL}|sales|NONE|EXITWITHKEY|2|2|4|12"),
    (left("exited", "key"), f"{CALL}|sales|NONE|EXITWITHKEY||2|4|12"),
    (offer_ended("no_answer"), f"{CALL}|sales|Agent/2001|RINGNOANSWER|15001"),
    (offer_ended("refused"), f"{CALL}|sales|Agent/2001|RINGNOANSWER|15001"),
    (
        notes.AgentPaused("2001", True, "lunch", "console", ("sales",), AT),
        "NONE|sales|Agent/2001|PAUSE|lunch",
    ),
    (
        notes.AgentPaused("2001", False, "", "console", ("sales",), AT),
        "NONE|sales|Agent/2001|UNPAUSE|",
    ),
    (notes.AgentLogged("2001", True, "201", ("sales",), AT), "NONE|sales|Agent/2001|ADDMEMBER|"),
    (
        notes.AgentLogged("2001", False, "201", ("sales",), AT),
        "NONE|sales|Agent/2001|REMOVEMEMBER|",
    ),
    (notes.AgentLogged("2001", True, "201", (), AT), "NONE|NONE|Agent/2001|ADDMEMBER|"),
    (notes.SiteConfigured("v", ("sales",), ("2001",), AT), "NONE|NONE|NONE|QUEUESTART|"),
]
SILENT: list[notes.Note] = [
    left("answered", ""),
    offer_ended("withdrawn"),
    notes.CallOpened(CALL, "in", "trunk:gw", "1", "2", "gw", AT),
    notes.AgentChanged("2001", "ready", "", "", AT),
    notes.DeviceChanged("201", True, AT),
    notes.AlarmRaised("x", "y", AT),
]


@pytest.mark.parametrize(("note", "line"), LINES, ids=lambda value: type(value).__name__)
def test_a_note_makes_the_line_that_asterisk_would_write(note: notes.Note, line: str) -> None:
    assert queue_lines(note) == f"1790000000|{line}\n"


@pytest.mark.parametrize("note", SILENT, ids=lambda note: type(note).__name__)
def test_other_notes_make_no_line(note: notes.Note) -> None:
    assert queue_lines(note) == ""


def test_an_agent_of_several_queues_has_a_line_for_each() -> None:
    note = notes.AgentPaused("2001", True, "lunch", "x", ("sales", "support"), AT)
    assert queue_lines(note).splitlines() == [
        "1790000000|NONE|sales|Agent/2001|PAUSE|lunch",
        "1790000000|NONE|support|Agent/2001|PAUSE|lunch",
    ]


@given(st.text(max_size=300))
def test_no_caller_can_forge_a_line_or_a_field(caller: str) -> None:
    lines = queue_lines(notes.QueueEntered(CALL, "sales", caller, 4, 5, AT))
    assert len(lines.splitlines()) == 1
    fields = lines.rstrip("\n").split("|")
    assert len(fields) == 8
    assert fields[7] == "4"
    assert len(fields[6]) <= 256


def a_row(**other: Any) -> tuple[Any, ...]:
    columns = {
        "accountcode": "",
        "src": "13800138000",
        "dst": "4001",
        "dcontext": "gw",
        "clid": '"Li Na" <13800138000>',
        "channel": "SIP/gw-00000007",
        "dstchannel": "Agent/2001-00000007",
        "lastapp": "Queue",
        "lastdata": "sales",
        "start": 1_790_000_000.25,
        "answer": 1_790_000_000.25,
        "end": 1_790_000_068.75,
        "duration": 68,
        "billsec": 68,
        "disposition": "ANSWERED",
        "amaflags": "DOCUMENTATION",
        "uniqueid": CALL,
        "userfield": "",
    }
    return tuple({**columns, **other}.values())


def test_a_record_is_a_line_with_texts_in_quotes_and_local_times() -> None:
    assert master_line(a_row(), ZoneInfo("Asia/Shanghai")) == (
        '"","13800138000","4001","gw","""Li Na"" <13800138000>","SIP/gw-00000007",'
        '"Agent/2001-00000007","Queue","sales","2026-09-21 22:13:20","2026-09-21 22:13:20",'
        '"2026-09-21 22:14:28",68,68,"ANSWERED","DOCUMENTATION","a00001-00000007",""\n'
    )


def test_a_call_that_was_never_answered_has_no_answer_time() -> None:
    fields = master_line(a_row(answer=None, billsec=0), ZoneInfo("UTC")).split(",")
    assert fields[9:12] == ['"2026-09-21 14:13:20"', "", '"2026-09-21 14:14:28"']


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+8613800138000", "+8613800138000"),
        ("+1+cmd", "'+1+cmd"),
        ("-", "'-"),
        ("a\nb\x1b", "a b "),
    ],
)
def test_a_text_is_no_formula_and_no_second_line(text: str, written: str) -> None:
    line = master_line(a_row(src=text), None)
    assert next(csv.reader([line]))[1] == written


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_reads_back_as_one_line_of_18_columns(name: str, number: str) -> None:
    line = master_line(a_row(clid=f'"{name}" <1>', src=number), None)
    assert len(line.splitlines()) == 1
    assert len(next(csv.reader([line]))) == 18
