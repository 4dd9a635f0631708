"""Calls from a gateway through the queue to agents' phones, by sipp over UDP and over TCP."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.peers.ends import steps
from tests.peers.ends.sipp import Sipp
from tests.peers.ends.sound import Sound
from tests.peers.plan import NUMBER, Plan, agent_of, by_caller, settled
from tests.ports import Ports
from tests.site import Site

pytestmark = pytest.mark.peer

AGENTS = [str(number) for number in range(201, 207)]
TRANSPORTS = pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])


class Talk:
    """Calls that are answered and held for `hold_ms`, each with sound of its own at both ends."""

    def __init__(self, site: Site, plan: Plan, *, callers: Sipp, agents: Sipp) -> None:
        self.site, self.plan, self.callers, self.agents = site, plan, callers, agents

    def run(self, sound: Sound, *, rate: int, hold_ms: int, timeout_s: float = 60) -> None:
        self.agents.with_fields(str(end.port) for end in sound.agents)
        self.agents.answer(
            steps.invited(), steps.provisional(), steps.pause(100), steps.accept("[field0]"),
            steps.acknowledged(), steps.released(),
        )  # fmt: skip
        self.callers.with_fields(str(end.port) for end in sound.callers)
        self.callers.call(
            steps.invite("[field0]"), steps.answered(), steps.acknowledge(), steps.pause(hold_ms),
            steps.hang_up(), to=self.plan.address, number=NUMBER, calls=len(sound.callers),
            rate=rate,
        )  # fmt: skip
        self.callers.succeeds(timeout_s)

    def check(self, sound: Sound, *, hold_s: float) -> None:
        """Everybody heard the other, and the records say who talked with whom, for how long."""
        count = len(sound.callers)
        calls = by_caller(settled(self.site, count))
        cdr = by_caller(self.site.rows("cdr"))
        pairs, phones = sound.pairs(), self.agents.invited()
        lonely = [caller for caller in range(count) if caller not in pairs]
        assert not lonely, [(each, sound.callers[each].heard) for each in lonely]
        for caller, end in pairs.items():
            number, agent = f"555{caller + 1}", agent_of(phones[end])
            assert (calls[number]["outcome"], calls[number]["agent"]) == ("answered", agent)
            row = cdr[number]
            assert (row["disposition"], row["lastapp"], row["lastdata"]) == (
                "ANSWERED", "Queue", "sales",
            )  # fmt: skip
            assert abs(row["billsec"] - hold_s) <= 1
            assert row["dstchannel"].startswith(f"Agent/{agent}-")
            self._check_queue_log(row["uniqueid"], agent)

    def _check_queue_log(self, call: str, agent: str) -> None:
        lines = [line for line in self.site.queue_log() if line[1] == call]
        assert [line[4] for line in lines] == ["ENTERQUEUE", "CONNECT", "COMPLETECALLER"]
        assert [line[3] for line in lines[1:]] == [f"Agent/{agent}"] * 2
        assert {line[2] for line in lines} == {"sales"}


@pytest.fixture
def talk(
    serve: Callable[[str], Site],
    plan: Plan,
    sipp: Callable[..., Sipp],
    free_ports: Ports,
) -> Callable[..., Talk]:
    """A site with agents behind one sipp; `talk(tcp=True)` speaks TCP on both sides."""

    def make(*, tcp: bool, agents: list[str]) -> Talk:
        port = free_ports.one()
        site = serve(plan.fixed(port, *agents, tcp=tcp).toml())
        callers = sipp(plan.gateway_port, gateway=True, tcp=tcp)
        return Talk(site, plan, callers=callers, agents=sipp(port, tcp=tcp))

    return make


@TRANSPORTS
def test_callers_reach_agents_and_both_hear_each_other(
    talk: Callable[..., Talk], tcp: bool
) -> None:
    calls = talk(tcp=tcp, agents=AGENTS)
    with Sound(callers=6, agents=6) as sound:
        calls.run(sound, rate=5, hold_ms=2_500)
    calls.check(sound, hold_s=2.5)


@TRANSPORTS
def test_callers_wait_their_turn_when_the_only_agent_talks(
    talk: Callable[..., Talk], tcp: bool
) -> None:
    calls = talk(tcp=tcp, agents=AGENTS[:1])
    calls.agents.answer(steps.invited(), steps.accept(), steps.hang_up_as_agent())
    hung_up_on = (steps.invite(), steps.answered(), steps.acknowledge(), steps.released())
    calls.callers.call(*hung_up_on, to=calls.plan.address, number=NUMBER, calls=3).succeeds()
    rows = settled(calls.site, 3)
    assert [row["ended_by"] for row in rows] == ["agent"] * 3
    assert sorted(rows, key=lambda row: row["connected"]) == rows
    assert [line[4] for line in calls.site.queue_log()].count("COMPLETEAGENT") == 3


@pytest.mark.long
@TRANSPORTS
@pytest.mark.timeout(300)
def test_a_thousand_calls_at_twenty_a_second_all_connect(
    talk: Callable[..., Talk], tcp: bool
) -> None:
    calls = talk(tcp=tcp, agents=[str(number) for number in range(201, 301)])
    with Sound(callers=1_000, agents=1_000) as sound:
        calls.run(sound, rate=20, hold_ms=2_000, timeout_s=120)
    calls.check(sound, hold_s=2)
