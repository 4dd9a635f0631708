"""Attended transfers to a phone: whose talk and wrap-up go where, and what rings on."""

from __future__ import annotations

import pytest

from pbx.commands import Bridge, Play, TransferResult
from pbx.events import Alerting, TransferAsked
from pbx.notes import CallClosed, TalkEnded, Transferred
from pbx.service.record.asterisk_log import queue_lines
from tests.pbx.consultations import TOML, consult, direct, released, results, shape
from tests.pbx.sites import Desk


def test_an_agent_s_attended_transfer_is_one_in_queue_log_and_its_wrap_up_begins():
    desk = Desk(TOML)
    customer, asking = desk.talk()
    desk.now += 8_000
    second, phone = consult(desk, "300", answered=True)
    desk.put(TransferAsked(asking, "300", second))
    (ended,) = desk.of(TalkEnded)
    (done,) = desk.of(Transferred)
    consultation = desk.exchange.state.legs[second].call
    assert queue_lines(ended).strip().split("|")[3:] == [
        "Agent/2001", "ATTENDEDTRANSFER", "BRIDGE", consultation, "0", "9", "1"
    ]  # fmt: skip
    assert (done.to, done.outcome, done.agent) == ("300", "done", "2001")
    desk.gone(second, far=False)
    desk.gone(asking, far=False)
    assert desk.state("2001") == "wrap_up"
    desk.bridge(customer, phone)
    desk.now += 60_000
    desk.gone(phone)
    record = desk.exchange.state.calls[next(iter(desk.exchange.state.calls))]
    assert (record.ended_by, record.talk) == ("callee", None)
    assert len(desk.of(TalkEnded)) == 1


@pytest.mark.parametrize("alerts", [False, True])
def test_a_consultation_that_rings_rings_on_for_the_customer(alerts: bool):
    desk = Desk(TOML)
    customer, asking = direct(desk)
    second, phone = consult(desk, "300", answered=False)
    if alerts:
        desk.put(Alerting(phone))
    commands = desk.put(TransferAsked(asking, "300", second))
    assert results(commands) == ([(asking, 180)] if alerts else [])
    assert Play(customer, "ringback") in commands and released(commands) == set()
    desk.now += 6_000
    commands = desk.answer(phone)
    assert results(commands) == [(asking, 200)] and Bridge(customer, phone) in commands
    assert released(commands) == {asking, second}
    desk.gone(second, far=False)
    desk.gone(asking, far=False)
    desk.bridge(customer, phone)
    desk.now += 7_000
    desk.gone(customer)
    desk.gone(phone, far=False)
    consultation, call = desk.of(CallClosed)
    assert (consultation.outcome, consultation.ended_by) == ("exited", "transfer")
    assert [each[0] for each in shape(consultation)] == ["ring"]
    assert [each for each in shape(call) if each[3]] == [
        ("talk", "", "", 11), ("ring", "", "", 6), ("talk", "", "", 7)
    ]  # fmt: skip
    assert desk.exchange.state.legs == {}


def test_a_consultation_that_comes_to_nothing_gives_the_customer_back():
    desk = Desk(TOML)
    customer, asking = direct(desk)
    second, phone = consult(desk, "300", answered=False)
    desk.put(TransferAsked(asking, "300", second))
    commands = desk.gone(phone, 486, cause=17)
    assert results(commands) == [(asking, 486)] and released(commands) == {second}
    assert Play(customer, "music") in commands  # 201 holds him still
    desk.gone(second, 486, far=False)
    assert len(desk.of(CallClosed)) == 1 and len(desk.exchange.state.calls) == 1


@pytest.mark.parametrize("first", ["the first call", "the consultation"])
def test_a_phone_that_hangs_up_after_handing_over_what_rings_is_let_go(first: str):
    desk = Desk(TOML)
    customer, asking = direct(desk)
    second, phone = consult(desk, "300", answered=False)
    desk.put(TransferAsked(asking, "300", second))
    if first == "the consultation":
        desk.gone(second, 487)
        assert len(desk.of(CallClosed)) == 1
        desk.gone(asking)
    else:
        assert released(desk.gone(asking)) == {second}
        desk.gone(second, 487, far=False)
    assert Bridge(customer, phone) in desk.answer(phone)


