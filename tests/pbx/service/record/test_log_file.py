"""A log in step with commits: cut back after a crash, over logrotate, and when a commit fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbx.service.record.log_file import LogFile, Position
from tests.pbx.service.record.small_disk import no_file_above


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue_log"


@pytest.fixture
def log(path: Path) -> Iterator[LogFile]:
    log = LogFile(path, None)
    yield log
    log.close()


def committed(log: LogFile, lines: str) -> Position:
    log.append(lines)
    log.commit()
    return log.position


def test_lines_are_appended_and_the_position_tells_the_end(log: LogFile, path: Path) -> None:
    committed(log, "one\n")
    position = committed(log, "zwei ü\n")
    assert path.read_text() == "one\nzwei ü\n"
    assert position == (path.stat().st_ino, path.stat().st_size)
    assert Position.parse(str(position)) == position


def test_lines_whose_commit_failed_are_cut_off_by_the_next(log: LogFile, path: Path) -> None:
    committed(log, "kept\n")
    log.append("not committed\n")
    log.append("")
    assert path.read_text() == "kept\n"
    assert log.position.end == 5
    committed(log, "again\n")
    assert path.read_text() == "kept\nagain\n"


def test_a_start_cuts_off_what_no_commit_covers(log: LogFile, path: Path) -> None:
    position = committed(log, "kept\n")
    log.append("torn by a crash\n")
    LogFile(path, position).close()
    assert path.read_text() == "kept\n"


def test_a_start_finds_the_file_under_the_name_that_logrotate_gave_it(
    log: LogFile, path: Path
) -> None:
    position = committed(log, "kept\n")
    log.append("torn by a crash\n")
    path.rename(path.with_name("queue_log.1"))
    path.write_text("of somebody else\n")
    LogFile(path, position).close()
    assert path.with_name("queue_log.1").read_text() == "kept\n"
    assert path.read_text() == "of somebody else\n"


def test_a_file_shorter_than_its_commit_is_taken_as_it_is(log: LogFile, path: Path) -> None:
    position = committed(log, "one\ntwo\n")
    os.truncate(path, 4)
    after = LogFile(path, position)
    assert committed(after, "three\n").end == 10
    after.close()
    assert path.read_text() == "one\nthree\n"


def test_a_rotated_file_is_left_and_a_new_one_begun(log: LogFile, path: Path) -> None:
    committed(log, "old\n")
    path.rename(path.with_name("queue_log.1"))
    position = committed(log, "new\n")
    assert path.read_text() == "new\n"
    assert position == (path.stat().st_ino, 4)


def test_lines_that_no_commit_covers_do_not_stay_in_the_rotated_file(
    log: LogFile, path: Path
) -> None:
    log.append("not committed\n")
    path.rename(path.with_name("queue_log.1"))
    committed(log, "not committed\n")
    assert path.with_name("queue_log.1").read_text() == ""
    assert path.read_text() == "not committed\n"


def test_a_file_that_was_emptied_under_us_is_not_padded(log: LogFile, path: Path) -> None:
    committed(log, "x" * 100 + "\n")
    os.truncate(path, 0)
    log.append("torn\n")
    log.append("new\n")
    assert path.read_text() == "new\n"
    assert log.position.end == 4


def test_a_full_disk_raises_and_leaves_no_half_line_behind(log: LogFile, path: Path) -> None:
    committed(log, "kept\n")
    with no_file_above(10), pytest.raises(OSError, match="too large"):
        log.append("a line that does not fit\n")
    committed(log, "next\n")
    assert path.read_text() == "kept\nnext\n"


def test_text_that_is_not_unicode_is_written_with_question_marks(log: LogFile, path: Path) -> None:
    committed(log, "a\ud800b\n")
    assert path.read_text() == "a?b\n"
