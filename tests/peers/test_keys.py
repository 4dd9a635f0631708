"""Keys that come as messages (INFO), from callers whose sound may bring them too, or none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.peers.ends import steps
from tests.peers.ends.sipp import Sipp
from tests.peers.plan import Plan, settled
from tests.ports import Ports
from tests.site import Site

pytestmark = pytest.mark.peer

MENU = """
[menu.main]
prompt = "welcome"
keys = { "1" = "hangup", "5" = "queue:sales" }
timeout_s = 5
otherwise = "hangup"
[[route]]
from = "gateway"
called = "4002"
to = "menu:main"
"""
WITHOUT_KEYS = steps.invite().replace("RTP/AVP 0 101", "RTP/AVP 0").replace(
    "a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\n", ""
)  # fmt: skip


def pressed(kind: str, body: str) -> str:
    """An INFO and its 200."""
    info = steps.request("INFO", cseq=2, branch="info", extra=(f"Content-Type: {kind}",))
    return steps.send(f"{info}\n{body}", again=True) + "\n" + steps.receive(200)


@pytest.mark.parametrize(("invite", "kind", "body"), [
    (WITHOUT_KEYS, "application/dtmf-relay", "Signal=5\nDuration=160"),
    (WITHOUT_KEYS, "application/dtmf", "5"),
    (steps.invite(), "application/dtmf-relay", "Signal=5\nDuration=160"),
])  # fmt: skip
def test_a_caller_passes_a_menu_by_a_key_in_a_message(
    serve: Callable[[str], Site], plan: Plan, sipp: Callable[..., Sipp], free_ports: Ports,
    invite: str, kind: str, body: str,
) -> None:  # fmt: skip
    port = free_ports.one()
    site = serve(plan.fixed(port, "201").toml() + MENU)
    sipp(port).answer(steps.invited(), steps.accept(), steps.acknowledged(), steps.released())
    hang_up = steps.hang_up().replace("CSeq: 2", "CSeq: 3")
    caller = sipp(plan.gateway_port, gateway=True).call(
        invite, steps.answered(), steps.acknowledge(), steps.pause(500),
        pressed(kind, body), steps.pause(1_000), hang_up, to=plan.address, number="4002",
    )  # fmt: skip
    caller.succeeds()
    (row,) = settled(site, 1)
    assert (row["outcome"], row["queue"], row["agent"]) == ("answered", "sales", "2201")
