"""An event as JSON: names, units, and a name for every note."""

from __future__ import annotations

import json

from pbx.notes import AgentPaused, CallClosed, Note, Segment, TalkStarted
from pbx.service.socket.event_line import EVENT_NAMES, lagged_line, line, scope_of

CLOSED = CallClosed(
    call="a00003-00000007",
    direction="in",
    source="trunk:gateway",
    calling="5551000",
    called="100",
    name="",
    trunk="gateway",
    queue="sales",
    agent="2001",
    extension="201",
    started_wall_ms=1_700_000_000_500,
    answered_wall_ms=0,
    connected_wall_ms=0,
    ended_wall_ms=1_700_000_012_000,
    outcome="abandoned",
    cause=16,
    ended_by="caller",
    wait_ms=11_500,
    talk_ms=0,
    hold_ms=0,
    legs=(7,),
    segments=(Segment("wait", "sales", "", 1_700_000_000_500, 1_700_000_012_000),),
)


def test_every_note_has_an_event_name() -> None:
    assert set(Note.__subclasses__()) == set(EVENT_NAMES)


def test_no_two_notes_share_a_name() -> None:
    assert len(set(EVENT_NAMES.values())) == len(EVENT_NAMES)


def test_an_event_is_one_line_of_json_rpc() -> None:
    text = line(5, (1.25, "call.ended", CLOSED))
    assert text.endswith(b"}\n")
    assert text.count(b"\n") == 1
    message = json.loads(text)
    assert (message["jsonrpc"], message["method"]) == ("2.0", "event")
    assert [message["params"][key] for key in ("seq", "t", "type")] == [5, 1.25, "call.ended"]


def test_times_are_epoch_seconds_and_durations_seconds() -> None:
    event = json.loads(line(1, (0.0, "call.ended", CLOSED)))["params"]
    assert event["started"] == 1_700_000_000.5
    assert event["answered"] is None
    assert event["wait_s"] == 11.5
    assert event["segments"][0]["ended"] == 1_700_000_012.0
    assert not any(key.endswith("_ms") for key in event)


def test_names_in_any_script_pass() -> None:
    event = AgentPaused("2001", True, "喝茶\n", "王小明", ("销售",), 0)
    params = json.loads(line(1, (0.0, "agent.paused", event)))["params"]
    assert (params["reason"], params["queues"]) == ("喝茶\n", ["销售"])


def test_the_scope_is_the_queue_and_for_agents_the_agent() -> None:
    talk = TalkStarted("c", "sales", "2001", 0, 0, 7, 0)
    assert scope_of("call.answered", talk) == "sales"
    assert scope_of("agent.paused", AgentPaused("2001", True, "", "", (), 0)) == "2001"
    assert scope_of("trunk.changed", {"trunk": "gateway"}) == ""
    assert scope_of("queue.left", {"queue": None}) == ""


def test_lagged_tells_what_is_missing() -> None:
    message = json.loads(lagged_line(8, 11))
    assert (message["method"], message["params"]) == ("lagged", {"from": 8, "to": 11})
