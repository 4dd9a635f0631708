"""CSV that a spreadsheet opens without harm, and that comes back as it was."""

from __future__ import annotations

import csv
import io

from pbx.reports.report import Report
from pbx.service.reporting.csv_file import guarded, text_of, write
from tests.pbx.reports.samples import EVIL, a_report, an_evil_report

UTF8_BOM = b"\xef\xbb\xbf"


def read(*reports: Report, language: str = "en") -> list[list[str]]:
    data = write(reports, "zh" if language == "zh" else "en")
    assert data.startswith(UTF8_BOM) and data.count(UTF8_BOM) == 1
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def test_rows_come_back_with_plain_numbers_and_times_with_their_offset() -> None:
    titles, *rows, totals = read(a_report())
    assert titles[:2] == ["Queue", "Day"] and titles[7] == "Cost (EUR)"
    assert rows[0] == [
        "sales", "2026-11-23", "09:30", "2026-11-18T12:06:40+01:00",
        "120", "8.5", "0.8125", "12.5", "3.25",
    ]  # fmt: skip
    assert rows[1][0] == "客户服务"
    assert rows[2] == ["'-", "2026-11-25", "10:30", "", "0", "", "", "", "0.0"]
    assert totals == ["Total", "", "", "", "1354", "3457.0", "0.98", "12.5", ""]


def test_lines_end_as_the_rfc_has_it() -> None:
    data = write([a_report()], "en")
    assert data.endswith(b"\r\n")
    assert data.count(b"\n") == data.count(b"\r\n") == 5


def test_chinese_titles_are_chinese() -> None:
    titles, *_, totals = read(a_report(), language="zh")
    assert titles[:2] == ["队列", "日期"] and totals[0] == "合计"


def test_several_reports_have_titles_and_an_empty_line_between_them() -> None:
    rows = read(a_report(totals=None), a_report(title="=Sum", rows=(), totals=None))
    assert [len(row) for row in rows] == [1, 9, 9, 9, 9, 0, 1, 9]
    assert (rows[0], rows[6]) == (["Queues"], ["'=Sum"])


def test_no_text_is_a_formula_and_all_come_back_as_they_were() -> None:
    titles, *rows, totals = read(an_evil_report())
    for text in (*titles, *(cell for row in rows for cell in row[:2]), totals[0]):
        assert not text.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
    whole = [text.encode(errors="replace").decode() for text in EVIL]
    assert [text_of(row[0]) for row in rows] == whole
    assert [row[2] for row in rows[:3]] == ["0", "-1", "-2"], "a number is left alone"


def test_a_telephone_number_comes_back() -> None:
    assert guarded("+4912345") == "'+4912345"
    assert guarded("0123") == "0123"
    for text in ("+4912345", "0123", "'+1", "''", "'", ""):
        assert text_of(guarded(text)) == text
