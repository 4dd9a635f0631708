"""Trunks on SIP: where they are, what they may carry, how they are dialled."""

from __future__ import annotations

from config.settings import Trunk
from pbx.commands import Alert, Answer, Release, TransferResult
from pbx.events import CallArrived, Released, TroubleSeen
from pbx.sip.message.received import Flow
from tests.drivers.lines import Lines, drain
from tests.pbx.sip.ends import STRANGER, Caller, codes


def test_a_number_is_dialled_at_the_trunks_host() -> None:
    lines = Lines(gw=Trunk(host="192.0.2.20:5080"))
    (invite,) = lines.ring()
    assert (invite.uri, invite.flow) == (
        "sip:555*1@192.0.2.20:5080", Flow("udp", "192.0.2.20", 5080),
    )  # fmt: skip
    assert invite.from_address.uri.user == "201"


def test_the_trunks_own_caller_id_is_shown() -> None:
    lines = Lines(gw=Trunk(host="192.0.2.20", caller_id="5550100"))
    assert lines.ring()[0].from_address.uri.user == "5550100"


def test_a_trunk_on_tcp_says_so() -> None:
    lines = Lines(gw=Trunk(host="tcp:192.0.2.20:5070"))
    (invite,) = lines.ring()
    assert invite.uri.endswith(":5070;transport=tcp") and invite.via.transport == "TCP"


def test_calls_are_taken_from_its_host_unless_it_says_from_where() -> None:
    other = Trunk(host="192.0.2.60", allow=("10.0.0.0/8",))
    lines = Lines(gw=Trunk(host="192.0.2.20"), other=other)
    access = lines.bench.agent.access
    assert access.trunk_at("192.0.2.20") == "trunk:gw"
    assert access.trunk_at("10.1.2.3") == "trunk:other"
    assert access.trunk_at("192.0.2.60") == ""
    lines.bench.hears(Caller().invite())
    (fact,) = drain(lines.gateway)
    assert isinstance(fact, CallArrived) and fact.source == "trunk:gw"
    assert codes(lines.bench.hears(Caller(flow=STRANGER).invite(), STRANGER)) == [401]


def test_no_more_calls_than_channels_either_way() -> None:
    lines = Lines(gw=Trunk(host="192.0.2.20", channels=1))
    lines.ring()
    assert lines.ring(leg=6) == []
    released, alarm = drain(lines.gateway)
    assert released == Released(6, 34) and isinstance(alarm, TroubleSeen)
    assert codes(lines.bench.hears(Caller().invite())) == [503]
    assert [getattr(fact, "name", "") for fact in drain(lines.gateway)] == ["calls"]
    assert lines.bench.agent.legs_of("trunk:gw") == 1


def test_a_trunk_without_a_place_or_a_name_releases_at_once() -> None:
    lines = Lines(gw=Trunk(host="no.such.host.invalid"))
    assert lines.ring() == [] and lines.ring(leg=6, trunk="other") == []
    assert drain(lines.gateway) == [Released(4, 38), Released(6, 38)]


def test_a_call_from_a_trunk_is_alerted_answered_and_released() -> None:
    lines = Lines(gw=Trunk(host="192.0.2.20"))
    caller = Caller()
    lines.bench.hears(caller.invite())
    leg = drain(lines.gateway)[0].leg  # type: ignore[union-attr]
    for command in (Alert(leg), Answer(leg)):
        lines.gateway.obey(command, lines.bench.now)
    said = lines.bench.says()
    assert codes(said) == [180, 200]
    caller.takes(said[1])
    lines.bench.hears(caller.ack())
    for command in (TransferResult(leg, 200), Release(leg, 16)):
        lines.gateway.obey(command, lines.bench.now)
    assert codes(lines.bench.says()) == ["BYE"]


def test_trunks_of_other_drivers_are_left_alone() -> None:
    lines = Lines(gw=Trunk(host="192.0.2.20", driver="modem"))
    assert lines.ring() == [] and drain(lines.gateway) == [Released(4, 38)]
