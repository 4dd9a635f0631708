"""What the site says at the phone, by real phones: hours, codes, PIN, pickup, the queue."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.peers.ends.baresip import Baresip
from tests.peers.ends.listen import hears
from tests.peers.plan import NUMBER, Plan, settled, states
from tests.site import Site, until

pytestmark = pytest.mark.peer

ACCOUNT = "auth_pass=correct-horse;regint=60;audio_codecs=PCMA/8000/1;answermode={mode}"
SITE = f"""
[hours.office]
open = ["mon-sun 00:00-24:00"]
[[route]]
from = "any"
called = "4003"
hours = "office"
to = "queue:sales"
[[route]]
from = "any"
called = "4003"
to = "announce:closed"
[[route]]
from = "extensions"
called = "{NUMBER}"
to = "queue:sales"
[extension.210]
password = "correct-horse"
digest = ["md5"]
[extension.211]
password = "correct-horse"
digest = ["md5"]
"""
TOLD = """
[queue.sales]
busy_after_s = 9
announce = { position = true, every_s = 4, agent_number = true }
"""
Serve = Callable[[str], Site]
MakePhone = Callable[..., Baresip]


def start(phone: Baresip, *, mode: str = "auto") -> Baresip:
    return phone.start(ACCOUNT.format(mode=mode))


def dial(phone: Baresip, plan: Plan, number: str) -> None:
    phone.command("dial", f"sip:{number}@{plan.address}")
    phone.await_event("CALL_ESTABLISHED")


def dials_and_is_told(phone: Baresip, plan: Plan, number: str, prompt: str) -> None:
    """A call that says one thing and is hung up by the exchange."""
    dial(phone, plan, number)
    phone.await_event("CALL_CLOSED")
    until(lambda: hears(phone, prompt), what=prompt)  # its file is written a little later


def near(hz: float, wanted: int) -> bool:
    return abs(hz - wanted) < 10


def test_the_night_key_closes_the_site_and_callers_hear_so(
    serve: Serve, plan: Plan, baresip: MakePhone
) -> None:
    site = serve(plan.registered("201").toml() + SITE)
    caller = start(baresip("210", tone_hz=700))
    site.ctl("hours.set", mode="closed", hours="office")
    dials_and_is_told(caller, plan, "4003", "en/closed")
    site.ctl("hours.set", mode="auto", hours="office")
    dial(caller, plan, "4003")
    until(lambda: site.ctl("queue.status", queue="sales")["waiting"], what="the caller waits")


def test_an_agent_works_by_codes_and_moves_to_another_phone_by_its_pin(
    serve: Serve, plan: Plan, baresip: MakePhone
) -> None:
    toml = plan.registered("201").toml() + SITE
    site = serve(toml.replace("[agent.2201]\n", '[agent.2201]\npin = "4711"\n'))
    phone, other = start(baresip("201", tone_hz=440)), start(baresip("210", tone_hz=700))
    until(lambda: states(site)["2201"] == "ready", what="the agent is ready")
    for code, prompt, state in (
        ("*133", "en/paused", "paused"),
        ("*14", "en/ready", "ready"),
        ("*78", "en/dnd_on", "paused"),
        ("*79", "en/dnd_off", "ready"),
        ("*12", "en/logged_out", "logged_out"),
        ("*11", "en/logged_in", "ready"),
    ):
        dials_and_is_told(phone, plan, code, prompt)
        until(lambda: states(site)["2201"] == state, what=f"{code}: {state}")  # noqa: B023
    dial(other, plan, "*112201")
    until(lambda: hears(other, "en/enter_pin"), what="to be asked for the PIN")
    for key in "4711":
        other.command("sndcode", key)
    other.await_event("CALL_CLOSED")
    until(lambda: hears(other, "en/logged_in"), what="to be logged in")
    (agent,) = site.ctl("agent.list")
    assert agent["extension"] == "210"
    assert b"4711" not in b"".join(p.read_bytes() for p in (site.data / "journal").glob("*.log"))


def test_a_call_that_rings_at_one_phone_is_picked_up_at_another(
    serve: Serve, plan: Plan, baresip: MakePhone
) -> None:
    site = serve(plan.registered("201").toml() + SITE)
    caller, absent = start(baresip("210", tone_hz=700)), start(
        baresip("211", tone_hz=1000), mode="manual"
    )
    picker = start(baresip("201", tone_hz=440))
    caller.command("dial", f"sip:211@{plan.address}")
    absent.await_event("CALL_INCOMING")
    dial(picker, plan, "*8211")
    absent.await_event("CALL_CLOSED")
    until(
        lambda: near(caller.hears_hz(), 440) and near(picker.hears_hz(), 700), what="both tones"
    )
    caller.command("hangup")
    rows = {row["called"]: row for row in settled(site, 2)}
    assert (rows["211"]["outcome"], rows["211"]["extension"]) == ("answered", "201")


def test_a_phone_that_is_not_to_be_disturbed_is_busy(
    serve: Serve, plan: Plan, baresip: MakePhone
) -> None:
    site = serve(plan.registered("201").toml() + SITE)
    caller, quiet = start(baresip("210", tone_hz=700)), start(baresip("211", tone_hz=1000))
    dials_and_is_told(quiet, plan, "*78", "en/dnd_on")
    caller.command("dial", f"sip:211@{plan.address}")
    assert "486" in caller.await_event("CALL_CLOSED")["param"]
    assert site.ctl("call.list") == []


def test_who_waits_hears_its_place_that_all_are_busy_and_then_the_agents_number(
    serve: Serve, plan: Plan, baresip: MakePhone
) -> None:
    toml = plan.registered("201").toml() + SITE
    site = serve(toml.replace("[queue.sales]\n", TOLD.lstrip()))
    agent, caller = start(baresip("201", tone_hz=440)), start(baresip("210", tone_hz=700))
    until(lambda: states(site)["2201"] == "ready", what="the agent is ready")
    site.ctl("agent.pause", agent="2201")
    dial(caller, plan, NUMBER)
    until(lambda: hears(caller, "en/position_1"), what="its place", timeout_s=15)
    until(lambda: hears(caller, "en/busy"), what="that all are busy", timeout_s=20)
    site.ctl("agent.unpause", agent="2201")
    agent.await_event("CALL_ESTABLISHED")
    until(lambda: hears(caller, "en/agent_after"), what="the agent's number", timeout_s=15)
    until(lambda: hears(agent, "en/agent_after"), what="the same at the agent")
    until(lambda: near(caller.hears_hz(), 440) and near(agent.hears_hz(), 700), what="both tones")
