"""Recordings on disk: readable at any moment, gone on with, and a disk that refuses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.media.recorder import RECORD_FAILED, RECORDED, Recorder
from tests.kernel.media.far_end import rtp
from tests.kernel.media.tapes import FRAME_US, LEFT, RATE, RECORDING, RIGHT, Tape, samples
from tests.pbx.service.record.small_disk import no_file_above
from tests.shared import ROOT

WAIT_S = 10.0
MS = 8  # samples


def talked(tape: Tape, first_us: int, last_us: int) -> None:
    """Both sides talk, without a pause."""
    for us in range(first_us + FRAME_US, last_us + 1, FRAME_US):
        n = us // FRAME_US
        tape.until(us)
        tape.recorder.hear(RECORDING, LEFT, rtp(b"\x80" * 160, number=n), us)
        tape.recorder.hear(RECORDING, RIGHT, rtp(b"\x00" * 160, number=n), us)


def told(recorder: Recorder, count: int) -> list[tuple[int, int, int]]:
    """So many news of the thread, or those that have come in time."""
    news: list[tuple[int, int, int]] = []
    pause, end = threading.Event(), time.monotonic() + WAIT_S
    while len(news) < count and time.monotonic() < end:
        news += recorder.news()
        pause.wait(0.005)
    return news


def clock() -> int:
    return time.monotonic_ns() // 1000


@pytest.fixture
def running() -> Iterator[Recorder]:
    recorder = Recorder(20)
    recorder.start()
    yield recorder
    recorder.stop()


def test_the_file_can_be_read_at_any_moment(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    for seconds in range(1, 6):
        talked(tape, (seconds - 1) * 1_000_000, seconds * 1_000_000)
        left, right = samples(tape.path)
        assert len(left) == len(right) == seconds * RATE - RATE // 4
        assert 0 not in left
        assert 0 not in right


def test_folders_are_made_and_nobody_else_may_look(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "recordings" / "2026" / "11" / "22")
    assert tape.end(1_000_000) == [(RECORDED, RECORDING, 1_000 * MS)]
    assert tape.path.stat().st_mode & 0o007 == 0
    assert tape.path.parent.stat().st_mode & 0o007 == 0


def test_a_second_recording_into_the_same_file_goes_on_behind_the_first(tmp_path: Path) -> None:
    first = Tape(tmp_path)
    talked(first, 0, 1_000_000)
    first.end(1_000_000)
    second = Tape(tmp_path)
    talked(second, 0, 2_000_000)
    assert second.end(2_000_000) == [(RECORDED, RECORDING, 3_000 * MS)]
    left, _ = samples(second.path)
    assert len(left) == 3 * RATE
    assert 0 not in left


@pytest.mark.parametrize("size", [0, 1, 43])
def test_a_file_that_was_cut_off_in_its_header_is_begun_anew(tmp_path: Path, size: int) -> None:
    (tmp_path / "call.wav").write_bytes(bytes(size))
    tape = Tape(tmp_path)
    assert tape.end(1_000_000) == [(RECORDED, RECORDING, 1_000 * MS)]
    assert len(tape.channel(LEFT)) == RATE


@pytest.mark.parametrize("path", [b"", b"a\0b", b"x" * 4096])
def test_what_is_no_path_is_refused(path: bytes) -> None:
    with pytest.raises(ValueError):
        Recorder(1).record(1, path, 0)


@pytest.mark.parametrize("name", ["/proc/nothing/x.wav", "/dev/full", ".", "link.wav", "file/x"])
def test_a_path_that_cannot_be_written_is_told_once_and_costs_only_itself(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "target").touch()
    (tmp_path / "link.wav").symlink_to(tmp_path / "target")
    (tmp_path / "file").touch()
    bad, good = Tape(tmp_path, name), Tape(tmp_path, "good.wav")
    for tape in (bad, good):
        talked(tape, 0, 3_000_000)
    ended = bad.end(3_000_000)
    assert [kind for kind, _, _ in ended] == [RECORD_FAILED, RECORDED]
    assert ended[0][2] > 0
    assert ended[1][2] == 0
    assert good.end(3_000_000) == [(RECORDED, RECORDING, 3_000 * MS)]
    assert (tmp_path / "target").read_bytes() == b""


def test_a_disk_that_fills_up_leaves_what_was_written_readable(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    talked(tape, 0, 2_000_000)
    with no_file_above(44 + 3 * 4 * RATE):
        talked(tape, 2_000_000, 6_000_000)
        assert [kind for kind, _, _ in tape.recorder.news()] == [RECORD_FAILED]
        kind, _, length = tape.end(6_000_000)[0]
    assert kind == RECORDED
    left, _ = samples(tape.path)
    assert 2_000 * MS <= length == len(left) <= 3_000 * MS
    assert 0 not in left


def test_a_file_grows_to_what_its_format_can_hold_and_no_further(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.touch()
    os.truncate(path, 0xFFFF_FFFF // 4 * 4 - 4 * 4_000)  # sparse
    tape = Tape(tmp_path)
    talked(tape, 0, 2_000_000)
    assert [kind for kind, _, _ in tape.end(2_000_000)] == [RECORD_FAILED, RECORDED]
    assert path.stat().st_size <= 0xFFFF_FFFF


def test_recordings_have_a_limit_and_their_numbers_come_back(tmp_path: Path) -> None:
    recorder = Recorder(2)
    recorder.record(1, bytes(tmp_path / "1.wav"), 0)
    recorder.record(2, bytes(tmp_path / "2.wav"), 0)
    with pytest.raises(ValueError):
        recorder.record(2, bytes(tmp_path / "3.wav"), 0)
    with pytest.raises(OSError):
        recorder.record(3, bytes(tmp_path / "3.wav"), 0)
    recorder.end(1, 0)
    with pytest.raises(KeyError):
        recorder.end(1, 0)
    with pytest.raises(ValueError):
        recorder.record(1, bytes(tmp_path / "1.wav"), 0)
    recorder.write(0)
    assert recorder.news() == [(RECORDED, 1, 0)]
    recorder.record(1, bytes(tmp_path / "1.wav"), 0)
    for none in (9, 3):
        with pytest.raises(KeyError):
            recorder.end(none, 0)


@pytest.mark.parametrize("most", [-1, 65_537])
def test_a_limit_that_cannot_be_is_refused(most: int) -> None:
    with pytest.raises(ValueError):
        Recorder(most)


def test_the_thread_writes_what_comes_and_tells_when_it_is_complete(
    tmp_path: Path, running: Recorder
) -> None:
    paths = [tmp_path / f"{number}.wav" for number in range(20)]
    start = clock()
    for number, path in enumerate(paths):
        running.record(number, bytes(path), start)
    for n in range(10):
        for number in range(20):
            running.hear(number, LEFT, rtp(b"\x80" * 160, number=n), start + (n + 1) * FRAME_US)
    for number in range(20):
        running.end(number, start + 200_000)
    news = told(running, 20)
    assert sorted(news) == [(RECORDED, number, 200 * MS) for number in range(20)]
    for path in paths:
        left, right = samples(path)
        assert (len(left), len(right)) == (1_600, 1_600)
        assert 0 not in left
        assert set(right) == {0}


def test_a_stop_ends_every_recording(tmp_path: Path) -> None:
    recorder = Recorder(3)
    start = clock() - 500_000
    for number in range(3):
        recorder.record(number, bytes(tmp_path / f"{number}.wav"), start)
    recorder.end(1, start + 100_000)  # before the thread runs, which writes what is past its end
    recorder.start()
    recorder.start()
    recorder.stop()
    recorder.stop()
    news = sorted(recorder.news())
    assert [each[:2] for each in news] == [(RECORDED, 0), (RECORDED, 1), (RECORDED, 2)]
    assert news[1][2] == 100 * MS
    assert news[0][2] >= 500 * MS


TALKER = """
import sys, time
from kernel.media.recorder import Recorder
from tests.kernel.media.far_end import rtp
recorder = Recorder(1)
recorder.start()
start = time.monotonic_ns() // 1000
recorder.record(1, sys.argv[1].encode(), start)
for n in range(1, 100_000):
    while (now := time.monotonic_ns() // 1000) < start + n * 20_000:
        time.monotonic()
    for side in (0, 1):
        recorder.hear(1, side, rtp(b"\\x80" * 160, number=n), now)
    print(n, flush=True)
"""


def test_a_kill_costs_less_than_the_last_second(tmp_path: Path) -> None:
    path = tmp_path / "2026" / "call.wav"
    process = subprocess.Popen(
        [sys.executable, "-c", TALKER, path], stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    assert process.stdout is not None
    said = 0
    while said < 100:
        said = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    left, right = samples(path)
    assert len(left) == len(right) >= RATE  # of two seconds
    assert 0 not in left[TICKS:]


TICKS = 320  # until the first packet has come
