"""Phones that register, by baresip: calls between them and from the queue, heard by their tones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.peers.ends import steps
from tests.peers.ends.baresip import Baresip
from tests.peers.ends.sipp import Sipp
from tests.peers.ends.sound import Sound
from tests.peers.plan import NUMBER, Plan, settled, states
from tests.site import Site, until

pytestmark = pytest.mark.peer

ACCOUNT = "auth_pass=correct-horse;regint=60;audio_codecs={codec}/8000/1;answermode=auto"
Serve = Callable[[str], Site]
MakePhone = Callable[..., Baresip]


def start(phone: Baresip, *, codec: str = "PCMU") -> Baresip:
    return phone.start(ACCOUNT.format(codec=codec))


def near(hz: float, wanted: int) -> bool:
    return abs(hz - wanted) < 10


@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
def test_two_registered_phones_hear_each_other_whatever_their_codecs(
    serve: Serve, plan: Plan, baresip: MakePhone, codec: str
) -> None:
    site = serve(plan.registered("201", "202").toml())
    anna = start(baresip("201", tone_hz=440))
    bob = start(baresip("202", tone_hz=700), codec=codec)
    anna.command("dial", f"sip:202@{plan.address}")
    anna.await_event("CALL_ESTABLISHED")
    until(lambda: near(anna.hears_hz(), 700) and near(bob.hears_hz(), 440), what="both tones")
    anna.command("hangup")
    bob.await_event("CALL_CLOSED")
    (row,) = settled(site, 1)
    assert (row["direction"], row["calling"], row["called"]) == ("internal", "201", "202")
    assert row["outcome"] == "answered"


def test_a_caller_from_the_gateway_reaches_a_registered_agent_through_the_queue(
    serve: Serve, plan: Plan, baresip: MakePhone, sipp: Callable[..., Sipp]
) -> None:
    site = serve(plan.registered("201").toml())
    phone = start(baresip("201", tone_hz=440))
    until(lambda: states(site) == {"2201": "ready"}, what="the agent is ready")
    with Sound(callers=1, agents=0) as sound:
        caller = sipp(plan.gateway_port, gateway=True).call(
            steps.invite(str(sound.callers[0].port)), steps.answered(), steps.acknowledge(),
            steps.pause(2_500), steps.hang_up(), to=plan.address, number=NUMBER,
        )  # fmt: skip
        phone.await_event("CALL_ESTABLISHED")
        until(lambda: phone.hears_hz() > 0, what="the agent hears the caller")
        caller.succeeds()
        assert sound.callers[0].packets > 50
    (row,) = settled(site, 1)
    assert (row["outcome"], row["agent"], row["queue"]) == ("answered", "2201", "sales")
    (cdr,) = site.rows("cdr")
    assert abs(cdr["billsec"] - 2.5) <= 1


def test_a_phone_with_a_wrong_password_gets_no_calls_and_its_neighbour_does(
    serve: Serve, plan: Plan, baresip: MakePhone, sipp: Callable[..., Sipp]
) -> None:
    site = serve(plan.registered("201", "202").toml())
    neighbour = start(baresip("202", tone_hz=700))
    stranger = baresip("201", tone_hz=440)
    stranger.start("auth_pass=guess;regint=60", until_it_says="baresip is ready")
    caller = sipp(plan.gateway_port, gateway=True)
    talk = (steps.answered(), steps.acknowledge(), steps.pause(1_000), steps.hang_up())
    caller.call(steps.invite(), *talk, to=plan.address, number=NUMBER)
    neighbour.await_event("CALL_ESTABLISHED")
    caller.succeeds()
    until(lambda: states(site) == {"2201": "logged_out", "2202": "ready"}, what="one of two")
    assert "200 OK" not in stranger.why()


def test_a_phone_keeps_its_registration_over_a_restart(
    serve: Serve, plan: Plan, baresip: MakePhone, sipp: Callable[..., Sipp]
) -> None:
    site = serve(plan.registered("201").toml())
    phone = start(baresip("201", tone_hz=440))
    until(lambda: states(site) == {"2201": "ready"}, what="the agent is ready")
    assert site.stop() == 0
    site.start()
    assert states(site) == {"2201": "ready"}
    talk = (steps.answered(), steps.acknowledge(), steps.pause(1_000), steps.hang_up())
    caller = sipp(plan.gateway_port, gateway=True)
    caller.call(steps.invite(), *talk, to=plan.address, number=NUMBER)
    phone.await_event("CALL_ESTABLISHED")
    caller.succeeds()
    settled(site, 1)


def test_the_agent_of_a_phone_on_tcp_that_dies_is_logged_out_at_once(
    serve: Serve, plan: Plan, baresip: MakePhone
) -> None:
    site = serve(plan.registered("201").toml())
    phone = baresip("201", tone_hz=440)
    phone.address += ";transport=tcp"
    start(phone)
    until(lambda: states(site) == {"2201": "ready"}, what="the agent is ready")
    phone.stop()
    until(lambda: states(site) == {"2201": "logged_out"}, timeout_s=2, what="gone with its link")


def test_a_phone_on_hold_lets_the_caller_hear_music_and_comes_back(
    serve: Serve, plan: Plan, baresip: MakePhone
) -> None:
    site = serve(plan.registered("201", "202").toml())
    anna, bob = start(baresip("201", tone_hz=440)), start(baresip("202", tone_hz=700))
    anna.command("dial", f"sip:202@{plan.address}")
    anna.await_event("CALL_ESTABLISHED")
    until(lambda: near(anna.hears_hz(), 700), what="the tone")
    bob.command("hold")
    until(lambda: anna.hears_hz() > 0 and not near(anna.hears_hz(), 700), what="music")
    bob.command("resume")
    until(lambda: near(anna.hears_hz(), 700), what="the tone again")
    anna.command("hangup")
    (row,) = settled(site, 1)
    assert row["hold_s"] > 0
