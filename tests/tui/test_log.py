"""The log's lines: the other fields of an event, what matters first."""

from __future__ import annotations

from tui.log import details, last_events


def test_what_matters_stands_first() -> None:
    row = {
        "seq": 7, "type": "queue.left", "call": "c1", "position": 2, "queue": "sales",
        "wait_s": 72.4, "outcome": "answered", "agent": "2001", "t": 1.5,
    }  # fmt: skip
    assert details(row) == "queue sales  agent 2001  outcome answered  position 2  wait 1:12"


def test_fields_that_say_nothing_are_left_out() -> None:
    row = {"agent": "", "missed": False, "reloaded": True, "queues": ["a", "b"], "x": None, "y": []}
    assert details(row) == "reloaded  queues a,b"


def test_odd_values_are_shown_as_text() -> None:
    row = {"wait_s": "long", "reason": "a\x1b[2Jb", "more": {"a": 1}, "n_s": [1]}
    assert details(row) == "reason a[2Jb  wait long  more {'a': 1}  n 1"


def test_the_last_event_comes_first_with_its_number_as_key() -> None:
    events = [{"seq": 1, "type": "a"}, {"type": "lagged"}, {"seq": 3, "type": "b"}]
    assert [row["n"] for row in last_events(events)] == [3, None, 1]
    assert "n" not in events[0]
