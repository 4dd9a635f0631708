"""What grows old leaves the record: in small steps, counted, and with nothing left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from config.kinds import DAY_S
from config.settings import Retention as Limits
from pbx.service.record.expiry import KINDS, ROWS_MAX, Expiry, Retention
from pbx.service.record.rows import Beside, OldRecording, Recording, Sound
from pbx.service.record.store import read_only
from tests.pbx.service.record.call_notes import NOTES_PER_CALL, START_MS, call_of, notes_of
from tests.pbx.service.record.store_site import Site
from tests.site import until

CALLS = 3
EVENTS = NOTES_PER_CALL - 1  # of a call: its end is a row of `calls`
STATES = 2 * CALLS - 1  # that have ended: each call has the agent offered it, and talking
OF_ALL = ("calls", "segments", "sounds", "events", "recordings")
FILE = Recording("", "2026/11/22/c.wav", START_MS / 1000, bytes=640_044, state="kept")
LEG = Sound(
    leg=0, call="", party="trunk:gw", codec="PCMA", packets_in=1, packets_out=1, lost=0, loss=0.0,
    far_loss=0.0, jitter_ms=0.0, rtt_ms=None, mos=None,
)  # fmt: skip


def days_later(days: float) -> float:
    return START_MS / 1000 + days * DAY_S


def keep(site: Site, calls: int) -> None:
    """Keep calls 1 to `calls`, each with the sound of two legs."""
    site.store.start(1)
    for n in range(1, calls + 1):
        for leg in (2 * n, 2 * n + 1):
            site.store.put_beside(msgspec.structs.replace(LEG, leg=leg, call=call_of(n)))
        for at, note in enumerate(notes_of(n)):
            site.store.put((n - 1) * NOTES_PER_CALL + at + 1, note)
    site.wait_for(calls * NOTES_PER_CALL)


def counts(site: Site) -> dict[str, int]:
    return {name: site.rows(f"SELECT count(*) FROM {name}")[0][0] for name in OF_ALL}


def sweep(site: Site, limits: Limits, *, wall_s: float) -> Expiry:
    """Step until nothing is too old any more."""
    expiry = Expiry(site.path, site.store.put_beside)
    until(lambda: not expiry.step(limits, wall_s))
    return expiry


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.store.close()


def test_a_call_goes_with_its_segments_and_sounds_and_is_counted_once(site: Site) -> None:
    keep(site, CALLS)
    expiry = sweep(site, Limits(calls_days=10, events_days=0), wall_s=days_later(11))
    kept = {"calls": 0, "segments": 0, "sounds": 0, "events": CALLS * EVENTS, "recordings": 0}
    assert counts(site) == kept
    assert +expiry.deleted == {"calls": CALLS}


def test_events_go_by_an_age_of_their_own(site: Site) -> None:
    keep(site, CALLS)
    expiry = sweep(site, Limits(calls_days=10, events_days=5), wall_s=days_later(6))
    assert (counts(site)["calls"], counts(site)["events"]) == (CALLS, 0)
    assert +expiry.deleted == {"events": CALLS * EVENTS, "states": STATES}


def test_what_is_as_old_as_the_limit_stays_and_what_is_older_goes(site: Site) -> None:
    keep(site, CALLS)
    limits = Limits(calls_days=10, events_days=0)
    second = START_MS / 1000 + 2 * 0.01  # when call 2 began
    sweep(site, limits, wall_s=second + 10 * DAY_S)
    assert site.rows("SELECT id FROM calls ORDER BY id") == [(call_of(2),), (call_of(3),)]
    assert {call for (call,) in site.rows("SELECT call FROM segments")} == {call_of(2), call_of(3)}
    assert {call for (call,) in site.rows("SELECT call FROM sounds")} == {call_of(2), call_of(3)}


def test_nought_days_are_for_ever(site: Site) -> None:
    keep(site, CALLS)
    before = counts(site)
    sweep(site, Limits(calls_days=0, events_days=0), wall_s=days_later(40_000))
    assert counts(site) == before


def test_the_row_of_a_recording_stays_as_long_as_its_file(site: Site) -> None:
    site.store.start(1)
    for state in ("kept", "deleted", "failed", "recording"):
        site.store.put_beside(msgspec.structs.replace(FILE, call=state, state=state))
    until(lambda: counts(site)["recordings"] == 4)
    expiry = sweep(site, Limits(calls_days=1), wall_s=days_later(2))
    site.store.put_beside(OldRecording("kept"))  # asked for by whomever
    site.store.close()
    rows = site.rows("SELECT call FROM recordings ORDER BY call")
    assert rows == [("failed",), ("kept",), ("recording",)]
    assert +expiry.deleted == {"recordings": 1}


def test_a_step_asks_for_so_many_rows_and_no_more(site: Site) -> None:
    keep(site, ROWS_MAX + 1)
    asked: list[Beside] = []
    expiry = Expiry(site.path, asked.append)
    assert expiry.step(Limits(calls_days=1, events_days=1), days_later(2))
    of_a_call = len(KINDS["calls"].gone)
    events, states = len(KINDS["events"].gone), len(KINDS["states"].gone)
    assert len(asked) == ROWS_MAX * (of_a_call + events + states)


def test_what_the_writer_has_not_deleted_yet_is_asked_for_once_until_the_next_look(
    site: Site,
) -> None:
    keep(site, CALLS)
    asked: list[Beside] = []
    expiry = Expiry(site.path, asked.append)
    limits = Limits(calls_days=1, events_days=0)
    assert expiry.step(limits, days_later(2))
    first = len(asked)
    assert expiry.step(limits, days_later(2)) and len(asked) == first
    assert not expiry.deleted.total(), "nothing has gone"
    expiry.begin()
    assert expiry.step(limits, days_later(2)) and len(asked) == 2 * first


def test_what_was_deleted_is_told_once_when_a_new_day_begins(site: Site) -> None:
    keep(site, CALLS)
    told: list[str] = []
    with_all = Limits(calls_days=1, events_days=1)
    expiry = sweep(site, with_all, wall_s=days_later(2))
    retention = Retention(site.path, with_all, put=site.store.put_beside, on_told=told.append)
    retention.expiry.deleted.update(expiry.deleted)
    for day in (0, 0.001, 1, 1.001, 2):
        retention.tell(days_later(day))
    what = f"{CALLS} calls, {STATES} states, {CALLS * EVENTS} events"
    assert told == [f"retention: deleted {what}, older than [retention] allows"]


def test_the_thread_begins_at_once_and_ends_when_it_is_told(site: Site) -> None:
    with_days = Limits(calls_days=1, events_days=1)
    old = msgspec.structs.replace(FILE, call="c", state="deleted", started=1.0)
    site.store.start(1)
    site.store.put_beside(old)
    until(lambda: counts(site)["recordings"] == 1)
    retention = Retention(site.path, with_days, put=site.store.put_beside, on_told=print)
    retention.open(None)
    until(lambda: counts(site)["recordings"] == 0)
    retention.close()
    retention.close()
    assert "retention" not in [thread.name for thread in threading.enumerate()]


def test_the_oldest_are_found_by_an_index_however_many_there_are(site: Site) -> None:
    db = read_only(site.path)
    for kind in KINDS.values():
        plan = str(db.execute(f"EXPLAIN QUERY PLAN {kind.oldest}", (0.0, 1)).fetchall())
        assert "SEARCH" in plan and "TEMP B-TREE" not in plan, plan
    db.close()


def test_agents_states_go_with_the_events_they_follow_from(site: Site) -> None:
    keep(site, CALLS)
    (states,) = site.rows("SELECT count(*), sum(ended IS NULL) FROM agent_states")
    assert states[0] > 1 and states[1] == 1
    sweep(site, Limits(events_days=1), wall_s=days_later(3))
    assert site.rows("SELECT count(*) FROM agent_states") == [(1,)]  # the one that goes on
    assert site.rows("SELECT sum(offered) FROM queue_quarters") == [(CALLS,)]
