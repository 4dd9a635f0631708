"""A small site by real phones: menu by keys, prompts and music heard, hold, blind transfers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.peers.ends.baresip import Baresip
from tests.peers.ends.listen import hears
from tests.peers.plan import NUMBER, Plan, settled, states
from tests.site import Site, until

pytestmark = pytest.mark.peer

ACCOUNT = "auth_pass=correct-horse;regint=60;audio_codecs=PCMA/8000/1;answermode={mode}"
MENU = f"""
[[route]]
from = "any"
called = "4000"
to = "menu:main"
[[route]]
from = "extensions"
called = "{NUMBER}"
to = "queue:sales"
[menu.main]
prompt = "welcome"
keys = {{ "1" = "queue:sales", "2" = "menu:deep" }}
otherwise = "queue:sales"
[menu.deep]
prompt = "main_menu"
language = "zh"
keys = {{ "1" = "queue:sales" }}
otherwise = "hangup"
[extension.210]
password = "correct-horse"
digest = ["md5"]
[extension.211]
password = "correct-horse"
digest = ["md5"]
"""
Serve = Callable[[str], Site]
MakePhone = Callable[..., Baresip]


def start(phone: Baresip, *, mode: str = "auto") -> Baresip:
    return phone.start(ACCOUNT.format(mode=mode))


def near(hz: float, wanted: int) -> bool:
    return abs(hz - wanted) < 10


def lasted(rows: list[dict[str, Any]], kind: str) -> float:
    return sum(row["ended"] - row["started"] for row in rows if row["kind"] == kind)


def test_a_caller_goes_through_menus_by_keys_and_hears_every_prompt(
    serve: Serve, plan: Plan, baresip: MakePhone
) -> None:
    site = serve(plan.registered("201").toml() + MENU)
    agent, caller = start(baresip("201", tone_hz=440)), start(baresip("210", tone_hz=700))
    until(lambda: states(site).get("2201") == "ready", what="the agent is ready")
    site.ctl("agent.pause", agent="2201", reason="wait")
    caller.command("dial", f"sip:4000@{plan.address}")
    caller.await_event("CALL_ESTABLISHED")
    until(lambda: hears(caller, "en/welcome"), what="the welcome")
    caller.command("sndcode", "2")
    until(lambda: hears(caller, "zh/main_menu"), what="the Chinese menu", timeout_s=20)
    caller.command("sndcode", "1")
    until(lambda: hears(caller, "music"), what="the music", timeout_s=20)
    assert site.ctl("queue.status", queue="sales")["waiting"][0]["position"] == 1
    site.ctl("agent.unpause", agent="2201")
    agent.await_event("CALL_ESTABLISHED")
    until(lambda: near(caller.hears_hz(), 440) and near(agent.hears_hz(), 700), what="both tones")
    caller.command("hangup")
    (row,) = settled(site, 1)
    assert (row["outcome"], row["queue"], row["agent"]) == ("answered", "sales", "2201")
    rows = [each for each in site.rows("segments") if each["kind"] != "wrap_up"]
    kinds = [each["kind"] for each in rows]
    assert kinds == ["menu", "menu", "wait", "ring", "talk"]
    joints = [each for each in rows if each["kind"] != "ring"]
    assert all(abs(b["started"] - a["ended"]) < 0.05 for a, b in pairwise(joints))


def test_hold_is_heard_as_music_and_a_call_is_transferred_to_a_phone_and_back_into_the_queue(
    serve: Serve, plan: Plan, baresip: MakePhone
) -> None:
    site = serve(plan.registered("201").toml() + MENU)
    agent, caller = start(baresip("201", tone_hz=440)), start(baresip("210", tone_hz=700))
    expert = start(baresip("211", tone_hz=1000))
    until(lambda: states(site).get("2201") == "ready", what="the agent is ready")
    caller.command("dial", f"sip:{NUMBER}@{plan.address}")
    agent.await_event("CALL_ESTABLISHED")
    until(lambda: near(caller.hears_hz(), 440), what="the agent")
    agent.command("hold")
    until(lambda: hears(caller, "music"), what="music on hold", timeout_s=20)
    agent.command("resume")
    until(lambda: near(caller.hears_hz(), 440), what="the agent again")
    agent.command("transfer", f"sip:211@{plan.address}")
    expert.await_event("CALL_ESTABLISHED")
    until(lambda: near(caller.hears_hz(), 1000), what="the expert")
    until(lambda: states(site)["2201"] == "ready", what="the agent is free again")
    expert.command("transfer", f"sip:{NUMBER}@{plan.address}")
    until(lambda: near(caller.hears_hz(), 440), what="the agent once more")
    caller.command("hangup")
    (row,) = settled(site, 1)
    rows = [each for each in site.rows("segments") if each["kind"] != "wrap_up"]
    kinds = [each["kind"] for each in rows]
    assert kinds == ["wait", "ring", "talk", "hold", "ring", "talk", "wait", "ring", "talk"]
    assert abs(row["talk_s"] - (lasted(rows, "talk") - lasted(rows, "hold"))) < 0.01
    assert abs(row["hold_s"] - lasted(rows, "hold")) < 0.01
    log = (site.data / "asterisk" / "queue_log").read_text()
    assert [line.split("|")[4] for line in log.splitlines() if "BLIND" in line] == ["BLINDTRANSFER"]
