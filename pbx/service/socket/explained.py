"""Why a call of the past went where it went: the journal, replayed as far as that call.

    pbx.db: when was it?  ->  the journal's file before  ->  exchange, record by record  ->  rows

Nothing is written down while calls run: for each offer the very exchange that made it is asked
again who else there was, and why each of them was passed over.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from pbx.events import Refused
from pbx.notes import Note, Offered
from pbx.service.journal import reader as journal_files
from pbx.service.journal.replay import Feeder, ReplayError
from pbx.service.record.database import read_only
from pbx.service.socket.contract import Row
from pbx.service.socket.event_line import EVENT_NAMES, shown
from pbx.service.socket.ineligible import passed_over

_SPAN = (
    "SELECT min(seq), max(seq) FROM events, calls WHERE calls.id = ? AND call = calls.id "
    "AND t BETWEEN started - 1 AND ended + 1"
)


def explained(database: Path, journal: Path, *, call: str) -> list[Row] | Refused:
    """The decisions about an ended call, oldest first, each offer followed by those passed over.

    Waits for the disk; reads at most the journal's files from before the call to its end."""
    try:
        with contextlib.closing(read_only(database)) as db:
            first, last = db.execute(_SPAN, (call,)).fetchone()
        if first is None:
            return Refused("not_found", f"no call {call!r} has ended")
        files = _files(journal, first)
        if not files:
            return Refused("not_found", f"the journal of call {call!r} is no longer kept")
        return _Telling(call, last).rows(files)
    except (OSError, sqlite3.Error) as error:
        return Refused("refused", f"the record cannot be read: {error}")
    except (journal_files.JournalDamaged, ReplayError) as error:
        return Refused("refused", f"the journal cannot be read: {error}")


def _files(journal: Path, seq: int) -> list[Path]:
    """The journal's files from the newest whose snapshot is older than note `seq`."""
    found = journal_files.since_snapshot(journal, seq - 1, bytes_max=1 << 62)
    snapshot = journal_files.snapshot_of(found[0]) if found else None
    return found if snapshot is not None and snapshot.seq < seq else []


def told(notes: Iterable[Note]) -> list[Row]:
    """The decisions among the notes of a call; its record is none."""
    return [
        {"t": note.wall_ms / 1000, "what": EVENT_NAMES[type(note)], **shown(note)}
        for note in notes
        if hasattr(note, "wall_ms")
    ]


class _Telling:
    """Collects what the replay says of one call, until its last note."""

    def __init__(self, call: str, last: int) -> None:
        self._call, self._last = call, last
        self._feeder = Feeder(self._noted)
        self._rows: list[Row] = []

    def rows(self, files: list[Path]) -> list[Row]:
        for record in journal_files.read(files):
            self._feeder.feed(record)
            if self._feeder.seq >= self._last:
                break
        return self._rows

    def _noted(self, seq: int, note: Note) -> None:
        if getattr(note, "call", "") != self._call:
            return
        self._rows += told([note])
        if isinstance(note, Offered):
            self._rows += self._others(note)

    def _others(self, note: Offered) -> list[Row]:
        exchange = self._feeder.exchange
        assert exchange is not None
        call = exchange.state.calls.get(note.call)
        if call is None or call.visit is None:
            return []
        rows = passed_over(exchange, call.visit.entry, exchange.state.now)
        return [row for row in rows if row["agent"] != note.agent]
