"""Recordings of calls: commands in, files and rows out, and facts where it does not go well."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.settings import Recording as Limits
from kernel.media.control import BRIDGED, Media
from pbx.commands import PauseRecording, Record, StopRecording
from pbx.events import Fact, RecordingFailed, TroubleSeen
from pbx.service.record.store import Store, read_only
from pbx.service.sound.recordings import Recordings
from tests.pbx.service.record.small_disk import no_file_above
from tests.pbx.service.sound.recorded_files import recording, seconds_in
from tests.ports import Ports

PATIENCE_S = 20.0
CALLER, AGENT = 1, 2
PATH = "2026/11/22/c1.wav"
RECORD = Record("c1", PATH, CALLER, AGENT)
LIMITS = Limits(free_min=0.0)
QUERY = "SELECT call, path, state, seconds, why FROM recordings ORDER BY call"


class Site:
    """Recordings over a running media thread and a store."""

    def __init__(self, folder: Path, ports: tuple[int, int], limits: Limits = LIMITS) -> None:
        self.folder = folder / "recordings"
        self.facts: list[Fact] = []
        self.media = Media(host="127.0.0.1", ports=ports, recordings_max=4)
        self.media.start()
        self.store = Store(
            folder / "pbx.db", on_committed=lambda batch: None, on_alarm=lambda *alarm: None
        )
        self.store.start(1)
        self.recordings = Recordings(
            self.folder, limits, media=self.media, store=self.store, on_fact=self.facts.append
        )

    def obey(self, *commands: Any) -> None:
        for command in commands:
            self.recordings.obey(command)

    def until(self, is_so: Callable[[], bool]) -> None:
        """Take what the media thread reports until something is so."""
        pause, end = threading.Event(), time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < end, (self.facts, self.rows())
            for report in self.media.reports():
                self.recordings.report(*report[:2], value=report[2])
            pause.wait(0.005)

    def rows(self) -> list[tuple[Any, ...]]:
        with contextlib.closing(read_only(self.store.path)) as db:
            return db.execute(QUERY).fetchall()

    def until_row(self, *states: str) -> list[tuple[Any, ...]]:
        """Until the rows have these states, in the order of their calls."""
        self.until(lambda: [row[2] for row in self.rows()] == list(states))
        return self.rows()

    def close(self) -> None:
        self.media.stop()
        for report in self.media.reports():
            self.recordings.report(*report[:2], value=report[2])
        self.store.close()


@pytest.fixture
def site(tmp_path: Path, free_ports: Ports) -> Iterator[Site]:
    site = Site(tmp_path, free_ports.block(8))
    yield site
    site.close()


def why(site: Site) -> str:
    """Why the one recording failed."""
    [fact] = site.facts
    assert isinstance(fact, RecordingFailed)
    assert fact.call == "c1"
    return fact.why


async def kept_for(site: Site, is_so: Callable[[], bool]) -> None:
    """Keep to the limits until something is so."""
    seen = asyncio.Event()

    def turn() -> None:
        if is_so():
            seen.set()

    site.recordings.open(turn)
    await asyncio.wait_for(seen.wait(), PATIENCE_S)
    site.recordings.close()


def test_a_call_is_recorded_into_its_file_and_row(site: Site) -> None:
    site.obey(RECORD)
    assert site.until_row("recording") == [("c1", PATH, "recording", 0.0, "")]
    assert site.recordings.running().calls == {"c1"}
    site.obey(StopRecording("c1"))
    [(call, path, _, seconds, text)] = site.until_row("kept")
    assert (call, path, text) == ("c1", PATH, "")
    assert seconds == pytest.approx(seconds_in(site.folder / PATH), abs=0.002)
    assert site.recordings.running().calls == frozenset()
    assert site.facts == []


def test_every_command_may_be_said_twice_and_of_a_call_nobody_records(site: Site) -> None:
    site.obey(StopRecording("c1"), PauseRecording("c1"))
    site.obey(RECORD, RECORD, PauseRecording("c1"), PauseRecording("c1"), RECORD)
    site.obey(Record("c1", "not looked at", CALLER, 3))
    site.obey(StopRecording("c1"), StopRecording("c1"), PauseRecording("c1"))
    site.until_row("kept")
    site.recordings.report(BRIDGED, 1, value=2)
    assert site.facts == []
    assert [each.name for each in site.folder.rglob("*.wav")] == ["c1.wav"]


def test_a_recording_asked_for_again_behind_its_end_goes_on_in_its_file(site: Site) -> None:
    site.obey(RECORD, StopRecording("c1"))
    site.until_row("kept")
    started = site.rows()
    site.obey(RECORD)
    site.until_row("recording")
    site.obey(StopRecording("c1"))
    site.until_row("kept")
    assert seconds_in(site.folder / PATH) >= started[0][3]


def test_one_that_is_still_being_written_is_not_begun_anew(site: Site) -> None:
    site.obey(RECORD, StopRecording("c1"), RECORD)
    assert "still being written" in why(site)


@pytest.mark.parametrize("path", ["../x.wav", "/x.wav", "x"])
def test_a_path_that_leads_elsewhere_is_refused(site: Site, path: str) -> None:
    site.obey(Record("c1", path, CALLER, AGENT))
    assert "is no path of a recording" in why(site)
    assert site.until_row("failed")[0][4] == why(site)


def test_more_calls_than_may_be_recorded_fail_and_say_so(site: Site) -> None:
    for number in range(2, 6):
        site.obey(Record(f"c{number}", f"c{number}.wav", CALLER, AGENT))
    site.obey(RECORD)
    assert "all recordings are in use" in why(site)
    site.obey(StopRecording("c2"))
    site.until(lambda: "c2" not in site.recordings.running().calls)
    site.obey(RECORD)
    assert len(site.facts) == 1


def test_a_disk_that_refuses_is_named_with_a_way_out(site: Site) -> None:
    (site.folder / "2026").write_text("in the way")
    site.obey(RECORD)
    site.until(lambda: bool(site.facts))
    assert why(site).startswith(f"cannot write {site.folder / PATH}: Not a directory; fix: ")
    site.obey(StopRecording("c1"))
    assert site.until_row("failed")[0][4] == why(site)
    assert len(site.facts) == 1


def test_a_disk_that_fills_up_keeps_what_was_written(site: Site) -> None:
    with no_file_above(44 + 32_000):
        site.obey(RECORD)
        site.until(lambda: bool(site.facts))
    assert "File too large; fix: " in why(site)
    [(_, _, _, seconds, _)] = site.until_row("failed")
    assert 0 < seconds <= 1
    assert seconds_in(site.folder / PATH) == pytest.approx(seconds, abs=0.002)


def test_on_a_disk_with_too_little_room_nothing_is_begun(tmp_path: Path, free_ports: Ports) -> None:
    site = Site(tmp_path, free_ports.block(8), Limits(free_min=1.0))
    site.obey(RECORD)
    assert "of its disk is free, [recording] free_min keeps 100.0%; fix: make room" in why(site)
    assert list(site.folder.rglob("*.wav")) == []
    site.close()


def test_when_the_room_goes_what_runs_is_ended(site: Site) -> None:
    site.obey(RECORD)
    site.recordings.limits = Limits(free_min=1.0)
    asyncio.run(kept_for(site, lambda: bool(site.facts)))
    assert "free_min keeps" in why(site)
    site.until_row("failed")
    assert (site.folder / PATH).exists()


def test_old_recordings_are_deleted_and_their_rows_stay(site: Site) -> None:
    site.obey(RECORD, StopRecording("c1"))
    site.until_row("kept")
    site.recordings.limits = Limits(age_max_s=0.0, free_min=0.0)
    asyncio.run(kept_for(site, lambda: not (site.folder / PATH).exists()))
    assert site.until_row("deleted")[0][4] == "older than [recording] age_max_s"
    assert site.facts == []


def test_what_a_crash_left_is_kept(tmp_path: Path, free_ports: Ports) -> None:
    site = Site(tmp_path, free_ports.block(8))
    site.obey(RECORD)
    site.until_row("recording")
    site.store.close()  # and the row is never ended
    site.media.stop()
    recording(site.folder / PATH, 3, claimed=2.5)
    again = Site(tmp_path, free_ports.block(8))
    asyncio.run(kept_for(again, lambda: True))
    assert again.until_row("kept") == [("c1", PATH, "kept", 3.0, "")]
    assert seconds_in(site.folder / PATH) == 3
    again.close()


def test_trouble_with_the_folder_is_told_once(site: Site) -> None:
    shutil.rmtree(site.folder)
    asyncio.run(kept_for(site, lambda: bool(site.facts)))
    asyncio.run(kept_for(site, lambda: True))
    [fact] = site.facts
    assert isinstance(fact, TroubleSeen)
    assert "No such file" in fact.text
    assert str(site.folder) in fact.text


def test_sound_that_was_lost_stands_in_the_row(site: Site) -> None:
    site.obey(RECORD)
    site.recordings.report(34, 1, value=700)  # RECORD_LOST
    site.obey(StopRecording("c1"))
    text = site.until_row("kept")[0][4]
    assert text == "700 ms of sound are missing: the disk stood still"


def test_a_stop_of_the_exchange_ends_every_row(tmp_path: Path, free_ports: Ports) -> None:
    site = Site(tmp_path, free_ports.block(8))
    site.obey(RECORD, Record("c2", "c2.wav", CALLER, AGENT))
    site.close()
    assert [row[2] for row in site.rows()] == ["kept", "kept"]


def test_a_folder_that_cannot_be_made_is_an_error_at_the_start(
    tmp_path: Path, free_ports: Ports
) -> None:
    (tmp_path / "recordings").write_text("in the way")
    with pytest.raises(OSError):
        Site(tmp_path, free_ports.block(8))
