"""The store on real files: rows, views and logs of calls; disks that refuse; damage; two starts."""

from __future__ import annotations

import contextlib
import csv
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pbx import notes
from pbx.service.record.store import Store, StoreError, read_only
from tests.pbx.service.record.call_notes import NOTES_PER_CALL, START_MS, call_of, closed, notes_of
from tests.pbx.service.record.small_disk import no_file_above
from tests.pbx.service.record.store_site import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.store.close()


def calls(first: int, last: int) -> Iterator[notes.Note]:
    for n in range(first, last + 1):
        yield from notes_of(n)


def test_a_call_becomes_its_rows_and_lines(site: Site) -> None:
    site.keep(notes_of(7))
    start = START_MS / 1000 + 0.07
    names = (call_of(7), "in", "trunk:gw", "13800138000", "4001", "gw", "sales", "2001")
    figures = (start, start, start + 8, start + 68, "answered", 16, "caller", 8.0, 60.0, 0.0, "")
    row = (*names, *figures, "Li Na", "201", "7@192.0.2.1")
    assert site.rows("SELECT * FROM calls") == [row]
    kinds = site.rows("SELECT n, kind, queue, agent, ended - started FROM segments ORDER BY n")
    assert kinds == [
        (1, "wait", "sales", "", pytest.approx(8)),
        (2, "ring", "sales", "2001", pytest.approx(3)),
        (3, "talk", "sales", "2001", pytest.approx(60)),
    ]
    assert site.rows("SELECT seq, type, call FROM events WHERE seq IN (1, 2)") == [
        (1, "CallOpened", call_of(7)),
        (2, "QueueEntered", call_of(7)),
    ]
    assert site.rows("SELECT count(*) FROM events") == [(NOTES_PER_CALL - 1,)]
    events = [line.split("|")[4] for line in site.lines("queue_log")]
    assert events == ["ENTERQUEUE", "CONNECT", "COMPLETECALLER"]
    [line] = csv.reader(site.lines("Master.csv"))
    assert (line[1], line[6], line[16]) == ("13800138000", "Agent/2001-00000007", call_of(7))


