"""A record for the tests of reports: an empty database of our version, filled by hand."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config.settings import Settings, Site
from pbx.reports.asked import Asked
from pbx.reports.report import Report
from pbx.service.record.database import opened

ZONE = "Europe/Berlin"
DAY = datetime.date(2026, 11, 23)
SITE = Site(timezone=ZONE, currency="EUR", agent_hour=30)
CALL: dict[str, Any] = {
    "direction": "in", "source": "trunk:isdn", "calling": "5551000", "called": "100",
    "trunk": "isdn", "queue": "", "agent": "", "answered": None, "connected": None,
    "outcome": "no_answer", "cause": 16, "ended_by": "caller", "wait_s": 0, "talk_s": 0,
    "hold_s": 0, "recording": "", "name": "", "extension": "", "sip_call_id": "",
}  # fmt: skip


class Record:
    """The database, and what is put into it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.calls = 0

    def rows(self, sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """As reports read."""
        return self.db.execute(sql, params).fetchall()

    def put(self, table: str, **cells: Any) -> None:
        """A row; what is not told is 0."""
        told = {
            name: 0 for (name,) in self.rows(f"SELECT name FROM pragma_table_info('{table}')", {})
        }
        told |= cells
        names = ", ".join(f'"{name}"' for name in told)
        marks = ", ".join(f":{name}" for name in told)
        self.db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", told)

    def call(self, started: float, *, seconds: float = 0, **cells: Any) -> str:
        """A call of so many seconds; its id."""
        self.calls += 1
        name = str(cells.pop("id", f"c{self.calls}"))
        times = {"started": started, "ended": started + seconds}
        self.put("calls", id=name, **CALL | times | cells)
        return name

    def dial(self, started: float, *, ring: float = 5, talk: float | None = None, **of: Any) -> str:
        """A call out from extension 201, answered if there is `talk`, in seconds."""
        told: dict[str, Any] = {"direction": "out", "source": "extension:201", "trunk": "isdn"}
        if talk is not None:
            connected = started + ring
            told |= {"answered": connected, "connected": connected}
            told |= {"outcome": "answered", "talk_s": talk}
        return self.call(started, seconds=ring + (talk or 0), **told | of)


@contextmanager
def a_record(folder: Path) -> Iterator[Record]:
    """An empty record in a folder."""
    db = opened(folder / "pbx.db", lambda *_: None)
    try:
        yield Record(db)
    finally:
        db.close()


def at(text: str, day: datetime.date = DAY) -> int:
    """A local time of the day, `09:30` or `09:30:15`, in epoch seconds."""
    clock = datetime.time.fromisoformat(text)
    return int(datetime.datetime.combine(day, clock, ZoneInfo(ZONE)).timestamp())


def asked_for(first: datetime.date = DAY, *, days: int = 1, **of: Any) -> Asked:
    """What is asked of the days, long after them."""
    last = first + datetime.timedelta(days=days - 1)
    told: dict[str, Any] = {"settings": Settings(site=SITE), "now": at("12:00") + 1e8, "seq": 7}
    told["heard"] = of.get("now", told["now"])
    return Asked(first=first, last=last, **told | of)


def column(report: Report, name: str) -> list[Any]:
    """The cells of a column."""
    place = report.column(name)
    return [row[place] for row in report.rows]


def total(report: Report, name: str) -> Any:
    """The total of a column."""
    assert report.totals is not None
    return report.totals[report.column(name)]
