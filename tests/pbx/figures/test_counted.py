"""What each note counts, and that live days and the record's quarters have room for all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbx.figures.counted import QUEUE_COUNTS, Counted, counted
from pbx.figures.trunk_figures import TRUNK_COUNTS, TRUNK_FIGURES
from pbx.notes import (
    MenuPassed,
    Note,
    OfferEnded,
    QueueEntered,
    QueueLeft,
    TalkEnded,
    TalkStarted,
    WrapUpEnded,
)
from pbx.state import QueueDay
from tests.shared import ROOT

MIGRATION: Path = ROOT / "pbx/service/record/migrations/0007_figures.sql"


def left(outcome: str, wait_ms: int) -> QueueLeft:
    return QueueLeft("c", "sales", outcome, "", 1, 1, wait_ms, 90_000, "", 10_000, 20_000, 5_000)


@pytest.mark.parametrize(
    ("note", "agent", "counts"),
    [
        (QueueEntered("c", "sales", "030", 1, 0, 10_000), "", {"offered": 1}),
        (left("answered", 20_000), "",
         {"answered": 1, "answered_wait_ms": 20_000, "answered_within": 1}),
        (left("answered", 20_001), "",
         {"answered": 1, "answered_wait_ms": 20_001, "answered_within": 0}),
        (left("abandoned", 5_000), "",
         {"abandoned": 1, "abandoned_wait_ms": 5_000, "abandoned_within": 1,
          "abandoned_short": 1}),
        (left("abandoned", 20_001), "",
         {"abandoned": 1, "abandoned_wait_ms": 20_001, "abandoned_within": 0,
          "abandoned_short": 0}),
        (left("overflowed", 1), "", {"overflowed": 1}),
        (left("exited", 1), "", {"exited": 1}),
        (TalkStarted("c", "sales", "2001", 8_000, 3_000, 7, 18_000, "", 10_000), "2001",
         {"taken": 1, "ring_ms": 3_000}),
        (OfferEnded("c", "sales", "2001", "no_answer", True, 15_000, 30_000, "", 10_000), "2001",
         {"refused": 0, "missed": 1, "missed_ring_ms": 15_000}),
        (OfferEnded("c", "sales", "2001", "refused", False, 900, 30_000, "", 10_000), "2001",
         {"refused": 1}),
        (TalkEnded("c", "sales", "2001", "transfer", 8_000, 60_000, 9_000, 1, 78_000, "202",
                   "", "", "", 10_000), "2001",
         {"handled": 1, "talk_ms": 60_000, "hold_ms": 9_000, "transferred": 1}),
        (WrapUpEnded("c", "sales", "2001", 78_000, 88_000, 10_000), "2001",
         {"wrapped": 1, "wrap_up_ms": 10_000}),
    ],
)  # fmt: skip
def test_a_note_counts_when_its_visit_entered(
    note: Note, agent: str, counts: dict[str, int]
) -> None:
    assert counted(note) == Counted(10_000, "sales", agent, counts)


def test_a_note_of_no_visit_counts_nothing() -> None:
    assert counted(MenuPassed("c", "main", "1", "queue:sales", 1)) is None


@pytest.mark.parametrize(
    ("note", "entered_wall_ms"),
    [
        (QueueLeft("c", "sales", "abandoned", "", 1, 1, 8_000, 18_000), 10_000),
        (TalkStarted("c", "sales", "2001", 8_000, 3_000, 7, 18_000), 10_000),
        (TalkEnded("c", "sales", "2001", "caller", 8_000, 60_000, 0, 1, 78_000), 10_000),
        (OfferEnded("c", "sales", "2001", "no_answer", True, 5_000, 18_000), 13_000),
        (WrapUpEnded("c", "sales", "2001", 78_000, 88_000), 78_000),
    ],
)
def test_an_old_event_is_put_where_it_comes_closest(note: Note, entered_wall_ms: int) -> None:
    told = counted(note)
    assert told is not None and told.entered_wall_ms == entered_wall_ms


def test_a_day_and_the_record_have_room_for_every_count() -> None:
    assert set(QUEUE_COUNTS) <= set(QueueDay.__struct_fields__)
    assert columns_of("queue_quarters")[3:] == list(QUEUE_COUNTS)
    assert columns_of("trunk_quarters")[2:] == list(TRUNK_COUNTS)


def test_the_figures_of_a_trunk_are_made_of_what_is_counted() -> None:
    used = {count for each in TRUNK_FIGURES.values() for count in (*each.top, *each.bottom)}
    assert used <= {*TRUNK_COUNTS, "one", "time_ms", "peak_ms", "hour_ms"}


def columns_of(table: str) -> list[str]:
    text = MIGRATION.read_text().split(f"CREATE TABLE {table} (\n")[1].split("PRIMARY KEY")[0]
    return [line.split()[0] for line in text.splitlines() if line.strip()]
