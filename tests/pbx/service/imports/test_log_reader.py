"""Which log a file is, what is counted of it, and what is refused before anything is written."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbx.notes import (
    AgentChanged,
    CallOpened,
    Offered,
    OfferEnded,
    QueueEntered,
    QueueLeft,
    TalkEnded,
    TalkStarted,
)
from pbx.service.imports.log_reader import CELL_MAX, LOOK_ROWS, REPEATS_MAX, LogReader, fingerprint
from pbx.service.imports.past_call import Item
from pbx.service.planning.call_logs import CallLogError
from pbx.service.planning.call_rows import BANK_HEADING
from tests.pbx.service.planning.logs_of_calls import MONDAY, bank_log, bank_row, cdr_row, text_log

UTC = ZoneInfo("UTC")
TEN = 1_785_751_200  # 2026-08-03 10:00:00 UTC
VISIT = (
    f"{TEN}|c1|sales|NONE|ENTERQUEUE||5551000|1",
    f"{TEN + 9}|c1|sales|Agent/2002|RINGNOANSWER|4000",
    f"{TEN + 20}|c1|sales|Agent/2001|CONNECT|20|c1|6",
    f"{TEN + 80}|c1|sales|Agent/2001|COMPLETECALLER|20|60|1",
)


def read(path: Path, **other: object) -> tuple[LogReader, list[Item]]:
    log = LogReader(path, zone=UTC, **other)  # type: ignore[arg-type]
    log.look()
    return log, list(log.items())


def ids(items: list[Item]) -> list[str]:
    return [each.record.call for each in items if each.record]


def test_a_call_leaves_the_notes_and_the_record_that_ours_would(tmp_path: Path) -> None:
    log, (item,) = read(text_log(tmp_path, *VISIT, name="queue_log"), source="old")
    kinds = [type(note) for note in item.notes if "Agent" not in type(note).__name__]
    assert kinds == [
        CallOpened, QueueEntered, Offered, OfferEnded, Offered, TalkStarted, QueueLeft, TalkEnded,
    ]  # fmt: skip
    stood = [(note.state, note.wall_ms) for note in item.notes if isinstance(note, AgentChanged)]
    assert stood == [("talking", (TEN + 20) * 1000), ("ready", (TEN + 80) * 1000)]
    record = item.record
    assert record is not None
    assert (record.call, record.source, record.outcome) == ("old:c1", "import:old", "answered")
    assert (record.wait_ms, record.talk_ms, record.agent) == (20_000, 60_000, "2001")
    assert [segment.kind for segment in record.segments] == ["wait", "ring", "ring", "talk"]
    assert (log.tally.rows, log.tally.calls, log.tally.broken) == (4, 1, 0)


@pytest.mark.parametrize(
    ("name", "lines", "kind"),
    [
        ("queue_log", VISIT, "queue_log"),
        ("Master.csv", (cdr_row("2026-08-03 10:00:00"),), "Master.csv"),
        ("bank.csv", (BANK_HEADING, bank_row(MONDAY, 36_000)), "bank"),
    ],
)
def test_a_log_is_known_by_how_it_begins(
    tmp_path: Path, name: str, lines: tuple[str, ...], kind: str
) -> None:
    log, items = read(text_log(tmp_path, *lines, name=name))
    assert (log.kind, len(ids(items))) == (kind, 1)


def test_any_other_file_is_read_by_the_columns_told(tmp_path: Path) -> None:
    path = text_log(tmp_path, "when;no", "when,line", "2026-08-03 10:00:00,sales", name="a.csv")
    with pytest.raises(CallLogError, match="no column 'when'"):
        LogReader(path, columns="start=when")
    path = text_log(tmp_path, "when,line", "2026-08-03 10:00:00,sales", name="a.csv")
    _, items = read(path, columns="start=when,queue=2")
    assert items[0].record is not None and items[0].record.queue == "sales"


@pytest.mark.parametrize(
    "lines", [(), ("",), ("SQLite format 3\0",), ("a,b,c",), ('"' * 3,), ("\udcff\udcfe" * 9,)]
)
def test_a_file_that_is_no_log_is_refused_with_what_was_expected(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    with pytest.raises(CallLogError, match="expected queue_log"):
        LogReader(text_log(tmp_path, *lines))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for use in (LogReader, fingerprint):
        with pytest.raises(CallLogError, match="No such file"):
            use(tmp_path / "none")


def test_a_heading_alone_is_an_empty_log(tmp_path: Path) -> None:
    with pytest.raises(CallLogError, match="empty"):
        read(bank_log(tmp_path, []))


def test_broken_rows_are_counted_and_the_first_are_told(tmp_path: Path) -> None:
    rows = [bank_row(MONDAY, n) for n in range(50)]
    rows[10:10] = ["x"] * 30
    log, items = read(bank_log(tmp_path, rows))
    assert (len(ids(items)), log.tally.rows, log.tally.broken) == (50, 80, 30)
    assert log.tally.shown[0] == "line 12: 1 fields, not 10"
    assert len(log.tally.shown) == 20


def test_a_file_that_begins_with_mostly_broken_rows_is_refused(tmp_path: Path) -> None:
    rows = [bank_row(MONDAY, n) for n in range(LOOK_ROWS // 2 - 1)]
    with pytest.raises(CallLogError, match="501 of its first 1000 rows make no sense: line"):
        read(bank_log(tmp_path, ["x"] * (LOOK_ROWS // 2 + 1) + rows))
    read(bank_log(tmp_path, ["x"] * (LOOK_ROWS // 2) + rows + rows[:1]))


def test_a_field_longer_than_any_is_broken(tmp_path: Path) -> None:
    rows = [bank_row(MONDAY, 1, type="q" * length) for length in (CELL_MAX, CELL_MAX + 1)]
    log, items = read(bank_log(tmp_path, rows))
    assert (len(ids(items)), log.tally.broken) == (1, 1)


def test_control_characters_do_not_come_in(tmp_path: Path) -> None:
    _, items = read(bank_log(tmp_path, [bank_row(MONDAY, 1, agent="A\x1b[31m")]))
    assert items[0].record is not None and items[0].record.agent == "A [31m"


def test_the_same_content_has_the_same_ids_and_a_row_that_comes_again_its_own(
    tmp_path: Path,
) -> None:
    row = bank_row(MONDAY, 36_000)
    first = ids(read(bank_log(tmp_path, [row, row]))[1])
    assert first[1] == f"{first[0]}-2"
    assert ids(read(bank_log(tmp_path, [row, bank_row(MONDAY, 9), row]))[1])[::2] == first


def test_names_that_are_remembered_do_not_fill_the_memory(tmp_path: Path) -> None:
    rows = [bank_row(MONDAY, n % 80_000, wait=n) for n in range(REPEATS_MAX + 2)]
    log, items = read(bank_log(tmp_path, [*rows, rows[0]]))
    assert len(ids(items)) == REPEATS_MAX + 3
    assert len(log._names) == REPEATS_MAX


def test_what_a_growing_file_gets_meanwhile_is_left_for_later(tmp_path: Path) -> None:
    path = bank_log(tmp_path, [bank_row(MONDAY, 1)])
    size = fingerprint(path).size
    with path.open("a") as file:
        file.write(bank_row(MONDAY, 2) + "\n")
    assert len(ids(read(path, size=size)[1])) == 1


def test_a_log_of_too_many_rows_is_refused(tmp_path: Path) -> None:
    log = LogReader(bank_log(tmp_path, [bank_row(MONDAY, n) for n in range(3)]))
    assert len(list(log.items(3))) == 3
    with pytest.raises(CallLogError, match="more than 2 rows; give it in parts"):
        list(log.items(2))
