"""The rows of recordings: written with the notes, by one thread, and through the same troubles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from pbx.service.record.rows import Recording
from tests.pbx.service.record.call_notes import call_of, closed, notes_of
from tests.pbx.service.record.small_disk import no_file_above
from tests.pbx.service.record.store_site import Site

RUNNING = Recording("c", "2026/11/22/c.wav", 100.0)
KEPT = Recording("c", "2026/11/22/c.wav", 110.0, 130.0, 20.0, 640_044, "kept")
RECORDINGS = "SELECT * FROM recordings"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.store.close()


def test_a_recording_is_one_row_whose_last_word_counts(site: Site) -> None:
    site.store.put_beside(RUNNING)
    site.store.start(1)
    for recording in (KEPT, KEPT):
        site.store.put_beside(recording)
    site.store.close()
    whole = ("c", "2026/11/22/c.wav", 100.0, 130.0, 20.0, 640_044, "kept", None, "")
    assert site.rows(RECORDINGS) == [whole]
    assert site.open().last_seq == 0


def test_recordings_and_notes_are_written_side_by_side(site: Site) -> None:
    site.store.start(1)
    for n in range(1, 201):
        site.store.put_beside(msgspec.structs.replace(KEPT, call=call_of(n)))
        site.store.put(n, closed(n))
    site.store.close()
    query = "SELECT count(*) FROM recordings JOIN calls ON recordings.call = calls.id"
    assert site.rows(query) == [(200,)]
    assert sorted(site.committed) == list(range(1, 201))


def test_a_recording_that_no_table_takes_costs_only_itself(site: Site) -> None:
    site.store.put_beside(msgspec.structs.replace(KEPT, call="bad", bytes=1 << 80))
    site.store.put_beside(KEPT)
    site.keep(notes_of(7))
    assert "OverflowError" in site.wait_for_alarm("record_fault")
    assert [row[0] for row in site.rows(RECORDINGS)] == ["c"]
    assert site.rows("SELECT count(*) FROM calls") == [(1,)]


def test_recordings_wait_out_a_full_disk_up_to_a_limit(site: Site) -> None:
    site.store.close()
    site.open(held_max=500)
    site.store.start(1)
    with no_file_above(150_000):
        for n in range(700):
            call = msgspec.structs.replace(KEPT, call=call_of(n), why="x" * 1_000)
            site.store.put_beside(call)
        site.wait_for_alarm("record_disk")
    site.wait_for_alarm("record_whole")
    site.store.close()
    kept = site.rows("SELECT count(*) FROM recordings")[0][0]
    assert 500 <= kept <= 700
    assert (kept == 700) is not ("record_lost" in [name for name, _ in site.alarms])
