"""The live table: what it draws, and above all what it does not draw again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from tests.tui.consoles import run
from tui.columns import Column
from tui.live_table import LiveTable
from tui.marks import Cell
from tui.text import duration, width_of

Row = dict[str, Any]
NOW = 1_000_000.0
COLUMNS = (
    Column("EXT", lambda row, now: Cell(row["ext"]), 5),
    Column("NAME", lambda row, now: Cell(row["name"]), 8, flex=1),
    Column(
        "FOR",
        lambda row, now: Cell(duration(now - row["since"]), "warn" if row.get("late") else ""),
        8,
        align="right",
        rank=lambda row: row["since"],
        is_timer=True,
    ),
)


class Watched(LiveTable):
    """Tells which lines were drawn."""

    def __init__(self) -> None:
        super().__init__(COLUMNS, key="ext", empty="nobody")
        self.drawn: list[int] = []

    def render_line(self, y: int) -> Strip:
        self.drawn.append(y)
        return super().render_line(y)


class TableApp(App[None]):
    """Nothing but the table."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Watched()
        self.moves = 0
        self.opened: list[Row] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_live_table_moved(self) -> None:
        self.moves += 1

    def on_live_table_chosen(self, event: LiveTable.Chosen) -> None:
        self.opened.append(event.row)


def a_row(number: int, name: str = "", **fields: Any) -> Row:
    return {"ext": str(number), "name": name or f"name {number}", "since": NOW - number, **fields}


class Shown(NamedTuple):
    app: TableApp
    pilot: Pilot[None]

    @property
    def table(self) -> Watched:
        return self.app.table

    def lines(self) -> list[str]:
        """The table's lines as they stand on the screen."""
        found = [self.table.render_line(y).text for y in range(self.table.size.height)]
        self.table.drawn.clear()
        return found

    async def drawn_after(self, step: Any) -> list[int]:
        """Which lines a step has drawn."""
        await self.pilot.pause()
        self.table.drawn.clear()
        step()
        await self.pilot.pause()
        return sorted(set(self.table.drawn))


@asynccontextmanager
async def shown(rows: list[Row], size: tuple[int, int] = (30, 8)) -> AsyncIterator[Shown]:
    """An app with the table, after its first drawing."""
    app = TableApp()
    async with app.run_test(size=size) as pilot:
        app.table.show(rows, NOW)
        await pilot.pause()
        yield Shown(app, pilot)


def test_a_table_shows_its_head_and_rows() -> None:
    async def scenario() -> None:
        async with shown([a_row(12, "Ann"), a_row(75, "Bob", late=True)]) as it:
            assert it.lines() == [
                "EXT   NAME                 FOR",
                "12    Ann                 0:12",
                "75    Bob               1:15 !",
                *[" " * 30] * 5,
            ]

    run(scenario())


def test_columns_stay_aligned_with_chinese_names() -> None:
    async def scenario() -> None:
        names = ("王小明", "Ann", "王小明王小明王小明", "\u202emixed 王\x07")
        async with shown([a_row(n, name) for n, name in enumerate(names)]) as it:
            lines = it.lines()
            assert [width_of(line) for line in lines] == [30] * 8
            assert lines[3] == "2     王小明王小明王~     0:02"
            assert lines[4] == "3     mixed 王            0:03"

    run(scenario())


def test_only_rows_that_differ_are_drawn_again() -> None:
    async def scenario() -> None:
        rows = [a_row(n) for n in range(6)]
        async with shown(rows) as it:
            rows[4] = rows[4] | {"name": "other"}
            assert await it.drawn_after(lambda: it.table.show(rows, NOW)) == [5]
            assert await it.drawn_after(lambda: it.table.show(list(rows), NOW)) == []
            assert "other" in it.lines()[5]

    run(scenario())


def test_rows_out_of_sight_are_not_drawn() -> None:
    async def scenario() -> None:
        rows = [a_row(n) for n in range(500)]
        async with shown(rows) as it:
            changed = rows[:7] + [row | {"name": "other"} for row in rows[7:]]
            assert await it.drawn_after(lambda: it.table.show(changed, NOW)) == []

    run(scenario())


def test_a_second_draws_only_the_timers_that_differ() -> None:
    async def scenario() -> None:
        rows = [a_row(1), a_row(2) | {"since": NOW + 10}, a_row(3)]
        async with shown(rows) as it:
            assert await it.drawn_after(lambda: it.table.tick(NOW + 1)) == [1, 3]
            assert await it.drawn_after(lambda: it.table.tick(NOW + 1.5)) == []
            assert it.lines()[1].endswith("0:02")

    run(scenario())


def test_a_timer_shorter_than_no_time_at_all_is_zero() -> None:
    async def scenario() -> None:
        async with shown([a_row(-40)]) as it:
            assert it.lines()[1].endswith(" 0:00")

    run(scenario())


def test_the_cursor_stays_on_its_row_when_others_come_and_go() -> None:
    async def scenario() -> None:
        rows = [a_row(n) for n in range(5)]
        async with shown(rows) as it:
            await it.pilot.press("down", "down")
            assert it.table.chosen == rows[2]
            it.table.show([a_row(9), *rows], NOW)
            assert it.table.chosen == rows[2]
            it.table.show(rows[2:], NOW)
            assert it.table.chosen == rows[2]
            it.table.show([rows[0], rows[4]], NOW)
            assert it.table.chosen == rows[0]  # the row has gone: its place was the first
            it.table.show([], NOW)
            assert it.table.chosen is None
            await it.pilot.press("down", "enter", "end", "pageup")

    run(scenario())


