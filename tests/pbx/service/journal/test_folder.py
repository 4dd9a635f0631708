"""The journal's folder after a crash, and when it grows."""

from __future__ import annotations

import os
from pathlib import Path

from pbx.codec import Position, Record, Snapshot, encode_record
from pbx.service.journal.folder import JournalLimits, prune, repair
from pbx.service.journal.reader import file_name, files, frame, read

DAY_MS = 86_400_000
RECORDS = [Record(0, 0, 1, Snapshot(b"", 0, "a")), *(Record(n, n * 10, 1) for n in (1, 2, 3))]
FRAMES = [frame(encode_record(record)) for record in RECORDS]
WHOLE = b"".join(FRAMES)
LAST_AT = len(WHOLE) - len(FRAMES[-1])


def a_file(folder: Path, data: bytes = WHOLE, number: int = 1) -> Path:
    path = folder / file_name(1, number)
    path.write_bytes(data)
    return path


def test_a_torn_tail_is_cut_at_the_last_whole_record_wherever_it_tore(tmp_path: Path) -> None:
    for size in range(LAST_AT + 1, len(WHOLE)):
        path = a_file(tmp_path, WHOLE[:size])
        alarms: list[tuple[str, ...]] = []
        assert repair(tmp_path, lambda *alarm, to=alarms: to.append(alarm)) == Position(2, 20)
        assert path.stat().st_size == LAST_AT
        text = f"{path}: {size - LAST_AT} bytes behind the last record were cut off"
        assert alarms == [("journal_torn", text)]


def test_a_whole_file_is_left_alone_without_a_word(tmp_path: Path) -> None:
    a_file(tmp_path)
    assert repair(tmp_path, lambda *alarm: 1 / 0) == Position(3, 30)
    assert list(read(tmp_path)) == RECORDS


def test_a_file_without_a_whole_record_is_removed(tmp_path: Path) -> None:
    kept = a_file(tmp_path)
    a_file(tmp_path, b"", 4)
    a_file(tmp_path, WHOLE[:5], 5)
    assert repair(tmp_path, lambda *alarm: None) == Position(3, 30)
    assert files(tmp_path) == [kept]
    assert repair(tmp_path / "nowhere", lambda *alarm: None) == Position(0, 0)


def test_damage_is_told_with_its_place_and_kept_as_it_is(tmp_path: Path) -> None:
    data = bytearray(WHOLE)
    data[len(FRAMES[0]) + len(FRAMES[1]) + 9] ^= 1
    path = a_file(tmp_path, bytes(data))
    alarms: list[tuple[str, str]] = []
    assert repair(tmp_path, lambda *alarm: alarms.append(alarm)) == Position(1, 10)
    assert path.read_bytes() == data
    at = len(FRAMES[0]) + len(FRAMES[1])
    assert alarms == [("journal_damaged", f"{path}: damaged at byte {at}, not used from there on")]


def five_files(folder: Path) -> list[Path]:
    """Five files, the oldest five days old at DAY 5."""
    paths = [a_file(folder, number=number) for number in (1, 4, 7, 10, 13)]
    for day, path in enumerate(paths):
        os.utime(path, (day * DAY_MS / 1000,) * 2)
    return paths


def test_files_past_the_age_go_but_never_the_last_two(tmp_path: Path) -> None:
    paths = five_files(tmp_path)
    limits = JournalLimits(age_ms_max=4 * DAY_MS)
    prune(tmp_path, limits, wall_ms=4 * DAY_MS)
    assert files(tmp_path) == paths
    prune(tmp_path, limits, wall_ms=5 * DAY_MS)
    assert files(tmp_path) == paths[1:]
    prune(tmp_path, limits, wall_ms=500 * DAY_MS)
    assert files(tmp_path) == paths[3:]


def test_files_past_the_bytes_go_oldest_first(tmp_path: Path) -> None:
    paths = five_files(tmp_path)
    size = paths[0].stat().st_size
    prune(tmp_path, JournalLimits(bytes_max=3 * size), wall_ms=0)
    assert files(tmp_path) == paths[2:]
    prune(tmp_path, JournalLimits(bytes_max=1), wall_ms=0)
    assert files(tmp_path) == paths[3:]
