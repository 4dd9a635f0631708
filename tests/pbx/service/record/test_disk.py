"""What a person is told when the disk refuses, and who holds a file."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pbx.service.record.disk import cannot_write, lock


@pytest.mark.parametrize(
    ("code", "reason", "fix"),
    [
        (errno.ENOSPC, "No space left on device", "free space"),
        (errno.EROFS, "Read-only file system", "mount its disk for writing"),
        (errno.EACCES, "Permission denied", "let the user that runs pbx write there"),
        (errno.EBADF, "Bad file descriptor", "see that its disk is there"),
    ],
)
def test_a_refusal_says_where_why_and_what_to_do(code: int, reason: str, fix: str) -> None:
    text = cannot_write(Path("/var/lib/pbx/pbx.db"), OSError(code, "unused"))
    assert text.startswith(f"cannot write /var/lib/pbx/pbx.db: {reason}; fix: {fix}")


def test_an_error_without_a_number_is_told_in_its_own_words() -> None:
    assert cannot_write(Path("x"), OSError("odd")).startswith("cannot write x: odd; fix: ")


def test_a_lock_is_held_by_one_and_free_again_after_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    fd = lock(path)
    with pytest.raises(BlockingIOError) as caught:
        lock(path)
    assert "another pbx does; fix: stop it" in cannot_write(path, caught.value)
    os.close(fd)
    os.close(lock(path))
