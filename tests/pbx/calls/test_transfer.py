"""Transfers: by the agent, by the caller's own phone, by a client; done, failed, and left early."""

from __future__ import annotations

import pytest

from pbx.commands import Bridge, Play, Release, TransferResult
from pbx.events import Alerting, Digit, Held, TransferAsked, TransferWished
from pbx.notes import CallClosed, QueueEntered, TalkEnded, Transferred
from pbx.service.record.asterisk_log import queue_lines
from tests.pbx.sites import SITE, Desk

ROUTE = '[[route]]\nfrom = "extensions"\ncalled = "500"\nto = "queue:support"\n'
MORE = SITE + "[queue.support]\n" + ROUTE
TO_TRUNK = "95551234"


def talking(desk: Desk) -> tuple[int, int]:
    """A talk that took 4 s of waiting and ringing to come about: caller's leg, agent's leg."""
    caller = desk.call("100")
    (agent,) = desk.rung().values()
    desk.now += 4_000
    desk.answer(agent)
    desk.bridge(caller, agent)
    return caller, agent


def transferred(desk: Desk, leg: int, to: str) -> None:
    desk.said = desk.put(TransferAsked(leg, to))


def results(desk: Desk) -> list[int]:
    return [each.code for each in desk.said if isinstance(each, TransferResult)]


def test_a_blind_transfer_to_a_phone_that_answers() -> None:
    desk = Desk(MORE)
    caller, agent = talking(desk)
    desk.now = 34_000
    transferred(desk, agent, "300")
    phone = desk.rung(desk.said)["300"]
    assert Play(caller, "ringback") in desk.said
    assert desk.put(Alerting(phone)) == [TransferResult(agent, 180)]
    assert desk.state("2001") == "busy"  # wrap-up begins when the transfer is done
    desk.now = 44_000
    desk.said = desk.answer(phone)
    assert results(desk) == [200]
    assert Release(agent, 16) in desk.said and Bridge(caller, phone) in desk.said
    desk.gone(agent, far=False)
    assert desk.state("2001") == "wrap_up"
    desk.bridge(caller, phone)
    desk.now = 64_000
    desk.gone(phone)
    desk.gone(caller, far=False)
    (record,) = desk.of(CallClosed)
    assert (record.outcome, record.agent, record.ended_by) == ("answered", "2001", "callee")
    shape = [(each.kind, each.ended_wall_ms - each.started_wall_ms) for each in record.segments]
    assert shape == [
        ("wait", 4_000), ("ring", 4_000), ("talk", 40_000), ("ring", 10_000), ("talk", 20_000)
    ]  # fmt: skip
    assert record.talk_ms == 60_000
    assert [(note.by, note.to, note.outcome) for note in desk.of(Transferred)] == [
        ("extension:201", "300", "done")
    ]


def test_queue_log_says_blind_transfer() -> None:
    desk = Desk(MORE)
    _, agent = desk.talk()
    transferred(desk, agent, "300")
    desk.answer(desk.rung(desk.said)["300"])
    (ended,) = desk.of(TalkEnded)
    line = queue_lines(ended).strip().split("|")
    assert line[3:] == ["Agent/2001", "BLINDTRANSFER", "300", "extensions", "0", "0", "1"]


def test_a_transfer_into_a_queue_is_done_at_once_and_is_a_new_entry() -> None:
    desk = Desk(MORE)
    caller, agent = talking(desk)
    desk.now = 9_000
    transferred(desk, agent, "500")
    assert results(desk) == [200]
    assert Release(agent, 16) in desk.said and Play(caller, "music") in desk.said
    assert [note.queue for note in desk.of(QueueEntered)] == ["sales", "support"]
    desk.gone(agent, far=False)
    assert desk.state("2001") == "wrap_up"
    desk.now = 16_000
    desk.gone(caller)
    (record,) = desk.of(CallClosed)
    assert [(each.kind, each.queue) for each in record.segments] == [
        ("wait", "sales"), ("ring", "sales"), ("talk", "sales"), ("wait", "support")
    ]  # fmt: skip
    assert desk.exchange.state.days["support"].abandoned == 1


def test_who_is_transferred_into_a_queue_stands_as_if_the_wait_had_gone_on() -> None:
    desk = Desk(MORE)
    _, agent = talking(desk)
    desk.call("500", "extension:300")
    transferred(desk, agent, "500")
    waiting = desk.exchange.engine.waiting(desk.exchange.acd.number("support"))
    calls = [desk.exchange.state.calls[desk.exchange.state.entries[entry]] for entry in waiting]
    assert [call.source for call in calls] == ["trunk:gateway", "extension:300"]


