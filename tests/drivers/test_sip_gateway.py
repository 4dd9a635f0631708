"""Trunks on SIP: where they are, what they may carry, how they are dialled."""

from __future__ import annotations

from config.settings import Settings, Sip, Trunk
from drivers.sip_gateway import SipGateway
from drivers.trunk import drain
from pbx.commands import Alert, Answer, Release, Ring, TransferResult
from pbx.events import CallArrived, Released
from pbx.sip.message import Flow, Message
from tests.pbx.sip.ends import GATEWAY, STRANGER, Bench, Caller, codes, reply


class Site:
    """A gateway over a user agent."""

    def __init__(self, **trunks: Trunk) -> None:
        self.bench = Bench()
        settings = Settings(trunk=trunks, sip=Sip(digest=("md5",)))
        self.gateway = SipGateway(self.bench.agent, settings, self.bench.now)

    def ring(self, leg: int = 4, trunk: str = "gw", number: str = "555*1") -> list[Message]:
        """Dial over a trunk; what is said."""
        command = Ring(leg, f"trunk:{trunk}", number, "201", "Ann")
        self.gateway.obey(command, self.bench.now)
        return self.bench.says()


def test_a_number_is_dialled_at_the_trunks_host() -> None:
    site = Site(gw=Trunk(host="192.0.2.20:5080"))
    (invite,) = site.ring()
    assert (invite.uri, invite.flow) == (
        "sip:555*1@192.0.2.20:5080", Flow("udp", "192.0.2.20", 5080),
    )  # fmt: skip
    assert invite.from_address.uri.user == "201"


def test_the_trunks_own_caller_id_is_shown() -> None:
    site = Site(gw=Trunk(host="192.0.2.20", caller_id="5550100"))
    assert site.ring()[0].from_address.uri.user == "5550100"


def test_a_trunk_on_tcp_says_so() -> None:
    site = Site(gw=Trunk(host="tcp:192.0.2.20:5070"))
    (invite,) = site.ring()
    assert invite.uri.endswith(":5070;transport=tcp") and invite.via.transport == "TCP"


def test_calls_are_taken_from_its_host_unless_it_says_from_where() -> None:
    site = Site(gw=Trunk(host="192.0.2.20"), other=Trunk(host="192.0.2.60", allow=("10.0.0.0/8",)))
    access = site.bench.agent.access
    assert access.trunk_at("192.0.2.20") == "trunk:gw"
    assert access.trunk_at("10.1.2.3") == "trunk:other"
    assert access.trunk_at("192.0.2.60") == ""
    site.bench.hears(Caller().invite())
    (fact,) = drain(site.gateway)
    assert isinstance(fact, CallArrived) and fact.source == "trunk:gw"
    assert codes(site.bench.hears(Caller(flow=STRANGER).invite(), STRANGER)) == [401]


def test_no_more_calls_than_channels_either_way() -> None:
    site = Site(gw=Trunk(host="192.0.2.20", channels=1))
    site.ring()
    assert site.ring(leg=6) == [] and drain(site.gateway) == [Released(6, 34)]
    assert codes(site.bench.hears(Caller().invite())) == [503]
    assert site.gateway.channels_used("gw") == 1


def test_a_trunk_without_a_place_or_a_name_releases_at_once() -> None:
    site = Site(gw=Trunk(host="no.such.host.invalid"))
    assert site.ring() == [] and site.ring(leg=6, trunk="other") == []
    assert drain(site.gateway) == [Released(4, 38), Released(6, 38)]


def test_a_call_from_a_trunk_is_alerted_answered_and_released() -> None:
    site = Site(gw=Trunk(host="192.0.2.20"))
    caller = Caller()
    site.bench.hears(caller.invite())
    leg = drain(site.gateway)[0].leg  # type: ignore[union-attr]
    for command in (Alert(leg), Answer(leg)):
        site.gateway.obey(command, site.bench.now)
    said = site.bench.says()
    assert codes(said) == [180, 200]
    caller.takes(said[1])
    site.bench.hears(caller.ack())
    for command in (TransferResult(leg, 200), Release(leg, 16)):
        site.gateway.obey(command, site.bench.now)
    assert codes(site.bench.says()) == ["BYE"]


def test_trunks_of_other_drivers_are_left_alone() -> None:
    site = Site(gw=Trunk(host="192.0.2.20", driver="modem"))
    assert site.ring() == [] and drain(site.gateway) == [Released(4, 38)]
