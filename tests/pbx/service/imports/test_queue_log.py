"""Calls and agents of queue_log: each event is read, and what has no beginning or end is too."""

from __future__ import annotations

from typing import Any

import pytest

from pbx.notes import AgentChanged, AgentLogged, AgentPaused
from pbx.service.imports import past_call
from pbx.service.imports.past_call import Item, PastCall, Ring
from pbx.service.imports.queue_log import LINGER_S, OPEN_S, PAUSED_MAX, QueueLog
from pbx.service.planning.asterisk_calls import OPEN_MAX
from pbx.service.planning.call_rows import Broken

TEN = 1_785_751_200  # 2026-08-03 10:00:00 UTC
MS = 1000


def line(second: int, *fields: object) -> list[str]:
    return [str(TEN + second), *map(str, fields)]


def read(*events: str, log: QueueLog | None = None) -> list[Any]:
    """What the log tells; events as `5 call queue agent EVENT data`, `-` for nothing."""
    log = log or QueueLog()
    found: list[Any] = []
    for event in events:
        second, *fields = ("" if word == "-" else word for word in event.split())
        found += log.take(line(int(second), *fields), event)
    return [*found, *log.rest()]


def told(visit: past_call.Visit) -> tuple[object, ...]:
    return visit.queue, visit.outcome, visit.why, visit.agent, visit.wait_ms, visit.talk_ms


def test_a_call_that_an_agent_answers() -> None:
    (call,) = read(
        "0 c1 sales NONE ENTERQUEUE - 5551000 2",
        "10 c1 sales Agent/2001 RINGNOANSWER 4000",
        "20 c1 sales Agent/2002 CONNECT 20 c1 6",
        "80 c1 sales Agent/2002 COMPLETECALLER 20 60 2",
    )
    (visit,) = call.visits
    assert (call.name, call.calling, call.started_ms) == ("c1", "5551000", TEN * MS)
    assert told(visit) == ("sales", "answered", "answered", "2002", 20 * MS, 60 * MS)
    assert (visit.position, visit.ring_ms, visit.by) == (2, 6 * MS, "caller")
    assert visit.rings == [Ring("2001", (TEN + 10) * MS, 4000)]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("ABANDON 1 3 30", ("abandoned", "caller", 30)),
        ("EXITWITHTIMEOUT 1 3 30", ("overflowed", "max_wait", 30)),
        ("EXITWITHTIMEOUT 1", ("overflowed", "max_wait", 31)),
        ("EXITEMPTY 1 3 30", ("overflowed", "empty", 30)),
        ("EXITWITHKEY 5 1 3 30", ("exited", "key:5", 30)),
        ("EXITWITHKEY 5 1", ("exited", "key:5", 31)),
    ],
)
def test_a_visit_without_an_agent(event: str, expected: tuple[str, str, int]) -> None:
    (call,) = read("0 c1 sales NONE ENTERQUEUE - 5551000 3", f"31 c1 sales NONE {event}")
    (visit,) = call.visits
    assert (visit.outcome, visit.why, visit.wait_ms // MS) == expected
    assert (visit.position, visit.left_position) == (3, 1)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("COMPLETEAGENT 5 60 1", ("agent", "", "", "")),
        ("TRANSFER 4002 extensions 5 60 1", ("transfer", "4002", "", "")),
        ("BLINDTRANSFER 4002 extensions 5 60 1", ("transfer", "4002", "", "")),
        ("ATTENDEDTRANSFER BRIDGE c9 5 60 1", ("transfer", "", "bridge", "c9")),
    ],
)
def test_a_talk_ends_in_many_ways(event: str, expected: tuple[str, ...]) -> None:
    (call,) = read(
        "0 c1 sales NONE ENTERQUEUE - 5551000 1",
        "5 c1 sales Agent/2001 CONNECT 5 c1 2",
        f"65 c1 sales Agent/2001 {event}",
    )
    (visit,) = call.visits
    assert (visit.by, visit.to, visit.method, visit.other) == expected
    assert visit.talk_ms == 60 * MS


def test_a_call_that_comes_into_another_queue_is_one_with_two_visits() -> None:
    (call,) = read(
        "0 c1 sales NONE ENTERQUEUE - 5551000 1",
        "30 c1 sales NONE EXITWITHTIMEOUT 1 1 30",
        "30 c1 support NONE ENTERQUEUE - 5551000 1",
        "50 c1 support NONE ABANDON 1 1 20",
    )
    assert [told(visit)[:2] for visit in call.visits] == [
        ("sales", "overflowed"),
        ("support", "abandoned"),
    ]


def test_a_talk_may_end_after_its_caller_came_into_the_next_queue() -> None:
    (call,) = read(
        "0 c1 sales NONE ENTERQUEUE - 5551000 1",
        "5 c1 sales Agent/2001 CONNECT 5 c1 2",
        "20 c1 support NONE ENTERQUEUE - 5551000 1",
        "20 c1 sales Agent/2001 BLINDTRANSFER 4002 extensions 5 15 1",
        f"{LINGER_S + 30} c1 support NONE ABANDON 1 1 70",
    )
    assert [told(visit)[:2] for visit in call.visits] == [
        ("sales", "answered"),
        ("support", "abandoned"),
    ]
    assert [visit.talk_ms for visit in call.visits] == [15 * MS, -1]


def test_a_log_that_begins_in_the_midst_of_a_call_is_read_by_its_times() -> None:
    (call,) = read("100 c1 sales Agent/2001 COMPLETEAGENT 20 60 1")
    assert call.started_ms == (TEN + 20) * MS
    assert told(call.visits[0]) == ("sales", "answered", "answered", "2001", 20 * MS, 60 * MS)


