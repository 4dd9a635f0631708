"""Call logs of every kind, the broken ones too: what is counted, and what is said of the rest."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbx.notes import Segment
from pbx.service.planning.call_counts import Counts, count, is_counts, read_counts
from pbx.service.planning.call_logs import LINE_MAX, SHOWN_MAX, CallLog, CallLogError
from pbx.service.planning.call_rows import BANK_HEADING, LoggedCall
from tests.pbx.service.planning.logs_of_calls import (
    MONDAY,
    bank_days,
    bank_log,
    bank_row,
    cdr_row,
    text_log,
)
from tests.pbx.service.record.call_notes import START_MS, closed
from tests.pbx.service.record.store_site import Site
from tests.shared import needs


def calls_of(path: Path) -> list[LoggedCall]:
    return list(CallLog(path))


# ---- the bank log --------------------------------------------------------------------------------


def test_the_bank_log_says_who_asked_for_an_agent(tmp_path: Path):
    path = bank_log(
        tmp_path,
        [
            bank_row(MONDAY, 36_000, ivr=20),
            bank_row(MONDAY, 36_001, outcome="HANG", wait=33, talk=0, agent=""),
            bank_row(MONDAY, 36_002, outcome="HANG", queued=0, wait=0, talk=0, agent=""),
            bank_row(MONDAY, 36_003, outcome="PHANTOM"),
        ],
    )
    assert calls_of(path) == [
        LoggedCall(MONDAY, 36_020, "PS", "answered", 10, 180, "A001"),
        LoggedCall(MONDAY, 36_001, "PS", "abandoned", 33, -1, ""),
    ]


def test_a_call_that_leaves_the_menu_past_midnight_is_the_next_day_s(tmp_path: Path):
    path = bank_log(tmp_path, [bank_row(MONDAY, 86_390, ivr=20)])
    (call,) = calls_of(path)
    assert (call.day, call.second) == (MONDAY + timedelta(1), 10)


def test_the_whole_bank_log_has_the_counts_that_were_taken_of_it():
    counted = read_counts(needs("data/bank1999_arrivals_15min_jan_jul.csv"), 900)
    counts = count(CallLog(needs("data/bank1999_calls_mar_may.csv")), interval_s=900)
    history = counts.history()
    start = (history.first - counted.first).days
    assert (history.counts == counted.counts[start : start + history.days]).all()
    assert counts.outcomes["abandoned"] == 21_395
    assert counts.patience_s == pytest.approx(379, abs=0.1)


# ---- Master.csv ----------------------------------------------------------------------------------


@pytest.mark.parametrize("heading", [(), ("accountcode,src,dst" + ",x" * 15,)])
def test_master_csv_counts_calls_of_queues(tmp_path: Path, heading: tuple[str, ...]):
    path = text_log(
        tmp_path,
        *heading,
        cdr_row("2026-08-03 10:00:00"),
        cdr_row("2026-08-03 10:00:05", agent=""),
        cdr_row("2026-08-03 10:00:06", app="Dial"),
    )
    assert calls_of(path) == [
        LoggedCall(MONDAY, 36_000, "sales", "answered", -1, -1, "2001"),
        LoggedCall(MONDAY, 36_005, "sales", "abandoned", -1, -1, ""),
    ]
    counts = count(CallLog(path), interval_s=1800)
    assert (counts.aht_s, counts.patience_s) == (None, None)  # it does not know waits


# ---- our own record ------------------------------------------------------------------------------


def recorded(folder: Path, *notes: object) -> Path:
    site = Site(folder)
    site.keep(notes)  # type: ignore[arg-type]
    site.wait_for(len(notes))
    site.store.close()
    return site.path


def test_our_record_has_a_row_for_each_visit_to_a_queue(tmp_path: Path):
    at = START_MS
    visits = (
        Segment("wait", "sales", "", at, at + 8_000),
        Segment("talk", "sales", "2001", at + 8_000, at + 38_000),
        Segment("wait", "support", "", at + 38_000, at + 50_000),
        Segment("talk", "support", "2002", at + 50_000, at + 70_000),
        Segment("hold", "support", "2002", at + 70_000, at + 80_000),
        Segment("talk", "support", "2002", at + 80_000, at + 90_000),
    )
    gone = (Segment("wait", "sales", "", at, at + 25_000),)
    path = recorded(
        tmp_path,
        closed(1, segments=visits),
        closed(2, segments=gone, outcome="abandoned", agent=""),
        closed(3, segments=gone, outcome="overflowed", agent=""),
        closed(4, segments=()),
    )
    calls = list(CallLog(path, zone=ZoneInfo("UTC")))
    assert [(c.queue, c.outcome, c.wait_s, c.handle_s, c.agent) for c in calls] == [
        ("sales", "answered", 8, 30, "2001"),
        ("support", "answered", 12, 40, "2002"),
        ("sales", "abandoned", 25, -1, ""),
        ("sales", "other", 25, -1, ""),
    ]
    assert calls[0].day == datetime.fromtimestamp(at / 1000, UTC).date()


@pytest.mark.parametrize(
    ("wall", "hour"),
    [  # Berlin's 2026: 2:00 to 3:00 is left out in March, comes twice in October
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), 1),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), 3),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 2),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 2),
    ],
)
def test_times_are_read_off_the_wall_clock(tmp_path: Path, wall: datetime, hour: int):
    at = int(wall.timestamp() * 1000)
    visit = (Segment("wait", "sales", "", at, at + 1000),)
    path = recorded(tmp_path, closed(1, segments=visit, outcome="abandoned", agent=""))
    (call,) = CallLog(path, zone=ZoneInfo("Europe/Berlin"))
    assert (call.day, call.second) == (wall.date(), hour * 3600 + 1800)


def test_a_database_of_something_else_is_refused(tmp_path: Path):
    with sqlite3.connect(tmp_path / "pbx.db") as db:
        db.execute("CREATE TABLE other (a)")
    db.close()
    with pytest.raises(CallLogError, match="no database of this exchange"):
        calls_of(tmp_path / "pbx.db")


def test_a_damaged_database_is_said_to_be_one(tmp_path: Path):
    path = tmp_path / "pbx.db"
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    with pytest.raises(CallLogError, match="no database"):
        calls_of(path)


# ---- what is wrong with logs ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "row",
    [
        bank_row("1999-13-01", 36_000),
        bank_row("0001-01-01", 36_000),
        bank_row(MONDAY, -5),
        bank_row(MONDAY, "nan"),
        bank_row(MONDAY, "1e300"),
        bank_row(MONDAY, "ten"),
        bank_row(MONDAY, 36_000, outcome="SOLD"),
        bank_row(MONDAY, 36_000, wait=""),
        bank_row(MONDAY, 36_000) + ",more",
        "half a row",
        '"an open quote,1,2',
        "\0\0\0",
        "x" * (LINE_MAX + 10),
    ],
)
def test_a_broken_row_is_counted_and_told_by_its_line(tmp_path: Path, row: str):
    path = bank_log(tmp_path, [bank_row(MONDAY, 36_000)] * 3 + [row] + [bank_row(MONDAY, 1)] * 3)
    log = CallLog(path)
    assert len(list(log)) == 6
    assert log.broken >= 1 and log.shown[0].startswith("line 5: ")


def test_only_the_first_broken_rows_are_shown(tmp_path: Path):
    path = bank_log(tmp_path, [bank_row(MONDAY, 1), "broken"] * 100)
    log = CallLog(path)
    assert len(list(log)) == 100
    assert (log.broken, len(log.shown)) == (100, SHOWN_MAX)


def test_a_log_mostly_of_broken_rows_is_refused(tmp_path: Path):
    path = bank_log(tmp_path, ["broken"] * 3 + [bank_row(MONDAY, 1)])
    with pytest.raises(CallLogError, match="3 of 4 rows are no calls: line 2"):
        calls_of(path)


@pytest.mark.parametrize("text", ["", f"{BANK_HEADING}\n"])
def test_an_empty_log_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "empty.csv"
    path.write_text(text)
    with pytest.raises(CallLogError, match="the log is empty"):
        calls_of(path)


def test_what_is_no_log_at_all_is_refused(tmp_path: Path):
    path = text_log(tmp_path, "dear sir,", "please find enclosed")
    with pytest.raises(CallLogError, match=r"neither pbx.db, Master.csv nor queue_log"):
        calls_of(path)
    with pytest.raises(CallLogError, match="No such file"):
        calls_of(tmp_path / "nowhere")


def test_a_log_from_a_windows_program_is_read(tmp_path: Path):
    path = bank_log(tmp_path, [bank_row(MONDAY, 36_000)])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(calls_of(path)) == 1


@pytest.mark.long
def test_a_million_rows_are_read_in_little_memory_and_told_of(tmp_path: Path):
    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write(f"{BANK_HEADING}\n")
        for n in range(1000):
            file.write(f"{bank_row(MONDAY + timedelta(n % 300), n)}\n" * 1000)
    told: list[float] = []
    log = CallLog(path, on_progress=told.append)
    counts = count(log, interval_s=1800)
    assert log.rows == counts.calls == 1_000_000
    assert len(counts.days) == 300
    assert len(told) == 50 and told == sorted(told) and told[-1] == pytest.approx(1, abs=0.01)


# ---- counts --------------------------------------------------------------------------------------


def test_counts_are_by_interval_and_queue(tmp_path: Path):
    path = bank_log(
        tmp_path,
        [bank_row(MONDAY, 1799), bank_row(MONDAY, 1800), bank_row(MONDAY, 1800, type="NE")],
    )
    assert count(CallLog(path), interval_s=1800).days[MONDAY][:2].tolist() == [1, 2]
    one = count(CallLog(path), interval_s=1800, queue="NE")
    assert one.calls == 1 and dict(one.queues) == {"PS": 2, "NE": 1}
    assert one.history().counts.sum() == 1
    with pytest.raises(ValueError, match="'NW': there are NE PS"):
        count(CallLog(path), interval_s=1800, queue="NW").history()


def test_a_line_left_open_for_hours_is_no_handle_time(tmp_path: Path):
    path = bank_log(tmp_path, [bank_row(MONDAY, 1, talk=100), bank_row(MONDAY, 2, talk=30_000)])
    assert count(CallLog(path), interval_s=1800).aht_s == 100


def test_days_without_calls_are_in_the_history(tmp_path: Path):
    path = bank_log(tmp_path, [bank_row(MONDAY, 1), bank_row(MONDAY + timedelta(3), 1)])
    assert count(CallLog(path), interval_s=3600).history().counts.sum(1).tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize("interval_s", [300, 600, 900, 1200, 1800, 3600])
def test_intervals_divide_the_day(interval_s: int, tmp_path: Path):
    counted = count(CallLog(bank_log(tmp_path, [bank_row(MONDAY, 86_399)])), interval_s=interval_s)
    assert counted.history().counts.tolist() == [[0] * (86_400 // interval_s - 1) + [1]]


@pytest.mark.parametrize("interval_s", [0, 299, 1000, 1201, 7200])
def test_others_are_none(interval_s: int):
    with pytest.raises(ValueError, match=f"intervals of {interval_s} s"):
        Counts(interval_s)


@pytest.mark.parametrize(("seconds", "aht_s"), [(14_400, 7_250), (14_401, 100)])
def test_a_handle_time_of_four_hours_is_the_longest(tmp_path: Path, seconds: int, aht_s: int):
    path = bank_log(tmp_path, [bank_row(MONDAY, 1, talk=100), bank_row(MONDAY, 2, talk=seconds)])
    assert count(CallLog(path), interval_s=1800).aht_s == aht_s


def test_a_file_of_counts_is_added_up_to_the_interval(tmp_path: Path):
    heading = "date," + ",".join(f"q{n:02}" for n in range(96))
    path = text_log(tmp_path, heading, f"{MONDAY}," + ",".join(["1", "2"] * 48), name="counts.csv")
    assert is_counts(path) and not is_counts(bank_days(tmp_path, 1))
    assert read_counts(path, 1800).counts.tolist() == [[3.0] * 48]
    assert read_counts(path, 900).first == date(2026, 8, 3)
    with pytest.raises(CallLogError, match="96 intervals a day are no 300 s"):
        read_counts(path, 300)


def test_every_broken_line_of_counts_is_told(tmp_path: Path):
    heading = "date," + ",".join(f"q{n:02}" for n in range(48))
    path = text_log(tmp_path, heading, "monday,1", f"{MONDAY},1,2", name="counts.csv")
    with pytest.raises(CallLogError, match=r"line 2: .*; line 3: "):
        read_counts(path, 1800)
    with pytest.raises(CallLogError, match="no calls"):
        read_counts(text_log(tmp_path, heading, name="none.csv"), 1800)
