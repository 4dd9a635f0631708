"""Fixtures of the tests with real peers: a plan, and processes that are stopped at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.peers.ends.baresip import Baresip
from tests.peers.ends.sipp import CALLER_HOST, PHONE_HOST, Sipp
from tests.peers.plan import Plan
from tests.ports import Ports


@pytest.fixture
def plan(free_ports: Ports) -> Plan:
    """The site to configure."""
    return Plan(free_ports)


@pytest.fixture
def sipp(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Sipp]]:
    """Make a sipp on a port: `sipp(port)` is agents, `sipp(port, gateway=True)` callers."""
    made: list[Sipp] = []

    def make(port: int, *, gateway: bool = False, tcp: bool = False) -> Sipp:
        host = CALLER_HOST if gateway else PHONE_HOST
        made.append(Sipp(tmp_path / f"sipp{len(made)}", host=host, port=port, tcp=tcp))
        return made[-1]

    yield make
    for each in made:
        each.stop()
        request.node.add_report_section("teardown", f"sipp {each.host}:{each.port}", each.why())


@pytest.fixture
def baresip(
    tmp_path: Path, plan: Plan, free_ports: Ports, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Baresip]]:
    """Make a phone of the plan: `baresip("201", tone_hz=440)`."""
    made: list[Baresip] = []

    def make(extension: str, *, tone_hz: int) -> Baresip:
        folder, address = tmp_path / f"baresip{len(made)}", f"sip:{extension}@{plan.address}"
        made.append(Baresip(folder, address, tone_hz=tone_hz, ports=free_ports.block(40)))
        return made[-1]

    yield make
    for each in made:
        each.stop()
        request.node.add_report_section("teardown", each.address, each.why())
