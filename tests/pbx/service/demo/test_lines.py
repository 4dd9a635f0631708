"""What the demo prints: a line an event, whatever the event holds, and a summary that parses."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbx.figures.queue_figures import figures_of
from pbx.service.demo.lines import TEXTS, readable, summary
from pbx.service.socket.event_line import EVENT_NAMES

MOMENT = 1_700_000_000.5  # 22:13:20 in UTC


def a_row(**figures: object) -> dict[str, object]:
    """A row of `queue.status`, as far as the summary reads it."""
    return {"figures": {**figures_of({}), **figures}}


def test_an_event_is_a_line_with_the_sites_time() -> None:
    event = {"seq": 1, "t": MOMENT, "type": "queue.entered", "call": "a1", "queue": "sales"}
    line = readable({**event, "position": 2}, ZoneInfo("Etc/GMT-8"))
    assert line.split() == ["06:13:20", "queue.entered", "a1", "sales,", "position", "2"]


@pytest.mark.parametrize("fields", [{}, {"wait_s": None, "call": 7}, {"new": {"a": [1]}}])
@pytest.mark.parametrize("kind", [*TEXTS, "something.new", ""])
def test_an_event_of_other_fields_is_a_line_too(kind: str, fields: dict[str, object]) -> None:
    line = readable({"type": kind, "t": MOMENT, "seq": 3, **fields}, UTC)
    assert line.startswith("22:13:20 ") and "\n" not in line
    assert all(name in line for name in fields) or kind in TEXTS


def test_what_callers_call_themselves_breaks_no_line() -> None:
    event = {"type": "call.opened", "t": MOMENT, "call": "a1", "called": "4"}
    assert readable({**event, "calling": "5\n\x1b[2J"}, UTC).isprintable()


def test_an_event_without_a_time_is_a_line() -> None:
    line = readable({"type": "lagged", "from": 1, "to": 2}, UTC)
    assert line.split() == ["-", "lagged", "from=1", "to=2"]


def test_the_table_holds_every_event_of_calls_and_queues() -> None:
    assert {name for name in EVENT_NAMES.values() if name.startswith(("call.", "queue."))} <= set(
        TEXTS
    )


def test_the_summary_is_a_name_and_a_figure_a_line() -> None:
    rows = [
        a_row(offered=12, answered=8, abandoned=2, overflowed=1, exited=1, answered_within=7),
        a_row(offered=5, answered=3, abandoned=1, answered_within=3),
    ]
    assert summary(rows, Path("/tmp/x")) == [
        "offered 17",
        "answered 11",
        "abandoned 3",
        "service_level 0.62",
        "data /tmp/x",
    ]


def test_without_a_call_there_is_no_service_level() -> None:
    assert summary([a_row(), a_row(offered=1)], Path("x"))[3] == "service_level -"
    assert summary([], Path("x"))[0] == "offered 0"