@pytest.mark.parametrize(("code", "cause", "told"), [(486, 17, 486), (404, 1, 404), (480, 18, 480)])
def test_a_transfer_that_fails_gives_the_call_back(code: int, cause: int, told: int) -> None:
    desk = Desk(MORE)
    caller, agent = desk.talk()
    transferred(desk, agent, "300")
    desk.said = desk.gone(desk.rung(desk.said)["300"], code, cause=cause)
    assert desk.said == [TransferResult(agent, told), Bridge(caller, agent)]
    assert [note.outcome for note in desk.of(Transferred)] == ["failed"]
    assert desk.state("2001") == "busy" and desk.of(TalkEnded) == []


def test_a_transfer_to_a_phone_that_is_not_there_fails_at_once() -> None:
    desk = Desk(MORE)
    caller, agent = desk.talk()
    transferred(desk, agent, "203")
    assert desk.said == [TransferResult(agent, 480), Bridge(caller, agent)]


def test_a_transferor_on_hold_gets_the_call_back_on_hold() -> None:
    desk = Desk(MORE)
    caller, agent = desk.talk()
    desk.put(Held(agent))
    transferred(desk, agent, "203")
    assert desk.said == [TransferResult(agent, 480), Play(caller, "music")]


def test_an_unknown_number_changes_nothing() -> None:
    desk = Desk(MORE)
    _, agent = desk.talk()
    transferred(desk, agent, "77")
    assert desk.said == [TransferResult(agent, 404)]


def test_a_transferor_may_hang_up_before_the_answer() -> None:
    desk = Desk(MORE)
    caller, agent = desk.talk()
    transferred(desk, agent, "300")
    phone = desk.rung(desk.said)["300"]
    desk.gone(agent)
    assert desk.state("2001") == "wrap_up"
    assert Bridge(caller, phone) in desk.answer(phone)


def test_the_caller_hears_why_when_nobody_is_left_to_take_it_back() -> None:
    desk = Desk(MORE)
    caller, agent = desk.talk()
    transferred(desk, agent, "300")
    phone = desk.rung(desk.said)["300"]
    desk.gone(agent)
    assert desk.gone(phone, 486, cause=17) == [Play(caller, "busy")]
    assert desk.tick(6_000) == [Release(caller, 17)]


def test_a_caller_who_hangs_up_in_a_transfer_ends_everything() -> None:
    desk = Desk(MORE)
    caller, agent = desk.talk()
    transferred(desk, agent, "300")
    phone = desk.rung(desk.said)["300"]
    desk.said = desk.gone(caller)
    assert {each.leg for each in desk.said if isinstance(each, Release)} == {agent, phone}
    desk.gone(phone, 487, far=False)
    desk.gone(agent, far=False)
    assert desk.state("2001") == "wrap_up" and desk.exchange.state.legs == {}


def test_two_transfers_at_a_time_are_one_too_many() -> None:
    desk = Desk(MORE)
    _, agent = desk.talk()
    transferred(desk, agent, "300")
    transferred(desk, agent, "202")
    assert desk.said == [TransferResult(agent, 486)]


def test_the_calling_phone_may_lead_the_other_end_elsewhere() -> None:
    desk = Desk(MORE)
    caller = desk.call(TO_TRUNK, "extension:201")
    trunk = desk.rung()["gateway"]
    desk.answer(trunk)
    desk.bridge(caller, trunk)
    transferred(desk, caller, "300")
    phone = desk.rung(desk.said)["300"]
    desk.said = desk.answer(phone)
    assert Release(caller, 16) in desk.said and Bridge(trunk, phone) in desk.said
    desk.gone(caller, far=False)
    assert desk.of(CallClosed) == []
    desk.bridge(trunk, phone)
    desk.gone(trunk)
    desk.gone(phone, far=False)
    assert len(desk.of(CallClosed)) == 1 and desk.exchange.state.legs == {}


def test_a_client_leads_a_talk_elsewhere() -> None:
    desk = Desk(MORE)
    _, agent = desk.talk()
    (call,) = desk.exchange.state.calls
    desk.said = desk.put(TransferWished(call, "300", "li"))
    assert "300" in desk.rung(desk.said)
    desk.said = desk.answer(desk.rung(desk.said)["300"])
    assert Release(agent, 16) in desk.said


def test_a_client_leads_a_waiting_caller_elsewhere() -> None:
    desk = Desk(MORE)
    caller = desk.call("100")
    agent = desk.rung()["201"]
    (call,) = desk.exchange.state.calls
    desk.said = desk.put(TransferWished(call, "300", "li"))
    assert Release(agent, 26, elsewhere=True) in desk.said and "300" in desk.rung(desk.said)
    assert desk.exchange.state.days["sales"].exited == 1
    desk.answer(desk.rung(desk.said)["300"])
    desk.bridge(caller, desk.rung(desk.said)["300"])
    desk.gone(caller)
    assert desk.of(CallClosed)[0].outcome == "answered"


