"""Reports of a month: 100,000 calls and 40 agents, seconds for each report and format.

Peer, in the same run: one pass of SQLite over the month's events and calls, which a report without
quarters of an hour would have to read at the least.

    python -m benchmarks.bench_reports [CALLS]      1200000: of a year
"""

from __future__ import annotations

import contextlib
import datetime
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from benchmarks.promise import line
from pbx import notes
from pbx.events import call_id
from pbx.reports.asked import Asked
from pbx.reports.report import Report
from pbx.reports.reports import REPORTS, made
from pbx.service.record import proof
from pbx.service.record.database import read_only
from pbx.service.record.store import Store
from pbx.service.reporting.record_reader import moment
from pbx.service.reporting.report_files import written
from tests.pbx.sites import settings_of

CALLS, AGENTS, QUEUES, DAYS = 100_000, 40, 4, 30
FIRST = datetime.date(2026, 9, 1)
START_MS = int(datetime.datetime(2026, 9, 1, tzinfo=datetime.UTC).timestamp() * 1000)
DAY_MS, OPEN_MS = 86_400_000, 36_000_000  # ten hours a day, from eight on
MOST_S, YEAR_S, OTHER_S = 1, 5, 10
SITE = "[trunk.gw]\nhost = '192.0.2.1'\n" + "".join(f"[queue.q{n}]\n" for n in range(QUEUES))


def begun(n: int, calls: int) -> int:
    """When call `n` of so many comes, in ms since the epoch."""
    days = DAYS if calls <= CALLS else 365
    day, place = divmod(n * days, calls)
    return START_MS + day * DAY_MS + 8 * 3_600_000 + place * OPEN_MS // calls


def notes_of(n: int, calls: int) -> Iterator[notes.Note]:
    """A call by its number: every seventh gives up, every twentieth goes out."""
    call, at = call_id("a", 1, counter=n), begun(n, calls)
    queue, agent, number = f"q{n % QUEUES}", str(2001 + n % AGENTS), f"030{n % 50_000:07}"
    direction = "out" if n % 20 == 0 else "in"
    yield notes.CallOpened(call, direction, "trunk:gw", number, "4001", "gw", at)
    wait_ms, talk_ms = 1_000 + n * 7_919 % 60_000, 20_000 + n * 104_729 % 300_000
    if direction == "out":
        yield closed(n, queue="", agent=agent, at=at, wait_ms=wait_ms, talk_ms=talk_ms)
        return
    yield notes.QueueEntered(call, queue, number, 1, 0, at)
    if n % 7 == 0:
        left = notes.QueueLeft(call, queue, "abandoned", "", 1, 1, wait_ms, at + wait_ms, "", at)
        yield left
        yield closed(n, queue=queue, agent="", at=at, wait_ms=wait_ms, talk_ms=0)
        return
    answered, ended = at + wait_ms, at + wait_ms + talk_ms
    yield notes.Offered(call, queue, agent, n, "longest idle", answered - 3_000)
    yield notes.AgentChanged(agent, "offered", "", call, answered - 3_000)
    yield notes.TalkStarted(call, queue, agent, wait_ms, 3_000, n, answered, "", at)
    yield notes.AgentChanged(agent, "talking", "", call, answered)
    yield notes.QueueLeft(call, queue, "answered", "", 1, 1, wait_ms, answered, "", at)
    yield notes.TalkEnded(call, queue, agent, "caller", wait_ms, talk_ms, 0, 1, ended, "", "", "",
                          "", at)  # fmt: skip
    yield notes.AgentChanged(agent, "wrap_up", "", "", ended)
    yield notes.WrapUpEnded(call, queue, agent, ended, ended + 10_000, at)
    yield notes.AgentChanged(agent, "ready", "", "", ended + 10_000)
    yield closed(n, queue=queue, agent=agent, at=at, wait_ms=wait_ms, talk_ms=talk_ms)


def closed(n: int, **of: int | str) -> notes.CallClosed:
    """The call's record."""
    at, wait_ms, talk_ms = (int(of[name]) for name in ("at", "wait_ms", "talk_ms"))
    queue, agent = str(of["queue"]), str(of["agent"])
    direction = "in" if queue else "out"
    connected = at + wait_ms if talk_ms else -1
    return notes.CallClosed(
        call_id("a", 1, counter=n), direction, "trunk:gw" if queue else "extension:201",
        f"030{n % 50_000:07}", "4001", "", "gw", queue, agent, "", at, at, connected,
        at + wait_ms + talk_ms, "answered" if talk_ms else "abandoned", 16, "caller", wait_ms,
        talk_ms, 0, (n, n + 1),
        (notes.Segment("wait", queue, "", at, at + wait_ms),),
    )  # fmt: skip


def keep(path: Path, calls: int) -> None:
    """Write the record, through the store."""
    store = Store(path, on_committed=lambda batch: None, on_alarm=print, held_max=10_000_000)
    store.start(1)
    every = chain.from_iterable(notes_of(n, calls) for n in range(calls))
    for seq, note in enumerate(every, 1):
        store.put(seq, note)
    store.close()


def asked_for(seq: int, calls: int) -> Asked:
    """The month, or the year."""
    days = DAYS if calls <= CALLS else 365
    last = FIRST + datetime.timedelta(days=days - 1)
    now = (START_MS + 400 * DAY_MS) / 1000
    settings = settings_of(SITE)
    return Asked(first=FIRST, last=last, settings=settings, now=now, heard=now, seq=seq, by="day")


def main() -> None:
    """Print a line per promise."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else CALLS
    most = MOST_S if calls <= CALLS else YEAR_S
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "pbx.db"
        keep(path, calls)
        with contextlib.closing(read_only(path)) as db:
            begun = time.perf_counter()
            db.execute("SELECT sum(length(data)) FROM events").fetchone()
            db.execute("SELECT sum(talk_s) FROM calls").fetchone()
            peer = time.perf_counter() - begun
        reports(path, calls, most=most, peer=peer)


def reports(path: Path, calls: int, *, most: float, peer: float) -> None:
    """Each report as table, CSV and JSON, the slowest of the three; one as the other formats."""
    for report in REPORTS:
        with moment(path) as record:
            begun = time.perf_counter()
            (found,) = made(report, asked_for(record.seq, calls), rows=record.rows)
            read = time.perf_counter() - begun
        slowest = max(seconds(name, found) for name in ("table", "csv", "json"))
        print(line(f"report {report}: s, {calls:,} calls", read + slowest, most=most, peer=peer))
    with moment(path) as record:
        (found,) = made("intervals", asked_for(record.seq, calls), rows=record.rows)
        for name in ("xlsx", "html", "png"):
            told = f"report intervals as {name}: s"
            print(line(told, seconds(name, found), most=most + OTHER_S))
        begun = time.perf_counter()
        first = START_MS // 1000 + 86_400 * 7
        differ = sum(1 for _ in proof.differences(record.db, start=first, end=first + 86_400))
        print(line("verify-figures: s a day", time.perf_counter() - begun, most=most))
    assert differ == 0, f"{differ} figures differ"


def seconds(form: str, report: Report) -> float:
    """How long a report takes in a format."""
    begun = time.perf_counter()
    written(form, [report])
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
