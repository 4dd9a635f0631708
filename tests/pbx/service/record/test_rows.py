"""Notes as rows: every column, times never reached, text from outside."""

from __future__ import annotations

import json

import pytest

from pbx import notes
from pbx.service.record.rows import call_row, event_row, segment_rows, wrap_up_row
from tests.pbx.service.record.call_notes import START_MS, call_of, closed


def test_a_call_that_nobody_answered_has_no_times_but_its_own() -> None:
    row = call_row(closed(0, answered_wall_ms=-1, connected_wall_ms=-1))
    start_s = START_MS / 1000
    assert row[8:12] == (start_s, None, None, start_s + 68)


def test_what_the_caller_says_is_kept_without_control_characters() -> None:
    row = call_row(closed(0, calling="1\x1b2", called="\0", name="a\nb", sip_call_id="x\x9by"))
    assert (row[3], row[4], row[19], row[21]) == ("1 2", " ", "a b", "x y")


def test_segments_are_numbered_from_one_up_to_their_limit() -> None:
    segment = notes.Segment("ring", "sales", "2001", 1_000, 2_500, "no_answer")
    rows = segment_rows(closed(3, segments=(segment,) * 10_001))
    assert rows[0] == (call_of(3), 1, "ring", "sales", "2001", 1.0, 2.5, "no_answer")
    assert rows[-1][1] == len(rows) == 10_000


def test_a_wrap_up_is_a_segment_that_meets_no_other() -> None:
    note = notes.WrapUpEnded(call_of(3), "sales", "2001", 1_000, 11_000)
    row = (call_of(3), 10_005, "wrap_up", "sales", "2001", 1.0, 11.0, "")
    assert wrap_up_row(5, note) == row


@pytest.mark.parametrize(
    ("note", "columns", "data"),
    [
        (
            notes.TalkStarted("c", "sales", "2001", 8_000, 3_000, 7, 1_500),
            (1.5, "TalkStarted", "c", "sales", "2001"),
            {"wait_ms": 8_000, "ring_ms": 3_000, "leg": 7, "entered_as": "",
             "entered_wall_ms": -1},
        ),
        (
            notes.AgentPaused("2001", True, "lunch\x7f", "li", ("sales",), 1_500),
            (1.5, "AgentPaused", "", "", "2001"),
            {"paused": True, "reason": "lunch ", "by": "li", "queues": ["sales"]},
        ),
        (
            notes.WrapUpEnded("c", "sales", "2001", 1_000, 2_500),
            (2.5, "WrapUpEnded", "c", "sales", "2001"),
            {"started_wall_ms": 1_000, "ended_wall_ms": 2_500, "entered_wall_ms": -1},
        ),
        (
            notes.Announced("c", "notice", 1_500),
            (1.5, "Announced", "c", "", ""),
            {"prompt": "notice"},
        ),
    ],
)
def test_a_note_is_a_row_of_common_columns_and_json(
    note: notes.Note, columns: tuple[object, ...], data: dict[str, object]
) -> None:
    row = event_row(9, note)
    assert row[0] == 9
    assert row[1:6] == columns
    assert json.loads(row[6]) == data
