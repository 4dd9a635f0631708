"""The wire: each trunk goes to its driver, and one that has none carries nothing and says so."""

from __future__ import annotations

from typing import Any

from config.settings import Limits, Settings, Trunk
from drivers import DRIVERS
from pbx.commands import Alert, Answer, Command, Release, Ring
from pbx.events import CallArrived, Fact, Released, TrunkFound, TrunkLost
from pbx.service.wire import Wire
from pbx.sip.agent import UserAgent
from tests.pbx.sip.ends import Bench

WHY = "its driver modem is not served yet"


def a_wire(bench: Bench, **trunks: Trunk) -> Wire:
    return Wire(bench.agent, Settings(trunk=trunks), clock=lambda: bench.now, on_turn=print)


def test_a_trunk_whose_driver_is_not_served_is_lost_from_the_start() -> None:
    bench = Bench()
    wire = a_wire(bench, line=Trunk(driver="modem"), gw=Trunk(host="192.0.2.20"))
    assert wire.take() == [TrunkLost("line", WHY)]
    wire.tick(bench.now)
    assert wire.take() == []


def test_a_call_by_it_ends_at_once_and_one_by_another_goes_out() -> None:
    bench = Bench()
    wire = a_wire(bench, line=Trunk(driver="modem"), gw=Trunk(host="192.0.2.20"))
    wire.take()
    for leg, trunk in ((2, "line"), (4, "gone"), (6, "gw")):
        ring = Ring(leg, f"trunk:{trunk}", "5551", "201", "", expires_ms=9_000)
        wire.obey(ring, bench.now)
    assert wire.take() == [Released(2, 38), Released(4, 38)]
    assert [message.method for message in bench.says()] == ["INVITE"]


def test_a_reload_tells_what_has_a_driver_now_and_what_has_none_any_more() -> None:
    bench = Bench()
    wire = a_wire(bench, line=Trunk(driver="modem"), gw=Trunk(host="192.0.2.20"))
    wire.take()
    found = Trunk(host="192.0.2.21")
    swapped = Settings(trunk={"line": found, "gw": Trunk(driver="modem")})
    wire.reconfigure(swapped, bench.now)
    assert wire.take() == [TrunkFound("line"), TrunkLost("gw", WHY)]
    wire.reconfigure(swapped, bench.now)
    assert wire.take() == []
    wire.reconfigure(Settings(trunk={"line": found}), bench.now)
    assert wire.take() == []


def test_the_limit_of_transactions_is_the_settings_and_a_reload_changes_it() -> None:
    bench = Bench()
    plain = Settings()
    wire = Wire(bench.agent, plain, clock=lambda: bench.now, on_turn=print)
    assert bench.agent.transactions.most == plain.limits.transactions
    wire.reconfigure(Settings(limits=Limits(transactions=7)), bench.now)
    assert bench.agent.transactions.most == 7


class Modem:
    """A driver of trunks with a list of facts of its own, which notes what it is told."""

    def __init__(self, _agent: UserAgent, _settings: Settings, _now: int) -> None:
        self.facts: list[Fact] = []
        self.told: list[Command] = []
        self.is_gone = False

    def obey(self, command: Command, now: int) -> None:
        self.told.append(command)

    def tick(self, now: int) -> None:
        self.told.clear()

    def next_deadline(self) -> int | None:
        return 1_234

    def reconfigure(self, settings: Settings, now: int) -> None:
        self.told.clear()

    def farewell(self, now: int) -> None:
        self.is_gone = True


def test_a_leg_is_its_driver_s_from_the_ring_or_the_arrival_to_its_end() -> None:
    bench, modems = Bench(), []

    def opened(*inside: Any) -> Modem:
        modems.append(Modem(*inside))
        return modems[-1]

    settings = Settings(trunk={"line": Trunk(driver="modem"), "gw": Trunk(host="192.0.2.20")})
    wire = Wire(
        bench.agent, settings, clock=lambda: bench.now, on_turn=print,
        drivers=DRIVERS | {"modem": opened},
    )  # fmt: skip
    (modem,) = modems
    assert wire.take() == [] and wire.next_deadline() == 1_234
    ring = Ring(2, "trunk:line", "5551", "201", "", expires_ms=9_000)
    arrived = CallArrived(5, "trunk:line", "5552", "100")
    modem.facts.append(arrived)
    for command in (ring, Answer(2), Alert(5)):
        wire.obey(command, bench.now)
    assert modem.told == [ring, Answer(2)], "nobody has heard of leg 5 yet"
    assert wire.take() == [arrived] and modem.facts == []
    wire.obey(Alert(5), bench.now)
    assert modem.told == [ring, Answer(2), Alert(5)]
    modem.facts += [Released(2, 16), Released(5, 16)]
    assert len(wire.take()) == 2
    for leg in (2, 5, 99):
        wire.obey(Release(leg, 16), bench.now)
    assert len(modem.told) == 3 and bench.says() == []
    assert not wire.is_gone
    wire.farewell(bench.now)
    assert wire.is_gone
