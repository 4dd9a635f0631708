"""Trunks that register with their provider, and how a provider is spoken to."""

from __future__ import annotations

import pytest

from config.settings import Trunk
from pbx.events import CallArrived, TrunkFound, TrunkLost
from pbx.sip.message.received import Message
from tests.drivers.lines import Lines
from tests.pbx.sip.ends import GATEWAY, Caller, codes, reply

LOGIN = {"username": "alice", "password": "secret"}
PROVIDER = Trunk(host="192.0.2.20", register=True, **LOGIN)
NAMED = Trunk(host="localhost:5070", register=True, **LOGIN)
NOT_YET = TrunkLost("gw", "not registered yet")
CHALLENGE = ("WWW-Authenticate", 'Digest realm="r", nonce="n", qop="auth"')


def registered(lines: Lines) -> Message:
    """Registered for an hour; its REGISTER."""
    (register,) = lines.due()
    lines.bench.hears(reply(register, 200, headers=[("Expires", "3600")], contact="<sip:a@b>"))
    assert lines.tells() == [NOT_YET, TrunkFound("gw")]
    return register


def test_a_trunk_carries_no_calls_out_until_it_is_registered() -> None:
    lines = Lines(gw=PROVIDER)
    assert not lines.gateway.is_up("gw")
    register = registered(lines)
    assert register.uri == "sip:192.0.2.20" and register.flow == GATEWAY
    assert lines.gateway.is_up("gw")
    assert lines.gateway.registered_until("gw") == lines.bench.now + 3_600_000


def test_calls_come_in_from_its_host_registered_or_not() -> None:
    lines = Lines(gw=PROVIDER)
    lines.due()
    lines.bench.hears(Caller("alice").invite())
    arrived = lines.tells()[-1]
    assert isinstance(arrived, CallArrived)
    assert (arrived.source, arrived.called) == ("trunk:gw", "alice")
    assert not lines.gateway.is_up("gw")


def test_a_provider_with_a_name_is_asked_for_by_it() -> None:
    lines = Lines(gw=NAMED)
    (register,) = lines.due()
    assert register.uri == "sip:localhost:5070" and register.flow is not None
    assert register.to == "<sip:alice@localhost>" and register.flow.port == 5070
    (invite,) = lines.ring()
    assert invite.uri == "sip:555*1@localhost:5070"
    assert str(invite.from_address.uri) == "sip:201@localhost"


def test_over_tcp_registrar_and_contact_say_so() -> None:
    lines = Lines(gw=Trunk(host="tcp:192.0.2.20", register=True, **LOGIN))
    (register,) = lines.due()
    assert register.uri == "sip:192.0.2.20;transport=tcp" and register.via.transport == "TCP"
    assert register.contacts[0].uri.params == {"transport": "tcp"}


@pytest.mark.parametrize(("caller_id", "shown"), [("+15550100", "+15550100"), ("", "201")])
def test_a_provider_sees_the_trunks_number_or_the_callers(caller_id: str, shown: str) -> None:
    lines = Lines(gw=Trunk(host="192.0.2.20", caller_id=caller_id, **LOGIN))
    (invite,) = lines.ring()
    assert str(invite.from_address.uri) == f"sip:{shown}@192.0.2.20"
    assert invite.contacts[0].uri.host == "192.0.2.1"


def test_a_gateway_without_a_login_sees_our_own_address() -> None:
    lines = Lines(gw=Trunk(host="192.0.2.20"))
    assert str(lines.ring()[0].from_address.uri) == "sip:201@192.0.2.1:5060"


def test_a_login_on_a_trunk_without_a_place_costs_nothing() -> None:
    lines = Lines(gw=Trunk(host="srv:example.net", **LOGIN), nowhere=Trunk(**LOGIN))
    assert lines.ring() == [] and lines.ring(6, "nowhere") == []


