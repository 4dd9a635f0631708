"""Quarters of an hour by hand: where visits, states and calls of trunks are counted, and cut."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.figures.counted import QUEUE_COUNTS
from pbx.figures.quarters import QUARTER_MS, Quarters, Standing, Standings, cut, fold, start_of
from pbx.figures.trunk_figures import TRUNK_COUNTS
from pbx.notes import (
    AgentChanged,
    CallClosed,
    Note,
    QueueEntered,
    QueueLeft,
    SiteConfigured,
    TrunkFilled,
)

NINE = 1_764_579_600_000  # a whole quarter
START = NINE // 1000
MINUTE = 60_000


def visits(found: Quarters) -> dict[tuple[int, str, str], dict[str, int]]:
    return {
        key: {name: count for name, count in zip(QUEUE_COUNTS, row, strict=True) if count}
        for key, row in found.queues.items()
    }


def trunks(found: Quarters) -> dict[tuple[int, str], dict[str, int]]:
    return {
        key: {name: count for name, count in zip(TRUNK_COUNTS, row, strict=True) if count}
        for key, row in found.trunks.items()
    }


def changed(state: str, at: int, *, agent: str = "2001", reason: str = "") -> AgentChanged:
    return AgentChanged(agent, state, reason, "", at)


def started(at: int, heard: int = -1) -> SiteConfigured:
    return SiteConfigured("v", ("sales",), ("2001",), at, False, heard)


def closed(direction: str, begun: int, ended: int, *, answered: int = -1) -> CallClosed:
    return CallClosed(
        "c", direction, "trunk:gw", "030", "4001", "", "gw", "", "", "", begun, answered, -1, ended,
        "answered", 16, "caller", 0, 0, 0, (), (),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wall_ms", "start"),
    [(NINE, START), (NINE + QUARTER_MS - 1, START), (NINE + QUARTER_MS, START + 900), (0, 0)],
)
def test_a_quarter_begins_at_whole_900_seconds(wall_ms: int, start: int) -> None:
    assert start_of(wall_ms) == start


def test_a_visit_counts_in_the_quarter_it_entered_however_late_it_ends() -> None:
    entered = NINE + QUARTER_MS - 1
    left = QueueLeft("c", "sales", "abandoned", "", 1, 1, 30_000, entered + 30_000, "", entered)
    found = fold([QueueEntered("c", "sales", "030", 1, 0, entered), left], Standings())
    counts = {"offered": 1, "abandoned": 1, "abandoned_wait_ms": 30_000}
    assert visits(found) == {(START, "sales", ""): counts}


def test_a_state_is_cut_at_every_quarter() -> None:
    notes = [changed("ready", NINE + 14 * MINUTE), changed("talking", NINE + 31 * MINUTE)]
    found = fold(notes, Standings())
    assert found.agents == {
        (START, "2001", "ready", ""): [1, MINUTE],
        (START + 900, "2001", "ready", ""): [0, 15 * MINUTE],
        (START + 1800, "2001", "ready", ""): [0, MINUTE],
        (START + 1800, "2001", "talking", ""): [1, 0],  # goes on
    }
    ended, standing = found.states[NINE + 14 * MINUTE, "2001"]
    assert (ended, standing.state) == (NINE + 31 * MINUTE, "ready")
    assert found.states[NINE + 31 * MINUTE, "2001"][0] is None


def test_a_state_that_is_told_again_goes_on() -> None:
    again = [changed("paused", NINE, reason="lunch"), changed("paused", NINE + 5, reason="lunch")]
    found = fold([*again, changed("paused", NINE + 9, reason="coffee")], Standings())
    assert found.agents == {
        (START, "2001", "paused", "lunch"): [1, 9],
        (START, "2001", "paused", "coffee"): [1, 0],
    }


def test_who_is_logged_out_stands_nowhere() -> None:
    standings = Standings()
    found = fold([changed("ready", NINE), changed("logged_out", NINE + MINUTE)], standings)
    assert found.agents == {(START, "2001", "ready", ""): [1, MINUTE]}
    assert standings.agents == {}


def test_the_time_in_which_the_exchange_was_down_is_nobodys() -> None:
    standings = Standings()
    notes = [
        changed("ready", NINE),
        TrunkFilled("gw", True, 2, NINE),
        started(NINE + 9 * MINUTE, heard=NINE + 2 * MINUTE),
        changed("offered", NINE + 10 * MINUTE),
    ]
    found = fold(notes, standings)
    assert found.agents[START, "2001", "ready", ""] == [2, 3 * MINUTE]  # 0 to 2, and 9 to 10
    assert trunks(found) == {(START, "gw"): {"filled": 1, "full_ms": 2 * MINUTE}}
    assert standings.full == {}


def test_a_reload_cuts_nothing() -> None:
    reloaded = msgspec.structs.replace(started(NINE + 1), reloaded=True)
    found = fold([changed("ready", NINE), reloaded, changed("busy", NINE + 2)], Standings())
    assert found.agents[START, "2001", "ready", ""] == [1, 2]


def test_a_clock_that_was_set_back_gives_no_time_below_nothing() -> None:
    found = fold([changed("ready", NINE), changed("busy", NINE - MINUTE)], Standings())
    assert found.agents == {
        (START, "2001", "ready", ""): [1, 0],
        (START - 900, "2001", "busy", ""): [1, 0],
    }
    assert found.states[NINE, "2001"][0] == NINE


def test_a_call_counts_for_its_trunk_where_it_began_and_its_use_by_the_clock() -> None:
    calls = [
        closed("in", NINE, NINE + QUARTER_MS + 1, answered=NINE),
        closed("out", NINE + 5, NINE + 6),
        msgspec.structs.replace(closed("internal", NINE, NINE + 1), trunk=""),
    ]
    assert trunks(fold(calls, Standings())) == {
        (START, "gw"): {
            "calls_in": 1, "answered_in": 1, "calls_out": 1, "used_ms": QUARTER_MS + 1,
        },
        (START + 900, "gw"): {"used_ms": 1},
    }  # fmt: skip


def test_imported_notes_count_visits_and_calls_and_no_states() -> None:
    notes = [changed("ready", NINE), changed("busy", NINE + 1), closed("in", NINE, NINE + 1)]
    found = fold(notes, Standings(), with_states=False)
    assert (found.agents, found.states) == ({}, {})
    assert len(found.trunks) == 1


def test_what_is_taken_away_leaves_nothing() -> None:
    found = fold([closed("in", NINE, NINE + 5)], Standings())
    assert total(found, found.taken_away()) == {}


NOTES = st.lists(
    st.one_of(
        st.builds(
            changed,
            st.sampled_from(["ready", "offered", "talking", "wrap_up", "paused", "logged_out"]),
            st.integers(NINE, NINE + 3 * QUARTER_MS),
            agent=st.sampled_from(["2001", "2002"]),
        ),
        st.builds(
            TrunkFilled, st.just("gw"), st.booleans(), st.just(2),
            st.integers(NINE, NINE + 3 * QUARTER_MS),
        ),
        st.builds(started, st.integers(NINE, NINE + 3 * QUARTER_MS)),
    ),
    max_size=20,
)  # fmt: skip


@given(NOTES, st.integers(0, 20))
def test_notes_folded_in_parts_count_as_in_one(notes: list[Note], at: int) -> None:
    whole, parts = Standings(), Standings()
    in_one = fold(notes, whole)
    first, second = fold(notes[:at], parts), fold(notes[at:], parts)
    assert total(first, second) == total(in_one)
    assert first.states | second.states == in_one.states
    assert whole == parts


@given(st.integers(0, 4 * QUARTER_MS), st.integers(0, 4 * QUARTER_MS))
def test_the_parts_of_a_stretch_are_the_whole(begins: int, ends: int) -> None:
    parts = list(cut(begins, ends))
    assert sum(ms for _, ms in parts) == max(0, ends - begins)
    assert all(0 < ms <= QUARTER_MS for _, ms in parts)


def test_a_copy_is_folded_into_alone() -> None:
    before = Standings({"2001": Standing("ready", "", "", NINE)}, {"gw": NINE})
    copy = before.copy()
    fold([changed("busy", NINE + 1), TrunkFilled("gw", False, 2, NINE + 1)], copy)
    assert before == Standings({"2001": Standing("ready", "", "", NINE)}, {"gw": NINE})


def total(*parts: Quarters) -> dict[Any, list[int]]:
    """The counts of several together, without those that are 0."""
    sums: dict[Any, list[int]] = {}
    for part in parts:
        for kind in ("queues", "agents", "trunks"):
            for key, row in getattr(part, kind).items():
                before = sums.get((kind, key), [0] * len(row))
                sums[kind, key] = [a + b for a, b in zip(before, row, strict=True)]
    return {key: row for key, row in sums.items() if Counter(row).total() != row.count(0)}