def test_a_phone_that_stops_ringing_after_the_visit_is_of_that_visit() -> None:
    (call,) = read(
        "0 c1 sales NONE ENTERQUEUE - 5551000 1",
        "9 c1 sales NONE ABANDON 1 1 9",
        "9 c1 sales Agent/2001 RINGCANCELED 3000",
    )
    assert call.visits[0].rings == [Ring("2001", (TEN + 9) * MS, 3000, "withdrawn")]


def test_a_call_that_goes_on_at_the_end_is_left_out_and_one_without_end_is_not() -> None:
    log = QueueLog()
    calls = read(
        "0 old sales NONE ENTERQUEUE - 5551000 1",
        f"{OPEN_S + 1} new sales NONE ENTERQUEUE - 5551000 1",
        log=log,
    )
    assert [(call.name, call.visits[0].outcome) for call in calls] == [("old", "exited")]
    assert log.going == 1


def test_a_call_is_given_when_it_has_lingered() -> None:
    log = QueueLog()
    list(log.take(line(0, "c1", "sales", "NONE", "ABANDON", 1, 1, 9), ""))
    other = ("c2", "sales", "NONE", "ENTERQUEUE", "", "5551000", 1)
    assert list(log.take(line(LINGER_S - 1, *other), "")) == []
    (call,) = log.take(line(LINGER_S, *other), "")
    assert isinstance(call, PastCall) and call.name == "c1"


def test_calls_that_stay_open_do_not_fill_the_memory() -> None:
    log = QueueLog()
    given = [
        call
        for n in range(OPEN_MAX + 3)
        for call in log.take(line(0, f"c{n}", "sales", "NONE", "ENTERQUEUE", "", "5551000", 1), "")
    ]
    assert [call.name for call in given if isinstance(call, PastCall)] == ["c0", "c1", "c2"]


def test_visits_and_phones_of_one_call_have_a_limit() -> None:
    log = QueueLog()
    enter = line(0, "c1", "sales", "NONE", "ENTERQUEUE", "", "5551000", 1)
    for _ in range(past_call.VISITS_MAX):
        list(log.take(enter, ""))
    with pytest.raises(Broken, match="visits"):
        list(log.take(enter, ""))
    ring = line(0, "c1", "sales", "Agent/2001", "RINGNOANSWER", 1000)
    for _ in range(past_call.OFFERS_MAX):
        list(log.take(ring, ""))
    with pytest.raises(Broken, match="phones"):
        list(log.take(ring, ""))


@pytest.mark.parametrize(
    "event", ["CONNECT", "CONNECT x", "COMPLETEAGENT 5", "ABANDON 1 1 -4", "ENTERQUEUE - 1 x"]
)
def test_an_event_without_its_figures_is_broken_and_changes_nothing(event: str) -> None:
    log = QueueLog()
    with pytest.raises((Broken, ValueError, IndexError)):
        read(f"0 c1 sales Agent/2001 {event}", log=log)
    assert list(log.rest()) == []


# ---- agents --------------------------------------------------------------------------------------


def notes(*events: str) -> list[Any]:
    return [note for each in read(*events) if isinstance(each, Item) for note in each.notes]


def test_an_agents_lines_of_one_moment_are_one_note() -> None:
    at = TEN * MS
    assert notes(
        "0 NONE sales Agent/2001 ADDMEMBER -",
        "0 NONE support Agent/2001 ADDMEMBER -",
        "0 NONE sales Agent/2002 PAUSE lunch",
        "5 NONE sales Agent/2002 UNPAUSE -",
        "9 NONE sales Agent/2001 REMOVEMEMBER -",
    ) == [
        AgentLogged("2001", True, "", ("sales", "support"), at),
        AgentChanged("2001", "ready", "", "", at),
        AgentPaused("2002", True, "lunch", "", ("sales",), at),
        AgentChanged("2002", "paused", "lunch", "", at),
        AgentPaused("2002", False, "", "", ("sales",), at + 5 * MS),
        AgentChanged("2002", "ready", "", "", at + 5 * MS),
        AgentLogged("2001", False, "", ("sales",), at + 9 * MS),
        AgentChanged("2001", "logged_out", "", "", at + 9 * MS),
    ]


def test_an_agent_who_paused_while_talking_is_paused_after_it() -> None:
    items = read(
        "0 c1 sales Agent/2001 CONNECT 5 c1 2",
        "9 NONE NONE Agent/2001 PAUSEALL lunch",
        "30 c1 sales Agent/2001 COMPLETEAGENT 5 30 1",
        "40 NONE NONE Agent/2001 UNPAUSEALL -",
    )
    (call,) = (each for each in items if isinstance(each, PastCall))
    assert (call.visits[0].after, call.visits[0].reason) == ("paused", "lunch")


def test_agents_who_are_paused_do_not_fill_the_memory() -> None:
    log = QueueLog()
    for n in range(PAUSED_MAX + 1):
        list(log.take(line(0, "NONE", "NONE", f"Agent/{n}", "PAUSE", "lunch"), ""))
    end = ("sales", f"Agent/{PAUSED_MAX}", "COMPLETEAGENT", 1, 1, 1)
    list(log.take(line(1, "c1", *end), ""))
    (call,) = (each for each in log.rest() if isinstance(each, PastCall))
    assert call.visits[0].after == "ready"


def test_a_time_before_1970_is_broken() -> None:
    with pytest.raises(Broken, match="1970"):
        list(QueueLog().take(["9", "c1", "sales", "NONE", "ABANDON", "1", "1", "10"], ""))


def test_events_of_the_queue_itself_tell_of_nobody() -> None:
    assert read("0 NONE NONE NONE QUEUESTART -", "0 NONE sales NONE CONFIGRELOAD -") == []
