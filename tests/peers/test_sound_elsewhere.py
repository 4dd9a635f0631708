"""A gateway whose sound comes from another port than its description says, and one that is silent
while a stranger would have its call."""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.kernel.media.far_end import FarEnd, rtp
from tests.peers.ends import steps
from tests.peers.ends.sipp import PHONE_HOST, Sipp
from tests.peers.plan import Plan, settled
from tests.ports import Ports
from tests.site import Site, until

pytestmark = pytest.mark.peer

SOUND, FALSE = bytes(range(160)), b"\x99" * 160
STRANGER = "127.0.0.9"
PACKETS = 60
NEVER = 'symmetric = "never"\n[queue.sales]'


class Ends:
    """Sockets of the test's own: where the gateway promised to be, where its sound comes from, a
    stranger, and the phone."""

    def __init__(self) -> None:
        self.promised, self.mouth, self.ear = (FarEnd(PHONE_HOST) for _ in range(3))
        self.stranger = FarEnd(STRANGER)
        self.all = (self.promised, self.mouth, self.ear, self.stranger)


@pytest.fixture
def ends() -> Iterator[Ends]:
    opened = Ends()
    yield opened
    for end in opened.all:
        end.close()


def our_port(plan: Plan) -> int:
    """Where the caller's sound is taken: the second pair of the range, for the phone, which is
    rung first, has the first."""
    return plan.media[0] + plan.media[0] % 2 + 2


def a_talk(site: Site, plan: Plan, ends: Ends, sipp: Callable[..., Sipp], phone: int) -> Sipp:
    """A call from the gateway to the phone, up for four seconds."""
    sipp(phone).answer(
        steps.invited(), steps.accept(str(ends.ear.port)), steps.acknowledged(), steps.released()
    )
    caller = sipp(plan.gateway_port, gateway=True).call(
        steps.invite(str(ends.promised.port)), steps.answered(), steps.acknowledge(),
        steps.pause(4_000), steps.hang_up(), to=plan.address, number="2201",
    )  # fmt: skip
    until(lambda: sound_of_caller(site).get("state") == "connected", what="a talk")
    return caller


def sound_of_caller(site: Site) -> dict[str, Any]:
    """Its row in `call.list`; empty before there is one."""
    rows = [row for call in site.ctl("call.list") for row in call["media"]]
    return next((dict(row) for row in rows if row["party"] == "trunk:gateway"), {})


def talks(end: FarEnd, payload: bytes, port: int) -> None:
    for number in range(PACKETS):
        end.send(rtp(payload, number=number), to=port)
        select.select([], [], [], 0.01)


def heard(end: FarEnd) -> set[bytes]:
    """What has come."""
    said = set()
    while not end.is_quiet(0.2):
        said.add(end.receive().payload)
    return said


def test_a_gateway_that_sends_from_another_port_is_heard_and_said_to_be_there(
    serve: Callable[[str], Site], plan: Plan, sipp: Callable[..., Sipp], free_ports: Ports,
    ends: Ends,
) -> None:  # fmt: skip
    phone = free_ports.one()
    site = serve(plan.fixed(phone, "201").toml())
    caller = a_talk(site, plan, ends, sipp, phone)
    talks(ends.mouth, SOUND, our_port(plan))
    assert heard(ends.ear) == {SOUND}
    row = sound_of_caller(site)
    assert (row["elsewhere"], row["learnt"]) == (f"{PHONE_HOST}:{ends.mouth.port}", True)
    assert row["elsewhere_packets"] == PACKETS
    alarms = {alarm["name"]: alarm["text"] for alarm in site.ctl("system.status")["alarms"]}
    place = f"packets from {PHONE_HOST}:{ends.mouth.port}"
    assert place in alarms["sound_elsewhere"]
    caller.succeeds()
    settled(site, 1)


@pytest.mark.parametrize("rule", ["auto", "never"])
def test_a_silent_gateway_s_call_cannot_be_stolen(
    serve: Callable[[str], Site], plan: Plan, sipp: Callable[..., Sipp], free_ports: Ports,
    ends: Ends, rule: str,
) -> None:  # fmt: skip
    phone = free_ports.one()
    toml = plan.fixed(phone, "201").toml()
    serve_toml = toml.replace("[queue.sales]", NEVER, 1) if rule == "never" else toml
    site = serve(serve_toml)
    caller = a_talk(site, plan, ends, sipp, phone)
    thief = ends.stranger if rule == "auto" else ends.mouth
    talks(thief, FALSE, our_port(plan))
    ends.ear.send(*(rtp(SOUND, number=n) for n in range(5)), to=our_port(plan) - 2)
    assert heard(ends.promised) == {SOUND}
    assert heard(ends.ear) == set() and thief.is_quiet()
    row = sound_of_caller(site)
    assert (row["elsewhere"], row["learnt"]) == (f"{thief.host}:{thief.port}", False)
    caller.succeeds()
    settled(site, 1)
