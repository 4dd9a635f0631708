"""CPU of a console with 200 agents and 500 calls, 4 pictures a second, beside Textual's DataTable.

Both tables draw the same rows on a screen of 160 x 48 without a terminal, in the same run: in each
picture one row in twenty differs, and each second all timers do. DataTable is told each changed
cell, the cheapest way it has of its own.

python -m benchmarks.bench_console
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from typing import Any

from textual.app import App, ComposeResult
from textual.widgets import DataTable

from benchmarks.promise import line
from tui.columns import Column
from tui.live_table import LiveTable
from tui.marks import Cell
from tui.text import duration

AGENTS, CALLS = 200, 500
PICTURES, HZ = 60, 4
CHANGED = 20  # one row in so many
SIZE = (160, 48)
NOW = 1_000_000.0
STATES = ("ready", "talking", "wrap_up", "paused")
NAMES = ("王小明", "Li Na", "Amir", "Ola", "Zhang Wei")

Row = dict[str, Any]


def some_rows(dice: random.Random, count: int) -> list[Row]:
    """Rows of agents or calls."""
    return [
        {
            "key": str(number),
            "name": f"{dice.choice(NAMES)} {number}",
            "state": dice.choice(STATES),
            "since": NOW - dice.randrange(600),
            "party": f"0207946{number:04}",
            "queue": dice.choice(("sales", "support", "billing")),
        }
        for number in range(count)
    ]


def pictures(seed: int) -> Iterator[tuple[float, list[Row], list[Row]]]:
    """Each picture: its time, the agents, the calls."""
    dice = random.Random(seed)
    agents, calls = some_rows(dice, AGENTS), some_rows(dice, CALLS)
    for number in range(PICTURES):
        now = NOW + number / HZ
        for rows in (agents, calls):
            for index in dice.sample(range(len(rows)), len(rows) // CHANGED):
                rows[index] = rows[index] | {"state": dice.choice(STATES), "since": now}
        yield now, list(agents), list(calls)


def cells(row: Row, now: float) -> tuple[str, ...]:
    """What stands in a row."""
    since = duration(now - row["since"])
    return row["key"], row["name"], row["state"], since, row["party"], row["queue"]


TITLES = ("EXT", "NAME", "ST", "FOR", "WITH", "Q")


def column(place: int) -> Column:
    """A column of the live table."""
    return Column(
        TITLES[place],
        lambda row, now: Cell(cells(row, now)[place]),
        10,
        flex=1,
        is_timer=place == 3,
    )


class Live(App[None]):
    """Our tables."""

    CSS = "LiveTable { height: 1fr; }"

    def compose(self) -> ComposeResult:
        for name in ("agents", "calls"):
            yield LiveTable([column(place) for place in range(len(TITLES))], key="key", id=name)

    def show(self, now: float, agents: list[Row], calls: list[Row]) -> None:
        """Draw a picture."""
        self.query_one("#agents", LiveTable).show(agents, now)
        self.query_one("#calls", LiveTable).show(calls, now)


class Plain(App[None]):
    """Textual's tables."""

    CSS = "DataTable { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[str, str], tuple[str, ...]] = {}

    def compose(self) -> ComposeResult:
        yield DataTable(id="agents")
        yield DataTable(id="calls")

    def on_mount(self) -> None:
        for table in self.query(DataTable):
            for title in TITLES:
                table.add_column(title, key=title, width=16)

    def show(self, now: float, agents: list[Row], calls: list[Row]) -> None:
        """Tell each changed cell."""
        for name, rows in (("agents", agents), ("calls", calls)):
            table = self.query_one(f"#{name}", DataTable)
            for row in rows:
                self._put(table, row["key"], wanted=cells(row, now))

    def _put(self, table: DataTable[str], key: str, *, wanted: tuple[str, ...]) -> None:
        drawn = self._last.get((str(table.id), key))
        self._last[str(table.id), key] = wanted
        if drawn is None:
            table.add_row(*wanted, key=key)
            return
        for title, old, new in zip(TITLES, drawn, wanted, strict=True):
            if old != new:
                table.update_cell(key, title, new)


async def share_of_a_core(app: Live | Plain) -> float:
    """CPU seconds for each second of pictures, in percent."""
    spent = 0.0
    async with app.run_test(size=SIZE) as pilot:
        for number, picture in enumerate(pictures(1)):
            began = time.process_time()
            app.show(*picture)
            await pilot.pause()
            spent += (time.process_time() - began) if number >= HZ else 0  # not the first drawing
    return spent / ((PICTURES - HZ) / HZ) * 100


def main() -> None:
    theirs = asyncio.run(share_of_a_core(Plain()))
    ours = asyncio.run(share_of_a_core(Live()))
    name = "console: 200 agents, 500 calls, % of a core (DataTable)"
    print(line(name, ours, peer=theirs, most=6, digits=1))


if __name__ == "__main__":
    main()