def test_an_invite_that_is_challenged_is_sent_again_with_the_login() -> None:
    lines = Lines(gw=PROVIDER)
    registered(lines)
    (invite,) = lines.ring()
    ack, again = lines.bench.hears(reply(invite, 401, headers=[CHALLENGE]))
    assert ack.method == "ACK" and 'username="alice"' in (again.header("authorization") or "")


def test_a_login_refused_is_told_with_its_reason_and_once() -> None:
    lines = Lines(gw=PROVIDER)
    (register,) = lines.due()
    lines.bench.hears(reply(register, 403))
    why = "the provider refuses the login (403 Forbidden)"
    assert lines.tells() == [NOT_YET, TrunkLost("gw", why)]
    (again,) = lines.waits(300_000)
    lines.bench.hears(reply(again, 403))
    assert lines.tells() == []


def test_a_registration_that_runs_out_loses_the_trunk_and_the_next_finds_it() -> None:
    lines = Lines(gw=PROVIDER)
    registered(lines)
    lines.waits(3_600_000)
    assert lines.tells() == [TrunkLost("gw", "no answer from the provider")]
    lines.waits(300_000)
    while not (said := lines.waits(100)):
        assert lines.tells() == []
    lines.bench.hears(reply(said[-1], 200, contact="<sip:a@b>"))
    assert lines.tells() == [TrunkFound("gw")]


def test_a_registered_trunk_that_does_not_answer_is_lost_all_the_same() -> None:
    lines = Lines(gw=Trunk(host="192.0.2.20", register=True, ping_s=30, **LOGIN))
    registered(lines)
    lines.waits(33_000)
    assert lines.tells() == [TrunkLost("gw", "no answer to OPTIONS")]
    options = lines.waits(10_000)[-1]
    lines.bench.hears(reply(options, 200))
    assert lines.tells() == [TrunkFound("gw")]


def test_a_reload_that_changes_nothing_asks_nothing() -> None:
    lines = Lines(gw=PROVIDER)
    registered(lines)
    lines.reload(gw=PROVIDER, other=Trunk(host="192.0.2.60"))
    assert lines.due() == [] and lines.gateway.is_up("gw") and lines.tells() == []


def test_another_password_takes_the_old_registration_back_and_registers_anew() -> None:
    lines = Lines(gw=PROVIDER)
    first = registered(lines)
    lines.reload(gw=Trunk(host="192.0.2.20", register=True, username="alice", password="new"))
    goodbye, fresh = lines.due()
    assert goodbye.header("expires") == "0" and goodbye.call_id == first.call_id
    assert fresh.header("expires") == "3600" and fresh.call_id != first.call_id
    assert lines.tells() == [NOT_YET]


def test_a_trunk_taken_out_is_unregistered() -> None:
    lines = Lines(gw=PROVIDER)
    registered(lines)
    lines.reload()
    (goodbye,) = lines.due()
    assert goodbye.header("expires") == "0" and not lines.gateway.is_gone
    lines.bench.hears(reply(goodbye, 200))
    assert lines.gateway.is_gone and lines.tells() == []


def test_a_farewell_unregisters_all_with_the_login_they_know() -> None:
    other = Trunk(host="192.0.2.60", register=True, **LOGIN)
    lines = Lines(gw=PROVIDER, other=other, plain=Trunk(host="192.0.2.61"))
    first, second = lines.due()
    for register in (first, second):
        (again,) = lines.bench.hears(reply(register, 401, headers=[CHALLENGE]), GATEWAY)
        lines.bench.hears(reply(again, 200, contact="<sip:a@b>"))
    lines.tells()
    lines.gateway.farewell(lines.bench.now)
    said = lines.bench.says()
    assert [message.header("expires") for message in said] == ["0", "0"]
    assert all("nc=00000002" in (message.header("authorization") or "") for message in said)
    for message in said:
        lines.bench.hears(reply(message, 200))
    assert lines.gateway.is_gone and codes(lines.waits(4_000_000)) == []
