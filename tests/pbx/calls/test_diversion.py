"""Phones that answer 3xx: where their calls go, where not, and what callers are told."""

from __future__ import annotations

import pytest

from pbx.commands import Alert, Bridge, Release, TransferResult
from pbx.events import Alerting, Released, TransferAsked
from pbx.notes import CallClosed, OfferEnded, QueueLeft
from tests.pbx.sites import SITE, Desk

MORE = """
[extension.204]
contact = "sip:192.0.2.14:5060"
[extension.205]
contact = "sip:192.0.2.15:5060"
[group.both]
members = ["201", "202"]
[group.line]
members = ["201", "202"]
strategy = "linear"
[[route]]
from = "any"
called = "600"
to = "group:both"
[[route]]
from = "any"
called = "601"
to = "group:line"
[[route]]
from = "extensions"
called = "500"
to = "queue:sales"
[[route]]
from = "gateway"
called = "2*"
to = "extension:201"
"""
TOML = SITE + MORE
OUT = "95551234"


def diverts(desk: Desk, leg: int, *targets: str, code: int = 302) -> dict[str, int]:
    """A phone answers 3xx; what is rung then."""
    desk.said = desk.put(Released(leg, 20, code, True, targets))
    return desk.rung(desk.said)


def direct(desk: Desk, called: str = "201", source: str = "trunk:gateway") -> tuple[int, int]:
    caller = desk.call(called, source)
    return caller, next(iter(desk.rung().values()))


@pytest.mark.parametrize("code", [300, 301, 302, 380])
def test_a_direct_call_goes_where_the_phone_says(code: int):
    desk = Desk(TOML)
    caller, phone = direct(desk)
    desk.now = 2_000
    (new,) = diverts(desk, phone, "204", code=code).items()
    assert new[0] == "204"
    desk.put(Alerting(new[1]))
    desk.now = 5_000
    assert Bridge(caller, new[1]) in desk.answer(new[1])
    desk.bridge(caller, new[1])
    desk.now = 9_000
    desk.gone(caller)
    desk.gone(new[1], far=False)
    (record,) = desk.of(CallClosed)
    assert (record.called, record.extension, record.outcome) == ("201", "201", "answered")
    assert [
        (each.kind, each.detail, each.ended_wall_ms - each.started_wall_ms)
        for each in record.segments
    ] == [("ring", "diverted", 2_000), ("ring", "answered", 3_000), ("talk", "", 4_000)]
    assert desk.exchange.state.legs == {}


def test_of_several_places_the_next_is_tried_where_one_cannot_be_had():
    desk = Desk(TOML)
    caller, phone = direct(desk)
    rung = diverts(desk, phone, "204", "77", "203", "205")
    assert rung.keys() == {"204"}
    desk.said = desk.gone(rung["204"], 486, cause=17)
    rung = desk.rung(desk.said)
    assert rung.keys() == {"205"}  # 77 is nobody's number, 203 is not registered
    assert desk.gone(rung["205"], 480, cause=18) == [Release(caller, 18, code=480)]


def test_a_diverted_phone_that_does_not_answer_leads_to_the_next_place():
    desk = Desk(TOML)
    _, phone = direct(desk)
    diverts(desk, phone, "204", "205")
    assert desk.rung(desk.tick(60_000)).keys() == {"205"}


@pytest.mark.parametrize("targets", [(), ("201",), ("77",), (OUT,)])
def test_a_caller_is_not_told_that_a_forwarded_number_is_gone(targets: tuple[str, ...]):
    desk = Desk(TOML)
    caller, phone = direct(desk)
    assert diverts(desk, phone, *targets) == {}
    assert desk.said == [Release(caller, 20)]  # 480


def test_phones_that_name_each_other_end():
    desk = Desk(TOML)
    caller, phone = direct(desk)
    rung = diverts(desk, phone, "204")
    assert diverts(desk, rung["204"], "201") == {}
    assert desk.said == [Release(caller, 20)]


