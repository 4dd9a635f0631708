"""Attended transfers into a queue: one visit, one talk, and a wrap-up that goes by the leg."""

from __future__ import annotations

import pytest

from pbx.commands import Bridge, Play, TransferResult
from pbx.events import Played, TransferAsked
from pbx.exchange import Exchange
from pbx.notes import (
    CallClosed,
    QueueEntered,
    QueueLeft,
    TalkEnded,
    TalkStarted,
    WrapUpEnded,
)
from pbx.service.record.asterisk_log import queue_lines
from tests.pbx.consultations import TOML, consult, direct, lines, released, results, shape
from tests.pbx.sites import Desk


def test_a_queue_s_agent_who_is_passed_on_talks_on_until_its_own_leg_leaves():
    desk = Desk(TOML)
    customer, asking = direct(desk)
    second, agent = consult(desk, "500", answered=True)
    commands = desk.put(TransferAsked(asking, "500", second))
    assert results(commands) == [(asking, 200)] and Bridge(customer, agent) in commands
    assert released(commands) == {asking, second}
    assert desk.of(TalkEnded) == [] and desk.state("2030") == "busy"
    desk.gone(asking, far=False)
    desk.gone(second, far=False)
    desk.bridge(customer, agent)
    (running,) = desk.exchange.state.calls
    assert desk.exchange.state.agents["2030"].call == running
    desk.now += 30_000
    desk.gone(customer)
    assert desk.state("2030") == "busy"
    desk.gone(agent, far=False)
    assert desk.state("2030") == "wrap_up"
    desk.tick(desk.now + 20_000)
    (ended,) = desk.of(TalkEnded)
    (wrapped,) = desk.of(WrapUpEnded)
    consultation, call = desk.of(CallClosed)
    assert (ended.by, ended.talk_ms, ended.call) == ("caller", 31_000, running)
    assert ended.entered_as == wrapped.call == consultation.call
    assert ("talk", "support", "2030", 1) in shape(consultation)
    assert ("talk", "support", "2030", 30) in shape(call)
    assert (call.queue, call.agent, call.outcome) == ("support", "2030", "answered")
    log = [line for line in lines(desk) if line[3] != "RINGNOANSWER"]
    assert {line[0] for line in log} == {consultation.call}
    assert [line[3:] for line in log] == [
        ["ENTERQUEUE", "", "201", "1"],
        ["CONNECT", "0", consultation.call, "0"],
        ["COMPLETECALLER", "0", "31", "1"],
    ]
    assert desk.exchange.state.legs == {}


def test_who_is_transferred_to_a_consultation_that_waits_takes_its_place():
    desk = Desk(TOML)
    customer, asking = direct(desk)
    second, rings = consult(desk, "500", answered=False)
    behind = desk.call("500", "extension:202", calling="202")
    desk.now += 4_000
    commands = desk.put(TransferAsked(asking, "500", second))
    assert results(commands) == [(asking, 200)] and Play(customer, "music") in commands
    assert released(commands) == {asking, second}
    state = desk.exchange.state
    waiting = desk.exchange.engine.waiting(desk.exchange.acd.number("support"))
    assert [state.calls[state.entries[each]].calling for each in waiting] == ["5551000", "202"]
    desk.gone(asking, far=False)
    desk.gone(second, far=False)
    assert len(desk.of(QueueEntered)) == 2 and desk.of(QueueLeft) == []
    desk.answer(rings)  # it rings on for the customer
    desk.bridge(customer, rings)
    (left,) = desk.of(QueueLeft)
    (started,) = desk.of(TalkStarted)
    assert (left.outcome, left.wait_ms, left.position) == ("answered", 4_000, 1)
    assert started.call == next(iter(state.calls)) and started.entered_as == left.entered_as
    day = state.days["support"]
    assert (day.offered, day.answered, day.exited) == (2, 1, 0)
    desk.gone(behind)
    desk.now += 9_000
    desk.gone(customer)
    desk.gone(rings, far=False)
    consultation, _, call = desk.of(CallClosed)
    assert (consultation.outcome, consultation.ended_by) == ("exited", "transfer")
    assert shape(consultation) == [("wait", "support", "", 4)]
    assert consultation.segments[0].detail == "transfer"  # by which the visit is counted once
    assert [each for each in shape(call) if each[1]] == [
        ("wait", "support", "", 4), ("ring", "support", "2030", 4), ("talk", "support", "2030", 9)
    ]  # fmt: skip
    own = [line for line in lines(desk) if line[0] == consultation.call]
    assert [line[3] for line in own] == ["ENTERQUEUE", "CONNECT", "COMPLETECALLER"]