def test_a_customer_who_hangs_up_ends_what_rings_and_the_consultation():
    desk = Desk(TOML)
    customer, asking = direct(desk)
    second, phone = consult(desk, "300", answered=False)
    desk.put(TransferAsked(asking, "300", second))
    assert released(desk.gone(customer)) == {asking, second, phone}
    for leg in (asking, second, phone):
        desk.gone(leg, far=False)
    assert desk.exchange.state.legs == {} and desk.exchange.state.calls == {}


def test_a_group_that_rings_rings_on_whole():
    desk = Desk(TOML)
    customer, asking = direct(desk)
    second = desk.call("600", "extension:201")
    phones = desk.rung()
    desk.put(TransferAsked(asking, "600", second))
    commands = desk.answer(phones["202"])
    assert Bridge(customer, phones["202"]) in commands
    assert released(commands) == {asking, second, phones["300"]}


def test_what_was_transferred_once_can_be_transferred_once_more():
    desk = Desk(TOML)
    customer, asking = desk.talk()
    desk.now += 3_000
    desk.said = desk.put(TransferAsked(asking, "300"))
    third = desk.rung()["300"]
    desk.answer(third)
    desk.gone(asking, far=False)
    desk.bridge(customer, third)
    desk.now += 4_000
    desk.said = desk.put(TransferAsked(third, "202"))
    last = desk.rung()["202"]
    desk.now += 1_000
    commands = desk.answer(last)
    assert results(commands) == [(third, 200)] and Bridge(customer, last) in commands
    desk.gone(third, far=False)
    desk.bridge(customer, last)
    desk.now += 5_000
    desk.gone(last)
    desk.gone(customer, far=False)
    (record,) = desk.of(CallClosed)
    talks = [each for each in shape(record) if each[0] == "talk"]
    assert talks == [
        ("talk", "sales", "2001", 3), ("talk", "", "", 5), ("talk", "", "", 5)
    ]  # fmt: skip
    assert [(each.agent, each.outcome) for each in desk.of(Transferred)] == [
        ("2001", "done"), ("", "done")
    ]  # fmt: skip
    assert len(desk.of(TalkEnded)) == 1 and desk.state("2030") == "ready"


def test_an_agent_whose_caller_leads_it_elsewhere_talks_on():
    desk = Desk(TOML)
    caller = desk.call("500", "extension:202", calling="202")
    agent = desk.rung()["300"]
    desk.answer(agent)
    desk.bridge(caller, agent)
    desk.now += 2_000
    desk.said = desk.put(TransferAsked(caller, "201"))
    new = desk.rung()["201"]
    desk.answer(new)
    assert desk.of(TalkEnded) == []
    desk.gone(caller, far=False)
    desk.bridge(agent, new)
    assert desk.state("2030") == "busy"
    desk.now += 8_000
    desk.gone(agent)
    (ended,) = desk.of(TalkEnded)
    assert (ended.by, ended.talk_ms, ended.method) == ("agent", 10_000, "")
    assert desk.state("2030") == "wrap_up"
    desk.gone(new, far=False)
    (record,) = desk.of(CallClosed)
    assert [each for each in shape(record) if each[0] == "talk"] == [
        ("talk", "support", "2030", 2), ("talk", "support", "2030", 8)
    ]  # fmt: skip
    assert record.ended_by == "agent"


@pytest.mark.parametrize("number", ["*12", "77"])
def test_a_consultation_that_is_with_nobody_changes_nothing(number: str):
    desk = Desk(TOML)
    _, asking = direct(desk)
    second = desk.call(number, "extension:201", calling="201")
    assert desk.put(TransferAsked(asking, number, second)) == [TransferResult(asking, 486)]
    assert len(desk.exchange.state.calls) == 2 and desk.of(Transferred) == []