def test_a_phone_that_a_group_rings_again_does_not_divert_again():
    desk = Desk(TOML)
    _, phone = direct(desk)
    rung = diverts(desk, phone, "600")
    assert rung.keys() == {"201", "202"}
    assert diverts(desk, rung["201"], "205") == {}


def test_a_chain_of_diversions_has_an_end():
    desk = Desk("limits = { diversions = 2 }\n" + TOML)
    caller, phone = direct(desk)
    rung = diverts(desk, phone, "202")
    rung = diverts(desk, rung["202"], "204")
    assert rung.keys() == {"204"}
    assert diverts(desk, rung["204"], "205") == {}
    assert desk.said == [Release(caller, 20)]


def test_nobody_s_own_call_is_led_back_to_them():
    desk = Desk(TOML)
    caller, phone = direct(desk, "300", "extension:201")
    assert diverts(desk, phone, "201") == {} and desk.said == [Release(caller, 20)]


def test_the_way_may_lead_into_a_queue():
    desk = Desk(TOML)
    _, phone = direct(desk, "204", "extension:300")
    assert diverts(desk, phone, "500").keys() == {"201"}
    assert desk.exchange.state.days["sales"].offered == 1


@pytest.mark.parametrize("source", ["trunk:gateway", "extension:300"])
def test_outside_it_leads_only_where_the_phone_may(source: str):
    desk = Desk(TOML)
    caller, phone = direct(desk, "201", source)
    assert diverts(desk, phone, OUT) == {} and desk.said == [Release(caller, 20)]
    desk = Desk(TOML.replace("[extension.201]", "[extension.201]\ndivert_out = true"))
    caller, phone = direct(desk, "201", source)
    rung = diverts(desk, phone, OUT)
    assert Bridge(caller, rung["gateway"]) in desk.answer(rung["gateway"])


def test_it_is_the_diverting_phone_s_own_setting_that_counts():
    desk = Desk(TOML.replace("[extension.201]", "[extension.201]\ndivert_out = true"))
    _, phone = direct(desk)
    rung = diverts(desk, phone, "204")
    assert diverts(desk, rung["204"], OUT) == {}


def test_a_cancelled_phone_diverts_nothing():
    desk = Desk(TOML)
    caller, phone = direct(desk)
    desk.gone(caller, 487)
    assert diverts(desk, phone, "204") == {}
    assert desk.exchange.state.calls == {}


def test_a_transfer_follows_the_phone_it_was_for_and_comes_back_at_the_end():
    desk = Desk(TOML)
    caller, agent = desk.talk()
    desk.said = desk.put(TransferAsked(agent, "204"))
    rung = diverts(desk, desk.rung(desk.said)["204"], "205")
    desk.said = desk.gone(rung["205"], 603, cause=21)
    assert desk.said == [TransferResult(agent, 603), Bridge(caller, agent)]


# ---- groups ------------------------------------------------------------------------------------


def test_a_member_s_diversion_rings_beside_the_others():
    desk = Desk(TOML)
    caller, first = direct(desk, "600")
    second = desk.rung()["202"]
    rung = diverts(desk, first, "204", "500")
    assert rung.keys() == {"204"}
    desk.now = 1_000
    assert Release(second, 26, elsewhere=True) in desk.answer(rung["204"])
    desk.gone(second, 487, far=False)
    desk.bridge(caller, rung["204"])
    desk.now = 3_000
    desk.gone(caller)
    (record,) = desk.of(CallClosed)
    assert [each.kind for each in record.segments] == ["ring", "talk"]


def test_a_member_that_names_another_member_rings_it_once():
    desk = Desk(TOML)
    _, first = direct(desk, "600")
    assert diverts(desk, first, "202") == {}


def test_what_cannot_ring_beside_the_others_comes_when_they_have_refused():
    desk = Desk(TOML)
    direct(desk, "600", "extension:300")
    first, second = desk.rung().values()
    assert diverts(desk, first, "500") == {}
    desk.said = desk.gone(second, 486, cause=17)
    assert desk.exchange.state.days["sales"].offered == 1


