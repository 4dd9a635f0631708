"""Reading the journal: torn at every byte, damaged anywhere, from any number or note."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx import events
from pbx.codec import Digest, Record, Snapshot, encode_record
from pbx.service.journal import reader as journal_files
from pbx.service.journal.reader import JournalDamaged, file_name, frame, frames, read

RECORDS = [
    Record(0, 0, 1, Snapshot(b"state", 0, "a")),
    Record(1, 10, 1, events.CallArrived(1, "trunk:gw", "\x94" * 8, "4001", dialog=b"\x94" * 40)),
    Record(1, 10, 1, Digest(5)),
    Record(2, 20, 1, None),
    Record(3, 30, 1, events.Held(7)),
]
WHOLE = b"".join(frame(encode_record(record)) for record in RECORDS)
ENDS = [0, *(end for _, end in frames(WHOLE))]


def a_file(folder: Path, data: bytes = WHOLE, *, epoch: int = 1, number: int = 1) -> Path:
    path = folder / file_name(epoch, number)
    path.write_bytes(data)
    return path


def a_later_file(folder: Path, number: int, *, seq: int, epoch: int = 1) -> Path:
    """A file that begins with `number` and holds two facts."""
    records = [
        Record(number - 1, 100, epoch, Snapshot(b"", seq, "a")),
        Record(number, 100, epoch, None),
        Record(number + 1, 100, epoch, None),
    ]
    data = b"".join(frame(encode_record(record)) for record in records)
    return a_file(folder, data, epoch=epoch, number=number)


def test_a_file_reads_as_it_was_written(tmp_path: Path) -> None:
    assert list(read(a_file(tmp_path))) == RECORDS


def test_a_file_torn_at_any_byte_reads_to_its_last_whole_record(tmp_path: Path) -> None:
    for cut in range(len(WHOLE)):
        whole = sum(end <= cut for end in ENDS[1:])
        assert list(read(a_file(tmp_path, WHOLE[:cut]))) == RECORDS[:whole], f"cut at {cut}"


def test_zeros_behind_the_end_are_a_torn_tail(tmp_path: Path) -> None:
    assert list(read(a_file(tmp_path, WHOLE + bytes(5_000)))) == RECORDS


def test_a_wrong_byte_anywhere_before_the_last_record_stops_the_reading_there(
    tmp_path: Path,
) -> None:
    for at in range(ENDS[-2]):
        data = WHOLE[:at] + bytes([WHOLE[at] ^ 0x55]) + WHOLE[at + 1 :]
        path = a_file(tmp_path, data)
        before = [record for record, end in zip(RECORDS, ENDS[1:], strict=True) if end <= at]
        records = read(path)
        assert [next(records) for _ in before] == before
        with pytest.raises(JournalDamaged, match=f"{path}: damaged at byte {ENDS[len(before)]}"):
            next(records)


def test_a_number_that_is_missing_within_a_file_is_damage(tmp_path: Path) -> None:
    data = WHOLE[: ENDS[3]] + WHOLE[ENDS[4] :]
    with pytest.raises(JournalDamaged, match="record 3 follows 1"):
        list(read(a_file(tmp_path, data)))


def test_a_file_without_a_snapshot_is_damage(tmp_path: Path) -> None:
    with pytest.raises(JournalDamaged, match="record 1 follows nothing"):
        list(read(a_file(tmp_path, WHOLE[ENDS[1] :])))


def test_a_record_of_a_later_version_is_named(tmp_path: Path) -> None:
    data = WHOLE + frame(b"\x94\x04\x1e\x01\x91\xabNotInvented")
    with pytest.raises(JournalDamaged, match="no record of this version"):
        list(read(a_file(tmp_path, data)))


def test_a_folder_reads_over_all_its_files_and_from_any_number(tmp_path: Path) -> None:
    a_file(tmp_path)
    a_later_file(tmp_path, 4, seq=30)
    a_later_file(tmp_path, 6, seq=50, epoch=2)
    numbers = [record.number for record in read(tmp_path)]
    assert numbers == [0, 1, 1, 2, 3, 3, 4, 5, 5, 6, 7]
    for number in range(8):
        assert [r.number for r in read(tmp_path, number)] == [n for n in numbers if n >= number]


def test_a_folder_that_is_empty_or_has_other_files_reads_as_nothing(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("")
    (tmp_path / "notes.log").write_text("mine")
    assert list(read(tmp_path)) == []
    assert journal_files.last_epoch(tmp_path) == 0


def test_a_start_reads_from_the_newest_snapshot_that_is_not_behind_the_database(
    tmp_path: Path,
) -> None:
    paths = [a_file(tmp_path), a_later_file(tmp_path, 4, seq=30), a_later_file(tmp_path, 6, seq=50)]
    assert journal_files.since_snapshot(tmp_path, 29) == paths
    assert journal_files.since_snapshot(tmp_path, 30) == paths[1:]
    assert journal_files.since_snapshot(tmp_path, 49) == paths[1:]
    assert journal_files.since_snapshot(tmp_path, 50) == paths[2:]


def test_a_start_passes_over_a_file_whose_snapshot_a_crash_tore(tmp_path: Path) -> None:
    paths = [
        a_file(tmp_path),
        a_file(tmp_path, WHOLE[:10], number=4),
        a_file(tmp_path, b"", number=6),
    ]
    assert journal_files.since_snapshot(tmp_path, 99) == paths
    assert list(read(paths)) == RECORDS


def test_a_start_without_its_database_reads_no_more_than_a_limit(tmp_path: Path) -> None:
    paths = [a_later_file(tmp_path, number, seq=number) for number in (11, 21, 31, 41)]
    size = paths[0].stat().st_size
    since = journal_files.since_snapshot
    assert since(tmp_path, 0) == paths
    assert since(tmp_path, 0, bytes_max=2 * size) == paths[1:]
    assert since(tmp_path, 0, bytes_max=0) == paths[3:]


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_any_bytes_are_torn_or_damaged_but_never_more(data: bytes) -> None:
    end = max((end for _, end in frames(data)), default=0)
    assert journal_files.is_torn(data, end) in (True, False)
