"""The journal's append side, on real files: order, marks, full disks, its end and new beginning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pbx import events
from pbx.codec import Digest, End, Record, Snapshot
from pbx.service.journal import reader as journal_files
from pbx.service.journal.journal import Journal, JournalError, JournalLimits
from tests.pbx.service.record.small_disk import no_file_above

Opener = Callable[..., Journal]
AMPLE = JournalLimits()
SMALL = JournalLimits(records_per_file=3)


class Alarms(list[tuple[str, str]]):
    """What was alarmed, in order."""

    def __call__(self, name: str, text: str) -> None:
        self.append((name, text))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self]


@pytest.fixture
def alarms() -> Alarms:
    return Alarms()


@pytest.fixture
def begin(tmp_path: Path, alarms: Alarms) -> Iterator[Opener]:
    """Opens the journal in `tmp_path` and begins its first file; closed in the end."""
    opened: list[Journal] = []

    def open_journal(epoch: int = 1, limits: JournalLimits = AMPLE) -> Journal:
        journal = Journal(tmp_path, group="a", epoch=epoch, limits=limits, on_alarm=alarms)
        opened.append(journal)
        assert journal.rotate(b"state", seq=journal.number * 10, wall_ms=0)
        return journal

    yield open_journal
    for journal in opened:
        journal.close(0)


def facts(folder: Path) -> list[tuple[int, int, events.Fact]]:
    """Number, time and body of each fact or tick on disk."""
    marks = Snapshot | Digest | End
    return [
        (record.number, record.now, record.body)  # type: ignore[misc]
        for record in journal_files.read(folder)
        if not isinstance(record.body, marks)
    ]


def test_facts_and_ticks_come_back_in_order_with_their_marks(begin: Opener, tmp_path: Path) -> None:
    journal = begin()
    assert journal.append(100, events.Held(3)) == 1
    assert journal.append(100, None) == 2
    journal.mark(Digest(77))
    journal.write()
    assert list(journal_files.read(tmp_path)) == [
        Record(0, 0, 1, Snapshot(b"state", 0, "a")),
        Record(1, 100, 1, events.Held(3)),
        Record(2, 100, 1, None),
        Record(2, 100, 1, Digest(77)),
    ]
    journal.close(78)
    assert list(journal_files.read(tmp_path))[-1] == Record(2, 100, 1, End(78))


def test_nothing_is_on_disk_before_write_and_all_of_it_after(begin: Opener, tmp_path: Path) -> None:
    journal = begin()
    journal.append(1, events.Held(1))
    assert facts(tmp_path) == []
    journal.write()
    assert facts(tmp_path) == [(1, 1, events.Held(1))]


def test_a_full_file_is_followed_by_one_with_a_snapshot(begin: Opener, tmp_path: Path) -> None:
    journal = begin(limits=SMALL)
    for number in range(1, 8):
        journal.append(number, events.Held(number))
        assert journal.due_for_snapshot == (number % 3 == 0)
        if journal.due_for_snapshot:
            assert journal.rotate(b"later", seq=number * 10, wall_ms=0)
    journal.write()
    names = [path.name for path in journal_files.files(tmp_path)]
    assert names == [f"000001-00000000000{number}.log" for number in (1, 4, 7)]
    assert [number for number, _, _ in facts(tmp_path)] == list(range(1, 8))
    assert [r.number for r in journal_files.read(tmp_path, 5)] == [5, 6, 6, 7]


def test_a_file_is_full_by_its_bytes_too(begin: Opener) -> None:
    journal = begin(limits=JournalLimits(bytes_max=8_000))
    journal.append(1, events.CallArrived(1, "trunk:gw", "1", "2", dialog=b"x" * 1_000))
    journal.write()
    assert journal.due_for_snapshot


def test_a_rotate_with_nothing_new_changes_nothing(begin: Opener, tmp_path: Path) -> None:
    journal = begin()
    assert journal.rotate(b"again", seq=0, wall_ms=0)
    assert len(journal_files.files(tmp_path)) == 1


def test_the_next_epoch_goes_on_behind_the_last_record(begin: Opener, tmp_path: Path) -> None:
    first = begin()
    first.append(500, events.Held(1))
    first.close(0)
    second = begin(epoch=2)
    assert (second.number, second.now) == (1, 500)
    assert second.append(501, events.Held(2)) == 2
    second.write()
    assert [number for number, _, _ in facts(tmp_path)] == [1, 2]


def test_an_epoch_that_is_over_is_refused(begin: Opener) -> None:
    begin(epoch=2).close(0)
    with pytest.raises(JournalError, match="epoch 2 is over"):
        begin(epoch=2)


def test_a_journal_that_is_in_use_is_refused(begin: Opener) -> None:
    begin()
    with pytest.raises(JournalError, match="another pbx does; fix: stop it"):
        begin(epoch=2)


def test_a_folder_that_cannot_be_made_is_named_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    where = tmp_path / "file" / "journal"
    with pytest.raises(JournalError, match=f"cannot write {where}: .*; fix: ") as caught:
        Journal(where, group="a", epoch=1, limits=JournalLimits(), on_alarm=Alarms())
    assert "is a file" in str(caught.value)


def test_a_first_file_that_the_disk_refuses_is_an_error(tmp_path: Path) -> None:
    journal = Journal(tmp_path, group="a", epoch=1, limits=JournalLimits(), on_alarm=Alarms())
    with no_file_above(100), pytest.raises(JournalError, match="cannot write"):
        journal.rotate(b"x" * 200, seq=0, wall_ms=0)
    assert journal_files.files(tmp_path) == []
    journal.close(0)


def test_nothing_is_lost_over_a_full_disk(begin: Opener, tmp_path: Path, alarms: Alarms) -> None:
    journal = begin()
    with no_file_above(1_000):
        for number in range(1, 101):
            journal.append(number, events.Held(number))
            journal.write()
        assert alarms.names == ["journal_disk"]
        assert "calls go on" in alarms[0][1]
        with pytest.raises(OSError, match="waits"):
            journal.sync()
    journal.append(101, None)
    journal.write()
    journal.sync()
    assert [number for number, _, _ in facts(tmp_path)] == list(range(1, 102))
    assert alarms.names == ["journal_disk", "journal_whole"]
    assert "0 records are missing" in alarms[1][1]


def test_a_disk_that_stays_full_costs_records_but_not_the_journal(
    begin: Opener, tmp_path: Path, alarms: Alarms
) -> None:
    journal = begin(limits=JournalLimits(held_bytes_max=2_000))
    with no_file_above(1_000):
        for number in range(1, 201):
            journal.append(number * 100, events.Held(number))
            journal.write()
            if journal.due_for_snapshot:
                assert not journal.rotate(b"x" * 2_000, seq=number * 10, wall_ms=0)
        journal.sync()  # given up: the database need not wait any more
    assert alarms.names == ["journal_disk", "journal_gap"]
    assert not journal.due_for_snapshot  # it was tried less than 5 s ago
    journal.append(30_000, None)
    assert journal.due_for_snapshot
    assert journal.rotate(b"state at 201", seq=2_010, wall_ms=0)
    assert journal.append(30_001, events.Held(7)) == 202
    journal.write()
    assert alarms.names[2:] == ["journal_whole"]
    found = list(journal_files.read(tmp_path))
    numbers = [record.number for record in found]
    gap = numbers.index(201)
    assert numbers[gap - 1] < 100
    assert found[gap].body == Snapshot(b"state at 201", 2_010, "a")
    assert found[-1] == Record(202, 30_001, 1, events.Held(7))


def test_a_snapshot_that_does_not_fit_leaves_the_old_file_in_use(
    begin: Opener, tmp_path: Path, alarms: Alarms
) -> None:
    journal = begin(limits=SMALL)
    for number in range(1, 4):
        journal.append(number, events.Held(number))
    with no_file_above(1_000):
        assert not journal.rotate(b"x" * 2_000, seq=30, wall_ms=0)
    assert not journal.due_for_snapshot
    journal.append(4, events.Held(4))
    journal.write()
    assert [number for number, _, _ in facts(tmp_path)] == [1, 2, 3, 4]
    assert len(journal_files.files(tmp_path)) == 1
    assert alarms.names == ["journal_disk", "journal_whole"]
    journal.append(5_010, None)
    assert journal.due_for_snapshot


def test_time_never_falls_and_nothing_comes_before_the_first_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path, group="a", epoch=1, limits=JournalLimits(), on_alarm=Alarms())
    with pytest.raises(AssertionError, match="rotate comes first"):
        journal.append(1, None)
    journal.rotate(b"", seq=0, wall_ms=0)
    journal.append(10, None)
    with pytest.raises(AssertionError, match="time fell"):
        journal.append(9, None)
    journal.close(0)


def test_a_fact_that_is_not_unicode_is_refused_and_takes_no_number(begin: Opener) -> None:
    journal = begin()
    with pytest.raises(UnicodeEncodeError):
        journal.append(1, events.DeviceLost("\ud800"))
    assert journal.append(1, events.DeviceLost("201")) == 1


def test_sync_closes_full_files_and_prunes_the_oldest(begin: Opener, tmp_path: Path) -> None:
    journal = begin(limits=JournalLimits(records_per_file=1, bytes_max=4_000))
    for number in range(1, 21):
        journal.append(number, events.DeviceLost("x" * 1_000))
        journal.rotate(b"", seq=0, wall_ms=0)
        journal.sync()
    kept = journal_files.files(tmp_path)
    assert 2 <= len(kept) <= 5
    assert sum(path.stat().st_size for path in kept) <= 4_000 + 1_100
    assert kept[-1].name == "000001-000000000021.log"
    journal.append(21, None)
    journal.write()
    assert facts(tmp_path)[-1] == (21, 21, None)