def test_moving_the_cursor_draws_two_rows_and_tells_once() -> None:
    async def scenario() -> None:
        async with shown([a_row(n) for n in range(5)]) as it:
            before = it.app.moves
            drawn = await it.drawn_after(lambda: it.table.action_move(1))
            assert drawn == [1, 2]
            assert it.app.moves == before + 1
            it.table.action_move(0)
            await it.pilot.pause()
            assert it.app.moves == before + 1

    run(scenario())


def test_the_view_follows_the_cursor_through_a_long_list() -> None:
    async def scenario() -> None:
        rows = [a_row(n) for n in range(500)]
        async with shown(rows) as it:
            await it.pilot.press("end")
            await it.pilot.pause()
            assert it.lines()[-1].startswith("499")
            await it.pilot.press("pageup")
            assert it.table.chosen == rows[493]
            await it.pilot.press("home")
            await it.pilot.pause()
            assert it.lines()[1].startswith("0 ")
            it.table.show(rows[400:], NOW)
            it.table.put_cursor("450")
            await it.pilot.pause()
            assert any(line.startswith("450") for line in it.lines())
            assert not it.table.put_cursor("3")

    run(scenario())


def test_a_list_that_becomes_short_is_seen_from_its_top() -> None:
    async def scenario() -> None:
        rows = [a_row(n) for n in range(500)]
        async with shown(rows) as it:
            await it.pilot.press("end")
            it.table.show(rows[:3], NOW)
            await it.pilot.pause()
            assert [line[:3].strip() for line in it.lines()[1:5]] == ["0", "1", "2", ""]

    run(scenario())


def test_a_log_is_read_from_its_top_until_the_cursor_leaves_it() -> None:
    async def scenario() -> None:
        rows = [a_row(n) for n in range(100)]
        async with shown(rows[50:]) as it:
            it.table.is_log = True
            it.table.show(rows[20:], NOW)
            await it.pilot.pause()
            assert it.lines()[1].startswith("20")
            await it.pilot.press("down")
            it.table.show(rows, NOW)
            await it.pilot.pause()
            assert it.table.chosen == rows[21]
            assert any(line.startswith("21") for line in it.lines())

    run(scenario())


def test_s_sorts_by_the_next_column_and_a_capital_turns_it_round() -> None:
    async def scenario() -> None:
        rows = [a_row(5, "b"), a_row(20, "c"), a_row(1, "a")]
        async with shown(rows) as it:
            await it.pilot.press("s", "s")
            assert [row["name"] for row in it.table.order] == ["a", "b", "c"]
            assert it.table.sorting == "NAME ^"
            await it.pilot.press("S")
            assert [row["name"] for row in it.table.order] == ["c", "b", "a"]
            await it.pilot.press("s", "S")
            assert [row["ext"] for row in it.table.order] == ["20", "5", "1"]  # longest first
            await it.pilot.press("s")
            assert it.table.order == rows
            assert it.table.sorting == ""

    run(scenario())


def test_a_click_puts_the_cursor_there_and_on_the_head_sorts() -> None:
    async def scenario() -> None:
        rows = [a_row(n) for n in (3, 1, 2)]
        async with shown(rows) as it:
            await it.pilot.click(LiveTable, offset=(2, 3))
            assert it.table.chosen == rows[2]
            await it.pilot.click(LiveTable, offset=(2, 6))  # below the last row
            assert it.table.chosen == rows[2]
            await it.pilot.click(LiveTable, offset=(2, 0))
            assert [row["ext"] for row in it.table.order] == ["1", "2", "3"]
            await it.pilot.press("enter")
            await it.pilot.pause()
            assert it.app.opened == [rows[2]]

    run(scenario())


def test_a_filter_hides_rows_until_it_is_empty() -> None:
    async def scenario() -> None:
        rows = [a_row(1, "Ann"), a_row(2, "Bob"), a_row(3, "Anna")]
        async with shown(rows) as it:
            it.table.filter("ann")
            assert [row["name"] for row in it.table.order] == ["Ann", "Anna"]
            it.table.filter("nobody here")
            assert it.lines()[1].startswith("nobody")
            it.table.filter("")
            assert it.table.order == rows

    run(scenario())


@pytest.mark.parametrize("size", [(80, 24), (20, 5), (9, 3), (1, 1)])
def test_a_table_bears_any_size(size: tuple[int, int]) -> None:
    async def scenario() -> None:
        async with shown([a_row(n, "王小明") for n in range(50)]) as it:
            await it.pilot.resize_terminal(*size)
            await it.pilot.pause()
            await it.pilot.press("end", "down", "home")
            assert {width_of(line) for line in it.lines()} == {it.table.size.width}

    run(scenario())


def test_keys_that_are_no_text_and_rows_with_the_same_key_do_no_harm() -> None:
    async def scenario() -> None:
        rows: list[Row] = [a_row(1) | {"ext": "1"}, a_row(1), {**a_row(2), "ext": ""}]
        async with shown(rows) as it:
            await it.pilot.press("down", "down", "up")
            it.table.show([*rows, *rows], NOW)
            await asyncio.sleep(0)
            assert len(it.table.order) == 6

    run(scenario())