QUEUE = {"dcontext": "gw", "channel": "SIP/gw-00000000", "lastapp": "Queue", "lastdata": "sales"}
DIRECT = {"queue": "", "agent": "", "direction": "internal", "source": "extension:202"}
UNANSWERED = {"answered_wall_ms": -1, "connected_wall_ms": -1}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {**QUEUE, "dstchannel": "Agent/2001-00000000", "disposition": "ANSWERED"}),
        (
            {"outcome": "abandoned", "agent": "", "extension": ""},
            {**QUEUE, "dstchannel": "", "disposition": "ANSWERED", "billsec": 68},
        ),
        (
            DIRECT,
            {"dcontext": "extensions", "channel": "SIP/202-00000000", "lastapp": "Dial"}
            | {"lastdata": "SIP/201", "dstchannel": "SIP/201-00000000", "disposition": "ANSWERED"},
        ),
        ({**DIRECT, **UNANSWERED, "outcome": "busy"}, {"disposition": "BUSY", "billsec": 0}),
        ({**DIRECT, **UNANSWERED, "outcome": "no_answer"}, {"disposition": "NO ANSWER"}),
        ({**DIRECT, **UNANSWERED, "outcome": "abandoned"}, {"disposition": "NO ANSWER"}),
        ({**DIRECT, **UNANSWERED, "outcome": "failed"}, {"disposition": "FAILED", "answer": None}),
        ({**DIRECT, **UNANSWERED, "outcome": "refused"}, {"disposition": "FAILED"}),
        (
            {**DIRECT, "direction": "out", "extension": "", "trunk": "gw"},
            {"lastdata": "SIP/4001@gw", "dstchannel": "SIP/gw-00000000"},
        ),
        ({"name": 'Li "L" Na'}, {"clid": '"Li L Na" <13800138000>'}),
        ({"name": ""}, {"clid": "13800138000"}),
        ({"ended_wall_ms": START_MS + 2_999}, {"duration": 2, "billsec": 2}),
        ({"ended_wall_ms": START_MS + 3_000}, {"duration": 3, "billsec": 3}),
        (
            {"answered_wall_ms": START_MS + 1_001, "ended_wall_ms": START_MS + 3_000},
            {"duration": 3, "billsec": 1},
        ),
    ],
)
def test_the_cdr_says_what_asterisk_would(
    site: Site, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    site.keep([closed(0, **fields)])
    with contextlib.closing(read_only(site.path)) as db:
        db.row_factory = sqlite3.Row
        row = dict(db.execute("SELECT * FROM cdr").fetchone())
    assert {name: row[name] for name in expected} == expected
    assert row["uniqueid"] == call_of(0)
    assert row["start"] == START_MS / 1000


def test_a_note_is_committed_soon_and_told_only_then(tmp_path: Path) -> None:
    seen: list[int] = []
    site = Site(tmp_path, lambda: seen.append(len(site.rows("SELECT id FROM calls"))))
    site.store.start(1)
    started = time.monotonic()
    site.store.put(1, closed(1))
    site.wait_for(1)
    waited = time.monotonic() - started
    assert seen == [0]
    assert len(site.rows("SELECT id FROM calls")) == 1
    assert site.store.last_seq == 1
    site.store.close()
    assert waited < 2  # <= 100 ms where the machine is ours


def test_a_second_start_goes_on_and_ignores_what_is_committed(site: Site) -> None:
    site.keep(calls(1, 3))
    logs = site.lines("queue_log"), site.lines("Master.csv")
    again = site.open()
    assert (again.last_seq, again.last_epoch) == (3 * NOTES_PER_CALL, 1)
    again.start(2)
    for seq, note in enumerate(calls(1, 4), 1):
        again.put(seq, note)
    again.close()
    assert site.rows("SELECT count(*) FROM calls") == [(4,)]
    assert site.lines("queue_log")[:-3] == logs[0]
    assert site.lines("Master.csv")[:-1] == logs[1]
    assert site.open().last_epoch == 2


def test_writing_a_note_twice_changes_no_row(site: Site) -> None:
    site.keep(calls(1, 2))
    before = site.rows("SELECT * FROM calls"), site.rows("SELECT * FROM segments")
    with contextlib.closing(sqlite3.connect(site.path)) as db:
        db.execute("UPDATE meta SET value = '0' WHERE key = 'last_seq'")
        db.commit()
    site.open()
    site.keep(calls(1, 2))
    assert (site.rows("SELECT * FROM calls"), site.rows("SELECT * FROM segments")) == before
    assert site.rows("SELECT count(*) FROM events") == [(2 * (NOTES_PER_CALL - 1),)]


def test_wrap_up_joins_the_segments_of_its_call_before_or_after_its_end(site: Site) -> None:
    wrap_up = notes.WrapUpEnded(call_of(1), "sales", "2001", START_MS, START_MS + 10_000)
    site.keep([wrap_up, *notes_of(1), wrap_up])
    kinds = [kind for (kind,) in site.rows("SELECT kind FROM segments ORDER BY call, n")]
    assert kinds == ["wait", "ring", "talk", "wrap_up", "wrap_up"]


def test_nothing_is_committed_before_the_journal_is_safe(tmp_path: Path) -> None:
    is_safe = threading.Event()

    def sync() -> None:
        if not is_safe.is_set():
            raise OSError(28, "unused")

    site = Site(tmp_path, sync)
    site.store.start(1)
    site.store.put(1, closed(1))
    text = site.wait_for_alarm("record_disk")
    assert "No space left on device; fix: free space" in text
    assert site.rows("SELECT count(*) FROM calls") == [(0,)]
    is_safe.set()
    site.wait_for(1)
    site.store.close()
    assert site.rows("SELECT count(*) FROM calls") == [(1,)]


def test_ten_thousand_calls_wait_out_a_full_disk_and_none_is_lost(site: Site) -> None:
    site.store.start(1)
    last = 10_000
    with no_file_above(300_000):
        for n in range(1, last + 1):
            site.store.put(n, closed(n))
        text = site.wait_for_alarm("record_disk")
        assert "calls go on, their records wait in memory" in text
        assert len(site.rows("SELECT id FROM calls")) < last
    site.wait_for(last)
    site.wait_for_alarm("record_whole")
    site.store.close()
    assert site.rows("SELECT count(*), min(id), max(id) FROM calls") == [
        (last, call_of(1), call_of(last))
    ]
    assert [row[16] for row in csv.reader(site.lines("Master.csv"))] == [
        call_of(n) for n in range(1, last + 1)
    ]
    assert site.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_disk_that_is_full_to_the_end_does_not_hold_up_the_end(site: Site) -> None:
    site.store.start(1)
    site.store.put(1, closed(1))
    site.wait_for(1)
    with no_file_above(1):
        site.store.put(2, closed(2))
        site.wait_for_alarm("record_disk")
        site.store.close()
    assert "stopped with 1 notes unwritten" in site.wait_for_alarm("record_unwritten")
    assert len(site.lines("Master.csv")) == 1
    site.open()
    site.keep(calls(1, 1), first=2)
    assert site.store.last_seq == 1 + NOTES_PER_CALL


def test_past_the_limit_figures_are_lost_before_calls(site: Site) -> None:
    site.store.close()
    site.open(held_max=10)
    figure = notes.DeviceChanged("201", True, START_MS)
    for seq in range(1, 12):
        site.store.put(seq, figure)
    for seq in range(12, 30):
        site.store.put(seq, closed(seq))
    assert site.alarms[0][0] == "record_lost"
    assert len(site.alarms) == 1
    site.store.start(1)
    site.wait_for(21)
    site.store.close()
    assert site.rows("SELECT count(*) FROM events") == [(10,)]
    assert site.rows("SELECT count(*) FROM calls") == [(10,)]


@pytest.mark.parametrize(
    "bad", [closed(5, cause=1 << 70), closed(5, name="\0", cause=None), closed(5, segments=None)]
)
def test_a_note_that_no_table_takes_costs_only_itself(site: Site, bad: notes.Note) -> None:
    site.keep([*calls(1, 2), bad, *calls(3, 4)])
    assert [name for name, _ in site.alarms] == ["record_fault"]
    assert call_of(5) in site.alarms[0][1]
    assert site.rows("SELECT count(*) FROM calls") == [(4,)]
    assert len(site.lines("Master.csv")) == 4
    assert len(site.lines("queue_log")) == 12


def test_a_log_that_is_rotated_goes_on_in_a_new_file(site: Site) -> None:
    site.store.start(1)
    site.store.put(1, closed(1))
    site.wait_for(1)
    log = site.path.parent / "asterisk" / "Master.csv"
    log.rename(log.with_name("Master.csv.1"))
    site.store.put(2, closed(2))
    site.wait_for(2)
    site.store.close()
    assert len(site.lines("Master.csv")) == len(site.lines("Master.csv.1")) == 1


def test_after_damage_the_calls_come_again_but_not_their_lines(site: Site) -> None:
    site.keep(calls(1, 3))
    with contextlib.closing(sqlite3.connect(site.path)) as db:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'events'"
        root = db.execute(query).fetchone()[0]
    data = bytearray(site.path.read_bytes())
    data[(root - 1) * 4096 : root * 4096] = bytes([0xFF]) * 4096
    site.path.write_bytes(data)
    site.open()
    assert site.store.last_seq == 0
    assert site.store.last_epoch == 1
    site.keep(calls(1, 4))
    assert site.rows("SELECT count(*) FROM calls") == [(4,)]
    assert len(site.lines("Master.csv")) == 4
    assert len(site.lines("queue_log")) == 12


def test_damage_under_our_hands_costs_the_old_rows_but_no_new_call(site: Site) -> None:
    site.store.start(1)
    site.store.put(1, closed(1))
    site.wait_for(1)
    with contextlib.closing(sqlite3.connect(site.path)) as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_master SET rootpage = 77777 WHERE name = 'calls'")
        db.execute("PRAGMA schema_version = 1000")
        db.commit()
    site.store.put(2, closed(2))
    site.wait_for(2)
    site.store.close()
    assert site.rows("SELECT id FROM calls") == [(call_of(2),)]
    assert len(site.lines("Master.csv")) == 2
    assert "database_damaged" in dict(site.alarms)


def test_a_store_in_use_is_refused_with_a_way_out(site: Site) -> None:
    with pytest.raises(StoreError, match="another pbx does; fix: stop it"):
        Store(site.path, on_committed=print, on_alarm=print)


def test_logs_that_cannot_be_written_are_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "asterisk").write_text("")
    with pytest.raises(StoreError, match=f"cannot write {tmp_path / 'asterisk'}: .*; fix: "):
        Store(tmp_path / "pbx.db", on_committed=print, on_alarm=print)


def test_a_store_that_was_never_started_closes(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.store.put(1, closed(1))
    site.store.close()
    assert site.rows("SELECT count(*) FROM calls") == [(0,)]
