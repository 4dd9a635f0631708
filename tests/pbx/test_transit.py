"""What a trunk brought leaves by a trunk only where the transferor's `transfer_out` allows it."""

from __future__ import annotations

import pytest

from pbx.commands import Bridge, Release, TransferResult
from pbx.events import Digit, TransferAsked, TransferWished
from pbx.notes import CallClosed, Transferred
from tests.pbx.sites import SITE, Desk

MORE = """
[trunk.second]
host = "192.0.2.2:5060"
[group.away]
members = ["203"]
otherwise = "trunk:gateway"
[queue.full]
max_length = 1
overflow = "trunk:gateway"
[menu.out]
keys = { "1" = "trunk:gateway" }
[[route]]
from = "extensions"
called = "6*"
to = "group:away"
[[route]]
from = "extensions"
called = "500"
to = "queue:full"
[[route]]
from = "extensions"
called = "55"
to = "menu:out"
"""
TOML = SITE + MORE
ALLOWED = TOML.replace("[extension.201]", "[extension.201]\ntransfer_out = true")
OUT = "95551234"


def talk_with_201(desk: Desk) -> tuple[int, int]:
    return desk.talk("100")


def results(commands: list) -> list[int]:
    return [each.code for each in commands if isinstance(each, TransferResult)]


def test_a_trunk_s_caller_is_not_transferred_to_a_trunk():
    desk = Desk(TOML)
    _, agent = talk_with_201(desk)
    assert desk.put(TransferAsked(agent, OUT)) == [TransferResult(agent, 403)]
    assert desk.of(Transferred) == [] and desk.state("2001") == "busy"


def test_where_the_transferor_may_it_is():
    desk = Desk(ALLOWED)
    caller, agent = talk_with_201(desk)
    desk.said = desk.put(TransferAsked(agent, OUT))
    trunk = desk.rung()["gateway"]
    commands = desk.answer(trunk)
    assert results(commands) == [200] and Bridge(caller, trunk) in commands


def test_it_is_the_transferor_s_own_setting_that_counts():
    desk = Desk(TOML.replace("[extension.202]", "[extension.202]\ntransfer_out = true"))
    _, agent = talk_with_201(desk)
    assert desk.put(TransferAsked(agent, OUT)) == [TransferResult(agent, 403)]


def test_a_permission_is_not_left_behind_by_a_transfer_that_failed():
    desk = Desk(ALLOWED)
    caller, agent = talk_with_201(desk)
    desk.said = desk.put(TransferAsked(agent, OUT))
    desk.gone(desk.rung()["gateway"], 486, cause=17)
    (call,) = desk.exchange.state.calls.values()
    assert call.caller == caller and not call.may_transit


def test_an_extension_s_own_call_goes_out_as_ever():
    desk = Desk(TOML)
    caller = desk.call("300", "extension:202")
    phone = desk.rung()["300"]
    desk.answer(phone)
    desk.bridge(caller, phone)
    desk.said = desk.put(TransferAsked(phone, OUT))
    assert "gateway" in desk.rung()


@pytest.mark.parametrize("toml", [TOML, ALLOWED])
def test_who_was_called_outside_is_not_led_outside_either(toml: str):
    desk = Desk(toml)
    caller = desk.call(OUT, "extension:201")
    trunk = desk.rung()["gateway"]
    desk.answer(trunk)
    desk.bridge(caller, trunk)
    desk.said = desk.put(TransferAsked(caller, "95559999"))
    assert (results(desk.said) == [403]) is (toml is TOML)
    assert bool(desk.rung()) is (toml is ALLOWED)


@pytest.mark.parametrize("toml", [TOML, ALLOWED])
def test_a_client_s_wish_is_refused_with_the_reason(toml: str):
    desk = Desk(toml)
    talk_with_201(desk)
    (call,) = desk.exchange.state.calls
    desk.said = desk.put(TransferWished(call, OUT, "li"))
    refused = desk.exchange.refused
    assert bool(desk.rung()) is (toml is ALLOWED)
    if toml is TOML:
        assert refused is not None and refused.code == "refused"
        assert "[extension.201] transfer_out = true" in refused.reason
        assert desk.exchange.state.calls[call].transfer is None


def test_a_client_leads_no_waiting_caller_of_a_trunk_outside():
    desk = Desk(ALLOWED)
    desk.call("100")
    (call,) = desk.exchange.state.calls
    assert desk.put(TransferWished(call, OUT, "li")) == []
    assert desk.exchange.refused is not None and "transfer_out" in desk.exchange.refused.reason
    assert desk.exchange.state.calls[call].visit is not None


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize("toml", [TOML, ALLOWED])
def test_two_trunks_are_joined_by_who_may(toml: str, answered: bool):
    desk = Desk(toml)
    _, agent = talk_with_201(desk)
    second = desk.call(OUT, "extension:201")
    trunk = desk.rung()["gateway"]
    if answered:
        desk.answer(trunk)
        desk.bridge(second, trunk)
    commands = desk.put(TransferAsked(agent, OUT, second))
    if toml is TOML:
        assert commands == [TransferResult(agent, 403)]
        assert len(desk.exchange.state.calls) == 2
    else:
        assert 403 not in results(commands) and commands


# ---- round a corner ----------------------------------------------------------------------------


def led(desk: Desk, to: str) -> tuple[int, int]:
    caller, agent = talk_with_201(desk)
    desk.said = desk.put(TransferAsked(agent, to))
    return caller, agent


def test_a_group_s_way_out_is_none_for_a_trunk_s_caller():
    desk = Desk(TOML)
    caller, agent = led(desk, "6")
    assert desk.rung() == {} and results(desk.said) == [403]
    assert Bridge(caller, agent) in desk.said


@pytest.mark.parametrize(("toml", "out"), [(TOML, False), (ALLOWED, True)])
def test_nor_is_a_full_queue_s(toml: str, out: bool):
    desk = Desk(toml)
    desk.call("500", "extension:300")
    led(desk, "500")
    assert ("gateway" in desk.rung()) is out


@pytest.mark.parametrize(("toml", "out"), [(TOML, False), (ALLOWED, True)])
def test_nor_is_a_menu_s(toml: str, out: bool):
    desk = Desk(toml)
    caller, _ = led(desk, "55")
    desk.said = desk.put(Digit(caller, "1"))
    assert ("gateway" in desk.rung()) is out


def test_a_route_with_transit_goes_from_trunk_to_trunk():
    desk = Desk(
        TOML + '[[route]]\nfrom = "gateway"\ncalled = "8"\nto = "trunk:second"\ntransit = true\n'
    )
    desk.call("8")
    assert "second" in desk.rung()


def test_a_route_without_transit_does_not_even_where_the_checks_were_passed_by():
    desk = Desk(TOML + '[[route]]\nfrom = "gateway"\ncalled = "8"\nto = "trunk:second"\n')
    leg = desk.call("8")
    assert desk.said == [Release(leg, 21)]
    desk.gone(leg, 403, far=False)
    assert desk.of(CallClosed)[0].outcome == "refused"