def test_a_customer_in_a_place_taken_over_may_give_up():
    desk = Desk(TOML)
    customer, asking = direct(desk)
    second, rings = consult(desk, "500", answered=False)
    desk.put(TransferAsked(asking, "500", second))
    desk.now += 3_000
    assert released(desk.gone(customer)) >= {rings}
    (left,) = desk.of(QueueLeft)
    assert (left.outcome, left.wait_ms) == ("abandoned", 3_000)
    for leg in (asking, second, rings):
        desk.gone(leg, far=False)
    assert desk.exchange.state.legs == {} and len(desk.of(CallClosed)) == 2
    assert desk.exchange.state.entries == {}


def test_an_agent_s_phone_that_was_just_lifted_is_the_customer_s():
    desk = Desk(TOML)
    customer, asking = direct(desk)
    second, rings = consult(desk, "500", answered=False)
    assert Bridge(second, rings) in desk.answer(rings)
    commands = desk.put(TransferAsked(asking, "500", second))
    assert Bridge(customer, rings) in commands
    desk.bridge(second, rings)  # joined too late: nobody is there any more
    assert desk.of(TalkStarted) == []
    desk.bridge(customer, rings)
    assert len(desk.of(TalkStarted)) == 1


def test_the_refer_may_come_in_the_call_that_waits():
    desk = Desk(TOML)
    customer, asking = direct(desk)
    second, _ = consult(desk, "500", answered=False)
    commands = desk.put(TransferAsked(second, "7", asking))
    assert (second, 200) in results(commands) and Play(customer, "music") in commands


def test_an_agent_leaves_its_own_queue_s_caller_in_another_queue():
    desk = Desk(TOML)
    customer, asking = desk.talk()
    desk.now += 8_000
    second, rings = consult(desk, "500", answered=False)
    desk.put(TransferAsked(asking, "500", second))
    (ended,) = desk.of(TalkEnded)
    assert (ended.agent, ended.by, ended.method) == ("2001", "transfer", "app")
    assert queue_lines(ended).strip().split("|")[4:] == [
        "ATTENDEDTRANSFER", "APP", "Queue", "0", "8", "1"
    ]  # fmt: skip
    desk.gone(second, far=False)
    assert desk.state("2001") == "busy"  # its first leg is still there
    desk.gone(asking, far=False)
    assert desk.state("2001") == "wrap_up"
    desk.answer(rings)
    desk.bridge(customer, rings)
    assert desk.exchange.state.agents["2030"].call == next(iter(desk.exchange.state.calls))


@pytest.mark.parametrize("restored", [False, True])
def test_a_place_taken_over_outlives_a_snapshot(restored: bool):
    desk = Desk(TOML)
    customer, asking = direct(desk)
    second, rings = consult(desk, "500", answered=False)
    desk.put(TransferAsked(asking, "500", second))
    if restored:
        now, desk = desk.now, Desk(exchange=Exchange.restored(desk.exchange.snapshot()))
        desk.now = now
    desk.answer(rings)
    desk.bridge(customer, rings)
    assert [note.outcome for note in desk.of(QueueLeft)] == ["answered"]


def test_an_agent_led_into_a_queue_itself_talks_no_more():
    desk = Desk(TOML + '[[route]]\nfrom = "extensions"\ncalled = "501"\nto = "queue:sales"\n')
    caller = desk.call("500", "extension:202", calling="202")
    agent = desk.rung()["300"]
    desk.answer(agent)
    desk.bridge(caller, agent)
    desk.said = desk.put(TransferAsked(caller, "501"))
    (ended,) = desk.of(TalkEnded)
    assert (ended.agent, ended.by) == ("2030", "transfer")
    other = desk.rung()["201"]
    desk.answer(other)
    desk.bridge(agent, other)
    desk.gone(agent)
    assert [note.agent for note in desk.of(TalkEnded)] == ["2030", "2001"]


def test_a_consultation_that_hears_a_notice_first_stays_where_it_is():
    toml = TOML.replace("[queue.support]", '[queue.support]\nrecord = "always"')
    desk = Desk(toml)
    _, asking = direct(desk)
    second = desk.call("500", "extension:201")
    assert desk.put(TransferAsked(asking, "500", second)) == [TransferResult(asking, 486)]


def test_who_was_not_told_of_the_recording_is_not_recorded_in_the_place_of_who_was():
    desk = Desk(TOML.replace("[queue.support]", '[queue.support]\nrecord = "always"'))
    customer, asking = direct(desk)
    second = desk.call("500", "extension:201")
    (call,) = [each for each in desk.exchange.state.calls.values() if each.caller == second]
    desk.said = desk.put(Played(second, call.play))
    rings = desk.rung()["300"]
    desk.put(TransferAsked(asking, "500", second))
    desk.answer(rings)
    assert [type(each).__name__ for each in desk.bridge(customer, rings)] == []
