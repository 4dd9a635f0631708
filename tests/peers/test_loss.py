"""Thirty in a hundred signalling datagrams are lost, both ways, near the caller and the agents."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.peers.ends import steps
from tests.peers.ends.lossy import Lossy
from tests.peers.ends.sipp import CALLER_HOST, PHONE_HOST, Sipp
from tests.peers.plan import NUMBER, Plan, settled
from tests.ports import Ports
from tests.site import Site

pytestmark = pytest.mark.peer

LOSS, CALLS = 0.3, 10
# An ACK that never comes ends a call after 64 T1, and a BYE nobody answers (sipp answers none once
# it is done with a call) its leg after as long again (RFC 3261, 13.3.1.4 and 17.1.2.2): 64 s.
LEAST_S = 2 * 32
AGENTS = [str(number) for number in range(201, 221)]


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_every_call_ends_and_every_agent_is_free_though_a_third_is_lost(
    serve: Callable[[str], Site],
    plan: Plan,
    sipp: Callable[..., Sipp],
    free_ports: Ports,
    seed: int,
) -> None:
    port, exchange = free_ports.one(), (PHONE_HOST, plan.sip_port)
    near_caller = Lossy(exchange, (CALLER_HOST, plan.gateway_port), loss=LOSS, seed=seed)
    near_agents = Lossy(exchange, (PHONE_HOST, port), loss=LOSS, seed=seed + 100)
    with near_caller, near_agents:
        site = serve(plan.fixed(near_agents.site_port, *AGENTS).toml(retry_s=0))
        sipp(port).answer(
            steps.invited(), steps.provisional(), steps.pause(100),
            steps.accept(contact=f"{PHONE_HOST}:{near_agents.site_port}"),
            steps.acknowledged(), steps.released(),
        )  # fmt: skip
        callers = sipp(plan.gateway_port, gateway=True)
        callers.call(
            steps.invite(contact=f"{CALLER_HOST}:{near_caller.site_port}"), steps.answered(),
            steps.acknowledge(), steps.pause(3_000), steps.hang_up(),
            to=f"{CALLER_HOST}:{near_caller.peer_port}", number=NUMBER, calls=CALLS,
        )  # fmt: skip
        callers.wait(80)
        rows = settled(site, CALLS, timeout_s=LEAST_S + 30)
    assert near_caller.lost > CALLS and near_agents.lost > CALLS
    assert {row["outcome"] for row in rows} <= {"answered", "abandoned", "failed"}
