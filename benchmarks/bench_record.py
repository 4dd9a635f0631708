"""The record's cost: microseconds per journal record and per call, from note to committed row.

Peer, in the same run: only the call's row by plain sqlite3, a commit each, as a CDR module does it.
Ours is nine notes a call, three segments, queue_log and Master.csv.
"""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.promise import line
from pbx import events
from pbx.codec import decode_record
from pbx.service.journal import reader as journal_files
from pbx.service.journal.journal import Journal, JournalLimits
from pbx.service.record.database import MIGRATIONS
from pbx.service.record.rows import call_row
from pbx.service.record.store import Batch, Store
from tests.pbx.service.record.call_notes import NOTES_PER_CALL, closed, notes_of

RECORDS, CALLS, PEER_CALLS = 50_000, 3_000, 500


def a_fact(n: int) -> events.Fact:
    """Every eighth fact is an arrival with its dialog, the others are short."""
    if n % 8:
        return events.Released(leg=(1 << 33) | n, cause=16)
    return events.CallArrived((1 << 33) | n, "trunk:gw", "13800138000", "4001", dialog=b"x" * 300)


def per_item_us(work: Callable[[], object], items: int) -> tuple[float, float]:
    """Wall and CPU microseconds per item."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return wall / items * 1e6, cpu / items * 1e6


def journal_us(folder: Path) -> tuple[float, float]:
    """Wall microseconds per record: written in turns of four, and read back."""
    journal = Journal(
        folder, group="a", epoch=1, limits=JournalLimits(records_per_file=1 << 30), on_alarm=print
    )
    journal.rotate(b"", seq=0, wall_ms=0)
    facts = [a_fact(n) for n in range(RECORDS)]

    def write() -> None:
        for n, fact in enumerate(facts):
            journal.append(n, fact)
            if n % 4 == 3:
                journal.write()

    wrote, _ = per_item_us(write, RECORDS)
    journal.close(0)
    [path] = journal_files.files(folder)
    data = path.read_bytes()
    read, _ = per_item_us(
        lambda: [decode_record(payload) for payload, _ in journal_files.frames(data)], RECORDS
    )
    return wrote, read


def store_us(path: Path) -> tuple[float, float]:
    """Wall and CPU microseconds per call from `put` to committed, logs and all."""
    done = threading.Event()
    last = CALLS * NOTES_PER_CALL

    def committed(batch: Batch) -> None:
        if batch[-1][0] == last:
            done.set()

    notes = [note for n in range(CALLS) for note in notes_of(n)]
    store = Store(path, on_committed=committed, on_alarm=print)
    store.start(1)

    def put() -> None:
        for seq, note in enumerate(notes, 1):
            store.put(seq, note)
        done.wait()

    figures = per_item_us(put, CALLS)
    store.close()
    return figures


def peer_us(path: Path) -> tuple[float, float]:
    """Wall and CPU microseconds per call: only the row of `calls`, a commit each."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.executescript(MIGRATIONS[0].read_text())
    marks = ", ".join("?" * 22)
    records = [closed(n) for n in range(PEER_CALLS)]

    def write() -> None:
        for record in records:
            db.execute(f"INSERT INTO calls VALUES ({marks})", call_row(record))
            db.commit()

    figures = per_item_us(write, PEER_CALLS)
    db.close()
    return figures


def main() -> None:
    """Print a line per promise."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wrote, read = journal_us(folder / "journal")
        wall, cpu = store_us(folder / "pbx.db")
        peer_wall, peer_cpu = peer_us(folder / "peer.db")
    print(line("journal: us per record written", wrote, most=2))
    print(line("journal: us per record read", read, most=2))
    print(line("record: us of CPU per call, rows and logs", cpu, most=150, peer=peer_cpu, digits=0))
    print(line("record: us per call until committed", wall, most=500, peer=peer_wall, digits=0))


if __name__ == "__main__":
    main()
