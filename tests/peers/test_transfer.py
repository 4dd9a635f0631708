"""Blind transfers by phones: to a phone, to a queue, to a busy number; and phones that do not wait.

The caller comes from the gateway through the queue to the agent at 201, who leads it on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.peers.ends import refer_steps, steps
from tests.peers.ends.baresip import Baresip
from tests.peers.ends.sipp import Sipp
from tests.peers.ends.sound import End, Sound
from tests.peers.plan import NUMBER, Plan, settled
from tests.ports import Ports
from tests.site import Site, until

pytestmark = pytest.mark.peer

QUEUE_FROM_INSIDE = '[[route]]\nfrom = "extensions"\ncalled = "4009"\nto = "queue:sales"\n'
ACCOUNT = "auth_pass=correct-horse;regint=60;audio_codecs=PCMU/8000/1;answermode=auto"
TOLD_ALL = (refer_steps.notified(100), refer_steps.notified(180), refer_steps.notified(200))


class Desks:
    """A caller, the agent at 201 who transfers it, and the phone at 202 it is led to."""

    def __init__(self, site: Site, plan: Plan, sound: Sound, *, sipps: list[Sipp]) -> None:
        self.site, self.plan, self.sound = site, plan, sound
        self.callers, self.first, self.second = sipps

    def run(self, transfer: tuple[str, ...], at_second: tuple[str, ...]) -> None:
        """Start all three; the agent talks for a second before the steps of `transfer`."""
        self.second.answer(steps.invited(), *at_second)
        self.first.answer(
            steps.invited(), steps.provisional(), steps.pause(300),
            steps.accept(str(self.sound.agents[0].port)), refer_steps.remember(),
            steps.pause(1_000), *transfer,
        )  # fmt: skip
        self.callers.call(
            steps.invite(str(self.caller.port)), steps.answered(), steps.acknowledge(),
            steps.pause(4_300), steps.hang_up(), to=self.plan.address, number=NUMBER,
        )  # fmt: skip

    @property
    def caller(self) -> End:
        return self.sound.callers[0]

    def rings_and_answers(self) -> tuple[str, ...]:
        """What the second phone does when all goes well."""
        media = str(self.sound.agents[1].port)
        return (
            steps.provisional(), steps.pause(300), steps.accept(media), steps.acknowledged(),
            steps.released(),
        )  # fmt: skip

    def hear(self, agent: int) -> None:
        """Wait until caller and agent hear each other, from now on."""
        end = self.sound.agents[agent]
        heard = (self.caller.heard[end.mark], end.heard[self.caller.mark])
        until(
            lambda: (
                self.caller.heard[end.mark] > heard[0] + 10
                and end.heard[self.caller.mark] > heard[1] + 10
            ),
            what=f"agent {agent} and the caller, joined",
        )

    def transfers_in_vain(self, number: str, code: int) -> None:
        """The agent leads the caller to a number, is told of its failure and has it back."""
        steps_of_201 = (
            refer_steps.refer(number), refer_steps.notified(100), refer_steps.notified(code),
            steps.released(),
        )  # fmt: skip
        self.run(steps_of_201, (steps.refuse(486),))
        until(lambda: self.first.messages("NOTIFY ") == 2, what="the agent is told")
        self.hear(0)
        self.ends()

    def ends(self) -> dict[str, Any]:
        """Wait for the end of the one call, which went for all as they expected; its row."""
        self.callers.succeeds()
        for phone in (self.first, self.second):
            assert "Aborting call" not in phone.why(), phone.why()
        (row,) = settled(self.site, 1)
        assert (row["outcome"], row["agent"], row["calling"]) == ("answered", "2201", "5551")
        return row

    def check_segments(self, *wanted: tuple[str, str, float]) -> None:
        """The stretches of the call are these, to 1 s: kind, agent, seconds; rings left out."""
        rows = sorted(self.site.rows("segments"), key=lambda row: row["n"])
        rows = [row for row in rows if row["kind"] != "ring"]
        assert [(row["kind"], row["agent"]) for row in rows] == [each[:2] for each in wanted]
        for row, (*_, seconds) in zip(rows, wanted, strict=True):
            assert abs(row["ended"] - row["started"] - seconds) <= 1, (row, seconds)


@pytest.fixture
def desks(
    serve: Callable[[str], Site], plan: Plan, sipp: Callable[..., Sipp], free_ports: Ports
) -> Callable[[Sound], Desks]:
    """A site of two phones, each behind a sipp of its own."""

    def make(sound: Sound) -> Desks:
        ports = free_ports.one(), free_ports.one()
        plan.fixed(ports[0], "201").fixed(ports[1], "202")
        site = serve(plan.toml() + QUEUE_FROM_INSIDE)
        sipps = [sipp(plan.gateway_port, gateway=True), *(sipp(port) for port in ports)]
        return Desks(site, plan, sound, sipps=sipps)

    return make


@pytest.mark.parametrize("held", [False, True], ids=["talking", "on-hold"])
def test_a_caller_is_led_to_another_phone_and_the_agent_told_of_each_step(
    desks: Callable[[Sound], Desks], held: bool
) -> None:
    with Sound(callers=1, agents=2) as sound:
        office = desks(sound)
        hold = (refer_steps.hold(str(sound.agents[0].port)), steps.pause(200)) if held else ()
        steps_of_201 = (*hold, refer_steps.refer("202"), *TOLD_ALL, steps.released())
        office.run(steps_of_201, office.rings_and_answers())
        until(lambda: office.first.messages("BYE ") == 1, what="the agent's leg is released")
        office.hear(1)
        row = office.ends()
    assert office.second.invited() == ["202"]
    assert abs(row["ended"] - row["started"] - 4.3) <= 1
    on_hold = [("hold", "", 0.2)] if held else []
    office.check_segments(("wait", "", 0.3), ("talk", "2201", 1.3), *on_hold, ("talk", "", 2.7))


def test_a_caller_is_led_back_into_the_queue_and_reaches_another_agent(
    desks: Callable[[Sound], Desks],
) -> None:
    with Sound(callers=1, agents=2) as sound:
        office = desks(sound)
        steps_of_201 = (
            refer_steps.refer("4009"), refer_steps.notified(100), refer_steps.notified(200),
            steps.released(),
        )  # fmt: skip
        office.run(steps_of_201, office.rings_and_answers())
        until(lambda: office.second.invited() == ["202"], what="the other agent rings")
        office.hear(1)
        office.ends()
    lines = [line[4] for line in office.site.queue_log() if line[4] != "QUEUESTART"]
    assert lines.count("ENTERQUEUE") == 2 and lines.count("CONNECT") == 2
    office.check_segments(
        ("wait", "", 0.3), ("talk", "2201", 1), ("wait", "", 0.3), ("talk", "2202", 2.7)
    )


def test_an_agent_whose_transfer_meets_a_busy_phone_has_its_caller_again(
    desks: Callable[[Sound], Desks],
) -> None:
    with Sound(callers=1, agents=2) as sound:
        office = desks(sound)
        office.transfers_in_vain("202", 486)
    assert office.second.invited() == ["202"]
    office.check_segments(("wait", "", 0.3), ("talk", "2201", 4))


def test_an_agent_who_hangs_up_at_once_has_transferred_its_caller(
    desks: Callable[[Sound], Desks],
) -> None:
    with Sound(callers=1, agents=2) as sound:
        office = desks(sound)
        steps_of_201 = (
            refer_steps.refer("202"), refer_steps.ask("BYE", 9),
            '<recv request="NOTIFY" optional="true"/>', steps.receive(200),
        )  # fmt: skip
        office.run(steps_of_201, office.rings_and_answers())
        office.hear(1)
        office.ends()
    assert office.second.invited() == ["202"]
    office.check_segments(("wait", "", 0.3), ("talk", "2201", 1), ("talk", "", 2.7))


def test_a_number_that_nobody_has_is_no_transfer(desks: Callable[[Sound], Desks]) -> None:
    with Sound(callers=1, agents=2) as sound:
        office = desks(sound)
        office.transfers_in_vain("777", 404)
    assert office.second.invited() == []


@pytest.mark.parametrize("who", ["called", "caller"])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_baresip_transfers_the_other_end_whoever_called(
    serve: Callable[[str], Site], plan: Plan, baresip: Callable[..., Baresip], who: str,
    transport: str,
) -> None:  # fmt: skip
    site = serve(plan.registered("201", "202", "203").toml())
    tones = {"201": 440, "202": 700, "203": 1_000}
    anna, bob, carol = (baresip(each, tone_hz=hz) for each, hz in tones.items())
    for phone in (anna, bob, carol):
        phone.address += f";transport={transport}"
        phone.start(ACCOUNT)
    anna.command("dial", f"sip:202@{plan.address}")
    anna.await_event("CALL_ESTABLISHED")
    until(lambda: near(anna, 700) and near(bob, 440), what="both tones")
    leaves, stays, tone = (bob, anna, 440) if who == "called" else (anna, bob, 700)
    leaves.command("transfer", f"sip:203@{plan.address}")
    leaves.await_event("CALL_CLOSED")
    until(lambda: near(stays, 1_000) and near(carol, tone), what="the tones of the two left")
    stays.command("hangup")
    carol.await_event("CALL_CLOSED")
    (row,) = settled(site, 1)
    assert (row["direction"], row["calling"], row["called"]) == ("internal", "201", "202")


def near(phone: Baresip, hz: int) -> bool:
    """Whether a phone hears this tone."""
    return abs(phone.hears_hz() - hz) < 10
