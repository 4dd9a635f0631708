"""Extensions: fixed contacts, registrations, pings, and phones that come back."""

from __future__ import annotations

from config.settings import Extension, Limits, Settings, Sip
from drivers.phones import PROBE_MS, Phones
from drivers.trunk import Driver
from pbx.commands import Alert, Answer, Play, Release, Ring, TransferResult
from pbx.events import (
    Bound,
    CallArrived,
    DeviceFound,
    DeviceLost,
    Released,
    TransferAsked,
    Unbound,
)
from pbx.sip.message.received import Flow, Message
from tests.drivers.lines import drain
from tests.pbx.sip.ends import (
    PHONE,
    Bench,
    Caller,
    Device,
    codes,
    reply,
    sdp,
    up,
)

DOOR = Flow("udp", "192.0.2.50", 6002)


class Site:
    """Phones over a user agent with time in numbers."""

    def __init__(self, **extensions: Extension) -> None:
        self.bench = Bench()
        found = {number[1:]: extension for number, extension in extensions.items()}
        self.phones = Phones(self.bench.agent, self.settings(found), self.bench.now)
        self.phones.set_wall(1_000_000, self.bench.now)

    def settings(self, extensions: dict[str, Extension]) -> Settings:
        """A configuration with these extensions."""
        return Settings(
            extension=extensions, sip=Sip(digest=("md5",)), limits=Limits(calls_per_extension=2)
        )

    def ring(self, number: str, leg: int = 4) -> list[Message]:
        """Ring an extension; what is said."""
        command = Ring(leg, f"extension:{number}", "", "5551000", "Bob")
        self.phones.obey(command, self.bench.now)
        return self.bench.says()

    def wait(self, ms: int) -> list[Message]:
        """Let time pass for phones and user agent."""
        said = []
        end = self.bench.now + ms
        while (due := self.phones.next_deadline()) is not None and due <= end:
            said += self.bench.wait(due - self.bench.now)
            self.phones.tick(self.bench.now)
            said += self.bench.says()
        return said + self.bench.wait(end - self.bench.now)


def test_a_fixed_contact_is_rung_with_the_extensions_number() -> None:
    site = Site(_202=Extension(contact="sip:192.0.2.50:6002"))
    (invite,) = site.ring("202")
    assert (invite.uri, invite.flow) == ("sip:202@192.0.2.50:6002", DOOR)


def test_a_fixed_contact_with_a_user_keeps_it() -> None:
    site = Site(_202=Extension(contact="sip:door@192.0.2.50:6002;transport=tcp"))
    (invite,) = site.ring("202")
    assert invite.uri == "sip:door@192.0.2.50:6002;transport=tcp"
    assert invite.flow is not None and invite.flow.transport == "tcp"


def test_a_call_from_a_fixed_contact_is_the_extensions() -> None:
    site = Site(_202=Extension(name="Door", contact="sip:192.0.2.50:6002"))
    site.bench.hears(Caller(flow=DOOR).invite(), DOOR)
    (fact,) = drain(site.phones)
    assert isinstance(fact, CallArrived)
    assert (fact.source, fact.calling, fact.name) == ("extension:202", "202", "Door")


def test_a_driver_alerts_answers_and_releases_its_legs_and_leaves_the_rest() -> None:
    site = Site(_202=Extension(contact="sip:192.0.2.50:6002"))
    driver: Driver = site.phones
    caller = Caller(flow=DOOR)
    site.bench.hears(caller.invite(), DOOR)
    leg = drain(driver)[0].leg  # type: ignore[union-attr]
    for command in (Play(leg, "music"), Alert(leg), Answer(leg), Release(leg, 16)):
        driver.obey(command, site.bench.now)
    said = site.bench.says()
    assert codes(said) == [180, 200]
    caller.takes(said[1])
    assert codes(site.bench.hears(caller.ack(), DOOR)) == ["BYE"]
    driver.obey(Release(999, 16), site.bench.now)


def test_a_phone_that_asks_for_a_transfer_is_told_how_it_goes() -> None:
    site = Site(_202=Extension(contact="sip:192.0.2.50:6002"))
    caller, leg = up(site.bench, Caller(flow=DOOR))
    site.phones.obey(TransferResult(leg, 200), site.bench.now)
    assert site.bench.says() == []
    refer = caller.ask("REFER", "Refer-To: <sip:201@192.0.2.1>")
    assert codes(site.bench.hears(refer, DOOR)) == [202, "NOTIFY"]
    assert drain(site.phones) == [TransferAsked(leg, "201")]
    site.phones.obey(TransferResult(leg, 200), site.bench.now)
    assert [said.body for said in site.bench.says()] == [b"SIP/2.0 200 OK\r\n"]


def test_an_extension_without_a_device_is_released_at_once() -> None:
    site = Site(_201=Extension(password="secret"))
    assert site.ring("201") == []
    assert drain(site.phones) == [Released(4, 20, 480, True)]
    site.ring("nobody", 6)
    assert drain(site.phones) == [Released(6, 20, 480, True)]


