"""Reports on a terminal."""

from __future__ import annotations

from pbx.service.reporting.shown import CUT
from pbx.service.reporting.terminal import TEXT_MAX, write
from pbx.service.text_table import cells
from tests.pbx.reports.samples import COLUMNS, a_report, an_evil_report

SHORT = {"columns": (COLUMNS[0], *COLUMNS[4:7]), "charts": ()}


def test_numbers_stand_at_the_right_below_titles_and_above_notes() -> None:
    rows = (("sales", 120, 8.5, 0.8125), ("客户服务", 1234, 3723.0, None))
    text = write([a_report(**SHORT, rows=rows, totals=(None, 1354, 99.6, 1.0))], "en").decode()
    assert text.splitlines() == [
        "Queues",
        "2026-11-23 to 2026-11-25",
        "made 2026-11-18 12:06:40 (Europe/Berlin), at event 4711",
        "",
        "Queue     Offered  Mean wait  Service level",
        "sales         120       0:09          81.2%",
        "客户服务    1,234    1:02:03              -",
        "Total       1,354       1:40         100.0%",
        "Calls to a closed queue are left out.",
    ]


def test_chinese_titles_are_two_cells_wide() -> None:
    lines = write([a_report()], "zh").decode().splitlines()
    assert lines[0] == "队列报表"
    assert lines[4].startswith("队列      日期        开始   首个来电")
    assert lines[-2].startswith("合计")
    assert len({cells(line) for line in lines[4:-1]}) == 1


def test_reports_stand_below_each_other_and_an_empty_one_says_so() -> None:
    text = write([a_report(), a_report(**SHORT, rows=(), totals=None, notes=())], "en").decode()
    assert text.count("Queues\n") == 2
    assert text.endswith("Queue  Offered  Mean wait  Service level\nNo rows.\n")


def test_a_text_is_one_short_line_whatever_is_in_it() -> None:
    text = write([an_evil_report()], "en").decode()
    assert "\x1b" not in text and "\x00" not in text and "\u202e" not in text
    assert "n" * (TEXT_MAX - 1) + CUT in text and "n" * TEXT_MAX not in text
    assert "王" * ((TEXT_MAX - 1) // 2) + CUT in text and "王" * (TEXT_MAX // 2) not in text
    assert len(text.splitlines()) == 4 + 1 + len(an_evil_report().rows) + 2