def test_a_linear_group_follows_before_it_goes_on():
    desk = Desk(TOML)
    _, first = direct(desk, "601")
    rung = diverts(desk, first, "204")
    assert rung.keys() == {"204"}
    assert desk.rung(desk.gone(rung["204"], 486, cause=17)).keys() == {"202"}


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ([(404, 1), (486, 17)], Release(0, 17, code=486)),
        ([(486, 17), (404, 1)], Release(0, 17, code=486)),
        ([(603, 21), (486, 17)], Release(0, 21, code=603)),
        ([(486, 17), (500, 41)], Release(0, 17, code=486)),
        ([(408, 18), (500, 41)], Release(0, 41)),
    ],
)
def test_of_what_a_group_says_the_best_is_told(codes: list[tuple[int, int]], told: Release):
    desk = Desk(TOML)
    caller, _ = direct(desk, "600")
    for leg, (code, cause) in zip(list(desk.rung().values()), codes, strict=True):
        desk.said = desk.gone(leg, code, cause=cause)
    assert desk.said == [Release(caller, told.cause, code=told.code)]


def test_who_did_not_answer_counts_for_more_than_who_was_busy():
    desk = Desk(TOML)
    caller, first = direct(desk, "600")
    desk.gone(first, 486, cause=17)
    desk.said = desk.tick(20_000)
    assert Release(caller, 19) in desk.said


# ---- queues and trunks -------------------------------------------------------------------------


@pytest.mark.parametrize("code", [300, 302, 305, 380])
def test_an_offer_answered_by_a_diversion_is_refused_and_the_caller_waits_on(code: int):
    desk = Desk(TOML.replace("[queue.sales]", '[queue.sales]\nstrategy = "linear"'))
    desk.call("100")
    first = desk.rung()
    assert first.keys() == {"201"}
    assert diverts(desk, first["201"], "204", code=code).keys() == {"202"}
    (ended,) = desk.of(OfferEnded)
    assert (ended.reason, ended.missed) == ("refused", False)
    assert desk.of(QueueLeft) == []


@pytest.mark.parametrize("code", [486, 603, 607, 480])
def test_an_agent_s_no_is_no_miss(code: int):
    desk = Desk(TOML)
    desk.call("100")
    desk.gone(desk.rung()["201"], code, cause=21)
    (ended,) = desk.of(OfferEnded)
    assert (ended.reason, ended.missed) == ("refused", False)


def test_a_trunk_s_diversion_is_not_obeyed_but_the_next_trunk_is_tried():
    two = TOML.replace('to = "trunk:gateway"', 'to = "trunk:gateway,spare"')
    desk = Desk(two + '[trunk.spare]\nhost = "192.0.2.3"\n')
    caller, trunk = direct(desk, OUT, "extension:300")
    rung = diverts(desk, trunk, "204", "900123")
    assert rung.keys() == {"spare"}
    assert diverts(desk, rung["spare"], "204") == {}
    assert desk.said == [Release(caller, 20)]


@pytest.mark.parametrize(
    ("code", "cause"), [(486, 17), (603, 21), (480, 18), (404, 1), (488, 88), (607, 21)]
)
def test_what_is_said_outside_reaches_the_caller_as_it_is(code: int, cause: int):
    desk = Desk(TOML)
    caller, trunk = direct(desk, OUT, "extension:300")
    assert desk.gone(trunk, code, cause=cause) == [Release(caller, cause, code=code)]


@pytest.mark.parametrize(("code", "cause"), [(401, 21), (408, 18), (487, 16), (500, 41), (503, 41)])
def test_what_is_said_of_the_way_goes_by_its_cause(code: int, cause: int):
    desk = Desk(TOML)
    caller, trunk = direct(desk, OUT, "extension:300")
    assert desk.gone(trunk, code, cause=cause) == [Release(caller, cause)]


def test_a_caller_that_hears_it_ring_is_told_the_status_too():
    desk = Desk(TOML)
    caller, phone = direct(desk)
    assert desk.put(Alerting(phone)) == [Alert(caller)]
    assert desk.gone(phone, 486, cause=17) == [Release(caller, 17, code=486)]