def test_all_devices_of_an_extension_are_rung_and_path_is_kept() -> None:
    site = Site(_201=Extension(password="secret"))
    device = Device()
    (challenge,) = site.bench.hears(device.register(), PHONE)
    data = device.register(device.login(challenge), "Path: <sip:192.0.2.9;lr>")
    data = data.replace(b"Max-Forwards", b"Contact: <sip:201@192.0.2.99>\r\nMax-Forwards")
    assert codes(site.bench.hears(data, PHONE)) == [200]
    invites = site.ring("201")
    assert len(invites) == 2 and {i.header("route") for i in invites} == {"<sip:192.0.2.9;lr>"}


def test_a_restored_registration_is_rung() -> None:
    site = Site(_201=Extension(password="secret"))
    fact = Bound("201", "sip:201@192.0.2.31:5062", "udp/0/192.0.2.31/5062", 2_000_000, "r", 1)
    site.phones.restore(fact, site.bench.now)
    (invite,) = site.ring("201")
    assert invite.flow == PHONE
    assert site.phones.bindings("201")[0].expires == 2_000_000 - 1_000_000 + site.bench.now


def test_a_phone_is_pinged_as_often_as_asked() -> None:
    site = Site(_202=Extension(contact="sip:192.0.2.50:6002", ping_s=30))
    said = site.wait(30_000)
    assert codes(said) == ["OPTIONS"] and said[0].flow == DOOR
    site.bench.hears(reply(said[0], 200), DOOR)
    assert drain(site.phones) == []
    assert "OPTIONS" in codes(site.wait(30_000))
    site.wait(33_000)
    assert drain(site.phones)[0] == DeviceLost("202")


def test_a_ping_that_fails_refuses_no_call_from_the_phone() -> None:
    site = Site(_202=Extension(contact="sip:192.0.2.50:6002", ping_s=30))
    site.wait(70_000)
    assert DeviceLost("202") in drain(site.phones)
    site.bench.hears(Caller(flow=DOOR).invite(), DOOR)
    assert [type(fact) for fact in drain(site.phones)] == [DeviceFound, CallArrived]


def test_a_lost_phone_is_asked_until_it_answers_though_it_is_never_pinged() -> None:
    site = Site(_202=Extension(contact="sip:192.0.2.50:6002"))
    assert site.phones.next_deadline() is None
    (invite,) = site.ring("202")
    site.bench.hears(reply(invite, 503), DOOR)
    assert drain(site.phones) == [DeviceLost("202"), Released(4, 41, 503, True)]
    site.phones.tick(site.bench.now)
    assert codes(site.bench.says()) == ["OPTIONS"]
    said = [message for message in site.wait(PROBE_MS) if message.method == "OPTIONS"]
    assert len({message.call_id for message in said}) == 2
    site.bench.hears(reply(said[-1], 200), DOOR)
    assert drain(site.phones) == [DeviceFound("202")]
    assert site.phones.next_deadline() is None


def test_a_new_configuration_moves_phones_and_drops_those_that_are_gone() -> None:
    site = Site(_201=Extension(password="secret"), _202=Extension(contact="sip:192.0.2.50:6002"))
    fact = Bound("201", "sip:201@192.0.2.31:5062", "udp/0/192.0.2.31/5062", 2_000_000, "r", 1)
    site.phones.restore(fact, site.bench.now)
    moved = site.settings({"202": Extension(contact="sip:192.0.2.51:6003")})
    site.phones.reconfigure(moved, site.bench.now)
    assert [type(fact) for fact in drain(site.phones)] == [Unbound]
    (invite,) = site.ring("202")
    assert invite.flow == Flow("udp", "192.0.2.51", 6003)


def test_a_phone_has_so_many_calls_at_a_time_a_fixed_contact_as_many_as_come() -> None:
    site = Site(_201=Extension(password="secret"), _202=Extension(contact="sip:192.0.2.50:6002"))
    lines = site.bench.agent.lines
    assert (lines["extension:201"].legs_max, lines["extension:202"].legs_max) == (2, 0)


def test_contacts_that_cannot_be_used_ring_nowhere() -> None:
    site = Site(_202=Extension(contact="nonsense"), _203=Extension(contact="sip:no.such.invalid"))
    assert site.ring("202") == [] and site.ring("203", 6) == []
    assert [type(fact) for fact in drain(site.phones)] == [Released, Released]


def test_the_codecs_of_an_extension_are_its_own() -> None:
    site = Site(_202=Extension(contact="sip:192.0.2.50:6002", codecs=("PCMU",)))
    (invite,) = site.ring("202")
    assert b"RTP/AVP 0 101" in invite.body
    said = site.bench.hears(reply(invite, 200, body=sdp(formats="8")), DOOR)
    assert codes(said) == ["ACK", "BYE"]
