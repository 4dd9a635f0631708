"""JSON as the socket gives it."""

from __future__ import annotations

import json

from pbx.service.reporting.json_file import as_json, write
from tests.pbx.reports.samples import EVIL, ROWS, a_report, an_evil_report


def test_a_file_has_all_that_a_report_says() -> None:
    read = json.loads(write([a_report(), a_report(totals=None)], "en"))
    first, second = read["reports"]
    assert first["rows"] == [list(row) for row in ROWS]
    assert first["totals"] == [None, None, None, None, 1354, 3457.0, 0.98, 12.5, None]
    assert second["totals"] is None
    assert first["columns"][5] == {
        "name": "wait", "title": "Mean wait", "title_zh": "平均等待", "unit": "s",
        "formula": "wait / answered",
    }  # fmt: skip
    assert first["charts"][0] == {"x": "day", "bars": ["offered"], "lines": ["level"]}
    assert first["notes"] == [
        {"en": "Calls to a closed queue are left out.", "zh": "不含下班后的来电。"}
    ]
    assert (first["seq"], first["currency"], first["timezone"]) == (4711, "EUR", "Europe/Berlin")
    assert set(first) == set(as_json(a_report()))


def test_a_file_is_one_line_the_same_in_both_languages() -> None:
    data = write([a_report()], "en")
    assert data == write([a_report()], "zh")
    assert data.count(b"\n") == 1 and data.endswith(b"}\n")


def test_texts_come_back_as_they_were_but_halves_of_signs() -> None:
    rows = json.loads(write([an_evil_report()], "en"))["reports"][0]["rows"]
    assert [row[0] for row in rows] == [text.replace("\ud800", "\ufffd") for text in EVIL]
    assert rows[3] == ["+4912345", "+4912345", -3]
