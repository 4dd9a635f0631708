"""A record for tests of reports: rows put in by hand, and a report asked of it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pbx.reports.asked import Asked
from pbx.reports.report import Cell, Report
from pbx.reports.reports import made
from pbx.service.record.database import opened
from tests.pbx.sites import settings_of

MONDAY = datetime.date(2026, 11, 30)
MIDNIGHT = 1_795_993_200  # in Berlin
SITE = """
[site]
timezone = "Europe/Berlin"
currency = "EUR"
agent_hour = 30
[trunk.gw]
host = "192.0.2.1"
channels = 4
[extension.201]
name = "Desk 1"
contact = "sip:192.0.2.11"
[queue.sales]
target = "85/12"
product = "white goods"
[queue.support]
product = "white goods"
[agent.2001]
name = "王小明"
extension = "201"
[agent.2002]
name = "Li Na"
[agent.2003]
[team.inbound]
leader = "2002"
agents = ["2001", "2002"]
[rate."00"]
per_minute = 1.2
[rate."0049"]
per_minute = 0.05
"""


class Record:
    """An empty record of our version."""

    def __init__(self, folder: Path, toml: str = SITE) -> None:
        self.db = opened(folder / "pbx.db", print)
        self.settings = settings_of(toml)
        self.seq = 0

    def put(self, table: str, **values: Any) -> None:
        """A row; columns that are not told are 0, or "" where they hold text."""
        columns = self.db.execute(f"PRAGMA table_info({table})").fetchall()
        row = {name: "" if kind == "TEXT" else 0 for _, name, kind, must, *_ in columns if must}
        row |= {name: None for _, name, _, must, *_ in columns if not must and name not in row}
        assert values.keys() <= row.keys(), values.keys() - row.keys()
        row |= values
        marks = ", ".join("?" * len(row))
        self.db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", [*row.values()])

    def event(self, kind: str, t: float, *, call: str = "", queue: str = "", **data: Any) -> None:
        """An event, with its other fields as they are in JSON."""
        self.seq += 1
        self.put("events", seq=self.seq, t=t, type=kind, call=call, queue=queue,
                 data=json.dumps(data))  # fmt: skip

    def left(self, outcome: str, wait_s: float, *, entered: float, **more: Any) -> None:
        """A visit to a queue that has ended."""
        told = {"call": f"c{self.seq}", "queue": "sales", "position": 1, **more}
        self.event("QueueLeft", entered + wait_s, outcome=outcome, wait_ms=round(wait_s * 1000),
                   entered_wall_ms=round(entered * 1000), **told)  # fmt: skip

    def ask(self, name: str, **more: Any) -> Report:
        """A report of Monday, asked on Tuesday, unless told otherwise."""
        asked = {"first": MONDAY, "last": MONDAY, "settings": self.settings, "seq": self.seq,
                 "now": MIDNIGHT + 172_800.0, "heard": MIDNIGHT + 172_800.0, **more}  # fmt: skip

        def rows(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
            return self.db.execute(sql, params).fetchall()

        (report,) = made(name, Asked(**asked), rows=rows)
        return report


def cells(report: Report, column: str) -> list[Cell]:
    """A column of a report, from the top."""
    place = report.column(column)
    return [row[place] for row in report.rows]


def total(report: Report, column: str) -> Cell:
    """Its cell in the totals."""
    assert report.totals is not None
    return report.totals[report.column(column)]