@pytest.mark.parametrize(("call", "to"), [("t00001-0000ffff", "300"), ("", "77")])
def test_a_wish_that_cannot_be_is_refused(call: str, to: str) -> None:
    desk = Desk(MORE)
    desk.talk()
    desk.put(TransferWished(call or next(iter(desk.exchange.state.calls)), to))
    assert desk.exchange.refused is not None and desk.exchange.refused.code == "not_found"


def test_a_transfer_goes_on_after_a_restored_snapshot() -> None:
    desk = Desk(MORE)
    caller, agent = desk.talk()
    transferred(desk, agent, "300")
    phone = desk.rung(desk.said)["300"]
    again = Desk(exchange=type(desk.exchange).restored(desk.exchange.snapshot()))
    again.said = again.answer(phone)
    assert Bridge(caller, phone) in again.said and results(again) == [200]


# ---- attended ------------------------------------------------------------------------------


def consulting(desk: Desk) -> tuple[int, int, int, int]:
    """An agent with a caller on hold, in talk with 300: caller, agent, its second leg, 300."""
    caller, agent = talking(desk)
    desk.put(Held(agent))
    second = desk.call("300", "extension:201")
    phone = desk.rung()["300"]
    desk.answer(phone)
    desk.bridge(second, phone)
    return caller, agent, second, phone


def test_an_attended_transfer_joins_what_remains_of_both_calls() -> None:
    desk = Desk(MORE)
    caller, agent, second, phone = consulting(desk)
    desk.now = 20_000
    desk.said = desk.put(TransferAsked(agent, "300", second))
    assert results(desk) == [200] and Bridge(caller, phone) in desk.said
    assert {each.leg for each in desk.said if isinstance(each, Release)} == {agent, second}
    desk.gone(second, far=False)
    desk.gone(agent, far=False)
    assert desk.state("2001") == "wrap_up"
    desk.bridge(caller, phone)
    desk.now = 50_000
    desk.gone(phone)
    desk.gone(caller, far=False)
    consultation, call = desk.of(CallClosed)
    assert (consultation.called, consultation.outcome) == ("300", "answered")
    assert (call.called, call.agent, call.talk_ms) == ("100", "2001", 30_000)
    assert desk.exchange.state.legs == {}


def test_whoever_called_the_transferor_may_be_the_one_that_remains() -> None:
    desk = Desk(MORE)
    caller, agent = talking(desk)
    visitor = desk.call("201", "extension:300")
    at_agent = desk.rung()["201"]
    desk.answer(at_agent)
    desk.bridge(visitor, at_agent)
    desk.said = desk.put(TransferAsked(agent, "", at_agent))
    assert Bridge(caller, visitor) in desk.said
    (visit,) = desk.of(CallClosed)
    assert (visit.source, visit.ended_by) == ("extension:300", "transfer")
    desk.gone(at_agent, far=False)
    desk.gone(agent, far=False)
    desk.bridge(caller, visitor)
    desk.gone(visitor)
    desk.gone(caller, far=False)
    assert len(desk.of(CallClosed)) == 2 and desk.exchange.state.legs == {}


def test_an_attended_transfer_to_a_leg_that_is_gone_is_refused() -> None:
    desk = Desk(MORE)
    _, agent = talking(desk)
    desk.said = desk.put(TransferAsked(agent, "300", 0xFFFF))
    assert results(desk) == [486] and desk.of(CallClosed) == []


# ---- a client's wish while phones ring -----------------------------------------------------

RINGING = """
[menu.main]
keys = { "1" = "extension:300", "2" = "group:all", "3" = "group:line" }
[group.all]
members = ["202", "300"]
[group.line]
members = ["300", "202"]
strategy = "linear"
[[route]]
from = "gateway"
called = "5"
to = "menu:main"
"""


@pytest.mark.parametrize(("key", "phones"), [("1", {"300"}), ("2", {"202", "300"}), ("3", {"300"})])
def test_a_wish_lets_what_rings_ring_no_longer(key: str, phones: set[str]) -> None:
    desk = Desk(MORE + RINGING)
    caller = desk.call("5")
    desk.said = desk.put(Digit(caller, key))
    rings = desk.rung(desk.said)
    assert rings.keys() == phones
    (call,) = desk.exchange.state.calls
    desk.said = desk.put(TransferWished(call, "201", "li"))
    for leg in rings.values():
        assert Release(leg, 26, elsewhere=True) in desk.said  # and no missed call shows
    assert desk.rung(desk.said).keys() == {"201"}
    for leg in rings.values():
        assert desk.gone(leg, 487, far=False) == []  # nobody else is rung in their place
    phone = desk.rung(desk.said)["201"]
    assert Bridge(caller, phone) in desk.answer(phone)
