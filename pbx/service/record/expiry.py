"""What is older than `[retention]` allows leaves the record, a few rows at a time.

    this thread     every 5 minutes: read the oldest keys, ask for their rows to go (`put_beside`)
    writer thread   deletes them with its next commit, as it writes all else

A call takes its segments and its sounds along. The row of a recording goes when its file is gone
and the row is as old as a call may be. Agents' states go with the events they follow from; the
counts of quarters of an hour stay, they name no caller. What was deleted is told once a day.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import NamedTuple

from config.kinds import DAY_S
from config.settings import Retention as Limits
from pbx.service.record.database import read_only
from pbx.service.record.rows import (
    Beside,
    OldCall,
    OldEvent,
    OldRecording,
    OldSegments,
    OldSounds,
    OldStates,
)

LOOK_S = 300.0
STEP_S = 0.5  # between two steps of a look: the writer has committed by then
STEPS_MAX = 500  # of one look
ROWS_MAX = 100  # of each kind in a step

Key = str | int | float
Put = Callable[[Beside], object]


class Kind(NamedTuple):
    """Rows that grow old: after how many days, the oldest keys, what makes each of them go."""

    days: Callable[[Limits], int]
    oldest: str
    gone: tuple[Callable[..., Beside], ...]


# A call goes last: until then it is found again, whatever comes between.
KINDS = {
    "calls": Kind(
        lambda limits: limits.calls_days,
        "SELECT id FROM calls WHERE started < ? ORDER BY started LIMIT ?",
        (OldSegments, OldSounds, OldCall),
    ),
    "recordings": Kind(
        lambda limits: limits.calls_days,
        "SELECT call FROM recordings WHERE state = 'deleted' AND started < ? "
        "ORDER BY started LIMIT ?",
        (OldRecording,),
    ),
    "states": Kind(
        lambda limits: limits.events_days,
        "SELECT DISTINCT started FROM agent_states WHERE ended IS NOT NULL AND started < ? "
        "ORDER BY started LIMIT ?",
        (OldStates,),
    ),
    "events": Kind(
        lambda limits: limits.events_days,
        "SELECT seq FROM events WHERE t < ? ORDER BY t LIMIT ?",
        (OldEvent,),
    ),
}


class Expiry:
    """The steps, of one thread; `deleted` counts the rows of each kind that have gone."""

    def __init__(self, database: Path, put: Put) -> None:
        self.deleted: Counter[str] = Counter()
        self._database, self._put = database, put
        self._asked: dict[str, Sequence[Key]] = {}

    def begin(self) -> None:
        """Ask anew for what was asked for and still stands: the writer may have lost it."""
        self._asked.clear()

    def step(self, limits: Limits, wall_s: float) -> bool:
        """Ask for the oldest rows to go; False when all are young enough. Raises sqlite3.Error."""
        is_more = False
        with contextlib.closing(read_only(self._database)) as db:
            for name, kind in KINDS.items():
                days = kind.days(limits)
                keys = _oldest(db, kind, before=wall_s - days * DAY_S) if days else []
                self._ask(name, keys)
                is_more = is_more or bool(keys)
        return is_more

    def _ask(self, name: str, keys: list[Key]) -> None:
        """Count what has gone since the last step; ask for more once all of that has."""
        asked, standing = self._asked.get(name, ()), set(keys)
        left = [key for key in asked if key in standing]
        self.deleted[name] += len(asked) - len(left)
        self._asked[name] = left or keys
        for gone in () if left else KINDS[name].gone:
            for key in keys:
                self._put(gone(key))


def _oldest(db: sqlite3.Connection, kind: Kind, *, before: float) -> list[Key]:
    return [key for (key,) in db.execute(kind.oldest, (before, ROWS_MAX))]


class Retention:
    """Looks by the clock, in a thread; `limits` may be set anew at any time. `on_told(text)` is
    called in that thread."""

    def __init__(
        self, database: Path, limits: Limits, *, put: Put, on_told: Callable[[str], object]
    ) -> None:
        self.limits = limits
        self.expiry = Expiry(database, put)
        self._on_told = on_told
        self._zone: tzinfo | None = None
        self._day: date | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)

    def open(self, zone: tzinfo | None) -> None:
        """Begin; a day is one of `zone` (None: the system's)."""
        self._zone = zone
        self._thread.start()

    def close(self) -> None:
        """Stop at the next step; twice is once."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(sqlite3.Error, OSError):  # the writer's alarm tells of it
                self._look()
            self.tell(time.time())
            self._stop.wait(LOOK_S)

    def _look(self) -> None:
        self.expiry.begin()
        for _ in range(STEPS_MAX):
            if not self.expiry.step(self.limits, time.time()) or self._stop.wait(STEP_S):
                return

    def tell(self, wall_s: float) -> None:
        """Say what was deleted, when the local day has changed since this was asked last."""
        today = datetime.fromtimestamp(wall_s, self._zone).date()
        deleted = self.expiry.deleted
        if self._day not in (None, today) and deleted.total():
            rows = ", ".join(f"{count} {name}" for name, count in deleted.items() if count)
            self._on_told(f"retention: deleted {rows}, older than [retention] allows")
            deleted.clear()
        self._day = today
