"""One truth: live figures, quarters of an hour, reports, and a count made here by hand, of a day.

A world of callers and phones that do everything wrong lives over midnight and the night in which
the clock is set back. Nothing of `pbx.figures` is used to count by hand.
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from pbx import snapshot
from pbx.events import ClockRead, Stopped
from pbx.notes import (
    AgentChanged,
    CallClosed,
    Note,
    OfferEnded,
    QueueEntered,
    QueueLeft,
    TalkEnded,
    TalkStarted,
    WrapUpEnded,
)
from pbx.reports.asked import Asked
from pbx.reports.report import Report
from pbx.reports.reports import made
from pbx.service.record import proof, quarters
from pbx.service.record.database import opened, read_only
from tests.pbx.service.record.store_site import Site
from tests.pbx.world import World

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_MS = 3_600_000
SET_BACK = datetime.date(2026, 10, 25)  # 25 hours


class Lived(NamedTuple):
    """A world that has lived, its record, and the live figures as they were before it stopped."""

    world: World
    path: Path
    live: dict[str, dict[str, Any]]
    lasted_ms: int


def lived(folder: Path, *, hours: int, begins: str, between_ms: int) -> Lived:
    world = World(7, zone="Europe/Berlin", between_ms=between_ms)
    at = datetime.datetime.fromisoformat(begins).replace(tzinfo=BERLIN)
    world.desk.put(ClockRead(round(at.timestamp() * 1000)))
    world.run(hours * HOUR_MS)
    exchange, now = world.desk.exchange, world.desk.now
    live = {
        name: row["figures"]
        for name in exchange.settings.queue
        if (row := snapshot.queue(exchange, name, now)) is not None
    }
    notes = list(world.desk.notes)
    world.desk.put(Stopped())
    site = Site(folder)
    site.keep(notes)  # what came before the stop: the live figures stand at this event
    return Lived(world, site.path, live, hours * HOUR_MS)


@pytest.fixture(scope="module", params=[
    ("2026-10-24T23:20", 1, 4_000),
    pytest.param(("2026-10-24T22:00", 29, 9_500), marks=pytest.mark.long),  # 10,000 calls
])  # fmt: skip
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    begins, hours, between_ms = request.param
    folder = tmp_path_factory.mktemp("record")
    return lived(folder, hours=hours, begins=begins, between_ms=between_ms)


@contextlib.contextmanager
def record(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(read_only(path)) as db:
        yield db


def report(day: Lived, name: str, on: datetime.date, **more: Any) -> Report:
    with record(day.path) as db:

        def rows(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
            return db.execute(sql, params).fetchall()

        settings = day.world.desk.exchange.settings
        asked = Asked(first=on, last=on, settings=settings, now=0.0, heard=0.0, seq=0, **more)
        (found,) = made(name, asked, rows=rows)
        return found


def today(day: Lived) -> datetime.date:
    state = day.world.desk.exchange.state
    return datetime.date.fromordinal(state.today)


# ---- by hand -------------------------------------------------------------------------------------


def local_day(wall_ms: int) -> datetime.date:
    return datetime.datetime.fromtimestamp(wall_ms / 1000, BERLIN).date()


def by_hand(day: Lived, on: datetime.date) -> dict[str, Counter[str]]:
    """Counts of each queue, of the visits that entered on a day: by pairing what entered with what
    became of it, note by note."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    entered: dict[tuple[str, str], list[int]] = defaultdict(list)  # call, queue -> when
    last: dict[tuple[str, str], int] = {}
    for note in notes_before_the_stop(day):
        whose = getattr(note, "entered_as", "") or getattr(note, "call", "")
        visit = (whose, getattr(note, "queue", ""))
        match note:
            case QueueEntered(queue=queue, wall_ms=at):
                entered[visit].append(at)
                last[visit] = at
                found[queue]["offered"] += local_day(at) == on
            case QueueLeft(queue=queue, outcome=outcome, wait_ms=wait_ms):
                if local_day(entered[visit].pop(0)) == on:
                    found[queue][outcome] += 1
                    found[queue]["within"] += outcome == "answered" and wait_ms <= 20_000
                    found[queue]["wait_ms"] += wait_ms if outcome == "answered" else 0
            case TalkStarted(queue=queue) if local_day(last[visit]) == on:
                found[queue]["taken"] += 1
            case OfferEnded(queue=queue, missed=True) if local_day(last[visit]) == on:
                found[queue]["missed"] += 1
            case TalkEnded(queue=queue, talk_ms=talk_ms) if local_day(last[visit]) == on:
                found[queue]["handled"] += 1
                found[queue]["talk_ms"] += talk_ms
            case WrapUpEnded(queue=queue) if local_day(last[visit]) == on:
                found[queue]["wrap_up_ms"] += note.ended_wall_ms - note.started_wall_ms
    return found


def notes_before_the_stop(day: Lived) -> list[Note]:
    with record(day.path) as db:
        (seq,) = db.execute("SELECT value FROM meta WHERE key = 'last_seq'").fetchone()
    return day.world.desk.notes[: int(seq)]


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def mean(ms: int, count: int) -> float | None:
    return round(ms / (count * 1_000), 3) if count else None


# ---- and they agree ------------------------------------------------------------------------------


def test_enough_has_happened(day: Lived) -> None:
    closed = [note for note in notes_before_the_stop(day) if isinstance(note, CallClosed)]
    assert len(closed) > 600 * day.lasted_ms / HOUR_MS / (4 if day.lasted_ms > HOUR_MS else 1)
    days = {local_day(note.wall_ms) for note in day.world.desk.of(QueueEntered)}
    assert len(days) >= 2


