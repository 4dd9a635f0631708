"""Agents who do not take the call: they refuse, do not answer, are not there, or vanish."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests.peers.ends import steps
from tests.peers.ends.sipp import Sipp
from tests.peers.ends.sound import Sound
from tests.peers.plan import NUMBER, Plan, settled, states
from tests.ports import Ports
from tests.site import Site, until

pytestmark = pytest.mark.peer

GOOD_PHONE = (steps.ring_until_cancelled_or_answer(50),)
TALK = (
    steps.invite(), steps.answered(), steps.acknowledge(), steps.pause(4_500), steps.hang_up(),
)  # fmt: skip


class Two:
    """Agent 2201 is offered each call first, then 2202, each behind a sipp of its own."""

    def __init__(self, site: Site, plan: Plan, *, first: Sipp, second: Sipp) -> None:
        self.site, self.plan, self.first, self.second = site, plan, first, second


@pytest.fixture
def two(
    serve: Callable[[str], Site], plan: Plan, sipp: Callable[..., Sipp], free_ports: Ports
) -> Two:
    ports = free_ports.one(), free_ports.one()
    plan.fixed(ports[0], "201", ping_s=1).fixed(ports[1], "202", ping_s=1)
    site = serve(plan.toml(strategy="linear", offer_s=1, limits="media_timeout_s = 2"))
    second = sipp(ports[1]).patient().answer(*GOOD_PHONE)
    return Two(site, plan, first=sipp(ports[0]), second=second)


@pytest.fixture
def caller(two: Two, sipp: Callable[..., Sipp]) -> Callable[[], Sipp]:
    """Start one caller who talks for a while."""

    def start() -> Sipp:
        each = sipp(two.plan.gateway_port, gateway=True)
        return each.call(*TALK, to=two.plan.address, number=NUMBER)

    return start


def answered_by_the_second(two: Two, *, timeout_s: float = 15) -> dict[str, Any]:
    (row,) = settled(two.site, 1, timeout_s=timeout_s)
    assert (row["outcome"], row["agent"]) == ("answered", "2202")
    return row


@pytest.mark.parametrize("code", [480, 486, 603])
def test_a_refused_offer_goes_to_the_next_agent_at_once(
    two: Two, caller: Callable[[], Sipp], code: int
) -> None:
    two.first.answer(steps.invited(), steps.refuse(code))
    until(lambda: set(states(two.site).values()) == {"ready"}, what="both phones seen")
    caller().succeeds()
    assert answered_by_the_second(two)["wait_s"] < 1


def test_an_offer_nobody_answers_is_cancelled_and_goes_to_the_next_agent(
    two: Two, caller: Callable[[], Sipp]
) -> None:
    two.first.answer(steps.invited(), steps.provisional(), steps.cancelled())
    until(lambda: set(states(two.site).values()) == {"ready"}, what="both phones seen")
    caller().succeeds()
    assert 0.9 < answered_by_the_second(two)["wait_s"] < 2
    missed = [line for line in two.site.queue_log() if line[4] == "RINGNOANSWER"]
    assert [line[3] for line in missed] == ["Agent/2201"]


def test_a_phone_that_is_not_there_costs_the_caller_nothing_and_may_come_back(
    two: Two, caller: Callable[[], Sipp]
) -> None:
    caller().succeeds()
    until(lambda: states(two.site)["2201"] == "unreachable", what="2201 is taken for lost")
    two.first.patient().answer(*GOOD_PHONE)
    answered_by_the_second(two, timeout_s=40)


def test_a_phone_that_falls_silent_is_passed_and_its_late_answer_is_ended(
    two: Two, caller: Callable[[], Sipp]
) -> None:
    two.first.patient().answer(*GOOD_PHONE)
    until(lambda: set(states(two.site).values()) == {"ready"}, what="both phones seen")
    two.first.signal(signal.SIGSTOP)
    talk = caller()
    until(lambda: states(two.site)["2202"] == "talking", what="the second agent talks")
    two.first.signal(signal.SIGCONT)
    talk.succeeds()
    answered_by_the_second(two, timeout_s=40)


def test_a_phone_that_vanishes_in_talk_is_noticed_by_its_silence(
    two: Two, sipp: Callable[..., Sipp]
) -> None:
    with Sound(callers=1, agents=1) as sound:
        media = str(sound.agents[0].port)
        two.first.answer(
            steps.invited(), steps.pause(300), steps.accept(media), steps.acknowledged(),
            steps.released(),
        )  # fmt: skip
        until(lambda: set(states(two.site).values()) == {"ready"}, what="both phones seen")
        call = sipp(two.plan.gateway_port, gateway=True).call(
            steps.invite(str(sound.callers[0].port)), steps.answered(), steps.acknowledge(),
            steps.released(), to=two.plan.address, number=NUMBER,
        )  # fmt: skip
        until(lambda: sound.pairs(), what="both hear each other")
        two.first.stop()
        sound.agents[0].mute()
        call.succeeds(60)  # it is asked whether it is there, as long as RFC 3261 has a request wait
    two.first.answer(*GOOD_PHONE)
    (row,) = settled(two.site, 1)
    assert (row["outcome"], row["agent"]) == ("answered", "2201")