def test_live_figures_the_record_and_a_count_by_hand_are_equal(day: Lived) -> None:
    on = today(day)
    hand = by_hand(day, on)
    told = report(day, "queues", on)
    assert {row[0] for row in told.rows} == {queue for queue in hand if hand[queue]["offered"]}
    for row in told.rows:
        queue = str(row[0])
        shown = dict(zip((column.name for column in told.columns), row, strict=True))
        count = hand[queue]
        ended = sum(count[name] for name in ("answered", "abandoned", "overflowed", "exited"))
        expected = {
            "offered": count["offered"],
            "answered": count["answered"],
            "abandoned": count["abandoned"],
            "overflowed": count["overflowed"],
            "exited": count["exited"],
            "service_level": share(count["within"], ended),
            "abandon_rate": share(count["abandoned"], count["offered"]),
            "handled": count["handled"],
            "missed": count["missed"],
            "mean_handle_s": mean(count["talk_ms"] + count["wrap_up_ms"], count["handled"]),
            "mean_wait_s": mean(count["wait_ms"], count["answered"]),
        }
        assert {name: shown[name] for name in expected} == expected, queue
        assert {name: day.live[queue][name] for name in expected} == expected, queue
        same = shown.keys() & day.live[queue].keys()
        assert len(same) == len(told.columns) - 1
        assert {name: shown[name] for name in same} == {
            name: day.live[queue][name] for name in same
        }


def test_a_day_before_is_what_its_visits_became(day: Lived) -> None:
    on = today(day) - datetime.timedelta(days=1)
    hand = by_hand(day, on)
    told = report(day, "queues", on)
    for row in told.rows:
        shown = dict(zip((column.name for column in told.columns), row, strict=True))
        count = hand[str(row[0])]
        assert shown["offered"] == count["offered"]
        assert shown["answered"] == count["answered"]
        assert shown["handled"] == count["handled"]
        assert shown["mean_wait_s"] == mean(count["wait_ms"], count["answered"])


@pytest.mark.parametrize("by", ["15m", "30m", "1h", "day"])
def test_intervals_add_up_to_the_day_however_long_it_is(day: Lived, by: str) -> None:
    on = today(day)
    told = report(day, "intervals", on, by=by)
    per_day = {"15m": 96, "30m": 48, "1h": 24, "day": 1}[by]
    hours = 25 if on == SET_BACK else 24
    assert len(told.rows) == (per_day if by == "day" else per_day * hours // 24)
    offered = sum(count["offered"] for count in by_hand(day, on).values())
    place = told.column("offered")
    assert sum(row[place] or 0 for row in told.rows) == offered  # type: ignore[misc]
    assert told.totals is not None and told.totals[place] == offered


def test_agents_states_are_the_time_between_their_changes(day: Lived) -> None:
    stood: Counter[tuple[str, str]] = Counter()
    since: dict[str, tuple[str, int]] = {}
    for note in notes_before_the_stop(day):
        if isinstance(note, AgentChanged):
            state, at = since.get(note.agent, ("logged_out", note.wall_ms))
            stood[note.agent, state] += note.wall_ms - at
            since[note.agent] = note.state, note.wall_ms
    with record(day.path) as db:
        kept = Counter(
            {
                (agent, state): ms
                for agent, state, ms in db.execute(
                    "SELECT agent, state, sum(ms) FROM agent_quarters GROUP BY agent, state"
                )
            }
        )
    assert +kept == +Counter({key: ms for key, ms in stood.items() if key[1] != "logged_out"})


def test_states_in_the_record_follow_each_other_without_a_gap_or_overlap(day: Lived) -> None:
    with record(day.path) as db:
        rows = db.execute("SELECT agent, started, ended FROM agent_states ORDER BY agent, started")
        for (agent, _, ended), (other, started, _) in itertools.pairwise(rows):
            assert agent != other or (ended is not None and ended <= started)


def test_the_record_proves_itself_and_is_made_anew_the_same(day: Lived, tmp_path: Path) -> None:
    span = day_span(day)
    with record(day.path) as db:
        assert list(proof.differences(db, start=span[0], end=span[1])) == []
        kept = {name: rows_of(db, name) for name in quarters.TABLES}
        copy = sqlite3.connect(tmp_path / "pbx.db")
        db.backup(copy)
        copy.close()
    with contextlib.closing(opened(tmp_path / "pbx.db", print)) as db:
        db.execute("BEGIN")
        quarters.make_anew(db)
        assert {name: rows_of(db, name) for name in quarters.TABLES} == kept
        db.execute("UPDATE queue_quarters SET talk_ms = talk_ms + 1 WHERE queue = 'q1'")
        changed = db.execute("SELECT count(*) FROM queue_quarters WHERE queue = 'q1'").fetchone()[0]
        found = list(proof.differences(db, start=span[0], end=span[1]))
        assert {(each.table, each.name) for each in found} == {("queue_quarters", "talk_ms")}
        assert len(found) == changed


def test_each_quarter_can_be_proved_alone(day: Lived) -> None:
    start, end = day_span(day)
    with record(day.path) as db:
        for quarter in range(start, end, 900 * max(1, (end - start) // 900 // 12)):
            assert list(proof.differences(db, start=quarter, end=quarter + 900)) == []


def rows_of(db: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    return db.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4").fetchall()


def day_span(day: Lived) -> tuple[int, int]:
    """All of it, in whole quarters."""
    with record(day.path) as db:
        first, last = db.execute("SELECT min(t), max(t) FROM events WHERE t > 1.79e9").fetchone()
    return int(first) // 900 * 900, (int(last) // 900 + 1) * 900
